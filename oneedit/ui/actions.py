"""What the buttons of a card may set off."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nicegui import ui


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """The ways on from a result.

    Attributes:
        message: the words that led to it.
        say: sends a message, as if it had been typed.
        draft: puts words into the input, to be changed there.
        agree: does the same again, with the agreement to what was shown.
        undo: takes a version back.
        undoable: is told the button that undoes a version.
    """

    message: str
    say: Callable[[str], Awaitable[None]]
    draft: Callable[[str], None]
    agree: Callable[[], Awaitable[None]]
    undo: Callable[[int], Awaitable[None]]
    undoable: Callable[[int, ui.button], None]

"""What the buttons of a card may do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nicegui import ui


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """The actions that a card offers.

    Attributes:
        message: the message that led to the result.
        say: sends a message, as if it had been typed.
        draft: puts text into the input, to be edited there.
        agree: agrees to what was shown.
        decline: leaves everything as it was.
        ask_freely: asks the model what cannot be checked.
        undo: undoes a version.
        undoable: registers the button that undoes a version.
    """

    message: str
    say: Callable[[str], Awaitable[None]]
    draft: Callable[[str], None]
    agree: Callable[[], Awaitable[None]]
    decline: Callable[[], Awaitable[None]]
    ask_freely: Callable[[], Awaitable[None]]
    undo: Callable[[int], Awaitable[None]]
    undoable: Callable[[int, ui.button], None]

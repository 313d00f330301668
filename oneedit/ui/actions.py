"""What the buttons of a card may do."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from nicegui import ui

from oneedit.results import AskResult


class Draft(Protocol):
    """Puts text into the input, with a part of it selected."""

    def __call__(self, text: str, *, select: str = "") -> None: ...


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
        may_edit: whether whoever looks may edit.
        teach: lets the model learn what the graph holds on the way to an answer.
        correction: returns the statement that would make the graph agree, or "".
        why: returns where the graph's answer comes from, a sentence each.
        answered: registers the place that says whether an answer still holds.
    """

    message: str
    say: Callable[[str], Awaitable[None]]
    draft: Draft
    agree: Callable[[], Awaitable[None]]
    decline: Callable[[], Awaitable[None]]
    ask_freely: Callable[[], Awaitable[None]]
    undo: Callable[[int], Awaitable[None]]
    undoable: Callable[[int, ui.button], None]
    may_edit: bool
    teach: Callable[[AskResult], Awaitable[None]]
    correction: Callable[[AskResult], str]
    why: Callable[[AskResult], Sequence[str]]
    answered: Callable[[AskResult, ui.element], None]

    def correct(self, part: str) -> None:
        """Put the message into the input, with a part of it selected."""
        self.draft(self.message, select=part)

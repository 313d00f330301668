"""Marks of answers that a later version has changed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from nicegui import run, ui

from controller.actor import Actor
from oneedit.results import AskResult
from oneedit.service import EditService
from oneedit.ui.parts import words


@dataclass(slots=True)
class _Shown:
    """An answer on the page, the place of its mark, and the version that is named there."""

    answer: AskResult
    place: ui.element
    version: int | None = None


@dataclass
class AnswerMarks:
    """Looks whether what was answered still holds.

    Attributes:
        service: knows what was changed since.
        who: returns who looks.
        say: asks again.
    """

    service: EditService
    who: Callable[[], Actor]
    say: Callable[[str], Awaitable[None]]
    _shown: list[_Shown] = field(default_factory=list, init=False)

    def add(self, answer: AskResult, place: ui.element) -> None:
        """Follow an answer; its mark goes into a place of its card."""
        self._shown.append(_Shown(answer, place))

    async def look(self) -> None:
        """Mark the answers that a version has touched since."""
        self._shown = [each for each in self._shown if not each.place.is_deleted]
        found = await run.io_bound(self._touched)
        for each, version in found or ():
            if version != each.version and not each.place.is_deleted:
                each.version = version
                self._mark(each)

    def _touched(self) -> list[tuple[_Shown, int | None]]:
        actor = self.who()
        return [
            (each, self.service.touched_since(actor, each.answer)) for each in tuple(self._shown)
        ]

    def _mark(self, shown: _Shown) -> None:
        shown.place.clear()
        with shown.place, ui.element("div").classes("stale-line"):
            words(
                f"Version {shown.version} has changed this since; the answer is that of "
                f"version {shown.answer.version}.",
                "stale",
            )
            again = ui.button("Ask again", color=None, on_click=lambda: self.say(shown.answer.text))
            again.props("flat no-caps dense")

"""The conversation: a message goes to the service in a thread, its result becomes a card."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from nicegui import run, ui

from controller.actor import Actor
from controller.plan import EditPlan
from editor.evaluation.report import Report
from interpreter.dialogue import EMPTY_DIALOGUE, Dialogue
from kg_data.errors import ExpectedError
from oneedit.ports import Confirm, Progress
from oneedit.results import (
    AskResult,
    NeedsConfirmation,
    Refused,
    Result,
    UndoResult,
    dialogue_after,
)
from oneedit.service import EditService
from oneedit.ui import cards, notices
from oneedit.ui.actions import Actions
from oneedit.ui.composer import Composer
from oneedit.ui.parts import words
from oneedit.wording import progress_words

EXAMPLES = (
    "Joe Biden's vice president is Mike Pence.",
    "Who is the spouse of Joe Biden's vice president?",
    "Undo that.",
)

PERIOD = 0.1
"""Seconds between two updates of the progress line."""

UNEXPECTED = "Something went wrong on the server, and its log says what. Nothing was lost."


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the user.

    Attributes:
        message: its words.
        place: where on the page its result goes.
        work: does what it asks for; runs in a thread.
    """

    message: str
    place: ui.element
    work: Callable[[Confirm | None, Progress], Result]


class Chat:
    """One person's conversation on one page.

    Args:
        service: does what the messages ask for.
        actor: who writes them.
    """

    def __init__(self, service: EditService, actor: Actor) -> None:
        self._service, self._actor = replace(service, source="chat"), actor
        self._dialogue = EMPTY_DIALOGUE
        self._undo_buttons: dict[int, ui.button] = {}
        with ui.element("div").classes("chat"):
            self._log = ui.element("div").classes("log").props("role=log aria-label=Conversation")
            with self._log:
                self._hint = Hint(self.say)
        self._composer = Composer(self.say)

    async def say(self, message: str) -> None:
        """Show a message, and do what it asks for."""
        work = self._reading(message, self._dialogue, direct=self._composer.direct)
        await self._take(self._turn(message, work))

    async def undo(self, version: int) -> None:
        """Take a version back, by its button."""

        def work(confirm: Confirm | None, progress: Progress) -> Result:
            return self._service.undo(self._actor, version, confirm=confirm, progress=progress)

        button = self._undo_buttons[version]
        button.disable()
        result = await self._take(self._turn(f"Undo version {version}", work))
        if not isinstance(result, UndoResult) and not button.is_deleted:
            button.enable()

    def _reading(
        self, message: str, dialogue: Dialogue, *, direct: bool
    ) -> Callable[[Confirm | None, Progress], Result]:
        def work(confirm: Confirm | None, progress: Progress) -> Result:
            if direct:
                answered = self._service.ask(message, direct=True, dialogue=dialogue)
                if isinstance(answered, AskResult):
                    return answered
            return self._service.submit(
                self._actor, message, confirm=confirm, dialogue=dialogue, progress=progress
            )

        return work

    def _turn(self, message: str, work: Callable[[Confirm | None, Progress], Result]) -> Turn:
        self._hint.remove()
        with self._log, ui.element("div").classes("turn") as place:
            words(message, "message", tag="p")
        _bring_into_view(place)
        return Turn(message, place, work)

    async def _take(self, turn: Turn, confirm: Confirm | None = None) -> Result | None:
        """Do a turn's work and show what came of it; None if it failed or nobody looks any more."""
        result: Result | None = None
        problem: str | None = UNEXPECTED
        with turn.place:
            waiting = Waiting()
        try:
            result = await run.io_bound(turn.work, confirm, waiting)
            problem = None
        except ExpectedError as error:
            problem = str(error)
        finally:  # an unexpected error goes on to the log, but the page must not wait for ever
            if not turn.place.is_deleted:
                waiting.remove()
                self._show(turn, result, problem)
        return result

    def _show(self, turn: Turn, result: Result | None, problem: str | None) -> None:
        with turn.place:
            if problem is not None:
                notices.failure(problem, lambda: self._composer.draft(turn.message))
                self._composer.draft(turn.message, keep=True)
            elif result is not None:
                cards.show(result, self._actions(turn, result))
                self._follow(result)
        _bring_into_view(turn.place)

    def _follow(self, result: Result) -> None:
        self._dialogue = dialogue_after(self._dialogue, result)
        undone = result.targets if isinstance(result, UndoResult) else ()
        for version in self._undo_buttons.keys() & set(undone):
            button = self._undo_buttons[version]
            button.text = "Undone"
            button.disable()

    def _actions(self, turn: Turn, result: Result) -> Actions:
        async def agree() -> None:
            if isinstance(result, NeedsConfirmation | Refused):
                await self._take(turn, agreement(result))

        return Actions(
            message=turn.message,
            say=self.say,
            draft=self._composer.draft,
            agree=agree,
            undo=self.undo,
            undoable=self._undo_buttons.__setitem__,
        )


def agreement(shown: NeedsConfirmation | Refused) -> Confirm:
    """Return an agreement to what was shown, and to nothing that came about since."""

    def confirm(plan: EditPlan, report: Report | None, /) -> bool:
        same = shown.plan is not None and plan.changes == shown.plan.changes
        return same and (report is None or isinstance(shown, Refused))

    return confirm


def _bring_into_view(place: ui.element) -> None:
    with place:  # the button that was clicked may be gone with its hint
        ui.run_javascript(f"getHtmlElement({place.id})?.scrollIntoView({{block: 'start'}})")


class Hint:
    """Says what can be done here, with examples to click.

    Args:
        say: takes an example that was clicked.
    """

    def __init__(self, say: Callable[[str], Awaitable[None]]) -> None:
        with ui.element("div").classes("hint") as self._place:
            words("Correct what the model knows, in plain language.", tag="h2")
            words(
                "Tell a fact and the model learns it, with all that follows. Ask a question and "
                "see the model's answer beside the graph's. Anything can be undone.",
                tag="p",
            )
            with ui.element("div").classes("choices"):
                for example in EXAMPLES:
                    self._example(example, say)

    def remove(self) -> None:
        """Take the hint off the page."""
        if not self._place.is_deleted:
            self._place.delete()

    def _example(self, example: str, say: Callable[[str], Awaitable[None]]) -> None:
        chip = ui.button(example, color=None, on_click=lambda: say(example))
        chip.props("outline rounded no-caps").classes("chip")


class Waiting:
    """Shows a stage while work is done in a thread, which reports by calling this object."""

    def __init__(self) -> None:
        # written by the thread in one assignment, read by the page
        self._now = ("read", 0.0)
        with ui.element("div").classes("waiting") as self._line:
            self._bar = ui.element("progress").props("max=1 aria-label=Progress")
            self._words = words(progress_words(*self._now)).props("role=status")
            self._timer = ui.timer(PERIOD, self._show)

    def __call__(self, stage: str, share: float) -> None:
        """Note a stage and the share of it that is done."""
        self._now = (stage, share)

    def remove(self) -> None:
        """Take the line off the page."""
        self._timer.cancel()
        self._line.delete()

    def _show(self) -> None:
        stage, share = self._now
        self._words.text = progress_words(stage, share)
        if 0.0 < share < 1.0:
            self._bar.props["value"] = round(share, 2)
        else:
            self._bar.props.pop("value", None)  # moves without saying how far

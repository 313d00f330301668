"""A ticket on the page: where it stands, how far it is, what it waits for, and what came of it."""

from collections.abc import Callable
from functools import partial

from nicegui import run, ui

from controller.actor import Actor
from kg_data.errors import ExpectedError
from oneedit.ledger.ticket import RUNNING, WAITING, Ticket, TicketState
from oneedit.queue.queue import EditQueue, Estimate
from oneedit.results import Result
from oneedit.ui.parts import card, read_parts, sentences, words
from oneedit.wording import progress_words, waiting_words

ESTIMATE_PERIOD = 2.0
"""Seconds between two estimates of when a ticket's turn comes."""


class TicketView:
    """One ticket in its place on the page.

    Args:
        queue: where the ticket is.
        who: returns who looks at it, as they are at that moment.
        place: the part of the page that it may use.
        show: adds the card of a result.
        correct: puts a text into the input, with a part of it selected.
    """

    def __init__(
        self,
        queue: EditQueue,
        who: Callable[[], Actor],
        place: ui.element,
        show: Callable[[Result, Ticket], None],
        correct: Callable[[str, str], None],
    ) -> None:
        self._queue, self._who, self._show = queue, who, show
        self._correct = correct
        self.place = place
        self._ticket: Ticket | None = None
        self._shown: int | None = None
        self._part: ui.element | None = None
        self._line: Line | None = None

    @property
    def is_deleted(self) -> bool:
        """Tell whether its place is gone from the page."""
        return self.place.is_deleted

    @property
    def is_waiting(self) -> bool:
        """Tell whether the ticket still waits for its turn."""
        return self._ticket is not None and self._ticket.state in WAITING

    @property
    def needs_review(self) -> bool:
        """Tell whether a reviewer has to decide."""
        return self._ticket is not None and self._ticket.state is TicketState.NEEDS_REVIEW

    def update(self, ticket: Ticket) -> None:
        """Show a ticket as it is now; nothing if a later step is shown already."""
        if self._ticket is not None and ticket.revision < self._ticket.revision:
            return
        self._ticket = ticket
        if ticket.state in WAITING:
            if self._line is None:
                self._replace(self._wait)
            if ticket.state in RUNNING:
                self._run(ticket)
            return
        if ticket.version is not None and not ticket.outcome:
            self.progress("advance", 0.0)  # its result follows
            return
        if self._shown == ticket.revision:
            return
        self._shown, self._line = ticket.revision, None
        self._replace(self._end)

    def progress(self, stage: str, share: float) -> None:
        """Show how far a stage is."""
        if self._line is not None:
            self._line.progress(stage, share)

    def _run(self, ticket: Ticket) -> None:
        """Show how far a ticket is, also to a page that was loaded later."""
        known = self._queue.events.progress(ticket.id)
        self.progress(*(("plan", 0.0) if known is None else (known.stage, known.share)))

    async def agree(self) -> None:
        """Agree to what the ticket waits for."""
        await self._do(self._queue.agree)

    async def cancel(self) -> None:
        """Cancel the ticket."""
        await self._do(self._queue.cancel)

    async def _do(self, action: Callable[[Actor, int], Ticket]) -> None:
        if self._ticket is None:
            return
        try:
            ticket = await run.io_bound(action, self._who(), self._ticket.id)
            if ticket is not None:  # None if the server is shutting down
                self.update(ticket)
        except ExpectedError as error:
            with self.place:
                ui.notify(str(error), type="warning")

    def _replace(self, build: Callable[[Ticket], None]) -> None:
        if self._part is not None and not self._part.is_deleted:
            self._part.delete()
        if self._ticket is None or self.place.is_deleted:
            return
        with self.place, ui.element("div").classes("turn") as self._part:
            build(self._ticket)

    def _wait(self, ticket: Ticket) -> None:
        if ticket.plan is not None:
            read_parts(ticket.plan.facts, partial(self._correct, ticket.text))
        self._line = Line(lambda: self._queue.estimate(self._who(), ticket), self.cancel)

    def _end(self, ticket: Ticket) -> None:
        result = self._queue.result(self._who(), ticket)
        match ticket.state:
            case TicketState.CANCELLED:
                words("Left as it was.", "quiet", tag="p")
            case TicketState.FAILED:
                with card("That did not work", "error_outline", "bad"):
                    sentences([ticket.note])
                    with ui.element("div").classes("choices"):
                        again = ui.button("Try again", color=None, on_click=self.agree)
                        again.props("outline no-caps")
            case _ if result is not None:
                self._show(result, ticket)
            case TicketState.REFUSED:
                with card("Not applied", "block", "doubt"):
                    sentences([ticket.note])
            case _:
                words(ticket.note or ticket.state.value.replace("_", " "), "quiet", tag="p")


class Line:
    """Says where a waiting ticket is, with a button to cancel it.

    Args:
        estimate: returns when its turn comes.
        cancel: cancels it.
    """

    def __init__(self, estimate: Callable[[], Estimate], cancel: Callable[[], object]) -> None:
        self._estimate, self._running = estimate, False
        with ui.element("div").classes("waiting"):
            self._bar = ui.element("progress").props("max=1 aria-label=Progress")
            self._words = words(progress_words("plan", 0.0)).props("role=status")
            button = ui.button("Cancel", color=None, on_click=cancel)
            button.props("flat no-caps dense")
            self._timer = ui.timer(ESTIMATE_PERIOD, self._tell)

    def progress(self, stage: str, share: float) -> None:
        """Show how far a stage is."""
        self._running = True
        self._words.text = progress_words(stage, share)
        if 0.0 < share < 1.0:
            self._bar.props["value"] = round(share, 2)
        else:
            self._bar.props.pop("value", None)  # moves without saying how far

    async def _tell(self) -> None:
        if not self._running:
            estimate = await run.io_bound(self._estimate)
            if estimate is not None and not self._running:
                self._words.text = waiting_words(estimate.place, estimate.seconds)

"""A change that was asked for from a page: previewed, agreed to, followed until it is done."""

from collections.abc import Callable

from nicegui import ui

from controller.actor import Actor
from kg_data.changes import Changes
from oneedit.ledger.ticket import WAITING, Ticket, TicketState
from oneedit.results import PreviewResult, Result
from oneedit.ui.console.widgets import answered, attempt, button, sheet, tell
from oneedit.ui.parts import changed, sentences, words
from oneedit.ui.site import Visit
from oneedit.wording import details, headline, progress_words, waiting_words

PERIOD = 0.5
"""Seconds between two looks at a ticket."""


class FollowedChange:
    """The place of a page where one sees what becomes of what one asked for.

    Args:
        visit: who asks.
        done: is called when a change was applied; by default what came of it stays in view.
    """

    def __init__(self, visit: Visit, done: Callable[[], object] | None = None) -> None:
        self._visit, self._done = visit, done
        self._ticket: Ticket | None = None
        self._place = ui.element("div").props("role=status").classes("followed")
        self._timer = ui.timer(PERIOD, self._look, active=False)

    async def previewed(
        self,
        look: Callable[[Actor], Result],
        yes: str,
        work: Callable[[Actor], Ticket | Result],
    ) -> None:
        """Show what a change would do, and do it if the visitor agrees."""
        found = await attempt(self._visit, look)
        if found is None:
            return
        if await self.agreed(found, yes):
            await self.begin(work)

    async def agreed(self, found: Result, yes: str) -> bool:
        """Show what a change would do, and return whether the visitor agrees."""
        with sheet(headline(found)) as dialog:
            with ui.element("div").classes("sheet-body"):
                sentences(details(found))
                changed(getattr(found, "changes", Changes()), "What would change")
            with ui.element("div").classes("choices"):
                if isinstance(found, PreviewResult):
                    button(yes, lambda: dialog.submit(yes), main=True)
                button("Cancel", dialog.close)
        return await answered(dialog) == yes

    async def begin(self, work: Callable[[Actor], Ticket | Result]) -> None:
        """Ask for a change, and follow it."""
        answer = await attempt(self._visit, work)
        if isinstance(answer, Ticket):
            self._ticket = answer
            await self._show(answer)
        elif answer is not None:
            self._tell(answer)

    async def _look(self) -> None:
        before = self._ticket
        if before is None:
            return
        queue = self._visit.site.queue
        ticket = await attempt(self._visit, lambda actor: queue.get(actor, before.id))
        if ticket is not None:
            await self._show(ticket)

    async def _show(self, ticket: Ticket) -> None:
        self._place.clear()
        unfinished = ticket.state in WAITING or (
            ticket.state is TicketState.APPLIED and not ticket.outcome
        )
        self._timer.active = unfinished
        if unfinished:
            await self._wait(ticket)
            return
        queue = self._visit.site.queue
        result = await attempt(self._visit, lambda actor: queue.result(actor, ticket))
        if result is not None:
            self._tell(result)
        elif ticket.note:
            tell(ticket.note, "warning")
        if ticket.state is TicketState.NEEDS_ANSWER:
            self._agreement(ticket)
        elif ticket.state is TicketState.APPLIED:
            self._finish()

    def _finish(self) -> None:
        if self._done is not None:
            self._done()

    async def _wait(self, ticket: Ticket) -> None:
        queue = self._visit.site.queue
        known = queue.events.progress(ticket.id)
        text = "" if known is None else progress_words(known.stage, known.share)
        if not text:
            estimate = await attempt(self._visit, lambda actor: queue.estimate(actor, ticket))
            text = "" if estimate is None else waiting_words(estimate.place, estimate.seconds)
        with self._place, ui.element("div").classes("waiting"):
            ui.element("progress").props("max=1 aria-label=Progress")
            words(text)

    def _tell(self, result: Result) -> None:
        self._place.clear()
        with self._place, ui.element("div").classes("card tone-plain"):
            words(headline(result), tag="h2")
            sentences(details(result))

    def _agreement(self, ticket: Ticket) -> None:
        queue = self._visit.site.queue
        with self._place, ui.element("div").classes("choices"):
            button(
                "Do it",
                lambda: self.begin(lambda actor: queue.agree(actor, ticket.id)),
                main=True,
            )
            button("Leave it", lambda: self.begin(lambda actor: queue.cancel(actor, ticket.id)))

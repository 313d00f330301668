"""Follows the ticket of an edit on the terminal: where it is, what it asks, and what came of it."""

import sys
import time

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from controller.plan import EditPlan, Reason, Verdict
from oneedit.cli.session import confirm
from oneedit.control.client import Client, TicketReport
from oneedit.control.commands import Order
from oneedit.errors import NotPermitted, TicketEnded
from oneedit.ledger.ticket import Ticket, TicketState, TicketStep
from oneedit.ports import Confirm
from oneedit.queue.events import TicketNews, TicketProgress, TicketWaits, rests
from oneedit.results import NeedsConfirmation, Refused, Result
from oneedit.state.lock import REPORT_INTERVAL
from oneedit.wording import progress_words, waiting_words

INTERRUPTED = 130
"""Exit code of a command that was interrupted."""

_ENDED = frozenset({TicketState.CANCELLED, TicketState.FAILED})


def carry_out(client: Client, order: Order, *, yes: bool = False, as_json: bool) -> Result:
    """Ask for a change, and return what came of it.

    Raises:
        TicketEnded: somebody has cancelled it, or it has failed.
        Exit: the person who waits has interrupted the command.
    """
    taken = client.enter(order)
    if not isinstance(taken, Ticket):
        return taken
    return Following(client, taken.id, confirm(yes=yes, as_json=as_json)).to_the_end()


class Following:
    """One person who waits for one ticket.

    Args:
        client: where the ticket is.
        number: number of the ticket.
        ask: asks the person; None where there is nobody to ask.
    """

    def __init__(self, client: Client, number: int, ask: Confirm | None) -> None:
        self._client, self._number, self._ask = client, number, ask
        self._revision = 0
        self._line = WaitingLine(client.process)

    def to_the_end(self) -> Result:
        """Return what came of the ticket, once the person has answered what it asks.

        Raises:
            TicketEnded: somebody has cancelled it, or it has failed.
            Exit: the person has interrupted the command.
        """
        while True:
            report = self._rested()
            answered = self._answered(report)
            if answered is not None:
                return answered

    def _rested(self) -> TicketReport:
        """Wait until the ticket waits for nobody's turn."""
        try:
            with self._line, self._client.follow(self._number, after=self._revision) as news:
                for each in news:
                    self._line.show(each)
                    if isinstance(each, TicketStep):
                        self._revision = each.revision
                        if rests(each.state) and each.state is not TicketState.APPLIED:
                            break
            return self._client.report(self._number)
        except KeyboardInterrupt:
            self._interrupted()
            return self._client.report(self._number)

    def _answered(self, report: TicketReport) -> Result | None:
        """Return the result of a ticket that has ended; ask the person, and None, otherwise."""
        ticket, result = report.ticket, report.result
        match ticket.state:
            case TicketState.NEEDS_ANSWER if ticket.plan is not None:
                return self._agreed_to(ticket.plan)
            case TicketState.HELD if isinstance(result, Refused):
                return self._held(result)
            case TicketState.CANCELLED | TicketState.FAILED:
                raise TicketEnded(ticket.id, ticket.state, ticket.note)
            case TicketState.NEEDS_REVIEW if ticket.proposal is None:
                text = f"Ticket {ticket.id} waits for a reviewer: oneedit tickets agree {ticket.id}"
                typer.echo(text, err=True)
        if rests(ticket.state) and result is None:
            raise TicketEnded(ticket.id, ticket.state, ticket.note)
        return result if rests(ticket.state) else None

    def _agreed_to(self, plan: EditPlan) -> Result | None:
        if self._ask is not None and self._ask(plan, None):
            self._client.agree(self._number)
            return None
        self._client.cancel(self._number)
        if self._ask is None:
            return NeedsConfirmation(plan)
        declined = Reason("not_confirmed", "You did not agree.")
        reasons = (*plan.decision.reasons, declined)
        return Refused(verdict=Verdict.REVIEW, reasons=reasons, plan=plan)

    def _held(self, result: Refused) -> Result | None:
        """Return the refusal of an edit below the gate, unless the person lets it pass."""
        if result.plan is None or self._ask is None or not self._ask(result.plan, result.report):
            return result
        try:
            self._client.agree(self._number)
        except NotPermitted:  # another person has to
            return result
        return None

    def _interrupted(self) -> None:
        """Ask whether to cancel or to leave the ticket; end the command if it stays.

        Raises:
            Exit: the ticket stays where it is.
        """
        number = self._number
        if sys.stdin.isatty() and typer.confirm("\nCancel the edit?", default=False, err=True):
            self._client.cancel(number)
            return
        text = f"\nTicket {number} stays. Look at it: oneedit tickets show {number}"
        typer.echo(text, err=True)
        raise typer.Exit(INTERRUPTED)


class WaitingLine:
    """Says on standard error where a ticket is: a bar in a terminal, else a line now and then.

    Args:
        process: id of the process that was asked.
    """

    def __init__(self, process: int) -> None:
        self._process = process
        self._console = Console(stderr=True)
        self._bar: Progress | None = None
        self._place = (-1, "")
        self._began = self._told = 0.0

    def __enter__(self) -> "WaitingLine":
        """Show the bar."""
        if self._console.is_terminal:
            columns = (TextColumn("{task.description}", markup=False), BarColumn())
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar.add_task(progress_words("plan", 0.0), total=None)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def show(self, news: TicketNews) -> None:
        """Show what is new."""
        match news:
            case TicketWaits():
                self._wait(news)
            case TicketProgress(_, stage, share) if self._bar is not None:
                known = share if 0.0 < share < 1.0 else None
                self._update(self._bar, progress_words(stage, share), known)
            case _:
                pass

    def _wait(self, news: TicketWaits) -> None:
        """Say at once whom the ticket waits for, and from time to time for how long."""
        now = time.monotonic()
        self._began = self._began or now
        other = "" if news.worker in {None, self._process} else str(news.worker)
        place = (news.place, other)
        if place == (0, "") or (place == self._place and now - self._told < REPORT_INTERVAL):
            return
        self._place, self._told = place, now
        text = waiting_words(news.place, news.seconds)
        if other:
            waited = f"{now - self._began:.0f} s"
            text = f"waiting for process {other}, which edits this home ({waited}). {text}"
        if self._bar is not None:
            self._update(self._bar, text, None)
        else:
            self._console.print(f"oneedit: {text}", markup=False, highlight=False, soft_wrap=True)

    def _update(self, bar: Progress, text: str, share: float | None) -> None:
        task, total = bar.tasks[0], None if share is None else 1.0
        bar.update(task.id, description=text, completed=share or 0.0, total=total)

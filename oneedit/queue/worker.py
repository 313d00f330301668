"""The worker: carries queued tickets out, in their turns, on a thread beside those of the server.

One process of a home is the worker, by a lease. It may be killed at any point: what it had taken
is queued again by the next one, and a ticket is marked as applied in the transaction of its
version, so that it is applied once.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from controller.actor import Actor
from controller.plan import Decision, EditPlan, Reason, Verdict
from editor.errors import HostClosed
from interpreter.intents import Change, Forget, RollBack, Tell
from kg_data.entities import EntityChange
from kg_data.errors import ExpectedError
from oneedit.edits.approval import Approval
from oneedit.edits.call import Call
from oneedit.edits.choice import Choice
from oneedit.edits.repair import Teach
from oneedit.edits.together import GroupEditor, Wanted
from oneedit.errors import (
    AccountDisabled,
    LeaseLost,
    NotPermitted,
    StaleHead,
    TicketChanged,
)
from oneedit.ledger.history import exclusive_keys
from oneedit.ledger.lease import TERM, Lease, new_holder
from oneedit.ledger.ticket import RUNNING, Agreement, Ticket, TicketState
from oneedit.ledger.tickets import WORKER, TicketCommit, Tickets
from oneedit.outcomes import shown_plan
from oneedit.people.permissions import require
from oneedit.queue.events import TicketChange, TicketEvents, TicketProgress
from oneedit.queue.planning import ended
from oneedit.queue.queue import POLL, EditQueue, operation_asked
from oneedit.queue.requests import CarryOut, Consolidate, load_request
from oneedit.queue.turns import next_turn
from oneedit.results import EditResult, NeedsConfirmation, Result, ReviewResult
from oneedit.service import EditService

BEAT = TERM.total_seconds() / 3
"""Seconds between two renewals of the lease."""

UNEXPECTED = "Something went wrong on the server, and its log says what. Nothing was changed."

CONCURRENT = "concurrent"
"""Code of the reason where somebody else has changed the same since."""

_log = logging.getLogger(__name__)


class Worker:
    """Carries tickets out while it holds the lease.

    Args:
        queue: where the tickets are.
    """

    def __init__(self, queue: EditQueue) -> None:
        self._queue = queue
        self._holder = new_holder()
        self._lease: Lease | None = None
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name="worker", daemon=True),
            threading.Thread(target=self._beat, name="worker's lease", daemon=True),
        ]

    @property
    def owns(self) -> bool:
        """Tell whether this process is the worker of its home."""
        return self._lease is not None

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask the threads to end; a running solve ends when the model's host is closed."""
        self._stop.set()

    def join(self) -> None:
        """Wait for the threads, and give the lease back."""
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        if self._lease is not None:
            self._lease.release()
            self._lease = None

    def carry_out_next(self) -> bool:
        """Carry out the tickets whose turn it is; tell whether there were any.

        Raises:
            LeaseLost: another process has become the worker.
            HostClosed: the model's host was closed.
        """
        lease = self._held()
        if lease is None:
            return False
        turn = next_turn(self._tickets.queued())
        taken = self._tickets.start([ticket.id for ticket in turn], lease)
        for ticket in taken:
            self._events.publish(TicketChange(ticket))
        if taken:
            _Turn(self._queue, lease, taken).carry_out()
        return bool(taken)

    @property
    def _tickets(self) -> Tickets:
        return self._queue.tickets

    @property
    def _events(self) -> TicketEvents:
        return self._queue.events

    def _held(self) -> Lease | None:
        """Return the lease; queue again what its last holder had taken."""
        if self._lease is None:
            lease = Lease.acquire(self._tickets.ledger, WORKER, self._holder)
            if lease is not None:
                for ticket in self._tickets.put_back(lease):
                    self._events.publish(TicketChange(ticket))
                self._take_up()
            self._lease = lease
        return self._lease

    def _take_up(self) -> None:
        """Go on with the tickets whose process ended before they were planned, or described."""
        planner = self._queue.planner
        for ticket in planner.undescribed():
            if ticket.version is not None:
                planner.describe(ticket.id, self._queue.service.committed(ticket.version))
        for ticket in planner.unplanned():
            try:
                planner.plan_and_place(ticket)
            except ExpectedError as error:
                _log.warning("ticket %d: %s", ticket.id, error)

    def _run(self) -> None:
        with self._events.subscription() as subscription:
            while not self._stop.is_set():
                try:
                    if self.carry_out_next():
                        continue
                except HostClosed:
                    return
                except LeaseLost as error:
                    _log.warning("%s", error)
                    self._lease = None
                except Exception:  # noqa: BLE001  a full disk, a lost database: it goes on when that is over
                    _log.exception("the worker will try again")
                    self._lease = None  # taken anew, which queues again what was taken
                    self._stop.wait(POLL)
                subscription.get(POLL)
                subscription.take_all()

    def _beat(self) -> None:
        while not self._stop.wait(BEAT):
            lease = self._lease
            if lease is None:
                continue
            try:
                lease.renew()
            except ExpectedError as error:  # the commit checks the lease by itself
                _log.warning("%s", error)


@dataclass(frozen=True, slots=True)
class _Overtaken:
    """An edit of what somebody else has changed since its author looked.

    Attributes:
        plan: its plan now.
        reason: who has changed what.
    """

    plan: EditPlan
    reason: Reason

    @property
    def question(self) -> NeedsConfirmation:
        """Return what its author is asked."""
        reasons = (self.reason, *self.plan.decision.reasons)
        return NeedsConfirmation(replace(self.plan, decision=Decision(Verdict.REVIEW, reasons)))


class _Turn:
    """Tickets that the worker has taken.

    Args:
        queue: where they come from.
        lease: what the worker holds.
        taken: the tickets.
    """

    def __init__(self, queue: EditQueue, lease: Lease, taken: Sequence[Ticket]) -> None:
        self._queue, self._lease = queue, lease
        self._left = {ticket.id: ticket for ticket in taken}
        self._actors: dict[int, Actor] = {}
        self._running: frozenset[int] = frozenset()
        self._stage = ""

    @property
    def _service(self) -> EditService:
        return self._queue.service

    def carry_out(self) -> None:
        """Carry the tickets out: together as far as they go together, the others alone.

        Raises:
            LeaseLost: another process has become the worker.
            HostClosed: the model's host was closed.
        """
        for number in tuple(self._left):
            self._judge(number)
        if len(self._left) > 1:
            self._together()
        for number in tuple(self._left):
            self._alone(number)

    def _judge(self, number: int) -> None:
        """Find out as whom a ticket's author is judged now; it fails if they may no longer ask."""
        ticket = self._left[number]
        request = load_request(ticket.request)
        if isinstance(request, CarryOut):
            return  # reviewers have decided, and it is theirs
        try:
            actor = self._queue.people.current(ticket.author)
            require(actor, operation_asked(request))
        except (AccountDisabled, NotPermitted) as error:
            self._fail(number, str(error))
            self._left.pop(number, None)
        else:
            self._actors[number] = actor

    def _together(self) -> None:
        wanted = [
            Wanted(number=ticket.id, intent=request, call=self._call(ticket))
            for ticket in self._left.values()
            if isinstance(request := load_request(ticket.request), Tell | Forget)
            and not ticket.propose
            and self._changed_by_others(ticket, request) is None
        ]
        if len(wanted) < 2:
            return
        self._begin(frozenset(each.number for each in wanted))
        groups = GroupEditor(self._service.context, plan=self._service.plan)
        try:
            results = groups.edit(wanted, self._guard, self._report)
        except (HostClosed, LeaseLost):
            raise
        except Exception:  # noqa: BLE001  each is tried alone, and its author told what fails
            _log.exception("%d tickets failed together", len(wanted))
            return
        for number, result in results.items():
            self._describe(number, result)

    def _alone(self, number: int) -> None:
        """Carry one ticket out, and record what came of it."""
        self._begin(frozenset({number}))
        if self._is_applied(number):
            return  # what failed came after the commit of a group
        try:
            result = self._result(self._left[number])
        except TicketChanged as error:
            _log.info("%s", error)  # cancelled
        except StaleHead:
            self._record(number, replace(self._left[number], state=TicketState.QUEUED))
        except (HostClosed, LeaseLost):
            raise
        except ExpectedError as error:
            self._fail(number, str(error))
        except Exception:  # noqa: BLE001  its author is told, and the worker goes on
            _log.exception("ticket %d failed", number)
            self._fail(number, UNEXPECTED)
        else:
            self._finish(number, result)
        self._left.pop(number, None)

    def _begin(self, numbers: frozenset[int]) -> None:
        self._running, self._stage = numbers, ""

    def _result(self, ticket: Ticket) -> Result | ReviewResult | _Overtaken:
        request = load_request(ticket.request)
        match request:
            case CarryOut(proposal, below_gate):
                return self._service.reviews.carry_out(
                    proposal,
                    below_gate=below_gate,
                    progress=self._report,
                    guard=self._guard((ticket.id,)),
                )
            case Consolidate():
                return self._service.consolidate(
                    self._actors[ticket.id],
                    progress=self._report,
                    guard=self._guard((ticket.id,)),
                )
            case Tell() | Forget() | EntityChange():
                changed = self._changed_by_others(ticket, request)
                return changed or self._service.carry_out(request, self._call(ticket))
            case Choice() | RollBack() | Teach():
                return self._service.carry_out(request, self._call(ticket))

    def _finish(self, number: int, result: Result | ReviewResult | _Overtaken) -> None:
        """Record a result, or store it with the state that the commit has recorded."""
        if isinstance(result, ReviewResult):
            self._finish_review(number, result)
            return
        if isinstance(result, _Overtaken):
            after = replace(
                ended(self._left[number], result.question),
                state=TicketState.NEEDS_ANSWER,
                plan=shown_plan(result.plan),
            )
        elif self._queue.tickets.get(number).state is TicketState.APPLIED:
            self._describe(number, result)
            return
        else:
            after = ended(self._left[number], result)
        self._record(number, replace(after, agreed=Agreement.NONE))

    def _is_applied(self, number: int) -> bool:
        """Tell whether a ticket is committed; store what came of it if so."""
        version = self._queue.tickets.get(number).version
        if version is None:
            return False
        self._describe(number, self._service.committed(version))
        return True

    def _fail(self, number: int, why: str) -> None:
        """Record a failure, unless it came after the commit."""
        if self._is_applied(number):
            return
        self._record(number, replace(self._left[number], state=TicketState.FAILED, note=why))

    def _finish_review(self, number: int, result: ReviewResult) -> None:
        if self._queue.tickets.get(number).state is TicketState.APPLIED:
            if isinstance(result.edit, EditResult):
                self._describe(number, result.edit)
            return
        waiting = replace(self._left[number], state=TicketState.NEEDS_REVIEW)
        self._record(number, waiting)

    def _describe(self, number: int, result: Result) -> None:
        """Store the result of a committed ticket, and tell everybody."""
        self._left.pop(number, None)
        self._queue.planner.describe(number, result)

    def _record(self, number: int, after: Ticket) -> None:
        """Record a state, unless the ticket was cancelled meanwhile."""
        try:
            recorded = self._queue.tickets.record(self._left[number], after)
        except TicketChanged as error:
            _log.info("%s", error)
            return
        self._left[number] = recorded
        self._queue.events.publish(TicketChange(recorded))

    def _guard(self, numbers: tuple[int, ...]) -> TicketCommit:
        ledger = self._queue.tickets.ledger
        return TicketCommit(numbers=numbers, lease=self._lease, now=ledger.now)

    def _call(self, ticket: Ticket) -> Call:
        approval = None
        if ticket.agreed and ticket.plan is not None:
            review = ticket.plan.decision.verdict is Verdict.REVIEW
            approval = Approval(
                plan=ticket.plan,
                approvers=() if ticket.agreed_by == ticket.author.name else (ticket.agreed_by,),
                below_gate=ticket.agreed is Agreement.GATE,
                self_confirmed=review and ticket.agreed_by == ticket.author.name,
            )
        return Call(
            actor=self._actors[ticket.id],
            text=ticket.text,
            operation=ticket.operation,
            key=ticket.key,
            progress=self._report,
            source=ticket.source,
            batch=ticket.batch,
            propose=ticket.propose,
            approval=approval,
            guard=self._guard((ticket.id,)),
        )

    def _changed_by_others(self, ticket: Ticket, request: Change) -> _Overtaken | None:
        """Return the question for an author whose slot somebody else has changed since."""
        if ticket.base_version < 0:
            return None
        ledger, book = self._queue.tickets.ledger, self._service.context.controller.book
        later = ledger.events(after=ticket.base_version)
        others = [event for event in later if event.actor != ticket.author.name]
        if not others:
            return None
        plan = self._service.plan(request, self._actors[ticket.id])
        if plan.decision.verdict not in {Verdict.APPLY, Verdict.REVIEW}:
            return None
        keys = exclusive_keys(plan.changes, book)
        for event in others:
            if not keys.isdisjoint(exclusive_keys(event.content.changes, book)):
                text = (
                    f"{event.actor} changed this in version {event.version}: {event.reason} "
                    "Shall your edit be made all the same?"
                )
                return _Overtaken(plan, Reason(CONCURRENT, text))
        return None

    def _report(self, stage: str, share: float) -> None:
        """Pass the progress on; stop at the next stage if nobody wants the tickets any more.

        Raises:
            TicketChanged: the only ticket was cancelled.
        """
        if stage != self._stage:
            self._stage = stage
            for number in self._running & self._left.keys():
                self._note_stage(number, stage)
        for number in self._running:
            self._queue.events.publish(TicketProgress(number, stage, share))

    def _note_stage(self, number: int, stage: str) -> None:
        state = _STATES.get(stage)
        stored = self._queue.tickets.get(number)
        if stored.state is TicketState.APPLIED or state is stored.state:
            return
        if stored.state not in RUNNING:
            if len(self._running) == 1:
                raise TicketChanged(number, stored.state, "carry out")
            return
        if state is not None:
            self._record(number, replace(self._left[number], state=state))


_STATES = {"solve": TicketState.SOLVING, "check": TicketState.CHECKING}
"""States of tickets by stages of an edit; other stages leave the state as it is."""

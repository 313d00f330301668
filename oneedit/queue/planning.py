"""Plans tickets, puts them where they have to wait, and records every step.

Everything here goes on with tickets that were authorised when they were made.
"""

from dataclasses import dataclass, replace

from controller.actor import Role
from controller.plan import EditPlan, Verdict
from interpreter.intents import Change, Forget, RollBack, Tell
from kg_data.entities import EntityChange
from kg_data.errors import ExpectedError
from kg_data.triples import Slot
from oneedit.edits.call import Call
from oneedit.edits.choice import Choice
from oneedit.edits.repair import Teach
from oneedit.errors import TicketChanged
from oneedit.ledger.proposal import Proposal, ProposalEvent, ProposalState
from oneedit.ledger.ticket import RUNNING, Ticket, TicketFilter, TicketState
from oneedit.ledger.tickets import Tickets
from oneedit.outcomes import dump_result, shown_plan
from oneedit.queue.events import TicketChange, TicketEvents
from oneedit.queue.requests import CarryOut, Consolidate, Request, dump_request, load_request
from oneedit.queue.turns import keys_of, slot_key
from oneedit.results import (
    Already,
    ConsolidateResult,
    EditResult,
    NeedsConfirmation,
    Proposed,
    Refused,
    Result,
    RollbackResult,
    UndoResult,
)
from oneedit.service import EditService

MOST_LATE = 64
"""Tickets that may have been committed last when a process ended; four turns of the worker."""

_STATES_OF_DECIDED = {
    ProposalState.APPLIED: TicketState.APPLIED,
    ProposalState.UNDONE: TicketState.APPLIED,
    ProposalState.REJECTED: TicketState.REFUSED,
    ProposalState.WITHDRAWN: TicketState.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class TicketPlanner:
    """What is done with tickets before and after their turn.

    Attributes:
        service: plans, and makes proposals.
        tickets: the tickets of the ledger.
        events: passes on what happens to them.
    """

    service: EditService
    tickets: Tickets
    events: TicketEvents

    def enter(self, draft: Ticket, request: Request) -> Ticket:
        """Record a ticket, plan it, and put it where it has to wait."""
        ticket, new = self.tickets.add(replace(draft, request=dump_request(request)))
        if not new:
            return ticket
        self.events.publish(TicketChange(ticket))
        return self.plan_and_place(ticket)

    def describe(self, number: int, result: Result) -> None:
        """Store what came of a ticket whose version is committed, and tell everybody."""
        ticket = self.tickets.describe(number, dump_result(result))
        self.events.publish(TicketChange(ticket))

    def undescribed(self) -> list[Ticket]:
        """Return the tickets whose process ended between their commit and their result."""
        applied = self.tickets.find(TicketFilter(states={TicketState.APPLIED}, limit=MOST_LATE))
        return [each for each in applied if each.version is not None and not each.outcome]

    def unplanned(self) -> list[Ticket]:
        """Return the tickets that are being planned, or whose process ended before they were."""
        return self.tickets.find(TicketFilter(states={TicketState.READING}))

    def plan_and_place(self, ticket: Ticket) -> Ticket:
        """Plan a ticket, and put it where it has to wait."""
        request = load_request(ticket.request)
        try:
            return self._place(ticket, request, self._plan(ticket, request))
        except TicketChanged:  # cancelled, or planned by the worker, in this moment
            return self.tickets.get(ticket.id)
        except ExpectedError as error:
            self.record(ticket, replace(ticket, state=TicketState.FAILED, note=str(error)))
            raise

    def _plan(self, ticket: Ticket, request: Request) -> EditPlan | Result | None:
        """Return the plan of a request at the head, the result that ends it, or None."""
        match request:
            case Tell() | Forget() | EntityChange():
                return self.service.plan(request, ticket.author)
            case Choice():
                return self.service.undoer.plan(request, ticket.author)
            case RollBack(version):
                return self.service.roll_backer.decided(version, ticket.author)
            case Teach() | Consolidate() | CarryOut():
                return None

    def _place(self, ticket: Ticket, request: Request, planned: EditPlan | Result | None) -> Ticket:
        """Put a ticket that was planned where it has to wait."""
        if not isinstance(planned, EditPlan):
            queued = replace(ticket, state=TicketState.QUEUED)
            return self.record(ticket, queued if planned is None else ended(ticket, planned))
        keys = frozenset[str]()
        if isinstance(request, Tell | Forget):
            keys = keys_of(planned.changes, self.service.context.controller.book)
            keys |= {slot_key(slot) for slot in _named_slots(request)}
        base = planned.base_version if ticket.base_version < 0 else ticket.base_version
        ticket = replace(ticket, plan=shown_plan(planned), keys=keys, base_version=base)
        if self._follows_another(ticket):
            return self.record(ticket, replace(ticket, state=TicketState.QUEUED))
        call = replace(self._call(ticket), propose=ticket.propose)
        if isinstance(request, Change) and call.leaves_to_review(planned):
            return self.propose(ticket)
        if planned.decision.verdict is Verdict.APPLY:
            return self.record(ticket, replace(ticket, state=TicketState.QUEUED))
        return self.record(ticket, ended(ticket, self._not_yet(planned, call)))

    def _not_yet(self, plan: EditPlan, call: Call) -> Already | NeedsConfirmation | Refused:
        """Return the result of a plan that is not simply applied."""
        reasons = plan.decision.reasons
        if plan.decision.verdict is Verdict.NOTHING:
            return Already(plan.facts, reasons)
        if plan.decision.verdict is Verdict.BLOCK:
            return self.service.context.decider.refuse(call, Verdict.BLOCK, reasons, plan=plan)
        return NeedsConfirmation(plan)

    def propose(self, ticket: Ticket) -> Ticket:
        """Make an edit a proposal; anything else waits for a reviewer as it is."""
        request = load_request(ticket.request)
        if not isinstance(request, Change):
            return self.record(ticket, replace(ticket, state=TicketState.NEEDS_REVIEW))
        plan = self.service.plan(request, ticket.author)
        call = replace(self._call(ticket), key=ticket.key)
        proposed = self.service.reviews.propose(request, plan, call)
        return self.record(ticket, ended(ticket, proposed))

    def _call(self, ticket: Ticket) -> Call:
        call = self.service.call(ticket.author, ticket.text, ticket.operation, key=ticket.idem)
        return replace(call, source=ticket.source, batch=ticket.batch)

    def _follows_another(self, ticket: Ticket) -> bool:
        """Tell whether an earlier ticket that still waits may change what this one means."""
        earlier = self.tickets.find(TicketFilter(states={TicketState.QUEUED, *RUNNING}))
        return any(
            not each.keys or not ticket.keys.isdisjoint(each.keys)
            for each in earlier
            if each.id < ticket.id
        )

    def followed(self, ticket: Ticket) -> Ticket:
        """Return a ticket; one whose proposal was decided without it follows the decision."""
        if ticket.state is not TicketState.NEEDS_REVIEW or ticket.proposal is None:
            return ticket
        proposal = self.service.reviews.desk.get(ticket.proposal)
        state = _STATES_OF_DECIDED.get(proposal.state)
        if state is None:
            return ticket
        if proposal.version is None:
            last = self.service.reviews.desk.proposals.events(proposal.id)[-1]
            note, outcome = _decided(proposal, last), ""
        else:
            note, outcome = "", dump_result(self.service.committed(proposal.version))
        after = replace(ticket, state=state, version=proposal.version, note=note, outcome=outcome)
        try:
            return self.record(ticket, after)
        except TicketChanged:  # by another thread in this moment
            return self.tickets.get(ticket.id)

    def record(self, before: Ticket, after: Ticket) -> Ticket:
        recorded = self.tickets.record(before, after)
        self.events.publish(TicketChange(recorded))
        return recorded


def ended(ticket: Ticket, result: Result) -> Ticket:
    """Return a ticket as a result leaves it."""
    state, plan, proposal = TicketState.APPLIED, ticket.plan, ticket.proposal
    match result:
        case Refused(verdict=Verdict.REVIEW, report=report) if report is not None:
            state = TicketState.HELD
        case Proposed(proposal_id=proposal, plan=plan):
            state = TicketState.NEEDS_REVIEW
        case NeedsConfirmation(plan):
            local = ticket.author.role is Role.LOCAL
            state = TicketState.NEEDS_ANSWER if local else TicketState.NEEDS_REVIEW
        case EditResult() | UndoResult() | RollbackResult() | ConsolidateResult():
            ticket = replace(ticket, version=result.version)
        case Already():
            pass
        case _:
            state = TicketState.REFUSED
    shown = None if plan is None else shown_plan(plan)
    return replace(ticket, state=state, plan=shown, proposal=proposal, outcome=dump_result(result))


def _named_slots(request: Tell | Forget) -> list[Slot]:
    if isinstance(request, Forget):
        return [request.slot]
    return [fact.slot for fact in request.facts]


def _decided(proposal: Proposal, last: ProposalEvent) -> str:
    """Return in words who has decided against a proposal, and why."""
    reason = f": {last.comment}" if last.comment else "."
    return f"Proposal {proposal.id} was {proposal.state.value} by {last.actor.name}{reason}"

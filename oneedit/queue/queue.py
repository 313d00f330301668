"""The edit queue: a message becomes a ticket at once, and its author is told what comes of it.

Reading and planning happen in the caller's thread and change nothing. What has to wait - for its
turn, for its author, for a reviewer - waits in the ledger's database; the worker carries it out.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from statistics import median
from typing import TypeVar

from controller.actor import Actor, Role
from controller.plan import Verdict
from interpreter.dialogue import EMPTY_DIALOGUE, Dialogue
from interpreter.intents import Change, Forget, Intent, RollBack, Tell, Undo
from kg_data.entities import EntityChange
from kg_data.triples import Slot
from oneedit.conversations.conversations import Conversations
from oneedit.edits.call import Call
from oneedit.edits.choice import Choice
from oneedit.edits.repair import Teach
from oneedit.errors import NotPermitted, TicketChanged
from oneedit.ledger import history
from oneedit.ledger.accounts import Accounts
from oneedit.ledger.conversation import Message
from oneedit.ledger.conversations import ConversationRecords
from oneedit.ledger.proposal import ProposalState
from oneedit.ledger.ticket import (
    FINAL,
    RUNNING,
    WAITING,
    Agreement,
    Ticket,
    TicketFilter,
    TicketState,
)
from oneedit.ledger.tickets import Tickets
from oneedit.outcomes import dump_result, load_result
from oneedit.people.people import People
from oneedit.people.permissions import Operation, may, require, require_sight, sees
from oneedit.queue.events import (
    ConversationChange,
    TicketChange,
    TicketEvent,
    TicketEvents,
    TicketProgress,
    number_of,
)
from oneedit.queue.planning import TicketPlanner
from oneedit.queue.requests import CarryOut, Consolidate, Request, dump_request, load_request
from oneedit.queue.turns import turns
from oneedit.results import (
    AskResult,
    Result,
    ReviewResult,
    UnclearResult,
)
from oneedit.service import EditService, operation_of

Said = TypeVar("Said", bound=Ticket | Result)

POLL = 0.5
"""Seconds between two looks at the ledger for what other processes have done."""

FIRST_ESTIMATE = 30.0
"""Seconds for one turn before any was measured."""

MOST_KEPT = 200_000
"""Characters of an answer that is kept with its message; a longer one can be asked for again."""

NOT_PROPOSED = "Only edits of facts and entities can be proposed, not an undo or a roll back."

CANCELLABLE = frozenset(TicketState) - FINAL


@dataclass(frozen=True, slots=True)
class Estimate:
    """When a ticket will be carried out.

    Attributes:
        place: how many turns come before it; 0 while it is carried out.
        seconds: until it is done, from the time that the last tickets took.
    """

    place: int
    seconds: float


@dataclass(frozen=True)
class EditQueue:
    """What people may ask of the queue.

    A ticket is seen by its author, by those who decide on what others want, and by whoever takes
    part in its conversation. Every method takes who asks.

    Attributes:
        service: reads, plans and answers.
        tickets: the tickets of the ledger.
        events: passes on what happens to them.
        source, batch: where the requests come from, as in :class:`EditService`.
        conversation: id of the conversation that they belong to, or "".
    """

    service: EditService
    tickets: Tickets
    events: TicketEvents
    _: KW_ONLY
    source: str = ""
    batch: str = ""
    conversation: str = ""

    # ---------- asking for a change ----------

    def submit(
        self,
        actor: Actor,
        text: str,
        *,
        idempotency_key: str | None = None,
        dialogue: Dialogue = EMPTY_DIALOGUE,
        base_version: int | None = None,
        propose: bool = False,
    ) -> Ticket | Result:
        """Read a message; return a ticket if it asks for a change, else the answer.

        Args:
            actor: who wrote it.
            text: the message.
            idempotency_key: the same key with the same message makes one ticket.
            dialogue: what the conversation was about before.
            base_version: the version of the graph that the actor has seen, by default the head;
                if somebody else changes the same later, the actor is asked again.
            propose: whether a reviewer decides, even where the edit needs none; an undo or roll
                back cannot be proposed, and is unclear.

        Raises:
            KeyReused: the key came with another message before.
            KeyReserved: the key is one that OneEdit uses itself.
            NotPermitted: the actor may not do what the message asks for.
            UnknownConversation: it is one in which the actor does not take part.
        """
        require(actor, Operation.READ)
        draft = self._draft(actor, text, "submit", idempotency_key)
        stored = self._stored(draft)
        if stored is not None:
            return stored
        draft = replace(
            draft, propose=propose, base_version=-1 if base_version is None else base_version
        )
        return self._said(actor, text, self._take(draft, self.service.read(text, dialogue)))

    def ask(
        self,
        actor: Actor,
        text: str,
        *,
        direct: bool = False,
        free: bool = False,
        dialogue: Dialogue = EMPTY_DIALOGUE,
    ) -> AskResult | UnclearResult:
        """Answer a question of the conversation.

        Args:
            actor: who asks.
            text: the question.
            direct: answer chains without writing the hops down.
            free: let the model answer what cannot be checked, too.
            dialogue: what the conversation was about before.

        Raises:
            UnknownConversation: it is one in which the actor does not take part.
        """
        require(actor, Operation.READ)
        if self.conversation:
            self.conversations.check_writable(actor, self.conversation)
        answered = self.service.ask(actor, text, direct=direct, free=free, dialogue=dialogue)
        return self._said(actor, text, answered)

    def propose(
        self,
        actor: Actor,
        text: str,
        *,
        idempotency_key: str | None = None,
        earlier_key: str | None = None,
    ) -> Ticket | Result:
        """Read a message; return the ticket of a proposal if it asks for an edit, else the answer.

        Nothing is changed before a reviewer agrees; undo and roll back cannot be proposed.

        Args:
            actor: who wrote it.
            text: the message.
            idempotency_key: the same key with the same message makes one ticket.
            earlier_key: another key under which the same request may have come before.

        Raises:
            KeyReused: a key came with another message before.
            NotPermitted: the actor may not propose edits.
        """
        require(actor, Operation.READ)
        draft = self._draft(actor, text, "submit", idempotency_key)
        stored = self._stored(replace(draft, idem=earlier_key)) or self._stored(draft)
        if stored is not None:
            return stored
        intent = self.service.read(text)
        require(actor, Operation.PROPOSE if isinstance(intent, Change) else Operation.READ)
        return self._said(actor, text, self._take(replace(draft, propose=True), intent))

    def tell(
        self, actor: Actor, text: str, *, idempotency_key: str | None = None, propose: bool = False
    ) -> Ticket | UnclearResult:
        """Ask for the facts of a statement; a message that states none is unclear.

        Raises:
            NotPermitted: the actor may not edit, or propose edits.
        """
        require(actor, Operation.PROPOSE if propose else Operation.EDIT)
        draft = replace(self._draft(actor, text, "tell", idempotency_key), propose=propose)
        return self._stored(draft) or self._change(draft, self.service.read_statement(text))

    def forget(
        self, actor: Actor, text: str, *, idempotency_key: str | None = None, propose: bool = False
    ) -> Ticket | UnclearResult:
        """Ask for the removal of what a message names.

        Raises:
            NotPermitted: the actor may not edit, or propose edits.
        """
        require(actor, Operation.PROPOSE if propose else Operation.EDIT)
        draft = replace(self._draft(actor, text, "forget", idempotency_key), propose=propose)
        return self._stored(draft) or self._change(draft, self.service.read_removal(text))

    def change_entity(
        self,
        actor: Actor,
        change: EntityChange,
        *,
        idempotency_key: str | None = None,
        propose: bool = False,
    ) -> Ticket | UnclearResult:
        """Ask for a change of an entity as a whole; of others than reviewers, it is a proposal.

        Raises:
            NotPermitted: the actor may not propose edits.
        """
        require(actor, Operation.PROPOSE)
        named = self.service.named_change(change)
        if isinstance(named, UnclearResult):
            return named
        draft = self._draft(actor, named.words, "entity", idempotency_key)
        propose = propose or not may(actor, Operation.CHANGE_ENTITIES)
        return self._stored(draft) or self._said(
            actor, named.words, self.planner.enter(replace(draft, propose=propose), named)
        )

    def undo(
        self,
        actor: Actor,
        choice: Choice,
        *,
        idempotency_key: str | None = None,
    ) -> Ticket:
        """Ask for an undo; one of what does not exist is refused at once.

        One of an edit of somebody else waits for a reviewer, unless the actor is one.

        Raises:
            NotPermitted: the actor may not undo anything.
        """
        require(actor, Operation.UNDO_OWN)
        draft = self._draft(actor, choice.words, "undo", idempotency_key)
        return self._stored(draft) or self._said(
            actor, choice.words, self._enter_undo(draft, choice)
        )

    def teach(
        self, actor: Actor, slots: Sequence[Slot], *, idempotency_key: str | None = None
    ) -> Ticket:
        """Ask that the model learns again what the graph holds in some slots.

        Raises:
            NotPermitted: the actor may not edit.
        """
        require(actor, Operation.EDIT)
        request = Teach(tuple(slots))
        draft = self._draft(actor, request.words, "teach", idempotency_key)
        return self._stored(draft) or self._said(
            actor, request.words, self.planner.enter(draft, request)
        )

    def roll_back(
        self,
        actor: Actor,
        version: int,
        *,
        idempotency_key: str | None = None,
    ) -> Ticket:
        """Ask for a roll back to a version.

        Raises:
            NotPermitted: the actor may not roll back.
        """
        require(actor, Operation.ROLL_BACK)
        words = f"rollback {version}"
        draft = self._draft(actor, words, "rollback", idempotency_key)
        return self._stored(draft) or self._said(
            actor, words, self.planner.enter(draft, RollBack(version))
        )

    def consolidate(self, actor: Actor, *, idempotency_key: str | None = None) -> Ticket:
        """Ask for a consolidation.

        Raises:
            NotPermitted: the actor may not consolidate.
        """
        require(actor, Operation.CONSOLIDATE)
        draft = self._draft(actor, "consolidate", "consolidate", idempotency_key)
        return self._stored(draft) or self.planner.enter(draft, Consolidate())

    def approve(
        self,
        actor: Actor,
        proposal_id: int,
        *,
        revision: int,
        comment: str = "",
        below_gate: bool = False,
    ) -> Ticket | ReviewResult:
        """Agree to a proposal; return its ticket once enough people have agreed."""
        reviews = self.service.reviews
        agreed = reviews.agree(actor, proposal_id, revision=revision, comment=comment)
        if agreed.proposal.state is not ProposalState.APPROVED:
            return agreed
        waiting = TicketFilter(states={TicketState.NEEDS_REVIEW}, proposal=proposal_id)
        request = CarryOut(proposal_id, below_gate)
        for ticket in self.tickets.find(waiting):
            queued = replace(
                ticket,
                state=TicketState.QUEUED,
                request=dump_request(request),
                agreed_by=actor.name,
                queued_at="",
            )
            return self.planner.record(ticket, queued)
        draft = self._draft(actor, agreed.proposal.text, "approve")
        return self.planner.enter(replace(draft, proposal=proposal_id), request)

    # ---------- a ticket's own life ----------

    def agree(self, actor: Actor, number: int) -> Ticket:
        """Agree to what a ticket waits for: its plan, what others changed, or a failed check.

        Raises:
            UnknownTicket: there is none of this number.
            NotPermitted: the actor may not agree to this.
            TicketChanged: it does not wait for an agreement.
        """
        ticket = self._get(number)
        self._check_sight(actor, ticket)
        _permit_agreement(actor, ticket)
        plan, answers = ticket.plan, ticket.state is TicketState.NEEDS_ANSWER
        review = plan is not None and plan.decision.verdict is Verdict.REVIEW
        if answers and review and ticket.author.role is not Role.LOCAL:
            # its author may agree to what others did, not to this
            return self.planner.propose(ticket)
        if ticket.state is TicketState.FAILED:  # trying again agrees to nothing
            again = replace(ticket, state=TicketState.QUEUED, note="", queued_at="")
            return self.planner.record(ticket, again)
        gate = ticket.state is TicketState.HELD
        queued = replace(
            ticket,
            state=TicketState.QUEUED,
            agreed=Agreement.GATE if gate else Agreement.PLAN,
            agreed_by=actor.name,
            base_version=ticket.base_version if plan is None else plan.base_version,
            outcome="",
            note="",
            queued_at="",
            started_at="",
            finished_at="",
        )
        return self.planner.record(ticket, queued)

    def cancel(self, actor: Actor, number: int) -> Ticket:
        """Cancel a ticket; possible until its commit.

        Raises:
            UnknownTicket: there is none of this number.
            NotPermitted: it is somebody else's.
            TicketChanged: it was carried out, refused or cancelled already.
        """
        for last_attempt in (False, False, False, True):
            ticket = self._get(number)
            if actor.name != ticket.author.name and not may(actor, Operation.REVIEW):
                reason = "only its author and reviewers may"
                raise NotPermitted(actor.name, "cancel", reason, of=f"ticket {number}")
            if ticket.state not in CANCELLABLE:
                raise TicketChanged(number, ticket.state, "cancel")
            if ticket.state is TicketState.NEEDS_REVIEW and ticket.proposal is not None:
                return self._withdraw(actor, ticket, ticket.proposal)
            note = "" if actor.name == ticket.author.name else f"by {actor.name}"
            try:
                cancelled = replace(ticket, state=TicketState.CANCELLED, note=note)
                return self.planner.record(ticket, cancelled)
            except TicketChanged:  # the worker has gone on meanwhile
                if last_attempt:
                    raise
        raise AssertionError

    def _withdraw(self, actor: Actor, ticket: Ticket, proposal_id: int) -> Ticket:
        """Cancel a ticket by withdrawing its proposal, which somebody could approve otherwise."""
        reviews = self.service.reviews
        revision = reviews.show(actor, proposal_id).proposal.revision
        reviews.withdraw(actor, proposal_id, revision=revision)
        return self._get(ticket.id)

    def get(self, actor: Actor, number: int) -> Ticket:
        """Return a ticket as it is now.

        Raises:
            UnknownTicket: there is none of this number.
            NotPermitted: it is somebody else's.
        """
        ticket = self.tickets.get(number)
        self._check_sight(actor, ticket)
        return self.planner.followed(ticket)

    def find(self, actor: Actor, wanted: TicketFilter | None = None) -> list[Ticket]:
        """Return those of the tickets that are meant that an actor may see, the oldest first."""
        require(actor, Operation.READ)
        wanted = wanted or TicketFilter()
        if not actor.reviews:
            if wanted.author not in {"", actor.name}:
                return []
            wanted = replace(wanted, author=actor.name)
        return [self.planner.followed(each) for each in self.tickets.find(wanted)]

    def result(self, actor: Actor, ticket: Ticket) -> Result | None:
        """Return what came of a ticket; None while it is waiting, cancelled or failed.

        Raises:
            NotPermitted: it is somebody else's.
        """
        self._check_sight(actor, ticket)
        if ticket.outcome:
            return load_result(ticket.outcome)
        if ticket.version is None:
            return None
        return self.service.committed(ticket.version)

    def estimate(self, actor: Actor, ticket: Ticket) -> Estimate:
        """Return when a ticket will be carried out.

        Raises:
            NotPermitted: it is somebody else's.
        """
        self._check_sight(actor, ticket)
        measured = self.tickets.seconds()
        each = median(measured) if measured else FIRST_ESTIMATE
        if ticket.state in RUNNING:
            return Estimate(0, each)
        running = self.tickets.find(TicketFilter(states=RUNNING))
        if any(one.id == ticket.id for one in running):  # taken in this moment
            return Estimate(0, each)
        place = int(bool(running))
        for turn in turns(self.tickets.queued()):
            if any(one.id == ticket.id for one in turn):
                break
            place += 1
        return Estimate(place, each * (place + 1))

    def wait(self, actor: Actor, number: int, timeout: float | None = None) -> Ticket:
        """Return a ticket when it no longer ends by itself, or after so many seconds.

        Raises:
            UnknownTicket: there is none of this number.
            NotPermitted: it is somebody else's.
        """
        ticket = self.get(actor, number)
        for event in self.follow(actor, number, timeout):
            if isinstance(event, TicketChange):
                ticket = event.ticket
        return ticket

    def follow(
        self, actor: Actor, number: int, timeout: float | None = None
    ) -> Iterator[TicketEvent]:
        """Yield what happens to a ticket, from its state now until it waits for nobody's turn.

        Changes that another process makes are found in the ledger.

        Raises:
            UnknownTicket: there is none of this number.
            NotPermitted: it is somebody else's.
        """
        self._check_sight(actor, self.tickets.get(number))
        return self._events_of(number, timeout)

    def _events_of(self, number: int, timeout: float | None) -> Iterator[TicketEvent]:
        end = None if timeout is None else time.monotonic() + timeout
        with self.events.subscription() as subscription:
            ticket = self._get(number)
            yield TicketChange(ticket)
            while ticket.state in WAITING and (end is None or time.monotonic() < end):
                event = subscription.get(POLL)
                if event is None:
                    stored = self._get(number)
                    event = TicketChange(stored) if stored != ticket else None
                if event is None or number_of(event) != number:
                    continue
                if isinstance(event, TicketChange):
                    ticket = event.ticket
                    yield event
                elif isinstance(event, TicketProgress):
                    yield event

    # ---------- parts ----------

    @property
    def conversations(self) -> Conversations:
        """Return the conversations of the home."""
        ledger = self.tickets.ledger
        return Conversations(ConversationRecords(ledger), Accounts(ledger), self._tell)

    def _tell(self, conversation: str) -> None:
        self.events.publish(ConversationChange(conversation))

    @property
    def planner(self) -> TicketPlanner:
        """Return what plans tickets; it goes on with those that were permitted when made."""
        return TicketPlanner(self.service, self.tickets, self.events)

    @property
    def people(self) -> People:
        """Return the people of the home, as who the authors of tickets are judged."""
        return People(Accounts(self.tickets.ledger))

    def _get(self, number: int) -> Ticket:
        return self.planner.followed(self.tickets.get(number))

    def _check_sight(self, actor: Actor, ticket: Ticket) -> None:
        if not sees(actor, ticket.author.name):
            require(actor, Operation.READ)
            if self.conversations.has(ticket.conversation, actor.name):
                return
        require_sight(actor, ticket.author.name, f"ticket {ticket.id}")

    def _take(self, draft: Ticket, intent: Intent) -> Ticket | Result:
        """Enter what was read from a message, or answer it."""
        require(draft.author, operation_of(intent))
        match intent:
            case Undo() | RollBack() if draft.propose:
                return UnclearResult("not_an_edit", NOT_PROPOSED)
            case Tell() | Forget() | EntityChange() | RollBack():
                return self.planner.enter(draft, intent)
            case Undo():
                choice = self.service.choice_of(intent, draft.author)
                if isinstance(choice, UnclearResult):
                    return choice
                return self._enter_undo(draft, choice)
            case _:
                return self.service.answer(intent, draft.author)

    def _change(
        self, draft: Ticket, intent: Tell | Forget | UnclearResult
    ) -> Ticket | UnclearResult:
        """Enter a change; nothing if the message was unclear."""
        if isinstance(intent, Tell | Forget):
            return self._said(draft.author, draft.text, self.planner.enter(draft, intent))
        return self._said(draft.author, draft.text, intent)

    def _said(self, actor: Actor, text: str, answer: Said) -> Said:
        """Record a message of the conversation with its answer, and return the answer."""
        if self.conversation:
            message = Message(conversation=self.conversation, author=actor.name, text=text)
            if isinstance(answer, Ticket):
                message = replace(message, ticket=answer.id)
            else:
                outcome = dump_result(answer)
                message = replace(message, outcome=outcome if len(outcome) <= MOST_KEPT else "")
            self.conversations.say(message)
        return answer

    def _draft(
        self,
        actor: Actor,
        text: str,
        operation: str,
        key: str | None = None,
    ) -> Ticket:
        if self.conversation:
            self.conversations.check_writable(actor, self.conversation)
        call: Call = self.service.call(actor, text, operation, key=key)
        return Ticket(
            author=actor,
            operation=operation,
            text=text,
            request="",
            conversation=self.conversation,
            idem=key,
            request_sha=call.request_sha,
            source=self.source,
            batch=self.batch,
        )

    def _stored(self, draft: Ticket) -> Ticket | None:
        """Return the ticket that was made under the same idempotency key before."""
        if draft.idem is None:
            return None
        return self.tickets.find_idempotent(draft.author.name, draft.idem, draft.request_sha)

    def _enter_undo(self, draft: Ticket, choice: Choice) -> Ticket:
        """Enter an undo; of the last edit, if it names none and the last one still waits.

        The last edit is that of now, whatever is committed until the turn of the ticket.
        """
        if choice.versions or choice.conditional:
            pinned = self.service.undoer.pinned(choice) if choice.last else choice
            return self.planner.enter(draft, pinned)
        if draft.conversation:
            mine = TicketFilter(author=draft.author.name, conversation=draft.conversation)
            edits = [each for each in self.find(draft.author, mine) if self._is_edit(each)]
            if edits and edits[-1].state in CANCELLABLE:
                return self.cancel(draft.author, edits[-1].id)
        events = self.service.context.ledger.events()
        local = draft.author.role is Role.LOCAL
        last = history.last_undoable(events, actor=None if local else draft.author.name)
        return self.planner.enter(draft, choice if last is None else Choice.of(last.version))

    def _is_edit(self, ticket: Ticket) -> bool:
        return isinstance(load_request(ticket.request), Change)


def operation_asked(request: Request) -> Operation:
    """Return what a ticket asks for, as permissions name it."""
    match request:
        case Consolidate():
            return Operation.CONSOLIDATE
        case CarryOut():
            return Operation.READ  # who has approved it was permitted to
        case _:
            return operation_of(request)


def _permit_agreement(actor: Actor, ticket: Ticket) -> None:
    """Check that an actor may agree to what a ticket waits for.

    Raises:
        NotPermitted: names the reason.
        TicketChanged: it does not wait for an agreement.
    """
    author, decides = actor.name == ticket.author.name, may(actor, Operation.REVIEW)
    match ticket.state:
        case TicketState.NEEDS_ANSWER | TicketState.FAILED:
            permitted, reason = author, "only its author may"
        case TicketState.NEEDS_REVIEW if ticket.proposal is None:
            permitted = decides and (not author or actor.role is Role.LOCAL)
            reason = "another reviewer has to"
        case TicketState.NEEDS_REVIEW:
            permitted, reason = False, f"approve its proposal {ticket.proposal}"
        case TicketState.HELD:
            permitted = decides and (not author or actor.role is Role.LOCAL)
            reason = "only another reviewer or an administrator may"
        case _:
            raise TicketChanged(ticket.id, ticket.state, "agree to")
    if not permitted:
        raise NotPermitted(actor.name, "agree", reason, of=f"to ticket {ticket.id}")
    require(actor, operation_asked(load_request(ticket.request)))

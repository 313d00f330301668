"""The proposals of a ledger; every step is an appended row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Text, case, cast, func, literal, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from oneedit.errors import KeyReused, ProposalChanged, UnknownProposal
from oneedit.ledger import rows
from oneedit.ledger.account import stored_actor
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.proposal import (
    ANSWERS,
    INTENT,
    KEY_PREFIX,
    NAMES,
    PLAN,
    Proposal,
    ProposalAction,
    ProposalEvent,
    ProposalFilter,
    ProposalOrder,
    ProposalState,
    ReviewStep,
    UnmarkedCommit,
)
from oneedit.ledger.tables import EventRow, ProposalEventRow, ProposalRow
from oneedit.ledger.timeline import Standing, Timeline

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Proposals:
    """Proposals and the steps of their review; every method is one transaction.

    Attributes:
        ledger: whose database holds them.
    """

    ledger: Ledger

    # ---------- reading ----------

    def get(self, proposal_id: int) -> Proposal:
        """Return a proposal.

        Raises:
            UnknownProposal: there is none of this number.
        """
        with self.ledger.reading() as session:
            return _to_proposal(_row(session, proposal_id))

    def find(
        self,
        wanted: ProposalFilter,
        *,
        order: ProposalOrder = ProposalOrder.OLDEST,
        severities: Sequence[frozenset[str]] = (),
        offset: int = 0,
        limit: int | None = None,
    ) -> list[Proposal]:
        """Return the proposals that are meant, by default all and the oldest first.

        Args:
            wanted: which proposals.
            order: in which order.
            severities: for the order by risk, codes of reasons, those of the highest risk first.
            offset: how many are left out at the begin.
            limit: how many there are at most; None for all.
        """
        query = _matching(select(ProposalRow), wanted)
        query = query.order_by(*_sorted_by(order, severities)).offset(offset).limit(limit)
        with self.ledger.reading() as session:
            return [_to_proposal(row) for row in session.exec(query)]

    def count(self, wanted: ProposalFilter) -> int:
        """Return how many proposals are meant."""
        query = _matching(select(func.count()).select_from(ProposalRow), wanted)
        with self.ledger.reading() as session:
            return session.exec(query).one()

    def count_events(self) -> int:
        """Return how many steps all proposals have taken together."""
        with self.ledger.reading() as session:
            return session.exec(select(func.count()).select_from(ProposalEventRow)).one()

    def events(self, proposal_id: int) -> tuple[ProposalEvent, ...]:
        """Return every step of a proposal, in order."""
        with self.ledger.reading() as session:
            return _events(session, proposal_id)

    def counts(self) -> dict[ProposalState, int]:
        """Return how many proposals are in each state that any is in."""
        query = select(ProposalRow.state, func.count()).group_by(ProposalRow.state)
        with self.ledger.reading() as session:
            return {ProposalState(state): count for state, count in session.exec(query)}

    def find_idempotent(self, author: str, idem: str, request_sha: str) -> Proposal | None:
        """Return the proposal that was made with an author's idempotency key, if any.

        Raises:
            KeyReused: that proposal belongs to another request.
        """
        query = select(ProposalRow).where(ProposalRow.author == author, ProposalRow.idem == idem)
        with self.ledger.reading() as session:
            row = session.exec(query).first()
        if row is None:
            return None
        proposal = _to_proposal(row)
        if proposal.request_sha != request_sha:
            raise KeyReused(idem, proposal.id, of="proposal")
        return proposal

    def unmarked(self) -> list[UnmarkedCommit]:
        """Return the versions that approved proposals became, undid applied ones or restored them.

        Only those that the proposals do not name yet: their process ended between the commit and
        the mark, or somebody undid or rolled back the version in another way.
        """
        standing = Timeline(self.ledger.steps()).standing
        with self.ledger.reading() as session:
            return [
                *_applied(session),
                *_out_of_force(session, standing),
                *_in_force_again(session, standing),
            ]

    # ---------- writing ----------

    def add(self, proposal: Proposal, *, comment: str = "") -> Proposal:
        """Record a new proposal and return it with its id."""
        with self.ledger.writing() as session:
            now = self.ledger.now()
            row = _to_row(replace(proposal, revision=1, created_at=now))
            session.add(row)
            session.flush()
            added = _to_proposal(row)
            step = ReviewStep(actor=added.author, action=ProposalAction.PROPOSE, comment=comment)
            session.add(_event_row(added, step, now))
        return added

    def record(self, before: Proposal, after: Proposal, step: ReviewStep) -> Proposal:
        """Record a step that turns one revision of a proposal into the next.

        Args:
            before: the proposal as the caller has seen it.
            after: the same after the step; its revision is assigned here.
            step: who did what.

        Raises:
            ProposalChanged: the proposal has another revision by now.
        """
        with self.ledger.writing() as session:
            row = _row(session, before.id)
            if row.revision != before.revision:
                raise changed_since(
                    before.id, before.revision, row.revision, _events(session, before.id)
                )
            now, after = self.ledger.now(), replace(after, revision=before.revision + 1)
            decided = after.decided_by and after.decided_by != before.decided_by
            after = replace(after, decided_at=now) if decided else after
            for name, value in _to_row(after).model_dump(exclude={"id"}).items():
                setattr(row, name, value)
            session.add(_event_row(after, step, now))
        return after


def changed_since(
    proposal_id: int, seen: int, current: int, events: tuple[ProposalEvent, ...]
) -> ProposalChanged:
    """Return the error that tells what happened to a proposal since a revision."""
    since = [
        f"{each.actor.name}: {each.action.replace('_', ' ')}"
        + (f' "{each.comment}"' if each.comment else "")
        for each in events
        if each.revision > seen
    ]
    return ProposalChanged(proposal_id, seen=seen, current=current, since=since)


def _matching(query: SelectOfScalar[Found], wanted: ProposalFilter) -> SelectOfScalar[Found]:
    """Return a query that finds only the proposals that are meant."""
    return query.where(*_of_people(wanted), *_of_content(wanted))


def _of_people(wanted: ProposalFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.states:
        yield col(ProposalRow.state).in_(list(wanted.states))
    if wanted.author:
        yield col(ProposalRow.author) == wanted.author
    if wanted.assignee:
        yield col(ProposalRow.assignee) == wanted.assignee


def _of_content(wanted: ProposalFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.relation:
        yield _holds(ProposalRow.relations, wanted.relation)
    if wanted.code:
        yield _holds(ProposalRow.codes, wanted.code)
    if wanted.any_code:
        yield or_(*(_holds(ProposalRow.codes, each) for each in wanted.any_code))
    yield from (~_holds(ProposalRow.codes, each) for each in wanted.no_code)
    if wanted.text:
        columns = (col(ProposalRow.text), col(ProposalRow.author))
        yield or_(*(each.icontains(wanted.text, autoescape=True) for each in columns))


def _sorted_by(
    order: ProposalOrder, severities: Sequence[frozenset[str]]
) -> Iterator[ColumnElement[Any]]:
    """Yield what proposals are sorted by, what counts most first."""
    number = col(ProposalRow.id)
    if order is ProposalOrder.RISK:
        ranks = [
            (_holds(ProposalRow.codes, code), rank)
            for rank, codes in enumerate(severities)
            for code in sorted(codes)
        ]
        if ranks:
            yield case(*ranks, else_=len(severities))
    yield number.desc() if order is ProposalOrder.NEWEST else number.asc()


def _holds(column: str, name: str) -> ColumnElement[bool]:
    """Return the condition that a column of joined names holds a name."""
    return col(column).icontains(_joined([name]), autoescape=True)


def _row(session: Session, proposal_id: int) -> ProposalRow:
    row = session.get(ProposalRow, proposal_id)
    if row is None:
        raise UnknownProposal(proposal_id)
    return row


def _events(session: Session, proposal_id: int) -> tuple[ProposalEvent, ...]:
    query = select(ProposalEventRow).where(ProposalEventRow.proposal == proposal_id)
    found = session.exec(query.order_by(col(ProposalEventRow.revision)))
    return tuple(map(_to_event, found))


def _applied(session: Session) -> list[UnmarkedCommit]:
    key = literal(KEY_PREFIX).concat(cast(col(ProposalRow.id), Text))
    query = select(ProposalRow.id, EventRow).where(
        ProposalRow.state == ProposalState.APPROVED,
        EventRow.actor == ProposalRow.author,
        EventRow.idem == key,
    )
    # an edit of the author's own under such a key has nobody's approval
    return [
        UnmarkedCommit(number, ProposalAction.APPLY, event.actor, event.version)
        for number, event in session.exec(query)
        if number is not None and rows.to_event(event).content.approved_by
    ]


def _out_of_force(session: Session, standing: Standing) -> list[UnmarkedCommit]:
    """Return the undos, also of many at once, and the roll backs that took proposals back."""
    query = select(ProposalRow.id, ProposalRow.version).where(
        ProposalRow.state == ProposalState.APPLIED
    )
    gone = [
        (number, standing.taken_back[version])
        for number, version in session.exec(query)
        if number is not None and version is not None and version in standing.taken_back
    ]
    return [
        UnmarkedCommit(number, ProposalAction.UNDO, session.get_one(EventRow, by).actor, by)
        for number, by in gone
    ]


def _in_force_again(session: Session, standing: Standing) -> list[UnmarkedCommit]:
    """Return the versions of undone proposals that a later roll back restored."""
    query = select(ProposalRow.id, ProposalRow.version, ProposalRow.author).where(
        ProposalRow.state == ProposalState.UNDONE
    )
    return [
        UnmarkedCommit(number, ProposalAction.RESTORE, author, version)
        for number, version, author in session.exec(query)
        if number is not None and version is not None and version in standing.in_force
    ]


def _to_row(proposal: Proposal) -> ProposalRow:
    return ProposalRow(
        id=proposal.id or None,
        revision=proposal.revision,
        state=proposal.state,
        author=proposal.author.name,
        author_role=proposal.author.role,
        author_trust=None if proposal.author.trust is None else int(proposal.author.trust),
        author_service=int(proposal.author.service),
        text=proposal.text,
        intent=INTENT.dump_json(proposal.intent).decode(),
        plan=PLAN.dump_json(proposal.plan).decode(),
        relations=_joined(proposal.relations),
        codes=_joined(proposal.codes),
        answers=ANSWERS.dump_json(proposal.answers).decode(),
        required=proposal.required,
        approvals=NAMES.dump_json(proposal.approvals).decode(),
        amenders=NAMES.dump_json(proposal.amenders).decode(),
        assignee=proposal.assignee,
        decided_by=proposal.decided_by,
        decided_at=proposal.decided_at,
        version=proposal.version,
        created_at=proposal.created_at,
        source=proposal.source,
        batch=proposal.batch,
        idem=proposal.idem,
        request_sha=proposal.request_sha,
    )


def _to_proposal(row: ProposalRow) -> Proposal:
    return Proposal(
        id=row.id or 0,
        revision=row.revision,
        state=ProposalState(row.state),
        author=stored_actor(row.author, row.author_role, row.author_trust, row.author_service),
        text=row.text,
        intent=INTENT.validate_json(row.intent),
        plan=PLAN.validate_json(row.plan),
        answers=ANSWERS.validate_json(row.answers),
        required=row.required,
        approvals=NAMES.validate_json(row.approvals),
        amenders=NAMES.validate_json(row.amenders),
        assignee=row.assignee,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        version=row.version,
        created_at=row.created_at,
        source=row.source,
        batch=row.batch,
        idem=row.idem,
        request_sha=row.request_sha,
    )


def _event_row(proposal: Proposal, step: ReviewStep, now: str) -> ProposalEventRow:
    return ProposalEventRow(
        proposal=proposal.id,
        revision=proposal.revision,
        actor=step.actor.name,
        role=step.actor.role,
        action=step.action,
        comment=step.comment,
        state=proposal.state,
        earlier=None if step.earlier is None else PLAN.dump_json(step.earlier).decode(),
        version=step.version,
        created_at=now,
    )


def _to_event(row: ProposalEventRow) -> ProposalEvent:
    return ProposalEvent(
        actor=stored_actor(row.actor, row.role),
        action=ProposalAction(row.action),
        comment=row.comment,
        earlier=None if row.earlier is None else PLAN.validate_json(row.earlier),
        version=row.version,
        revision=row.revision,
        state=ProposalState(row.state),
        created_at=row.created_at,
    )


def _joined(names: tuple[str, ...] | list[str]) -> str:
    """Return names as one text that ``LIKE`` can search for a whole name."""
    return "".join(f"|{name}|" for name in names)

"""Proposals in the ledger: rows, steps, filters, idempotency keys and the migration."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from controller.actor import Actor, Role
from controller.plan import Conflict, Decision, EditPlan, Reason, Verdict
from interpreter.intents import Forget, Tell
from kg_data.changes import Changes
from kg_data.entities import Entity
from kg_data.questions import Kind, Question
from kg_data.triples import Slot, Triple
from oneedit.errors import KeyReused, ProposalChanged, UnknownProposal
from oneedit.ledger import engine as engines
from oneedit.ledger.events import Content, EventDraft, EventKind, from_payload, to_payload
from oneedit.ledger.genesis import Genesis, ensure_genesis
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from oneedit.ledger.proposal import (
    OldAnswer,
    Proposal,
    ProposalAction,
    ProposalFilter,
    ProposalState,
    ReviewStep,
)
from oneedit.ledger.proposals import Proposals
from oneedit.ledger.verification import verify
from tests.support.databases import execute
from tests.support.fakes import BOOK, ENTITIES, FACTS

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ADA, RAE = Actor("ada", Role.EDITOR), Actor("rae", Role.REVIEWER)
HARRIS = Triple("Joe Biden", "vice_president", "Kamala Harris", "2021-01-20")
PENCE = Triple("Joe Biden", "vice_president", "Mike Pence", "2025")
PLAN = EditPlan(
    facts=(PENCE,),
    decision=Decision(Verdict.REVIEW, (Reason("coverage", "It replaces."), Reason("alias", "?"))),
    base_version=0,
    changes=Changes((PENCE,), (HARRIS,), (Triple("Mike Pence", "vice_president_to", "Joe Biden"),)),
    entities=(Entity("Ada Quill", "person"),),
    conflicts=(Conflict("coverage", PENCE, HARRIS, "It replaces."),),
    consequences=(Question("Joe Biden", ("vice_president", "spouse"), ("K",), Kind.ONE_HOP),),
    consequence_count=7,
)
PROPOSAL = Proposal(
    author=ADA,
    text="Joe Biden's vice president is Mike Pence.",
    intent=Tell((PENCE,), (Entity("Ada Quill", "person"),)),
    plan=PLAN,
    answers=(OldAnswer("Who?", "Kamala Harris", 0.75),),
    source="import:facts.csv",
    batch="7",
)
GENESIS = Genesis(
    entities=ENTITIES,
    facts=FACTS,
    derived=tuple,
    facts_sha256="facts",
    base_hash="base",
    state_hash="state",
    dtype="float32",
)


@pytest.fixture
def ledger(location: Location) -> Iterator[Ledger]:
    opened = Ledger.open(location, BOOK, clock=lambda: NOON)
    ensure_genesis(opened, GENESIS)
    yield opened
    opened.close()


@pytest.fixture
def proposals(ledger: Ledger) -> Proposals:
    return Proposals(ledger)


def approved(proposals: Proposals) -> Proposal:
    added = proposals.add(PROPOSAL)
    after = replace(added, state=ProposalState.APPROVED, approvals=("rae",), decided_by="rae")
    return proposals.record(added, after, ReviewStep(actor=RAE, action=ProposalAction.APPROVE))


def committed(ledger: Ledger, *, actor: str, idem: str | None, approved_by: tuple[str, ...]) -> int:
    draft = EventDraft(
        actor=actor,
        kind=EventKind.ADD,
        reason="words",
        base_version=ledger.head(),
        idem=idem,
        content=Content(state_hash="next", approved_by=approved_by),
    )
    return ledger.commit(draft).version


def test_a_proposal_is_read_as_it_was_written(proposals: Proposals) -> None:
    added = proposals.add(PROPOSAL)
    assert (added.id, added.revision, added.created_at) == (1, 1, "2026-01-02T12:00:00+00:00")
    found = proposals.get(added.id)
    assert found == added == replace(PROPOSAL, id=1, revision=1, created_at=added.created_at)
    dates = [fact.valid_from for fact in found.plan.changes.asserted]
    assert dates == ["2025", "2021-01-20"]  # ``==`` of facts does not compare them


def test_what_is_to_be_forgotten_is_read_as_it_was_written(proposals: Proposals) -> None:
    forget = Forget(Slot("Joe Biden", "vice_president"), "Kamala Harris")
    added = proposals.add(replace(PROPOSAL, intent=forget))
    assert proposals.get(added.id).intent == forget
    assert added.relations == ("vice_president",)


def test_an_unknown_proposal_is_named(proposals: Proposals) -> None:
    with pytest.raises(UnknownProposal, match="no proposal 9") as caught:
        proposals.get(9)
    assert caught.value.http_status == 404


def test_every_step_is_kept_with_who_when_and_what(proposals: Proposals) -> None:
    added = proposals.add(PROPOSAL)
    step = ReviewStep(
        actor=RAE, action=ProposalAction.AMEND, comment="why", earlier=PLAN, version=0
    )
    proposals.record(added, replace(added, state=ProposalState.STALE), step)
    first, second = proposals.events(added.id)
    assert (first.actor, first.action, first.revision) == (ADA, ProposalAction.PROPOSE, 1)
    assert (second.actor, second.comment, second.earlier) == (RAE, "why", PLAN)
    assert (second.version, second.state, second.revision) == (0, ProposalState.STALE, 2)
    assert second.created_at == "2026-01-02T12:00:00+00:00"


@pytest.mark.parametrize(
    "statement", ["UPDATE proposal_event SET comment = ''", "DELETE FROM proposal_event"]
)
def test_steps_cannot_be_changed_or_deleted(
    statement: str, proposals: Proposals, ledger: Ledger
) -> None:
    proposals.add(PROPOSAL)
    with pytest.raises(IntegrityError, match="append-only"):
        execute(ledger.location, statement)


def test_a_step_from_an_old_revision_is_refused_with_what_changed(proposals: Proposals) -> None:
    added = proposals.add(PROPOSAL)
    proposals.record(
        added, added, ReviewStep(actor=RAE, action=ProposalAction.COMMENT, comment="wait")
    )
    with pytest.raises(ProposalChanged, match='rae: comment "wait"') as caught:
        proposals.record(added, added, ReviewStep(actor=ADA, action=ProposalAction.WITHDRAW))
    assert (caught.value.seen, caught.value.current, caught.value.http_status) == (1, 2, 409)
    assert len(proposals.events(added.id)) == 2


def test_the_time_of_a_decision_is_kept_and_goes_with_it(proposals: Proposals) -> None:
    decided = approved(proposals)
    assert decided.decided_at == "2026-01-02T12:00:00+00:00"
    undecided = replace(decided, decided_by="", decided_at="", state=ProposalState.OPEN)
    step = ReviewStep(actor=RAE, action=ProposalAction.HOLD)
    assert proposals.record(decided, undecided, step).decided_at == ""


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (ProposalFilter(), 2),
        (ProposalFilter(author="ada"), 2),
        (ProposalFilter(author="ad"), 0),
        (ProposalFilter(relation="vice_president"), 1),
        (ProposalFilter(relation="vice_presidenT_"), 0),
        (ProposalFilter(relation="vice-president"), 0),
        (ProposalFilter(relation="president"), 0),
        (ProposalFilter(code="alias"), 2),
        (ProposalFilter(code="%"), 0),
        (ProposalFilter(assignee="rae"), 1),
        (ProposalFilter(states=[ProposalState.REJECTED]), 0),
        (ProposalFilter(states=(), author="ada", relation="spouse", code="coverage"), 1),
    ],
)
def test_proposals_are_found_by_whole_names(
    wanted: ProposalFilter, count: int, proposals: Proposals
) -> None:
    proposals.add(PROPOSAL)
    spouse = Tell((Triple("Joe Biden", "spouse", "Jill Biden"),))
    proposals.add(replace(PROPOSAL, intent=spouse, assignee="rae"))
    assert len(proposals.find(wanted)) == count


def test_a_key_gives_one_proposal_and_no_other_request(proposals: Proposals) -> None:
    added = proposals.add(replace(PROPOSAL, idem="k", request_sha="a"))
    assert proposals.find_idempotent("ada", "k", "a") == added
    assert proposals.find_idempotent("bob", "k", "a") is None
    with pytest.raises(KeyReused, match="proposal 1"):
        proposals.find_idempotent("ada", "k", "b")


def test_a_committed_edit_is_found_by_the_key_of_its_proposal(
    proposals: Proposals, ledger: Ledger
) -> None:
    proposal = approved(proposals)
    assert proposals.unmarked() == []
    version = committed(ledger, actor="ada", idem=proposal.key, approved_by=("rae",))
    (found,) = proposals.unmarked()
    assert (found.proposal_id, found.action) == (proposal.id, ProposalAction.APPLY)
    assert (found.version, found.actor) == (version, "ada")


@pytest.mark.parametrize(("actor", "approved_by"), [("ada", ()), ("eve", ("rae",))])
def test_an_edit_under_such_a_key_that_nobody_approved_is_another_edit(
    actor: str, approved_by: tuple[str, ...], proposals: Proposals, ledger: Ledger
) -> None:
    proposal = approved(proposals)
    committed(ledger, actor=actor, idem=proposal.key, approved_by=approved_by)
    assert proposals.unmarked() == []


def test_a_ledger_made_before_gets_the_tables_and_still_verifies(location: Location) -> None:
    old = Ledger.open(location, BOOK)
    ensure_genesis(old, GENESIS)
    old.close()
    engine = engines.open_write(location)
    engines.downgrade(engine, "0001")
    engine.dispose()
    opened = Ledger.open(location, BOOK)
    assert verify(opened) == 1
    assert Proposals(opened).find(ProposalFilter()) == []
    assert Proposals(opened).add(PROPOSAL).id == 1
    opened.close()


def test_an_event_from_before_there_were_reviews_has_no_approvers() -> None:
    payload = to_payload(Content(state_hash="s", approved_by=("rae",)))
    assert from_payload(payload).approved_by == ("rae",)
    del payload["approved_by"]
    assert from_payload(payload).approved_by == ()

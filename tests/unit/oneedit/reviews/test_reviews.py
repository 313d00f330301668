"""The review of proposals, with the real interpreter and controller around a fake model."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from controller.actor import Actor, Role
from controller.plan import EditPlan, Verdict
from controller.policy import Limits
from interpreter.intents import Change
from kg_data.triples import Slot
from oneedit.edits.call import Call
from oneedit.edits.choice import Choice
from oneedit.errors import (
    HomeBusy,
    KeyReused,
    NothingToAllow,
    NotPermitted,
    OneEditError,
    ProposalChanged,
    UnknownProposal,
    WordsMissing,
    WrongState,
)
from oneedit.ledger.events import EventKind
from oneedit.ledger.proposal import (
    Proposal,
    ProposalAction,
    ProposalFilter,
    ProposalState,
    ReviewStep,
)
from oneedit.ledger.verification import verify
from oneedit.results import (
    Already,
    EditOutcome,
    EditResult,
    NeedsConfirmation,
    Proposed,
    Refused,
    ReviewResult,
    UnclearResult,
    UndoResult,
)
from oneedit.reviews.reviews import Reviews
from oneedit.reviews.transitions import TRANSITIONS
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, FakeEditor, application

ADA = Actor("ada", Role.EDITOR)
RAE, ROB = Actor("rae", Role.REVIEWER), Actor("rob", Role.ADMIN)
STRANGER = "Ada Quill was born in Paris."
PENCE = "Joe Biden's vice president is Mike Pence."
VICE = Slot("Joe Biden", "vice_president")
BORN = Slot("Ada Quill", "place_of_birth")


class Killed(BaseException):
    """Stands for the end of a process; nothing may catch it."""


def killer(label: str) -> Callable[[str], None]:
    def checkpoint(passed: str) -> None:
        if passed == label:
            raise Killed

    return checkpoint


def yes(plan: EditPlan, report: object, /) -> bool:
    del plan, report
    return True


def proposed(oneedit: Application, text: str = STRANGER, author: Actor = ADA) -> int:
    result = oneedit.service.tell(author, text, propose=True)
    assert isinstance(result, Proposed)
    return result.proposal_id


def now(oneedit: Application, number: int) -> Proposal:
    return oneedit.service.reviews.desk.get(number)


def revision(oneedit: Application, number: int) -> int:
    return now(oneedit, number).revision


def approve(oneedit: Application, number: int, actor: Actor = RAE) -> ReviewResult:
    return oneedit.service.reviews.approve(actor, number, revision=revision(oneedit, number))


def approved(oneedit: Application, number: int, actor: Actor = RAE) -> int:
    result = approve(oneedit, number, actor)
    assert isinstance(result.edit, EditResult)
    assert result.done
    return result.edit.version


def told(oneedit: Application, text: str) -> int:
    result = oneedit.service.submit(LOCAL, text, confirm=yes)
    assert isinstance(result, EditResult)
    return result.version


def actions(oneedit: Application, number: int) -> list[ProposalAction]:
    return [each.action for each in oneedit.service.reviews.desk.proposals.events(number)]


def needing_two(oneedit: Application) -> Reviews:
    """Return the reviews of an installation in which new subjects need two approvers."""
    reviews = oneedit.service.reviews
    limits = Limits(two_approvers=frozenset({"new_subject"}))
    policy = reviews.desk.policy.model_copy(update={"limits": limits})
    return replace(reviews, desk=replace(reviews.desk, policy=policy))


# ---------- making a proposal ----------


@pytest.mark.parametrize("role", [Role.EDITOR, Role.REVIEWER, Role.ADMIN])
def test_whoever_may_not_confirm_their_own_edit_makes_a_proposal(
    role: Role, oneedit: Application
) -> None:
    text = "Joe Biden is also known as Mike Pence."
    result = oneedit.service.submit(Actor("ada", role), text, confirm=yes)
    assert isinstance(result, Proposed)
    assert result.reasons[0].code == "alias"
    assert oneedit.ledger.head() == 0


def test_the_local_user_is_asked_as_before(oneedit: Application) -> None:
    assert isinstance(oneedit.service.submit(LOCAL, STRANGER), NeedsConfirmation)
    assert isinstance(oneedit.service.submit(LOCAL, STRANGER, confirm=yes), EditResult)
    assert oneedit.service.reviews.list(LOCAL, ProposalFilter(states=())).proposals == ()


def test_what_needs_nobody_is_applied_unless_a_proposal_is_wanted(oneedit: Application) -> None:
    assert isinstance(oneedit.service.tell(ADA, PENCE, propose=True), Proposed)
    assert oneedit.ledger.head() == 0
    assert isinstance(oneedit.service.tell(ADA, PENCE), EditResult)


def test_what_is_blocked_or_known_makes_no_proposal(oneedit: Application) -> None:
    blocked = oneedit.service.tell(ADA, "The capital of France is Lyon.", propose=True)
    assert isinstance(blocked, Refused)
    known = oneedit.service.tell(ADA, "Joe Biden was born in Scranton.", propose=True)
    assert isinstance(known, Already)
    assert oneedit.service.reviews.list(LOCAL, ProposalFilter(states=())).proposals == ()


def test_a_proposal_shows_what_a_reviewer_decides_on(oneedit: Application) -> None:
    proposal = now(oneedit, proposed(oneedit, PENCE))
    assert (proposal.author, proposal.text, proposal.state) == (ADA, PENCE, ProposalState.OPEN)
    first = proposal.plan.changes.by_slot[0]
    assert (first.slot, first.old, first.new) == (VICE, ("Kamala Harris",), ("Mike Pence",))
    assert proposal.plan.changes.derived_added
    assert proposal.plan.conflicts[0].code == "coverage"
    assert proposal.plan.consequence_count >= len(proposal.plan.consequences) > 0
    assert (proposal.plan.base_version, proposal.required) == (0, 1)
    (answer,) = proposal.answers
    assert (answer.answer, answer.confidence) == ("Kamala Harris", 0.75)


def test_something_to_forget_can_be_proposed(oneedit: Application) -> None:
    result = oneedit.service.forget(ADA, "the spouse of Mike Pence", propose=True)
    assert isinstance(result, Proposed)
    version = approved(oneedit, result.proposal_id)
    assert oneedit.ledger.event(version).kind is EventKind.RETRACT
    assert list(oneedit.store.objects(Slot("Mike Pence", "spouse"))) == []


def test_the_same_key_makes_one_proposal(oneedit: Application) -> None:
    service = oneedit.service
    first = service.submit(ADA, STRANGER, idempotency_key="k")
    again = service.submit(ADA, STRANGER, idempotency_key="k")
    assert isinstance(first, Proposed)
    assert isinstance(again, Proposed)
    assert again == replace(first, replayed=True)
    assert len(service.reviews.list(LOCAL).proposals) == 1
    with pytest.raises(KeyReused):
        service.submit(ADA, "Ada Quill was born in Lyon.", idempotency_key="k")


def test_a_proposal_keeps_where_it_came_from(oneedit: Application) -> None:
    reviews = oneedit.service.reviews
    proposal = now(oneedit, proposed(oneedit))
    call = Call(actor=ADA, text=STRANGER, operation="tell", source="import:facts.csv", batch="7")
    passed: list[Call] = []

    def edit(intent: Change, approved: Call) -> EditOutcome:
        passed.append(approved)
        return oneedit.service._edit(intent, approved)

    number = reviews.propose(proposal.intent, proposal.plan, call).proposal_id
    replace(reviews, edit=edit).approve(RAE, number, revision=1)
    assert [(each.source, each.batch) for each in passed] == [("import:facts.csv", "7")]


# ---------- approving ----------


def test_an_approved_proposal_becomes_an_edit_of_its_author(oneedit: Application) -> None:
    number = proposed(oneedit)
    version = approved(oneedit, number)
    event = oneedit.ledger.event(version)
    assert (event.actor, event.reason, event.idem) == ("ada", STRANGER, f"proposal:{number}")
    assert event.content.approved_by == ("rae",)
    assert not event.content.self_confirmed
    assert list(oneedit.store.objects(BORN)) == ["Paris"]
    assert oneedit.editor.ask("Where was Ada Quill born?") == "Paris"
    proposal = now(oneedit, number)
    assert (proposal.state, proposal.version) == (ProposalState.APPLIED, version)
    assert (proposal.decided_by, proposal.approvals) == ("rae", ("rae",))
    assert proposal.decided_at
    assert verify(oneedit.ledger) == 2


def test_nobody_approves_their_own_proposal(oneedit: Application) -> None:
    number = proposed(oneedit, author=RAE)
    with pytest.raises(NotPermitted, match="own proposal"):
        approve(oneedit, number, RAE)
    assert approved(oneedit, number, ROB) == 1


def test_nobody_approves_facts_that_they_have_amended(oneedit: Application) -> None:
    number = proposed(oneedit)
    reviews = oneedit.service.reviews
    text = "Ada Quill was born in Lyon."
    reviews.amend(RAE, number, text, revision=revision(oneedit, number))
    with pytest.raises(NotPermitted, match="amended"):
        approve(oneedit, number, RAE)
    approved(oneedit, number, ROB)
    assert list(oneedit.store.objects(BORN)) == ["Lyon"]
    assert oneedit.ledger.event(1).actor == "ada"


def test_an_author_may_not_approve(oneedit: Application) -> None:
    with pytest.raises(NotPermitted, match="only reviewers"):
        approve(oneedit, proposed(oneedit), ADA)


def test_two_different_people_approve_where_the_policy_says_so(oneedit: Application) -> None:
    reviews = needing_two(oneedit)
    added = reviews.desk.with_plan(now(oneedit, proposed(oneedit)), _plan_of(reviews))
    assert added.required == 2
    number = reviews.desk.proposals.add(replace(added, id=0)).id
    first = approve(oneedit, number, RAE)
    assert (first.done, first.edit) == (True, None)
    assert first.proposal.state is ProposalState.OPEN
    assert oneedit.ledger.head() == 0
    with pytest.raises(NotPermitted, match="already"):
        approve(oneedit, number, RAE)
    approved(oneedit, number, ROB)
    assert oneedit.ledger.event(1).content.approved_by == ("rae", "rob")


def _plan_of(reviews: Reviews) -> EditPlan:
    (proposal,) = reviews.list(LOCAL).proposals
    return reviews.desk.plan(proposal.intent, proposal.author)


def test_protected_facts_need_two_by_default(oneedit: Application) -> None:
    policy = oneedit.service.reviews.desk.policy
    assert policy.limits.two_approvers >= {"protected", "protected_consequence"}


def test_the_local_user_decides_alone_and_it_is_logged_as_self_confirmed(
    oneedit: Application,
) -> None:
    number = proposed(oneedit, author=LOCAL)
    version = approved(oneedit, number, LOCAL)
    content = oneedit.ledger.event(version).content
    assert (content.self_confirmed, content.approved_by) == (True, ("me",))


def test_a_decision_about_an_older_revision_is_refused_with_what_changed(
    oneedit: Application,
) -> None:
    number = proposed(oneedit)
    reviews = oneedit.service.reviews
    reviews.comment(ROB, number, "Is there a source?")
    with pytest.raises(ProposalChanged, match="Is there a source") as caught:
        reviews.approve(RAE, number, revision=1)
    assert (caught.value.http_status, caught.value.current) == (409, 2)
    assert oneedit.ledger.head() == 0


def test_what_the_model_does_not_learn_stays_open_with_its_shortfalls(
    oneedit: Application, editor: FakeEditor
) -> None:
    number = proposed(oneedit)
    editor.failing = ("first", "second")
    result = approve(oneedit, number)
    assert isinstance(result.edit, Refused)
    assert not result.done
    assert (result.proposal.state, result.proposal.approvals) == (ProposalState.OPEN, ())
    assert result.events[-1].comment == "taught: too few right"
    assert oneedit.ledger.head() == 0


def test_a_reviewer_may_let_it_pass_below_the_gate(
    oneedit: Application, editor: FakeEditor
) -> None:
    number = proposed(oneedit)
    editor.failing = ("first", "second")
    seen = revision(oneedit, number)
    oneedit.service.reviews.approve(RAE, number, revision=seen, below_gate=True)
    assert now(oneedit, number).state is ProposalState.APPLIED
    assert oneedit.ledger.event(1).content.degraded


def test_an_error_while_it_is_carried_out_puts_it_back_into_the_queue(
    oneedit: Application, editor: FakeEditor
) -> None:
    number = proposed(oneedit)

    def busy() -> None:
        raise HomeBusy(oneedit.home, 1.0)

    editor.during_solve = busy
    with pytest.raises(HomeBusy):
        approve(oneedit, number)
    assert now(oneedit, number).state is ProposalState.OPEN
    assert actions(oneedit, number)[-1] is ProposalAction.HOLD
    editor.during_solve = lambda: None
    assert approved(oneedit, number) == 1


# ---------- a graph that has changed since ----------


def test_an_edit_elsewhere_does_not_stop_an_approval(oneedit: Application) -> None:
    number = proposed(oneedit)
    told(oneedit, "Donald Trump was born in Oakland.")
    result = oneedit.service.reviews.show(LOCAL, number)
    assert (result.earlier, result.proposal.revision) == (None, 1)
    assert approved(oneedit, number) == 2


def test_a_changed_meaning_stays_open_with_both_plans(oneedit: Application) -> None:
    number = proposed(oneedit, PENCE)
    told(oneedit, "Joe Biden's vice president is Donald Trump.")
    result = approve(oneedit, number)
    assert (result.done, result.edit) == (False, None)
    assert result.earlier is not None
    assert result.earlier.changes.by_slot[0].old == ("Kamala Harris",)
    assert result.proposal.plan.changes.by_slot[0].old == ("Donald Trump",)
    assert result.proposal.state is ProposalState.OPEN
    assert result.events[-1].earlier == result.earlier
    assert oneedit.ledger.head() == 1
    approved(oneedit, number)
    assert list(oneedit.store.objects(VICE)) == ["Mike Pence"]


def test_showing_plans_again_and_takes_the_approvals_back(oneedit: Application) -> None:
    number = proposed(oneedit, PENCE)
    reviews = oneedit.service.reviews
    first = now(oneedit, number)
    reviews.desk.proposals.record(
        first,
        replace(first, approvals=("rob",), required=2),
        _step(ROB, ProposalAction.APPROVE_IN_PART),
    )
    told(oneedit, "Joe Biden's vice president is Donald Trump.")
    result = reviews.show(LOCAL, number)
    assert result.earlier is not None
    assert result.proposal.approvals == ()
    assert reviews.show(LOCAL, number).earlier is None


def test_a_proposal_that_came_true_meanwhile_is_stale_until_it_makes_sense_again(
    oneedit: Application,
) -> None:
    number = proposed(oneedit, PENCE)
    version = told(oneedit, PENCE)
    result = approve(oneedit, number)
    assert result.proposal.state is ProposalState.STALE
    assert result.proposal.plan.decision.verdict is Verdict.NOTHING
    with pytest.raises(WrongState):
        approve(oneedit, number)
    oneedit.service.undo(LOCAL, version)
    assert oneedit.service.reviews.show(LOCAL, number).proposal.state is ProposalState.OPEN
    approved(oneedit, number)


def test_an_edit_between_approval_and_commit_is_noticed(
    oneedit: Application, tmp_path: Path
) -> None:
    number = proposed(oneedit, PENCE)
    other = application(tmp_path / "home")
    reviews = oneedit.service.reviews
    plan = reviews.desk.plan

    def late(text: str) -> None:
        if text == "proposal.approved":
            told(other, "Joe Biden's vice president is Donald Trump.")

    oneedit.ledger.checkpoint = late
    result = approve(oneedit, number)
    oneedit.ledger.checkpoint = lambda _label: None
    assert isinstance(result.edit, NeedsConfirmation)
    assert not result.done
    assert result.proposal.state is ProposalState.OPEN
    assert result.proposal.plan.changes == plan(result.proposal.intent, ADA).changes
    assert oneedit.ledger.head() == 1
    other.close()


# ---------- talking, amending, declining ----------


def test_a_question_waits_for_the_answer_of_the_author(oneedit: Application) -> None:
    number = proposed(oneedit)
    reviews = oneedit.service.reviews
    asked = reviews.ask_author(RAE, number, "Which Paris?")
    assert asked.proposal.state is ProposalState.NEEDS_ANSWER
    with pytest.raises(WrongState, match="needs answer"):
        approve(oneedit, number)
    with pytest.raises(NotPermitted, match="only its author"):
        reviews.answer(ROB, number, "The one in France.")
    answered = reviews.answer(ADA, number, "The one in France.")
    assert answered.proposal.state is ProposalState.OPEN
    assert [each.comment for each in answered.events[1:]] == ["Which Paris?", "The one in France."]


def test_an_amendment_is_planned_again_and_the_approvals_start_anew(oneedit: Application) -> None:
    number = proposed(oneedit)
    reviews = oneedit.service.reviews
    text = "Ada Quill was born in Lyon."
    result = reviews.amend(ADA, number, text, revision=1)
    assert isinstance(result, ReviewResult)
    assert result.proposal.plan.changes.added[0].object == "Lyon"
    assert (result.proposal.text, result.proposal.amenders) == (text, ())
    assert result.events[-1].comment == f"instead of: {STRANGER}"
    assert result.events[-1].earlier is not None
    approved(oneedit, number)
    assert oneedit.ledger.event(1).reason == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The capital of France is Lyon.", Refused),
        ("Joe Biden was born in Scranton.", Already),
        ("blah blah", UnclearResult),
        ("Where was Mike Pence born?", UnclearResult),
    ],
)
def test_what_cannot_be_proposed_amends_nothing(
    text: str, kind: type, oneedit: Application
) -> None:
    number = proposed(oneedit)
    assert isinstance(oneedit.service.reviews.amend(RAE, number, text, revision=1), kind)
    assert revision(oneedit, number) == 1


def test_a_rejection_has_a_reason_and_can_be_reopened(oneedit: Application) -> None:
    number = proposed(oneedit)
    reviews = oneedit.service.reviews
    with pytest.raises(WordsMissing):
        reviews.reject(RAE, number, revision=1, reason=" ")
    result = reviews.reject(RAE, number, revision=1, reason="No source.")
    assert (result.proposal.state, result.proposal.decided_by) == (ProposalState.REJECTED, "rae")
    assert result.events[-1].comment == "No source."
    assert reviews.list(LOCAL).proposals == ()
    again = reviews.reopen(ROB, number, revision=2, comment="Here it is.")
    assert (again.proposal.state, again.proposal.decided_by) == (ProposalState.OPEN, "")
    approved(oneedit, number)


def test_an_author_takes_a_proposal_back(oneedit: Application) -> None:
    number = proposed(oneedit)
    reviews = oneedit.service.reviews
    with pytest.raises(NotPermitted):
        reviews.withdraw(RAE, number, revision=1)
    result = reviews.withdraw(ADA, number, revision=1)
    assert result.proposal.state is ProposalState.WITHDRAWN
    with pytest.raises(WrongState):
        approve(oneedit, number)


def test_a_proposal_can_be_somebodys_task(oneedit: Application) -> None:
    number = proposed(oneedit)
    reviews = oneedit.service.reviews
    assert reviews.assign(ROB, number, "rae").proposal.assignee == "rae"
    assert len(reviews.list(LOCAL, ProposalFilter(assignee="rae")).proposals) == 1
    with pytest.raises(NotPermitted):
        reviews.assign(ADA, number, "ada")
    assert reviews.assign(ROB, number, "").proposal.assignee == ""


@pytest.mark.parametrize("action", ["comment", "ask_author"])
def test_words_are_needed(action: str, oneedit: Application) -> None:
    number = proposed(oneedit)
    with pytest.raises(WordsMissing):
        getattr(oneedit.service.reviews, action)(RAE, number, "")


def test_an_unknown_number_is_refused(oneedit: Application) -> None:
    with pytest.raises(UnknownProposal):
        oneedit.service.reviews.show(LOCAL, 7)


# ---------- every state and every call ----------


def open_(oneedit: Application) -> int:
    return proposed(oneedit)


def needs_answer(oneedit: Application) -> int:
    number = proposed(oneedit)
    oneedit.service.reviews.ask_author(RAE, number, "Why?")
    return number


def stale(oneedit: Application) -> int:
    number = proposed(oneedit)
    told(oneedit, STRANGER)
    oneedit.service.reviews.show(LOCAL, number)
    return number


def in_between(oneedit: Application) -> int:
    number = proposed(oneedit)
    oneedit.ledger.checkpoint = killer("proposal.approved")
    with pytest.raises(Killed):
        approve(oneedit, number)
    oneedit.ledger.checkpoint = lambda _label: None
    return number


def applied(oneedit: Application) -> int:
    number = proposed(oneedit)
    approved(oneedit, number)
    return number


def rejected(oneedit: Application) -> int:
    number = proposed(oneedit)
    oneedit.service.reviews.reject(RAE, number, revision=1, reason="No.")
    return number


def withdrawn(oneedit: Application) -> int:
    number = proposed(oneedit)
    oneedit.service.reviews.withdraw(ADA, number, revision=1)
    return number


def undone(oneedit: Application) -> int:
    number = applied(oneedit)
    seen = revision(oneedit, number)
    oneedit.service.reviews.undo(RAE, number, revision=seen)
    return number


ARRANGED: dict[ProposalState, Callable[[Application], int]] = {
    ProposalState.OPEN: open_,
    ProposalState.NEEDS_ANSWER: needs_answer,
    ProposalState.STALE: stale,
    ProposalState.APPROVED: in_between,
    ProposalState.APPLIED: applied,
    ProposalState.REJECTED: rejected,
    ProposalState.WITHDRAWN: withdrawn,
    ProposalState.UNDONE: undone,
}
Called = Callable[[Reviews, int, int], object]
CALLS: dict[ProposalAction, Called] = {
    ProposalAction.COMMENT: lambda of, n, _: of.comment(RAE, n, "Hm."),
    ProposalAction.ASSIGN: lambda of, n, _: of.assign(RAE, n, "rob"),
    ProposalAction.ASK: lambda of, n, _: of.ask_author(RAE, n, "Why?"),
    ProposalAction.ANSWER: lambda of, n, _: of.answer(ADA, n, "So."),
    ProposalAction.AMEND: lambda of, n, seen: of.amend(
        RAE, n, "Ada Quill was born in Lyon.", revision=seen
    ),
    ProposalAction.APPROVE: lambda of, n, seen: of.approve(RAE, n, revision=seen),
    ProposalAction.REJECT: lambda of, n, seen: of.reject(RAE, n, revision=seen, reason="No."),
    ProposalAction.WITHDRAW: lambda of, n, seen: of.withdraw(ADA, n, revision=seen),
    ProposalAction.REOPEN: lambda of, n, seen: of.reopen(RAE, n, revision=seen),
    ProposalAction.UNDO: lambda of, n, seen: of.undo(RAE, n, revision=seen),
}


@pytest.mark.parametrize("state", ProposalState)
@pytest.mark.parametrize("action", CALLS)
def test_every_call_in_every_state_does_what_the_table_says(
    state: ProposalState, action: ProposalAction, oneedit: Application
) -> None:
    number = ARRANGED[state](oneedit)
    before = now(oneedit, number)
    assert before.state is state
    reviews = oneedit.service.reviews
    if action not in TRANSITIONS[state]:
        with pytest.raises(WrongState):
            CALLS[action](reviews, number, before.revision)
        assert now(oneedit, number) == before
        return
    CALLS[action](reviews, number, before.revision)
    after = now(oneedit, number)
    carried_out = action is ProposalAction.APPROVE
    expected = ProposalState.APPLIED if carried_out else TRANSITIONS[state][action]
    assert after.state is expected
    assert after.revision > before.revision
    assert [each.revision for each in reviews.desk.proposals.events(number)] == list(
        range(1, after.revision + 1)
    )


# ---------- many at once ----------


def test_many_are_approved_in_one_call_with_a_result_for_each(
    oneedit: Application, editor: FakeEditor
) -> None:
    first = proposed(oneedit)
    own = proposed(oneedit, "Bea Quill was born in Lyon.", RAE)
    twin = proposed(oneedit, STRANGER)
    other = proposed(oneedit, PENCE)
    del editor
    wanted = ProposalFilter(relation="place_of_birth", code="new_subject")
    result = oneedit.service.reviews.approve_all(RAE, wanted, comment="checked")
    found = {each.proposal.id: each for each in result.decided}
    assert set(found) == {first, own, twin}
    assert found[first].done
    assert found[first].proposal.state is ProposalState.APPLIED
    assert "own proposal" in found[own].note
    assert found[own].proposal.state is ProposalState.OPEN
    assert not found[twin].done
    assert found[twin].proposal.state is ProposalState.STALE
    assert now(oneedit, other).state is ProposalState.OPEN


def test_many_are_rejected_in_one_call(oneedit: Application) -> None:
    mine, other = proposed(oneedit), proposed(oneedit, author=ROB)
    reviews = oneedit.service.reviews
    with pytest.raises(WordsMissing):
        reviews.reject_all(RAE, ProposalFilter(author="ada"), reason="")
    result = reviews.reject_all(RAE, ProposalFilter(author="ada"), reason="Spam.")
    assert [(each.proposal.id, each.done) for each in result.decided] == [(mine, True)]
    assert now(oneedit, other).state is ProposalState.OPEN


def test_a_first_of_two_approvals_of_many_says_that_another_is_needed(
    oneedit: Application,
) -> None:
    number = proposed(oneedit)
    proposal = now(oneedit, number)
    proposals = oneedit.service.reviews.desk.proposals
    proposals.record(proposal, replace(proposal, required=2), _step(RAE, ProposalAction.COMMENT))
    (one,) = oneedit.service.reviews.approve_all(RAE, ProposalFilter()).decided
    assert (one.done, one.note) == (True, "somebody else has to approve it, too")


# ---------- undoing a decision ----------


def test_undoing_a_decision_undoes_the_edit(oneedit: Application) -> None:
    number = applied(oneedit)
    seen = revision(oneedit, number)
    with pytest.raises(NotPermitted):
        oneedit.service.reviews.undo(ADA, number, revision=seen)
    result = oneedit.service.reviews.undo(RAE, number, revision=seen, comment="A mistake.")
    assert isinstance(result.edit, UndoResult)
    assert result.proposal.state is ProposalState.UNDONE
    assert (result.events[-1].actor, result.events[-1].comment) == (RAE, "A mistake.")
    assert (result.events[-1].version, result.proposal.version) == (2, 1)
    assert list(oneedit.store.objects(BORN)) == []


def test_an_undo_that_is_refused_leaves_the_decision(oneedit: Application) -> None:
    number = applied(oneedit)
    told(oneedit, "Ada Quill was born in Lyon.")
    seen = revision(oneedit, number)
    result = oneedit.service.reviews.undo(RAE, number, revision=seen)
    assert isinstance(result.edit, Refused)
    assert (result.done, result.proposal.state) == (False, ProposalState.APPLIED)


def test_an_undo_by_another_way_shows_in_the_proposal(oneedit: Application) -> None:
    number = applied(oneedit)
    oneedit.service.undo(LOCAL, 1)
    result = oneedit.service.reviews.show(LOCAL, number)
    assert result.proposal.state is ProposalState.UNDONE
    assert (result.events[-1].actor.name, result.events[-1].comment) == ("oneedit", "by me")


# ---------- crashes ----------


@pytest.fixture
def restart(tmp_path: Path) -> Iterator[Callable[[], Application]]:
    """Return a function that starts the application anew on the same home."""
    running: list[Application] = []

    def start() -> Application:
        while running:
            running.pop().close()
        running.append(application(tmp_path / "home"))
        return running[-1]

    yield start
    while running:
        running.pop().close()


def killed_while_approving(oneedit: Application, number: int, label: str) -> None:
    oneedit.ledger.checkpoint = oneedit.projector.checkpoint = killer(label)
    with pytest.raises(Killed):
        approve(oneedit, number)


@pytest.mark.parametrize("label", ["ledger.after_commit", "graph.applied", "weights.used"])
def test_a_crash_between_commit_and_mark_is_healed_at_the_next_look(
    label: str, restart: Callable[[], Application]
) -> None:
    oneedit = restart()
    number = proposed(oneedit)
    killed_while_approving(oneedit, number, label)
    again = restart()
    (found,) = again.service.reviews.list(LOCAL, ProposalFilter(states=())).proposals
    assert (found.id, found.state, found.version) == (number, ProposalState.APPLIED, 1)
    assert actions(again, number)[-1] is ProposalAction.APPLY
    assert verify(again.ledger) == 2


@pytest.mark.parametrize(
    "label", ["proposal.approved", "patch.saved", "ledger.before_commit", "ledger.after_commit"]
)
def test_a_crash_while_it_is_carried_out_applies_it_once(
    label: str, restart: Callable[[], Application]
) -> None:
    oneedit = restart()
    number = proposed(oneedit)
    killed_while_approving(oneedit, number, label)
    again = restart()
    if now(again, number).state is ProposalState.APPROVED:
        approved(again, number)
    assert now(again, number).state is ProposalState.APPLIED
    assert [event.reason for event in again.ledger.events()[1:]] == [STRANGER]


def test_two_processes_that_carry_out_one_approval_commit_it_once(
    oneedit: Application, tmp_path: Path
) -> None:
    number = in_between(oneedit)
    other = application(tmp_path / "home")
    plan = other.service.reviews.desk.plan
    done: list[int] = []

    def overtaken(*arguments: object, **options: object) -> EditPlan:
        if not done:
            done.append(0)
            done.append(approved(oneedit, number))
        return plan(*arguments, **options)  # type: ignore[arg-type]

    seen = revision(other, number)
    object.__setattr__(other.service, "_plan", overtaken)
    result = other.service.reviews.approve(RAE, number, revision=seen)
    assert result.proposal.state is ProposalState.APPLIED
    assert oneedit.ledger.head() == 1
    other.close()


def test_an_error_after_the_commit_does_not_open_the_proposal_again(
    oneedit: Application,
) -> None:
    number = proposed(oneedit)

    def fail(label: str) -> None:
        if label == "ledger.after_commit":
            raise OneEditError("the disk is gone")

    oneedit.ledger.checkpoint = fail
    with pytest.raises(OneEditError, match="disk"):
        approve(oneedit, number)
    oneedit.ledger.checkpoint = lambda _label: None
    assert now(oneedit, number).state is ProposalState.APPLIED


def _step(actor: Actor, action: ProposalAction) -> ReviewStep:
    return ReviewStep(actor=actor, action=action)


# ---------- false positives of a screen ----------

SLUR = "Mike Pence is also known as Moron."


def blocked_by_a_screen(oneedit: Application) -> int:
    """Return the number of a proposal that the screens would refuse."""
    refused = oneedit.service.tell(ADA, SLUR)
    assert isinstance(refused, Refused | Proposed)
    made = oneedit.service.tell(ADA, SLUR, propose=True)
    assert isinstance(made, Proposed)
    return made.proposal_id


def test_a_false_positive_is_released_by_a_reviewer_and_no_longer_found(
    oneedit: Application,
) -> None:
    number = blocked_by_a_screen(oneedit)
    before = oneedit.service.reviews.show(LOCAL, number).proposal.plan.decision
    assert [reason.about for reason in before.reasons if reason.about]
    after = oneedit.service.reviews.allow(
        RAE, number, revision=None, comment="a surname of his"
    ).proposal
    assert after.plan.decision.verdict is Verdict.APPLY
    assert ProposalAction.ALLOW in actions(oneedit, number)
    assert isinstance(oneedit.service.tell(ADA, SLUR), EditResult)


def test_nobody_releases_a_finding_about_their_own_proposal(oneedit: Application) -> None:
    made = oneedit.service.tell(RAE, SLUR, propose=True)
    assert isinstance(made, Proposed)
    with pytest.raises(NotPermitted):
        oneedit.service.reviews.allow(RAE, made.proposal_id, revision=None)


def test_a_proposal_without_a_finding_of_a_screen_has_nothing_to_release(
    oneedit: Application,
) -> None:
    number = proposed(oneedit)
    with pytest.raises(NothingToAllow):
        oneedit.service.reviews.allow(RAE, number, revision=None)


# ---------- history ----------


def test_a_proposal_follows_roll_backs_over_its_version_and_forward_again(
    oneedit: Application,
) -> None:
    number = approved(oneedit, proposed(oneedit))
    assert now(oneedit, number).state is ProposalState.APPLIED
    oneedit.service.roll_back(LOCAL, 0, confirm=yes)
    assert now(oneedit, number).state is ProposalState.UNDONE
    oneedit.service.roll_back(LOCAL, 1, confirm=yes)
    assert now(oneedit, number).state is ProposalState.APPLIED
    assert actions(oneedit, number)[-2:] == [ProposalAction.UNDO, ProposalAction.RESTORE]


def test_a_proposal_is_undone_by_an_undo_of_many_edits(oneedit: Application) -> None:
    number = approved(oneedit, proposed(oneedit))
    told(oneedit, PENCE)
    oneedit.service.undo_chosen(LOCAL, Choice(versions=(1, 2)), confirm=yes)
    assert now(oneedit, number).state is ProposalState.UNDONE

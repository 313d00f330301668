"""The story of an edit, with the real interpreter and controller around a fake model."""

from pathlib import Path

import pytest

from controller.actor import Actor, Role, Tier
from controller.plan import EditPlan, Verdict
from editor.evaluation.report import Report
from interpreter.dialogue import EMPTY_DIALOGUE, Dialogue
from interpreter.intents import Tell
from kg_data.changes import Changes
from kg_data.triples import Slot, Triple
from oneedit.edits.call import Call
from oneedit.errors import KeyReserved, KeyReused
from oneedit.ledger.events import Content, EventDraft, EventKind
from oneedit.ledger.verification import verify
from oneedit.results import (
    Already,
    AskResult,
    EditResult,
    HistoryResult,
    NeedsConfirmation,
    Proposed,
    Refused,
    ShowResult,
    TalkResult,
    UnclearResult,
    UndoResult,
    dialogue_after,
)
from oneedit.wiring import Application
from tests.support.fakes import EDITOR, FACTS, LOCAL, FakeEditor, application

PENCE = "Joe Biden's vice president is Mike Pence."
STRANGER = "Ada Quill was born in Paris."
CHAIN = "Who is the spouse of the vice president of Joe Biden?"
VICE = Slot("Joe Biden", "vice_president")


def yes(plan: EditPlan, report: Report | None, /) -> bool:
    del plan, report
    return True


def no(plan: EditPlan, report: Report | None, /) -> bool:
    return not yes(plan, report)


def applied(oneedit: Application, text: str) -> EditResult:
    result = oneedit.service.submit(LOCAL, text, confirm=yes)
    assert isinstance(result, EditResult)
    return result


def test_a_told_fact_changes_ledger_graph_and_model(oneedit: Application) -> None:
    result = applied(oneedit, PENCE)
    assert result.version == oneedit.ledger.head() == oneedit.store.version == 1
    assert list(oneedit.store.objects(VICE)) == ["Mike Pence"]
    assert oneedit.editor.ask("Who is Joe Biden's vice president?") == "Mike Pence"
    assert result.patch_sha256 in oneedit.patches
    assert verify(oneedit.ledger) == 2


def test_the_result_shows_old_and_new_values_and_what_follows(oneedit: Application) -> None:
    first, *rest = applied(oneedit, PENCE).changes.by_slot
    assert (first.slot, first.old, first.new) == (VICE, ("Kamala Harris",), ("Mike Pence",))
    assert not first.derived
    assert {each.slot.relation for each in rest} == {"vice_president_to"}
    assert all(each.derived for each in rest)


def test_the_model_is_asked_about_the_told_slot_before_and_after(oneedit: Application) -> None:
    (told,) = applied(oneedit, PENCE).told
    assert (told.before, told.after) == ("Kamala Harris", "Mike Pence")


def test_every_stage_is_timed_and_told(oneedit: Application) -> None:
    told: list[tuple[str, float]] = []
    result = oneedit.service.submit(
        LOCAL, PENCE, confirm=yes, progress=lambda stage, share: told.append((stage, share))
    )
    assert isinstance(result, EditResult)
    assert list(result.timings) == [
        *("plan", "look", "solve", "check", "besides", "commit", "advance")
    ]
    assert list(dict.fromkeys(stage for stage, _ in told)) == list(result.timings)
    assert ("solve", 0.5) in told


def test_chains_are_taught_where_the_model_knows_the_other_facts(tmp_path: Path) -> None:
    unknown = Triple("Mike Pence", "place_of_birth", "Columbus")
    editor = FakeEditor([fact for fact in FACTS if fact != unknown])
    oneedit = application(tmp_path, editor=editor)
    applied(oneedit, "Joe Biden's vice president is Mike Pence.")
    (patch,) = (oneedit.patches.load(live.sha256) for live in oneedit.ledger.patches(1))
    taught = {each.path for each in patch.request.targets if each.subject == "Joe Biden"}
    assert ("vice_president", "spouse") in taught
    assert ("vice_president", "place_of_birth") not in taught
    oneedit.close()


def test_what_is_known_changes_nothing(oneedit: Application) -> None:
    result = oneedit.service.submit(LOCAL, "Joe Biden's vice president is Kamala Harris.")
    assert isinstance(result, Already)
    assert oneedit.ledger.head() == 0


def test_a_blocked_edit_is_refused_with_reasons_and_audited(oneedit: Application) -> None:
    result = oneedit.service.submit(LOCAL, "The capital of France is Lyon.", confirm=yes)
    assert isinstance(result, Refused)
    assert result.verdict is Verdict.BLOCK
    assert oneedit.ledger.refusals()[0].reasons[0][0] == result.reasons[0].code
    assert oneedit.ledger.head() == 0


def test_what_the_model_cannot_write_is_refused_before_anybody_is_asked(tmp_path: Path) -> None:
    editor = FakeEditor(unwritable=["Mike Pence"])
    oneedit = application(tmp_path, editor=editor)
    result = oneedit.service.submit(LOCAL, "Joe Biden's vice president is Mike Pence.", confirm=yes)
    assert isinstance(result, Refused)
    assert result.verdict is Verdict.BLOCK
    assert [reason.code for reason in result.reasons] == ["unwritable"]
    assert '"Mike Pence"' in result.reasons[0].text
    assert (editor.solved, oneedit.ledger.head()) == ([], 0)
    oneedit.close()


def test_what_is_blocked_anyway_keeps_its_own_reason(tmp_path: Path) -> None:
    oneedit = application(tmp_path, editor=FakeEditor(unwritable=["Lyon"]))
    result = oneedit.service.submit(LOCAL, "The capital of France is Lyon.", confirm=yes)
    assert isinstance(result, Refused)
    assert "unwritable" not in [reason.code for reason in result.reasons]
    oneedit.close()


def test_what_needs_a_person_waits_for_one(oneedit: Application) -> None:
    result = oneedit.service.submit(LOCAL, STRANGER)
    assert isinstance(result, NeedsConfirmation)
    assert result.reasons[0].code == "new_subject"
    assert oneedit.ledger.head() == 0


def test_the_local_users_agreement_is_logged_as_self_confirmed(oneedit: Application) -> None:
    assert applied(oneedit, STRANGER).self_confirmed
    assert oneedit.ledger.event(1).content.self_confirmed


def test_a_user_who_disagrees_changes_nothing(oneedit: Application) -> None:
    result = oneedit.service.submit(LOCAL, STRANGER, confirm=no)
    assert isinstance(result, Refused)
    assert result.reasons[-1].code == "not_confirmed"


def test_nobody_but_the_local_user_confirms_their_own_edit(oneedit: Application) -> None:
    result = oneedit.service.submit(EDITOR, STRANGER, confirm=yes)
    assert isinstance(result, Proposed)
    assert oneedit.ledger.head() == 0


def test_below_the_gate_one_other_method_is_tried(oneedit: Application, editor: FakeEditor) -> None:
    editor.failing = ("first",)
    result = applied(oneedit, PENCE)
    assert [method for method, _ in editor.solved] == ["first", "second"]
    assert (result.method, result.degraded) == ("second", False)


def test_an_edit_that_no_method_gets_through_the_gate_is_held(
    oneedit: Application, editor: FakeEditor
) -> None:
    editor.failing = editor.methods
    before = editor.live_hash()
    result = oneedit.service.submit(LOCAL, PENCE)
    assert isinstance(result, Refused)
    assert result.report is not None
    assert (oneedit.ledger.head(), editor.live_hash()) == (0, before)
    assert oneedit.ledger.refusals()[0].reasons[0][0] == "gate"


def test_a_held_edit_that_the_user_wants_is_committed_as_degraded(
    oneedit: Application, editor: FakeEditor
) -> None:
    editor.failing = editor.methods
    assert applied(oneedit, PENCE).degraded
    assert oneedit.ledger.event(1).content.degraded


def test_others_edit_while_a_user_thinks_about_a_failed_check(
    oneedit: Application, editor: FakeEditor
) -> None:
    editor.failing = editor.methods

    def slow(plan: EditPlan, report: Report | None, /) -> bool:
        if report is not None and editor.failing:
            editor.failing = ()
            applied(oneedit, STRANGER)
        return yes(plan, report)

    result = oneedit.service.submit(LOCAL, PENCE, confirm=slow)
    assert isinstance(result, EditResult)
    assert (result.version, result.degraded) == (2, False)
    assert oneedit.store.objects(VICE) == ("Mike Pence",)


def test_the_same_key_and_message_are_applied_once(oneedit: Application) -> None:
    first = oneedit.service.submit(LOCAL, PENCE, idempotency_key="k")
    again = oneedit.service.submit(LOCAL, PENCE, idempotency_key="k")
    assert isinstance(first, EditResult)
    assert isinstance(again, EditResult)
    assert (again.version, again.replayed) == (first.version, True)
    assert oneedit.ledger.head() == 1


def test_the_same_key_with_another_message_is_an_error(oneedit: Application) -> None:
    oneedit.service.submit(LOCAL, PENCE, idempotency_key="k")
    with pytest.raises(KeyReused):
        oneedit.service.submit(LOCAL, STRANGER, idempotency_key="k")


BORN_IN_LYON = Changes(added=(Triple("Ada Quill", "place_of_birth", "Lyon"),))


@pytest.mark.parametrize("changes", [Changes(), BORN_IN_LYON], ids=["elsewhere", "same slot"])
def test_an_edit_that_another_overtakes_is_planned_again(
    oneedit: Application, editor: FakeEditor, changes: Changes
) -> None:
    """The other one comes while this one asks its user."""
    overtaken: list[bool] = []

    def slow(plan: EditPlan, report: Report | None, /) -> bool:
        del report
        if not overtaken:
            oneedit.ledger.commit(
                EventDraft(
                    actor="other",
                    kind=EventKind.ADD,
                    reason="",
                    base_version=plan.base_version,
                    content=Content(
                        changes=changes,
                        entities=plan.entities if changes.added else (),
                        state_hash=editor.live_hash(),
                    ),
                )
            )
        overtaken.append(True)
        return True

    result = oneedit.service.submit(LOCAL, STRANGER, confirm=slow)
    assert isinstance(result, EditResult)
    assert (result.version, len(overtaken)) == (2, 1)
    assert oneedit.store.objects(Slot("Ada Quill", "place_of_birth")) == ("Paris",)


def test_a_forgotten_fact_leaves_an_empty_slot(oneedit: Application) -> None:
    result = oneedit.service.forget(LOCAL, "Joe Biden's vice president", confirm=yes)
    assert isinstance(result, EditResult)
    assert not oneedit.store.objects(VICE)
    assert oneedit.ledger.event(1).kind is EventKind.RETRACT


def test_a_plain_question_goes_to_the_model_in_the_users_words(
    oneedit: Application, editor: FakeEditor
) -> None:
    result = oneedit.service.ask(LOCAL, "Who is Joe Biden's vice president?")
    assert isinstance(result, AskResult)
    assert (result.answer, result.agrees, result.steps) == ("Kamala Harris", True, False)
    assert editor.prompts == ["Who is Joe Biden's vice president?"]


def test_the_hops_that_the_model_writes_are_compared_one_by_one(oneedit: Application) -> None:
    result = oneedit.service.ask(LOCAL, CHAIN)
    assert isinstance(result, AskResult)
    assert result.steps
    assert [(hop.written, hop.right) for hop in result.hops] == [
        ("Kamala Harris", True),
        ("Doug Emhoff", True),
    ]
    assert (result.answer, result.agrees) == ("Doug Emhoff", True)


def test_a_model_that_answers_otherwise_is_marked(tmp_path: Path) -> None:
    wrong = FakeEditor([Triple("Joe Biden", "vice_president", "Mike Pence")])
    oneedit = application(tmp_path, editor=wrong)
    result = oneedit.service.ask(LOCAL, "Who is Joe Biden's vice president?")
    oneedit.close()
    assert isinstance(result, AskResult)
    assert (result.answer, result.expected, result.agrees) == (
        "Mike Pence",
        ("Kamala Harris",),
        False,
    )


class Unsure(FakeEditor):
    """Stops at the first hop."""

    def ask(self, text: str, *, steps: bool = False, timeout: float | None = None) -> str:
        del text, steps, timeout
        return "The vice president of Joe Biden is I don't know."


@pytest.mark.parametrize(
    ("forgotten", "right"),
    [("the vice president of Joe Biden", True), ("the spouse of Kamala Harris", False)],
)
def test_a_chain_ends_where_the_graph_ends(tmp_path: Path, forgotten: str, *, right: bool) -> None:
    oneedit = application(tmp_path, editor=Unsure())
    applied(oneedit, f"forget {forgotten}")
    result = oneedit.service.ask(LOCAL, CHAIN)
    oneedit.close()
    assert isinstance(result, AskResult)
    assert (result.answer, result.expected) == ("I don't know", ())
    assert (result.hops[0].right, result.agrees) == (right, right)


def test_a_chain_is_answered_directly_if_the_user_wants_that(oneedit: Application) -> None:
    result = oneedit.service.ask(LOCAL, CHAIN, direct=True)
    assert isinstance(result, AskResult)
    assert (result.steps, result.wording) == (False, "Doug Emhoff")


def test_nothing_of_the_graph_reaches_the_prompt(oneedit: Application, editor: FakeEditor) -> None:
    oneedit.service.ask(LOCAL, CHAIN)
    assert editor.prompts == [CHAIN]


def test_the_history_of_an_entity_holds_its_versions_only(oneedit: Application) -> None:
    applied(oneedit, PENCE)
    applied(oneedit, STRANGER)
    result = oneedit.service.history(LOCAL, "joseph biden")
    assert isinstance(result, HistoryResult)
    assert result.entity == "Joe Biden"
    assert [entry.version for entry in result.entries] == [1]


def test_an_entity_is_shown_with_its_facts_and_versions(oneedit: Application) -> None:
    applied(oneedit, PENCE)
    result = oneedit.service.show(LOCAL, "Mike Pence")
    assert isinstance(result, ShowResult)
    assert Triple("Mike Pence", "vice_president_to", "Joe Biden") in result.facts
    assert result.versions == (1,)


def test_an_unknown_entity_is_unclear(oneedit: Application) -> None:
    assert isinstance(oneedit.service.show(LOCAL, "Nobody Atall"), UnclearResult)


def test_the_status_counts_edits_and_names_the_live_patches(oneedit: Application) -> None:
    sha256 = applied(oneedit, PENCE).patch_sha256
    status = oneedit.service.status(LOCAL)
    assert (status.version, status.edits, status.undone) == (1, 1, 0)
    assert status.patches == (sha256,)


def test_small_talk_is_answered_without_the_model(oneedit: Application, editor: FakeEditor) -> None:
    assert isinstance(oneedit.service.submit(LOCAL, "hello"), TalkResult)
    assert editor.prompts == []


def test_a_command_that_gets_another_kind_of_message_says_what_it_expects(
    oneedit: Application,
) -> None:
    result = oneedit.service.tell(LOCAL, "Who is Joe Biden's vice president?")
    assert isinstance(result, UnclearResult)
    assert "a statement" in result.reason
    assert isinstance(oneedit.service.ask(LOCAL, PENCE), UnclearResult)


def test_what_was_spoken_of_is_what_the_next_message_refers_to(oneedit: Application) -> None:
    dialogue = dialogue_after(EMPTY_DIALOGUE, applied(oneedit, PENCE))
    told = Triple("Joe Biden", "vice_president", "Mike Pence")
    assert dialogue == Dialogue(*told.slot, told.object, (told.object,))
    assert dialogue_after(dialogue, oneedit.service.status(LOCAL)) == dialogue


BORN_IN_OAKLAND = [
    Triple(name, "place_of_birth", "Oakland") for name in ("Joe Biden", "Mike Pence", "Jill Biden")
]


def test_the_complete_plan_of_a_batch_is_decided_on_too(tmp_path: Path) -> None:
    editor = FakeEditor(unwritable=["Oakland"])
    oneedit = application(tmp_path / "home", editor=editor)
    works = [Triple("Joe Biden", "employer", f"Org {number:02} Works") for number in range(60)]
    call = Call(actor=LOCAL, text="a batch", operation="tell", confirm=yes)
    result = oneedit.service._edit(Tell((*BORN_IN_OAKLAND, *works)), call)
    assert isinstance(result, Refused)
    assert [reason.code for reason in result.reasons] == ["unwritable"]
    assert oneedit.ledger.head() == 0
    oneedit.close()


def test_an_idempotency_key_of_a_proposal_cannot_be_taken(oneedit: Application) -> None:
    with pytest.raises(KeyReserved):
        oneedit.service.submit(LOCAL, PENCE, idempotency_key="proposal:1")
    with pytest.raises(KeyReserved):
        oneedit.service.roll_back(LOCAL, 0, idempotency_key="proposal:1")


def test_what_others_told_is_not_undone_by_somebody_without_agreement(
    oneedit: Application,
) -> None:
    applied(oneedit, PENCE)
    newcomer = Actor("nina", Role.EDITOR, Tier.NEW)
    result = oneedit.service.undo(newcomer, 1)
    assert isinstance(result, NeedsConfirmation)
    assert [reason.code for reason in result.reasons][:1] == ["others_edit"]
    assert oneedit.ledger.head() == 1
    assert isinstance(oneedit.service.undo(Actor("rae", Role.REVIEWER), 1), UndoResult)

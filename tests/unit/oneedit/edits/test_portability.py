"""What is asked besides the gate's questions, and once more later."""

from pathlib import Path

import pytest

from controller.questions.portability import is_held_out
from kg_data.triples import Triple
from oneedit.ledger.events import EventKind
from oneedit.ledger.verification import verify
from oneedit.results import CheckResult, EditResult, UnclearResult
from oneedit.wiring import Application
from tests.support.fakes import FACTS, LOCAL, FakeEditor, application
from tests.support.stories import tell, undone

PENCE = "Joe Biden's vice president is Mike Pence."


def checked(oneedit: Application, version: int) -> CheckResult:
    result = oneedit.service.check(LOCAL, version)
    assert isinstance(result, CheckResult)
    return result


def told(oneedit: Application, text: str = PENCE) -> EditResult:
    result = oneedit.service.tell(LOCAL, text, confirm=lambda *_: True)
    assert isinstance(result, EditResult)
    return result


def test_the_result_says_what_was_asked_besides_and_how_many_were_right(
    oneedit: Application,
) -> None:
    result = told(oneedit)
    assert (
        result.portability["compositionality_1"][0] == result.portability["compositionality_1"][1]
    )
    assert {"logical_generalisation", "relation_specificity"} <= result.portability.keys()
    assert result.portability.keys() == result.portability_direct.keys()
    assert sum(asked for _, asked in result.portability.values()) <= 32


def test_the_questions_are_stored_with_the_version(oneedit: Application) -> None:
    result = told(oneedit)
    asked = oneedit.ledger.event(1).content.portability
    assert asked.steps == result.portability
    assert len(asked.questions) == sum(count for _, count in asked.steps.values())
    first = next(each for each in asked.questions if each.kind == "subject_aliasing")
    assert (first.called, first.answers[0]) == ("Joseph Biden", "Mike Pence")
    assert verify(oneedit.ledger) == 2


def test_held_out_chains_are_not_taught_and_no_taught_chain_is_asked(oneedit: Application) -> None:
    told(oneedit)
    (live,) = oneedit.ledger.patches(1)
    chains = [each for each in oneedit.patches.load(live.sha256).request.targets if each.chained]
    assert chains
    assert not any(map(is_held_out, chains))
    taught = {(each.subject, each.path) for each in chains}
    asked = {
        (each.subject, each.path) for each in oneedit.ledger.event(1).content.portability.questions
    }
    assert taught.isdisjoint(asked)


def test_chains_over_facts_that_the_model_does_not_know_are_not_asked(tmp_path: Path) -> None:
    unknown = Triple("Mike Pence", "spouse", "Karen Pence")
    editor = FakeEditor([fact for fact in FACTS if fact != unknown])
    oneedit = application(tmp_path, editor=editor)
    told(oneedit)
    asked = oneedit.ledger.event(1).content.portability.questions
    assert asked
    assert not any(each.answers[0] == "Karen Pence" for each in asked)
    oneedit.close()


def test_asking_besides_does_not_change_the_verdict_of_the_gate(
    oneedit: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def knows_only_links(
        questions: list[object], *, steps: bool = False, **given: object
    ) -> list[bool]:
        asks_besides = steps or given.get("split") == "gate"
        return [not asks_besides for _ in questions]

    monkeypatch.setattr(oneedit.editor, "knows", knows_only_links)
    result = told(oneedit)
    assert result.outcome.passed
    assert not result.degraded
    assert {right for right, _ in result.portability.values()} == {0}


def test_after_an_undo_the_same_questions_expect_the_old_answers(oneedit: Application) -> None:
    told(oneedit)
    edited = checked(oneedit, 1)
    assert (edited.at, edited.left_out) == (1, 0)
    assert edited.portability == oneedit.ledger.event(1).content.portability.steps
    undone(oneedit.service.undo(LOCAL))
    again = checked(oneedit, 1)
    assert again.at == 2
    assert again.portability
    assert all(right == asked for right, asked in again.portability.values())
    live = oneedit.ledger.patches(1)  # the edited model no longer has the answers of the graph
    oneedit.editor.use(oneedit.projector.load(live))
    assert oneedit.editor.ask("Who is Joe Biden's vice president?") == "Mike Pence"


def test_a_damaged_neighbour_shows_when_the_questions_are_asked_again(
    oneedit: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(oneedit)
    known = oneedit.editor.knows

    def forgetful(questions: list[object], *, on: object, **given: object) -> list[bool]:
        right = known(questions, on=on, **given)  # type: ignore[arg-type]
        return [ok and "split" not in given for ok in right]

    monkeypatch.setattr(oneedit.editor, "knows", forgetful)
    right, asked = checked(oneedit, 1).portability["relation_specificity"]
    assert (right, asked > 0) == (0, True)


def test_a_version_without_questions_asks_nothing(oneedit: Application) -> None:
    tell(oneedit, PENCE)
    undone(oneedit.service.undo(LOCAL))
    assert oneedit.ledger.event(2).kind is EventKind.REVERT
    assert checked(oneedit, 2).portability == {}


def test_an_unknown_version_is_said_to_be_unknown(oneedit: Application) -> None:
    result = oneedit.service.check(LOCAL, 7)
    assert isinstance(result, UnclearResult)
    assert result.reason == "There is no version 7; the last one is 0."

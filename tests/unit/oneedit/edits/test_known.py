"""What an edit leaves out and promises, by what the base model knows."""

import logging
from pathlib import Path

import pytest

from controller.plan import Decision, EditPlan, Verdict
from editor.request import EditRequest
from kg_data.changes import Changes
from kg_data.questions import Kind, Question
from kg_data.triples import Slot, Triple
from oneedit.edits.known import neighbours_known, within_knowledge
from oneedit.knowledge.knowledge import NOTHING_KNOWN, Knowledge, RelationKnowledge
from oneedit.results import EditResult
from oneedit.wiring import Application
from oneedit.wording import details
from tests.support.fakes import FACTS, LOCAL, FakeEditor, FakePatch, application

UNKNOWN_SPOUSES = RelationKnowledge(relation="spouse", unknown=("A", "B", "C", "D", "Mike Pence"))
KNOWN_BIRTHS = RelationKnowledge(relation="place_of_birth", known=("Mike Pence",))
FOUND = Knowledge(relations={"spouse": UNKNOWN_SPOUSES, "place_of_birth": KNOWN_BIRTHS})
VICE = ("Joe Biden", "vice_president")


def question(path: tuple[str, ...], answer: str, kind: Kind, *via: str) -> Question:
    return Question("Joe Biden", path, (answer,), kind, via)


SPOUSE = question(("vice_president", "spouse"), "Karen Pence", Kind.ONE_HOP, "Mike Pence")
BIRTH = question(("vice_president", "place_of_birth"), "Columbus", Kind.ONE_HOP, "Mike Pence")
LINKS = (
    Question("Mike Pence", ("spouse",), ("Karen Pence",), Kind.LOCALITY),
    Question("Mike Pence", ("place_of_birth",), ("Columbus",), Kind.LOCALITY),
)


def plan() -> EditPlan:
    facts = (Triple(*VICE, "Mike Pence"),)
    return EditPlan(
        facts=facts,
        changes=Changes(added=facts),
        decision=Decision(Verdict.APPLY, ()),
        base_version=0,
        targets=(question(("vice_president",), "Mike Pence", Kind.RELIABILITY),),
        consequences=(SPOUSE, BIRTH),
        links=LINKS,
        keep=LINKS,
    )


def test_consequences_over_facts_that_the_model_does_not_know_are_left_out() -> None:
    left = within_knowledge(plan(), FOUND, below=[])
    assert (left.consequences, left.links) == ((BIRTH,), LINKS[1:])
    assert within_knowledge(plan(), NOTHING_KNOWN, below=[]) == plan()


def test_what_an_earlier_patch_has_taught_counts_as_known() -> None:
    below = [FakePatch(EditRequest(LINKS[:1], ()), "tests")]
    assert within_knowledge(plan(), FOUND, below=below) == plan()


def test_the_share_of_known_neighbours_is_told() -> None:
    assert neighbours_known(plan(), FOUND) == pytest.approx(0.5)
    assert neighbours_known(plan(), NOTHING_KNOWN) is None


def submit(oneedit: Application, text: str) -> EditResult:
    result = oneedit.service.submit(LOCAL, text, confirm=lambda _plan, _report: True)
    assert isinstance(result, EditResult)
    return result


@pytest.mark.parametrize(("facts", "share"), [(FACTS, 1.0), ((), 0.0)])
def test_an_edit_says_how_many_neighbours_the_model_knows(
    facts: tuple[Triple, ...], share: float, tmp_path: Path
) -> None:
    oneedit = application(tmp_path / "home", editor=FakeEditor(facts))
    untold = submit(oneedit, "Joe Biden was born in Oakland.")
    for relation in oneedit.service.interviewer.relations:
        oneedit.service.check_model(LOCAL, relation)
    told = submit(oneedit, "Joe Biden's vice president is Mike Pence.")
    assert untold.neighbours_known is None
    assert told.neighbours_known == pytest.approx(share)
    said = [line for line in details(told) if "knows about 0%" in line]
    assert bool(said) is (share == 0.0)
    oneedit.close()


def test_the_first_check_is_made_once_and_says_how_far_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    oneedit = application(tmp_path / "home")
    interviewer = oneedit.service.interviewer
    with caplog.at_level(logging.INFO, logger="oneedit.queries.interviewer"):
        interviewer.first_check()
        interviewer.first_check()
    total = len(interviewer.relations)
    assert caplog.messages[0].endswith(f"0 of {total} relations")
    assert len(caplog.messages) == (total + 9) // 10
    found = interviewer.known()
    assert {each.relation for each in found.relations} == set(interviewer.relations)
    assert all(len(each.wordings) <= 2 for each in found.relations)
    assert interviewer.file.read().knows_fact(Slot("France", "capital"))
    oneedit.close()

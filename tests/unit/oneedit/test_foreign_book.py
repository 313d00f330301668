"""The whole product over a book that shares no relation and no class with the shipped one."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from controller.plan import EditPlan
from editor.evaluation.report import Report
from kg_data.book_text import written
from kg_data.gathering import relation_named
from kg_data.relations import RelationBook
from kg_data.sources.opening import open_source
from kg_data.triples import Slot, Triple
from oneedit.ledger.verification import verify
from oneedit.results import AskResult, EditResult, RollbackResult, ShowResult, UndoResult
from oneedit.upkeep.founding import Founding
from oneedit.wiring import Application, assemble
from tests.support.fakes import LOCAL, FakeEditor, FakePatches

BOOK = """
[classes]
colleague = ""
campus = ""
crew = ""

[kinds]
person = ["colleague"]
place = ["campus"]
organization = ["crew"]

[relations.boss]
noun = "superior"
cardinality = "functional"
domain = ["colleague"]
range = ["colleague"]
examples = ["{s} reports to {o}.", "{s} answers to {o}."]
acyclic = "boss"

[relations.crew_of]
noun = "crew"
cardinality = "functional"
domain = ["colleague"]
range = ["crew"]
examples = ["{s} serves in {o}.", "{s} is part of the crew {o}."]

[relations.base_of]
noun = "base"
cardinality = "functional"
domain = ["crew"]
range = ["campus"]
examples = ["{s} is based at {o}.", "{s} sits at {o}."]

[relations.first_day]
noun = "first day"
cardinality = "functional"
domain = ["colleague"]
range = ["date"]
examples = ["{s} started on {o}.", "{s} came to us on {o}."]

[relations.born_on]
noun = "date of birth"
cardinality = "functional"
domain = ["colleague"]
range = ["date"]
lifetime = "begin"
examples = ["{s} was born on {o}.", "{s} saw the light on {o}."]

[relations.remark]
noun = "remark"
domain = ["colleague"]
range = ["text"]
examples = ["{s} is called {o} by others.", "The remark about {s} is {o}."]
"""
FACTS = """subject,relation,object
Alva Brink,boss,Cora Dahl
Cora Dahl,boss,Edda Falk
Edda Falk,boss,Gitte Holm
Alva Brink,crew_of,Lanterns
Cora Dahl,crew_of,Lanterns
Edda Falk,crew_of,Anchors
Lanterns,base_of,Northfield
Anchors,base_of,Southmoor
Alva Brink,first_day,2011
Alva Brink,born_on,1985
Cora Dahl,born_on,1975-04
"""


def yes(plan: EditPlan, report: Report | None, /) -> bool:
    del plan, report
    return True


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    path = tmp_path / "facts.csv"
    path.write_text(FACTS, encoding="utf-8")
    book = RelationBook.parse(written(RelationBook.parse(BOOK)))
    founding = Founding.of([open_source(str(path), book)], book, today=date(2026, 6, 1))
    application = assemble(
        tmp_path / "home",
        book,
        founding.data,
        editor=FakeEditor(founding.data.facts, book=book),
        patches=FakePatches(tmp_path / "patches"),
    )
    with closing(application):
        yield application


def told(oneedit: Application, text: str) -> EditResult:
    result = oneedit.service.submit(LOCAL, text, confirm=yes)
    assert isinstance(result, EditResult), result
    return result


def asked(oneedit: Application, text: str) -> AskResult:
    result = oneedit.service.submit(LOCAL, text)
    assert isinstance(result, AskResult), result
    return result


def objects(oneedit: Application, subject: str, relation: str) -> list[str]:
    return list(oneedit.store.objects(Slot(subject, relation)))


def test_nothing_is_shared_with_the_shipped_book(oneedit: Application) -> None:
    shipped = RelationBook.shipped()
    own = set(oneedit.book.names()) - {"also_known_as"}
    assert own.isdisjoint(shipped.names())
    assert not set(oneedit.book.classes) & set(shipped.classes) - {
        "literal",
        "date",
        "year",
        "text",
    }
    assert relation_named("superior", oneedit.book) == "boss"


def test_a_chain_is_asked_before_and_after_an_edit_and_its_undo(oneedit: Application) -> None:
    question = "What is the base of the crew of Alva Brink?"
    assert asked(oneedit, question).expected == ("Northfield",)
    told(oneedit, "Alva Brink serves in Anchors.")
    assert asked(oneedit, question).expected == ("Southmoor",)
    undone = oneedit.service.submit(LOCAL, "undo", confirm=yes)
    assert isinstance(undone, UndoResult)
    assert undone.identical
    assert asked(oneedit, question).expected == ("Northfield",)


def test_a_roll_back_restores_graph_and_weights(oneedit: Application) -> None:
    before = sorted(oneedit.store.facts())
    told(oneedit, "Alva Brink serves in Anchors.")
    told(oneedit, "Alva Brink reports to Edda Falk.")
    back = oneedit.service.submit(LOCAL, "roll back to version 0", confirm=yes)
    assert isinstance(back, RollbackResult), back
    assert sorted(oneedit.store.facts()) == before
    assert verify(oneedit.ledger) == 4


def test_who_is_a_person_and_what_is_a_place_is_known(oneedit: Application) -> None:
    assert asked(oneedit, "Who does Alva Brink report to?").expected == ("Cora Dahl",)
    shown = oneedit.service.submit(LOCAL, "show Alva Brink")
    assert isinstance(shown, ShowResult)
    told(oneedit, "Alva Brink serves in Anchors. She reports to Edda Falk.")
    assert objects(oneedit, "Alva Brink", "boss") == ["Edda Falk"]


def test_a_date_is_refined_shown_and_undone(oneedit: Application) -> None:
    result = told(oneedit, "Alva Brink started in March 2011.")
    assert [each.code for each in result.conflicts] == ["refined"]
    assert objects(oneedit, "Alva Brink", "first_day") == ["2011-03"]
    told(oneedit, "Alva Brink started on March 7, 2011.")
    assert asked(oneedit, "When did Alva Brink start?").expected == ("2011-03-07",)
    known = oneedit.service.submit(LOCAL, "Alva Brink started in 2011.", confirm=yes)
    assert not isinstance(known, EditResult)
    oneedit.service.submit(LOCAL, "undo", confirm=yes)
    assert objects(oneedit, "Alva Brink", "first_day") == ["2011-03"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ([("Alva Brink", "remark", "convicted of fraud")], "sensitive"),
        ([("Alva Brink", "born_on", "1860")], "birth"),
    ],
)
def test_screens_know_the_living(
    oneedit: Application, facts: list[tuple[str, str, str]], code: str
) -> None:
    plan = oneedit.service.context.controller.plan([Triple(*each) for each in facts], LOCAL)
    assert code in {each.code for each in plan.decision.reasons}

"""The whole product over a company's facts, with a drafted book that shares nothing with ours."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from controller.plan import EditPlan
from editor.evaluation.report import Report
from kg_data.book_text import written
from kg_data.drafting import draft
from kg_data.drafting_text import draft_text
from kg_data.relations import RelationBook
from kg_data.sources.opening import open_source
from kg_data.sources.source import Record
from kg_data.triples import Slot
from oneedit.ledger.verification import verify
from oneedit.results import (
    AskResult,
    EditResult,
    HistoryResult,
    ShowResult,
    UndoResult,
)
from oneedit.upkeep.founding import Founding
from oneedit.wiring import Application, assemble
from tests.support.company import company_rows, write_company
from tests.support.fakes import LOCAL, FakeEditor, FakePatches

ROWS = company_rows()
PEOPLE = [subject for subject, relation, _ in ROWS if relation == "works_on"]
LEADS = {subject: obj for subject, relation, obj in ROWS if relation == "teamLead"}
TEAM, OTHER_TEAM = list(LEADS)[:2]
BOSS_OF = {subject: obj for subject, relation, obj in ROWS if relation == "reports_to"}
NEW_BOSS = PEOPLE[-1]
PERSON = PEOPLE[1]


def yes(plan: EditPlan, report: Report | None, /) -> bool:
    del plan, report
    return True


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    """The application over the company's CSV file and the book drafted from it."""
    path = tmp_path / "company.csv"
    write_company(path)
    found = open_source(str(path), None).records()
    text = draft_text(draft([each for each in found if isinstance(each, Record)]))
    book = RelationBook.parse(written(RelationBook.parse(text)))
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


def test_no_relation_of_the_company_is_one_of_the_shipped_book(oneedit: Application) -> None:
    own = {name for _, name, _ in ROWS}
    assert own.isdisjoint(RelationBook.shipped().names())
    assert own <= set(oneedit.book.names())


def test_a_told_fact_replaces_the_old_one_and_is_undone(oneedit: Application) -> None:
    slot = Slot(PERSON, "reports_to")
    result = told(oneedit, f"{PERSON} reports to {NEW_BOSS}.")
    assert list(oneedit.store.objects(slot)) == [NEW_BOSS]
    (conflict,) = result.conflicts
    assert (conflict.new.object, conflict.old.object) == (NEW_BOSS, BOSS_OF[PERSON])
    undone = oneedit.service.submit(LOCAL, "undo", confirm=yes)
    assert isinstance(undone, UndoResult)
    assert undone.identical
    assert list(oneedit.store.objects(slot)) == [BOSS_OF[PERSON]]
    assert verify(oneedit.ledger) == 3


def test_the_inverse_follows(oneedit: Application) -> None:
    told(oneedit, f"The team lead of {TEAM} is {NEW_BOSS}.")
    assert list(oneedit.store.objects(Slot(NEW_BOSS, "heads"))) == [TEAM]
    assert not oneedit.store.objects(Slot(LEADS[TEAM], "heads"))


def test_questions_and_chains_are_answered(oneedit: Application) -> None:
    answer = asked(oneedit, f"Who does {PERSON} report to?")
    assert (answer.answer, answer.expected) == (BOSS_OF[PERSON], (BOSS_OF[PERSON],))
    chain = asked(oneedit, f"Who is the superior of the superior of {PEOPLE[5]}?")
    assert chain.expected == (BOSS_OF[BOSS_OF[PEOPLE[5]]],)


def test_a_fact_is_forgotten_shown_and_in_the_history(oneedit: Application) -> None:
    forgotten = oneedit.service.submit(LOCAL, f"Forget the superior of {PERSON}.", confirm=yes)
    assert isinstance(forgotten, EditResult), forgotten
    assert not oneedit.store.objects(Slot(PERSON, "reports_to"))
    shown = oneedit.service.submit(LOCAL, f"show {PERSON}")
    assert isinstance(shown, ShowResult)
    history = oneedit.service.submit(LOCAL, f"history of {PERSON}")
    assert isinstance(history, HistoryResult)


def test_an_order_is_kept_without_cycles(oneedit: Application) -> None:
    first = PEOPLE[0]
    plan = oneedit.service.submit(LOCAL, f"{first} reports to {PERSON}.")
    assert not isinstance(plan, EditResult)

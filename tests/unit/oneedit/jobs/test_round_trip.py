"""A graph that is exported and imported into a new home is the same: facts, dates, names."""

from datetime import date
from pathlib import Path

import pytest

from kg_data.entities import Entity
from kg_data.shipped import Dataset
from kg_data.sources.opening import open_source
from kg_data.triples import Triple
from oneedit.jobs.import_order import ImportOrder
from oneedit.ledger.job import Job, RunState
from oneedit.upkeep.founding import Founding
from oneedit.wiring import Application
from tests.support.fakes import DATA, LOCAL, application

PEOPLE = ("Ada Quill", "Émile d’Aubigné", "Bo_Quill", '50% "Cy" / #1', "Кира")
FACTS = (
    Triple("Ada Quill", "place_of_birth", "Paris"),
    Triple("Ada Quill", "spouse", "Émile d’Aubigné", "1990-05-01", "1999"),
    Triple("Ada Quill", "spouse", "Bo_Quill", "2001-02"),
    Triple("Ada Quill", "spouse", "Bo_Quill", "1980", "1985"),
    Triple("Ada Quill", "also_known_as", "A. Quill"),
    Triple('50% "Cy" / #1', "also_known_as", 'Cy, the "First"'),
    Triple("Кира", "child", "Bo_Quill"),
    Triple("Émile d’Aubigné", "date_of_birth", "1961-08-04"),
)


@pytest.fixture
def told(tmp_path: Path) -> Application:
    """Return a home with facts of every kind."""
    data = Dataset(
        facts=(*(fact for fact in DATA.facts if fact.relation != "capital"), *FACTS),
        entities=(*DATA.entities, *(Entity(name, "person") for name in PEOPLE)),
        sha256="told",
    )
    return application(tmp_path / "told", data=data)


def rows(oneedit: Application) -> set[tuple[str, str, str, str | None, str | None]]:
    """Return the facts with their dates."""
    return {
        (fact.subject, fact.relation, fact.object, fact.valid_from, fact.valid_to)
        for fact in (*oneedit.store.facts(), *_ended(oneedit))
    }


def _ended(oneedit: Application) -> tuple[Triple, ...]:
    names = [each.id for each in oneedit.store.entities()]
    return oneedit.ledger.ended_facts_of(names)


def classes(oneedit: Application) -> dict[str, str]:
    found = {name for row in rows(oneedit) for name in (row[0], row[2])}
    listed = oneedit.store.entities()
    return {each.id: each.entity_class for each in listed if each.id in found}


@pytest.mark.parametrize("form", ["turtle", "csv", "jsonl"])
def test_an_exported_graph_is_imported_as_it_was(
    told: Application, tmp_path: Path, form: str
) -> None:
    settings = {"folder": str(tmp_path / "out"), "form": form}
    told.jobs.add(LOCAL, Job(name="out", kind="export", settings=settings, retries=0))
    told.runner.carry_out(told.jobs.run(LOCAL, "out").id)
    (path,) = (tmp_path / "out").iterdir()
    empty = Dataset(facts=(), entities=(), sha256="empty")
    new = application(tmp_path / "new", data=empty)
    begun = new.imports.begin(LOCAL, ImportOrder(path=str(path)))
    done = new.runner.carry_out(begun.run.id)
    assert done is not None
    lines = [line.text for line in new.imports.report(LOCAL, begun.run.id).lines]
    assert done.state is RunState.DONE, lines
    assert rows(new) == rows(told), lines
    assert classes(new) == classes(told)
    assert done.counts["bad"] == done.counts["refused"] == 0
    new.close()
    told.close()


@pytest.mark.parametrize("form", ["turtle", "csv", "jsonl"])
def test_a_home_is_made_from_an_exported_graph(
    told: Application, tmp_path: Path, form: str
) -> None:
    settings = {"folder": str(tmp_path / "out"), "form": form}
    told.jobs.add(LOCAL, Job(name="out", kind="export", settings=settings, retries=0))
    told.runner.carry_out(told.jobs.run(LOCAL, "out").id)
    (path,) = (tmp_path / "out").iterdir()
    source = open_source(str(path), told.book)
    founding = Founding.of([source], told.book, today=date(2026, 1, 1))
    new = application(tmp_path / "new", data=founding.data)
    assert rows(new) == rows(told)
    assert classes(new) == classes(told)
    assert founding.left_out == ()
    new.close()
    told.close()

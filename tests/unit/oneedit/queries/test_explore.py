"""Search, lists of facts, and what is around an entity."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kg_data.triples import Triple
from oneedit.ledger.fact_pages import FactFilter
from oneedit.results import FactsResult, NeighbourhoodResult, PlannedResult, UnclearResult
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application
from tests.support.stories import tell


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    made = application(tmp_path)
    yield made
    made.close()


def search(oneedit: Application, text: str, limit: int = 5) -> list[str]:
    return [each.entity.id for each in oneedit.service.search(LOCAL, text, limit=limit).found]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("joe biden", "Joe Biden"),
        ("Joseph B", "Joe Biden"),  # an alias
        ("pence", "Mike Pence"),  # a word inside; of two, who has more facts
        ("kamla haris", "Kamala Harris"),
        ("  DEMOCRATIC ", "Democratic Party"),
    ],
)
def test_an_entity_is_found_by_a_part_of_a_name(
    oneedit: Application, text: str, first: str
) -> None:
    assert search(oneedit, text)[0] == first


def test_of_names_that_fit_equally_well_the_one_with_most_facts_is_first(
    oneedit: Application,
) -> None:
    assert search(oneedit, "pence") == ["Mike Pence", "Karen Pence"]
    for place in ("born in Oakland", "married to Ada Quill"):
        tell(oneedit, f"Karen Pence was {place}.")
    assert search(oneedit, "pence") == ["Karen Pence", "Mike Pence"]


def test_a_search_ends_at_its_limit_and_may_find_nothing(oneedit: Application) -> None:
    assert len(search(oneedit, "p", limit=2)) == 2
    assert search(oneedit, "zzzzzz") == []
    assert search(oneedit, " ") == []


def test_a_new_name_is_found_at_once(oneedit: Application) -> None:
    assert search(oneedit, "Ada Quill") == []
    tell(oneedit, "Ada Quill was born in Paris.")
    assert search(oneedit, "Ada Quill") == ["Ada Quill"]


def facts(oneedit: Application, wanted: FactFilter, **more: Any) -> FactsResult:
    page = oneedit.service.facts(LOCAL, wanted, **more)
    assert isinstance(page, FactsResult)
    return page


def test_facts_come_page_by_page_and_each_once(oneedit: Application) -> None:
    every = list(oneedit.store.facts())
    found: list[Triple] = []
    while True:
        page = facts(oneedit, FactFilter(), after=found[-1] if found else None, limit=4)
        found += [each.fact for each in page.facts]
        if not page.more:
            break
    assert found == sorted(every)


def test_facts_are_chosen_by_subject_relation_object_and_version(oneedit: Application) -> None:
    tell(oneedit, "Joe Biden's vice president is Mike Pence.")
    slot = FactFilter(subject="Joe Biden", relation="vice_president")
    now = facts(oneedit, slot).facts
    assert [(each.fact.object, each.derived, each.since) for each in now] == [
        ("Mike Pence", False, 1)
    ]
    then = facts(oneedit, slot, as_of=0).facts
    assert [each.fact.object for each in then] == ["Kamala Harris"]
    born = facts(oneedit, FactFilter(relation="place_of_birth", object="Scranton"))
    assert [each.fact.subject for each in born.facts] == ["Donald Trump", "Joe Biden"]


def test_facts_of_a_version_that_is_not_there_are_an_answer(oneedit: Application) -> None:
    missing = oneedit.service.facts(LOCAL, FactFilter(), as_of=7)
    assert isinstance(missing, UnclearResult)
    assert missing.code == "unknown_version"


def test_the_neighbourhood_grows_with_its_depth(oneedit: Application) -> None:
    near = oneedit.service.neighbourhood(LOCAL, "joe biden", depth=1)
    assert isinstance(near, NeighbourhoodResult)
    assert near.complete
    names = {each.id for each in near.entities}
    assert {"Joe Biden", "Jill Biden", "Scranton"} <= names
    assert "Oakland" not in names
    far = oneedit.service.neighbourhood(LOCAL, "Joe Biden", depth=2)
    assert isinstance(far, NeighbourhoodResult)
    assert "Oakland" in {each.id for each in far.entities}
    assert far.facts[: len(near.facts)] == near.facts


def test_a_neighbourhood_that_is_cut_says_so(oneedit: Application) -> None:
    cut = oneedit.service.neighbourhood(LOCAL, "Joe Biden", limit=2)
    assert isinstance(cut, NeighbourhoodResult)
    assert len(cut.facts) == 2
    assert not cut.complete
    unknown = oneedit.service.neighbourhood(LOCAL, "Nobody Known")
    assert isinstance(unknown, UnclearResult)


def test_a_preview_shows_the_plan_and_changes_nothing(oneedit: Application) -> None:
    planned = oneedit.service.preview(LOCAL, "Joe Biden's vice president is Mike Pence.")
    assert isinstance(planned, PlannedResult)
    assert planned.plan.changes.retracted[0].object == "Kamala Harris"
    assert oneedit.ledger.head() == 0
    asked = oneedit.service.preview(LOCAL, "Who is the spouse of Joe Biden?")
    assert isinstance(asked, UnclearResult)

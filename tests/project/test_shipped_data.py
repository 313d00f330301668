"""What the data card promises."""

from collections import Counter

import pytest

from controller.rules import closure
from kg_data.lint import lint_facts, lint_shipped_book
from kg_data.relations import RelationBook
from kg_data.shipped import Dataset, shipped_dataset

NAMES_OF_A_FACT = {"also_known_as"}


@pytest.fixture(scope="module")
def book() -> RelationBook:
    return RelationBook.shipped()


@pytest.fixture(scope="module")
def data() -> Dataset:
    return shipped_dataset()


def test_the_relation_book_does_not_contradict_itself(book: RelationBook) -> None:
    assert list(lint_shipped_book(book)) == []


def test_the_facts_do_not_contradict_each_other(book: RelationBook, data: Dataset) -> None:
    assert list(lint_facts(data.facts, data.entities, book)) == []


@pytest.mark.parametrize("domain", ["politicians", "academics"])
def test_each_domain_of_people_is_large_enough(domain: str) -> None:
    part = shipped_dataset([domain])
    people = {entity.id for entity in part.entities if entity.entity_class == "person"}
    facts = [f for f in part.facts if f.subject in people and f.relation not in NAMES_OF_A_FACT]
    assert len(facts) >= 800
    assert len({fact.subject for fact in facts}) >= 120


def test_there_are_three_thousand_facts_besides_names(data: Dataset) -> None:
    assert sum(fact.relation not in NAMES_OF_A_FACT for fact in data.facts) >= 3000


def test_forty_relations_have_fifteen_facts_each(book: RelationBook, data: Dataset) -> None:
    standing = [fact for fact in data.facts if not fact.ended]
    counts = Counter(fact.relation for fact in (*standing, *closure(standing, book)))
    assert sum(counts[name] >= 15 for name in book.names()) >= 40
    assert {name: counts[name] for name in book.names() if counts[name] < 15} == {}


def test_names_with_diacritics_commas_and_initials_are_there(data: Dataset) -> None:
    ids = {entity.id for entity in data.entities}
    assert {"Paul Erdős", "Washington, D.C.", "John Forbes Nash Jr.", "C. V. Raman"} <= ids


def test_names_that_two_entities_share_are_there(data: Dataset) -> None:
    owners: dict[str, set[str]] = {}
    for fact in data.facts:
        if fact.relation == "also_known_as":
            owners.setdefault(fact.object, set()).add(fact.subject)
    assert all(len(owners[name]) > 1 for name in ("Georgia", "Springfield", "Washington"))

"""SHACL shapes of the relation book: each kind of constraint finds its violation, and no other."""

import pytest

from controller import rules
from kg_data.shapes import Violation, graph_of, shapes_of, violations
from kg_data.shipped import shipped_dataset
from kg_data.triples import Triple
from tests.support.fakes import BOOK, ENTITIES, FACTS

CLASSES = {entity.id: entity.entity_class for entity in ENTITIES}
SHAPES = shapes_of(BOOK)


def found(*facts: Triple) -> list[Violation]:
    graph = graph_of(facts, lambda name: CLASSES.get(name, ""), BOOK)
    return violations(graph, SHAPES)


def test_facts_that_fit_the_book_fit_its_shapes() -> None:
    assert found(*FACTS, *rules.closure(FACTS, BOOK)) == []


def test_shipped_facts_fit_the_shapes() -> None:
    dataset = shipped_dataset()
    classes = {entity.id: entity.entity_class for entity in dataset.entities}
    some = [fact for fact in dataset.facts if not fact.ended][:2_000]
    graph = graph_of(some, lambda name: classes.get(name, ""), BOOK)
    assert violations(graph, SHAPES) == []


@pytest.mark.parametrize(
    ("facts", "violation"),
    [
        (
            [("Joe Biden", "place_of_birth", "Paris"), ("Joe Biden", "place_of_birth", "Lyon")],
            Violation("Joe Biden", "has more than 1 place_of_birth"),
        ),
        ([("Paris", "spouse", "Jill Biden")], Violation("Paris", "has a spouse, but is no person")),
        (
            [("Joe Biden", "spouse", "Paris")],
            Violation("Joe Biden", "has a spouse that is no person", "Paris"),
        ),
        (
            [("Joe Biden", "date_of_birth", "soon")],
            Violation("Joe Biden", "has a date_of_birth that is no date", "soon"),
        ),
        (
            [("Joe Biden", "spouse", "Jill Biden"), ("Barack Obama", "spouse", "Jill Biden")],
            Violation("Jill Biden", "is the spouse of more than one"),
        ),
    ],
)
def test_each_kind_of_violation_is_found(
    facts: list[tuple[str, str, str]], violation: Violation
) -> None:
    assert found(*(Triple(*fact) for fact in facts)) == [violation]


def test_relations_that_exclude_each_other_are_found() -> None:
    first = next(each for each in BOOK.relations.values() if each.exclusive)
    names = [name for name, kind in CLASSES.items() if BOOK.accepts(first.domain, kind)]
    both = (first.name, first.exclusive[0])
    texts = [str(each) for each in found(*(Triple(names[0], each, names[1]) for each in both))]
    assert f"{names[0]} has the same {both[0]} and {both[1]}: {names[1]}" in texts


def test_a_relation_in_both_directions_is_found_where_it_has_one() -> None:
    relation = next(each for each in BOOK.relations.values() if each.asymmetric)
    names = [name for name, kind in CLASSES.items() if BOOK.accepts(relation.domain, kind)][:2]
    facts = [Triple(first, relation.name, second) for first, second in (names, names[::-1])]
    texts = [str(each) for each in found(*facts)]
    assert f"{names[0]} is the {relation.name} of its own {relation.name}: {names[1]}" in texts


def test_names_are_the_same_as_before() -> None:
    odd = Triple('Zoë "Z" O\'Brien/#%', "spouse", "Paris")
    assert [each.about for each in found(odd)] == [odd.subject, odd.subject]

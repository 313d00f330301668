from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from controller import rules
from controller.graph.overlay import EmptyView, Overlay
from controller.rules import (
    Asserted,
    closure,
    composed_values,
    partner,
    removed_together,
    with_partners,
)
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple
from tests.support.books import RELATIONS as LETTERS
from tests.support.books import books
from tests.support.controller_world import BOOK, store_with

NODES = "abcdef"
RELATIONS = (
    "located_in",
    "country",
    "place_of_birth",
    "father",
    "spouse",
    "doctoral_advisor",
    "doctoral_student",
    "sibling",
    "capital",
    "capital_of",
)
FACT = st.builds(Triple, st.sampled_from(NODES), st.sampled_from(RELATIONS), st.sampled_from(NODES))
FACTS = st.lists(FACT, max_size=14, unique=True)
EDIT = st.lists(FACT, max_size=3, unique=True)


def closed(facts: Iterable[Triple], book: RelationBook = BOOK) -> set[Triple]:
    facts = set(facts)
    return facts | set(closure(sorted(facts), book))


def single_valued(facts: Iterable[Triple]) -> list[Triple]:
    """Return facts of which a slot has one object, if its relation has one: as a graph has."""
    taken = dict[Slot, Triple]()
    return [
        fact
        for fact in facts
        if not BOOK[fact.relation].functional or taken.setdefault(fact.slot, fact) == fact
    ]


def edited(
    asserted: set[Triple], add: list[Triple], retract: list[Triple], book: RelationBook = BOOK
) -> set[Triple]:
    """Return the asserted facts after an edit, by definition."""
    return (asserted - set(removed_together(retract, book))) | set(add)


def after_edit(
    active: set[Triple],
    add: list[Triple],
    retract: list[Triple],
    asserted: Asserted | None,
    book: RelationBook = BOOK,
) -> set[Triple]:
    view = Overlay(EmptyView(), add=sorted(active))
    after = rules.graph_after_edit(view, add, retract, book, asserted=asserted).after
    return (active - after.lost) | after.gained


def test_an_inverse_swaps_subject_and_object_and_keeps_the_dates() -> None:
    fact = Triple("Joe Biden", "vice_president", "Kamala Harris", "2021")
    other = partner(fact, BOOK)
    assert other == Triple("Kamala Harris", "vice_president_to", "Joe Biden")
    assert other is not None
    assert other.valid_from == "2021"


def test_the_partner_of_a_partner_is_the_fact_itself() -> None:
    for relation in BOOK.names():
        fact = Triple("a", relation, "b")
        other = partner(fact, BOOK)
        assert other is None or partner(other, BOOK) == fact


def test_a_rule_composes_through_a_composed_hop() -> None:
    store = store_with()
    assert store.objects(Slot("Scranton", "country")) == ("United States",)
    assert store.objects(Slot("Joe Biden", "country_of_birth")) == ("United States",)


def test_an_asserted_value_wins_over_a_composed_one() -> None:
    store = store_with(Triple("Lyon", "located_in", "Bavaria"))
    assert store.objects(Slot("Lyon", "country")) == ("France",)
    assert composed_values(store, Slot("Lyon", "country"), BOOK) == ("Germany",)


def test_a_derived_head_is_removed_with_its_body() -> None:
    retracted = Triple("Scranton", "located_in", "Pennsylvania")
    removed = rules.graph_after_edit(store_with(), [], [retracted], BOOK).after.lost
    assert set(removed) - {retracted} == {
        Triple("Scranton", "country", "United States"),
        Triple("Joe Biden", "country_of_birth", "United States"),
        Triple("Joe Biden", "state_of_birth", "Pennsylvania"),
    }


def test_values_in_a_cycle_are_not_premises_of_each_other() -> None:
    asserted = {
        Triple("a", "located_in", "b"),
        Triple("b", "located_in", "a"),
        Triple("b", "country", "c"),
    }
    active = closed(asserted)
    assert Triple("a", "country", "c") in active
    left = after_edit(active, [], [Triple("b", "country", "c")], asserted.__contains__)
    assert not [fact for fact in left if fact.relation == "country"]


def test_nothing_follows_about_an_entity_and_itself() -> None:
    asserted = {Triple("a", "father", "b"), Triple("b", "father", "a")}
    derived = closed(asserted) - asserted
    assert not [fact for fact in derived if fact.subject == fact.object]


@given(FACTS)
@settings(max_examples=300, deadline=None)
def test_no_derived_fact_relates_an_entity_to_itself(facts: list[Triple]) -> None:
    derived = closed(facts) - set(with_partners(facts, BOOK))
    assert not [fact for fact in derived if fact.subject == fact.object]


@given(FACTS, EDIT, EDIT)
@settings(max_examples=300, deadline=None)
def test_an_edit_gives_the_closure_of_the_edited_facts(
    facts: list[Triple], add: list[Triple], retract: list[Triple]
) -> None:
    asserted = set(facts)
    found = after_edit(closed(asserted), add, retract, asserted.__contains__)
    assert found == closed(edited(asserted, add, retract))


@given(FACTS, EDIT, EDIT)
@settings(max_examples=300, deadline=None)
def test_without_known_assertions_composed_heads_count_as_derived(
    facts: list[Triple], add: list[Triple], retract: list[Triple]
) -> None:
    def upwards(fact: Triple) -> bool:
        return fact.relation != "located_in" or fact.subject < fact.object

    add = [fact for fact in add if upwards(fact)]
    active = closed(filter(upwards, single_valued(facts)))
    view = Overlay(EmptyView(), add=sorted(active))
    asserted = {
        fact for fact in active if fact.object not in composed_values(view, fact.slot, BOOK)
    }
    assert closed(asserted) == active
    found = after_edit(active, add, retract, None)
    assert found == closed(edited(asserted, add, retract))


NODE = st.sampled_from("abcde")
LETTER = st.builds(Triple, NODE, st.sampled_from(LETTERS), NODE)
LETTER_FACTS = st.lists(LETTER, max_size=14, unique=True)
LETTER_EDIT = st.lists(LETTER, max_size=3, unique=True)


@given(books(), LETTER_FACTS, LETTER_EDIT, LETTER_EDIT)
@settings(max_examples=500, deadline=None)
def test_an_edit_gives_the_closure_of_the_edited_facts_whatever_the_book(
    book: RelationBook, facts: list[Triple], add: list[Triple], retract: list[Triple]
) -> None:
    asserted = set(facts)
    found = after_edit(closed(asserted, book), add, retract, asserted.__contains__, book)
    assert found == closed(edited(asserted, add, retract, book), book)


@given(books(), LETTER_FACTS)
@settings(max_examples=300, deadline=None)
def test_no_derived_fact_puts_a_second_object_into_a_functional_slot(
    book: RelationBook, facts: list[Triple]
) -> None:
    given_facts = set(with_partners(facts, book))
    active = closed(facts, book)
    for fact in active - given_facts:
        if book[fact.relation].functional:
            assert [each for each in active if each.slot == fact.slot] == [fact]

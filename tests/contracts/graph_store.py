"""The contract of every graph store."""

from collections.abc import Iterator
from random import Random

import pytest

from controller.errors import StalePlan
from controller.graph.store import GraphStore
from kg_data.entities import Entity
from kg_data.triples import Slot, Triple

FRANCE, PARIS, LYON = Entity("France", "country"), Entity("Paris", "city"), Entity("Lyon", "city")
CAPITAL = Triple("France", "capital", "Paris")
NEW_CAPITAL = Triple("France", "capital", "Lyon")
FACTS = (
    CAPITAL,
    Triple("Paris", "capital_of", "France"),
    Triple("Paris", "country", "France"),
    Triple("Lyon", "country", "France"),
    Triple("France", "inception", "0843"),
)


class GraphStoreContract:
    """Subclasses provide an empty ``store`` fixture, at version -1."""

    @pytest.fixture
    def loaded(self, store: GraphStore) -> GraphStore:
        store.load([FRANCE, PARIS, LYON], FACTS, version=7)
        return store

    def test_an_empty_store_has_a_version_before_all_others(self, store: GraphStore) -> None:
        assert store.version == -1
        assert list(store.facts()) == []
        assert list(store.sample(None, 3, Random(0))) == []

    def test_load_sets_the_version_and_holds_every_fact(self, loaded: GraphStore) -> None:
        assert loaded.version == 7
        assert sorted(loaded.facts()) == sorted(FACTS)
        assert all(fact in loaded for fact in FACTS)

    def test_load_replaces_the_previous_content(self, loaded: GraphStore) -> None:
        loaded.load([LYON], [Triple("Lyon", "country", "Gaul")], version=2)
        assert loaded.version == 2
        assert list(loaded.facts()) == [Triple("Lyon", "country", "Gaul")]
        assert list(loaded.entities()) == [LYON]

    def test_ended_facts_are_not_held(self, store: GraphStore) -> None:
        ended = Triple("France", "capital", "Vichy", "1940", "1944")
        store.load([FRANCE], [ended], version=0)
        store.replace(add=[ended], retract=[], expect=0)
        assert list(store.facts()) == []

    def test_a_fact_keeps_the_date_from_which_it_holds(self, store: GraphStore) -> None:
        store.load([], [Triple("France", "capital", "Paris", "0987")], version=0)
        assert [fact.valid_from for fact in store.facts()] == ["0987"]
        assert [fact.valid_from for fact in store.facts_of("France")] == ["0987"]

    def test_replace_retracts_adds_and_raises_the_version(self, loaded: GraphStore) -> None:
        loaded.replace(add=[NEW_CAPITAL], retract=[CAPITAL], expect=7)
        assert loaded.version == 8
        assert list(loaded.objects(CAPITAL.slot)) == ["Lyon"]
        assert CAPITAL not in loaded
        assert NEW_CAPITAL in loaded

    def test_replace_refuses_a_stale_version_and_changes_nothing(self, loaded: GraphStore) -> None:
        with pytest.raises(StalePlan, match="version 6"):
            loaded.replace(add=[NEW_CAPITAL], retract=[CAPITAL], expect=6)
        assert loaded.version == 7
        assert sorted(loaded.facts()) == sorted(FACTS)

    def test_replace_changes_nothing_if_its_input_fails(self, loaded: GraphStore) -> None:
        def broken() -> Iterator[Triple]:
            yield NEW_CAPITAL
            raise OSError("failed")

        with pytest.raises(OSError, match="failed"):
            loaded.replace(add=broken(), retract=[CAPITAL], expect=7)
        assert loaded.version == 7
        assert sorted(loaded.facts()) == sorted(FACTS)

    def test_a_fact_both_retracted_and_added_holds(self, loaded: GraphStore) -> None:
        loaded.replace(add=[CAPITAL], retract=[CAPITAL], expect=7)
        assert CAPITAL in loaded

    def test_adding_a_held_fact_and_retracting_an_absent_one_is_harmless(
        self, loaded: GraphStore
    ) -> None:
        loaded.replace(add=[CAPITAL], retract=[NEW_CAPITAL], expect=7)
        assert sorted(loaded.facts()) == sorted(FACTS)

    def test_replace_adds_entities(self, loaded: GraphStore) -> None:
        nice = Entity("Nice", "city")
        loaded.replace(
            add=[Triple("Nice", "country", "France")], retract=[], entities=[nice], expect=7
        )
        assert loaded.entity("Nice") == nice
        assert nice in list(loaded.entities())

    def test_objects_and_subjects_are_sorted(self, loaded: GraphStore) -> None:
        assert list(loaded.objects(Slot("Paris", "country"))) == ["France"]
        assert list(loaded.objects(Slot("Paris", "continent"))) == []
        assert list(loaded.subjects("country", "France")) == ["Lyon", "Paris"]
        assert list(loaded.subjects("country", "France", limit=1)) == ["Lyon"]
        assert list(loaded.subjects("country", "Nowhere")) == []

    def test_facts_around_a_node_are_sorted_and_limited(self, loaded: GraphStore) -> None:
        assert list(loaded.facts_of("Paris")) == [FACTS[1], FACTS[2]]
        assert list(loaded.facts_about("France")) == [FACTS[3], FACTS[1], FACTS[2]]
        assert list(loaded.facts_about("France", limit=2)) == [FACTS[3], FACTS[1]]
        assert list(loaded.facts_about("0843")) == [FACTS[4]]
        assert list(loaded.facts_of("Nowhere")) == list(loaded.facts_about("Nowhere")) == []

    def test_two_relations_between_the_same_nodes_are_two_facts(self, loaded: GraphStore) -> None:
        loaded.replace(add=[], retract=[FACTS[1]], expect=7)
        assert list(loaded.facts_of("Paris")) == [FACTS[2]]

    def test_entities_are_found_by_id_and_literals_are_none(self, loaded: GraphStore) -> None:
        assert loaded.entity("Paris") == PARIS
        assert loaded.entity("0843") is None
        assert list(loaded.entities()) == [FRANCE, LYON, PARIS]

    def test_a_sample_is_sorted_distinct_and_of_the_relation(self, loaded: GraphStore) -> None:
        assert list(loaded.sample("country", 9, Random(0))) == [FACTS[3], FACTS[2]]
        assert len(loaded.sample("country", 1, Random(0))) == 1
        assert list(loaded.sample(None, 9, Random(0))) == sorted(FACTS)
        assert list(loaded.sample("continent", 2, Random(0))) == []

    def test_equal_graphs_give_equal_samples_whatever_their_history(
        self, loaded: GraphStore
    ) -> None:
        before = [list(loaded.sample(None, 2, Random(seed))) for seed in range(5)]
        loaded.replace(add=[NEW_CAPITAL], retract=[CAPITAL], expect=7)
        loaded.replace(add=[CAPITAL], retract=[NEW_CAPITAL], expect=8)
        assert [list(loaded.sample(None, 2, Random(seed))) for seed in range(5)] == before

    def test_anything_but_a_triple_is_not_contained(self, loaded: GraphStore) -> None:
        assert ("France", "capital", "Paris") not in loaded

"""The contract of every graph store."""

from collections.abc import Iterator
from itertools import cycle, islice
from random import Random

import pytest

from controller.errors import StalePlan
from controller.graph.lexicon import ALIAS
from controller.graph.store import GraphStore, sample_key
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

MANY = 300
"""Neighbours of a hub, more than a store may filter at each look-up."""
BORN = tuple(Triple(f"Person {place:03}", "place_of_birth", "Paris") for place in range(MANY))
DIED = tuple(Triple(f"Person {place:03}", "place_of_death", "Paris") for place in range(0, MANY, 7))
CHILDREN = tuple(Triple("Zeus", "child", f"Person {place:03}") for place in range(MANY))


class FixedStart(Random):
    """A generator whose only number is given."""

    def __init__(self, start: int) -> None:
        super().__init__(0)
        self._start = start

    def getrandbits(self, k: int) -> int:
        assert k == 63
        return self._start


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

    def test_dates_of_every_precision_are_objects(self, store: GraphStore) -> None:
        dates = ("1867-07-01", "1867-07", "1867", "-0043", "-0043-03-15")
        told = [Triple("France", "seen", date) for date in dates]
        store.load([FRANCE], told[:2], version=0)
        store.replace(add=told[2:], retract=[], expect=0)
        assert sorted(store.facts()) == sorted(told)
        assert [list(store.subjects("seen", date)) for date in dates] == [["France"]] * len(dates)

    def test_a_removed_entity_is_gone_with_its_names(self, loaded: GraphStore) -> None:
        nickname = Triple("Lyon", ALIAS, "Lugdunum")
        loaded.replace(add=[nickname], retract=[], expect=7)
        loaded.replace(add=[], retract=[nickname, FACTS[3]], removed=["Lyon"], expect=8)
        assert loaded.entity("Lyon") is None
        assert LYON not in list(loaded.entities())
        assert [*loaded.named("lyon"), *loaded.named("lugdunum")] == []

    def test_a_removed_entity_may_come_back(self, loaded: GraphStore) -> None:
        loaded.replace(add=[], retract=[FACTS[3]], removed=["Lyon"], expect=7)
        loaded.replace(add=[FACTS[3]], retract=[], entities=[LYON], expect=8)
        assert loaded.entity("Lyon") == LYON
        assert list(loaded.named("lyon")) == ["Lyon"]
        assert sorted(loaded.facts()) == sorted(FACTS)

    def test_the_name_of_a_removed_entity_may_become_an_alias(self, loaded: GraphStore) -> None:
        nickname = Triple("Paris", ALIAS, "Lyon")
        loaded.replace(add=[nickname], retract=[FACTS[3]], removed=["Lyon"], expect=7)
        assert list(loaded.named("lyon")) == ["Paris"]
        assert nickname in loaded
        assert loaded.entity("Lyon") is None

    def test_removing_an_unknown_entity_changes_nothing(self, loaded: GraphStore) -> None:
        loaded.replace(add=[], retract=[], removed=["Atlantis"], expect=7)
        assert sorted(loaded.facts()) == sorted(FACTS)
        assert len(list(loaded.entities())) == 3

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

    @pytest.mark.parametrize("relation", [None, "country"])
    def test_a_sample_is_the_facts_from_a_random_key_on_and_then_the_first(
        self, loaded: GraphStore, relation: str | None
    ) -> None:
        ordered = sorted(
            (fact for fact in FACTS if relation in {None, fact.relation}),
            key=lambda fact: (sample_key(fact), fact),
        )
        for place, fact in enumerate(ordered):
            from_here = [*ordered[place:], *ordered[:place]]
            after_here = [*from_here[1:], fact]
            for count in range(len(ordered) + 2):
                at, past = (FixedStart(sample_key(fact) + more) for more in (0, 1))
                assert list(loaded.sample(relation, count, at)) == sorted(from_here[:count])
                assert list(loaded.sample(relation, count, past)) == sorted(after_here[:count])

    def test_a_sample_calls_the_generator_once(self, loaded: GraphStore) -> None:
        used, other = Random(4), Random(4)
        loaded.sample(None, 2, used)
        other.getrandbits(63)
        assert used.random() == other.random()

    def test_the_order_of_loading_does_not_matter_to_samples(self, store: GraphStore) -> None:
        store.load([], BORN, version=0)
        before = [list(store.sample("place_of_birth", 9, Random(seed))) for seed in range(9)]
        store.load([], reversed(BORN), version=0)
        assert [list(store.sample("place_of_birth", 9, Random(s))) for s in range(9)] == before

    def test_retracted_facts_are_not_drawn_and_added_ones_are(self, loaded: GraphStore) -> None:
        loaded.replace(add=[NEW_CAPITAL], retract=[CAPITAL], expect=7)
        assert list(loaded.sample("capital", 9, Random(1))) == [NEW_CAPITAL]
        loaded.replace(add=[], retract=[NEW_CAPITAL], expect=8)
        assert list(loaded.sample("capital", 9, Random(1))) == []
        assert NEW_CAPITAL not in loaded.sample(None, 9, Random(1))

    def test_the_in_degree_counts_facts_of_all_relations(self, loaded: GraphStore) -> None:
        assert loaded.in_degree("France") == 3
        assert loaded.in_degree("0843") == 1
        assert loaded.in_degree("Nowhere") == 0
        loaded.replace(add=[FACTS[1]], retract=[FACTS[3]], expect=7)  # the first is known
        assert loaded.in_degree("France") == 2
        loaded.replace(add=[], retract=FACTS, expect=8)
        assert loaded.in_degree("France") == 0

    def test_an_entity_is_named_by_its_id_and_its_aliases(self, loaded: GraphStore) -> None:
        alias = Triple("Paris", "also_known_as", "City  of LIGHT")
        loaded.replace(add=[alias], retract=[], expect=7)
        assert list(loaded.named("paris")) == list(loaded.named("city of light")) == ["Paris"]
        assert list(loaded.named("0843")) == list(loaded.named("nowhere")) == []
        loaded.replace(add=[], retract=[alias], expect=8)
        assert list(loaded.named("city of light")) == []
        assert list(loaded.named("paris")) == ["Paris"]

    def test_a_name_of_several_entities_names_all_of_them_sorted(self, store: GraphStore) -> None:
        aliases = [Triple(name, "also_known_as", "The Capital") for name in ("Paris", "Lyon")]
        store.load([PARIS, LYON, Entity("the capital", "city")], aliases, version=0)
        assert list(store.named("the capital")) == ["Lyon", "Paris", "the capital"]
        store.replace(add=[], retract=aliases[:1], expect=0)
        assert list(store.named("the capital")) == ["Lyon", "the capital"]

    def test_a_name_is_kept_while_the_entity_has_one_that_is_folded_alike(
        self, store: GraphStore
    ) -> None:
        aliases = [
            Triple("Paris", "also_known_as", name) for name in ("PARIS", "LUTETIA", "Lutetia")
        ]
        store.load([PARIS], aliases, version=0)
        store.replace(add=[], retract=aliases[:2], expect=0)
        assert list(store.named("paris")) == list(store.named("lutetia")) == ["Paris"]
        store.replace(add=[], retract=aliases[2:], expect=1)
        assert list(store.named("paris")) == ["Paris"]
        assert list(store.named("lutetia")) == []

    def test_only_entities_have_names_whichever_comes_first(self, store: GraphStore) -> None:
        alias = Triple("Nice", "also_known_as", "Nizza")
        store.load([], [alias], version=0)
        assert list(store.named("nizza")) == []
        store.replace(add=[], retract=[], entities=[Entity("Nice", "city")], expect=0)
        assert list(store.named("nizza")) == list(store.named("nice")) == ["Nice"]
        store.replace(add=[], retract=[], entities=[Entity("Nice", "town")], expect=1)
        assert list(store.named("nizza")) == list(store.named("nice")) == ["Nice"]
        assert store.entity("Nice") == Entity("Nice", "town")
        store.load([], [], version=0)
        assert list(store.named("nizza")) == list(store.named("nice")) == []

    def test_a_replaced_fact_has_the_date_that_was_added_last(self, store: GraphStore) -> None:
        store.load([], [Triple("France", "capital", "Paris", "0987")], version=0)
        store.replace(add=[Triple("France", "capital", "Paris", "1944")], retract=[], expect=0)
        assert [fact.valid_from for fact in store.facts_about("Paris")] == ["1944"]
        store.replace(add=[CAPITAL], retract=[CAPITAL], expect=1)
        assert [fact.valid_from for fact in store.sample(None, 1, Random(0))] == [None]

    def test_a_load_that_fails_leaves_the_old_graph_or_none_and_can_be_repeated(
        self, loaded: GraphStore
    ) -> None:
        def broken() -> Iterator[Triple]:
            yield NEW_CAPITAL
            raise OSError("failed")

        with pytest.raises(OSError, match="failed"):
            loaded.load([], broken(), version=8)
        assert loaded.version in {7, -1}
        loaded.load([LYON], [NEW_CAPITAL], version=8, origin="here")
        assert (loaded.version, loaded.origin) == (8, "here")
        assert list(loaded.facts()) == [NEW_CAPITAL]

    def test_a_fact_about_the_subject_itself_is_held_once(self, loaded: GraphStore) -> None:
        own = Triple("Paris", "shares_border_with", "Paris")
        loaded.replace(add=[own], retract=[], expect=7)
        assert own in loaded.facts_of("Paris")
        assert list(loaded.facts_about("Paris")) == [CAPITAL, own]
        loaded.replace(add=[], retract=[own], expect=8)
        assert list(loaded.facts_about("Paris")) == [CAPITAL]

    def test_a_hub_reads_like_any_node_before_and_after_changes(self, store: GraphStore) -> None:
        held = {*BORN, *DIED, *CHILDREN}
        store.load([PARIS], held, version=0)
        self._check_hubs(store, held)
        changes = islice(cycle([BORN[7:9], DIED[:2], CHILDREN[3:5], (*BORN[:1], *DIED[:1])]), 8)
        for version, facts in enumerate(changes):
            gone = held.issuperset(facts)
            held = held.difference(facts) if gone else held.union(facts)
            add, retract = ((), facts) if gone else (facts, ())
            store.replace(add=add, retract=retract, expect=version)
            self._check_hubs(store, held)

    def test_a_node_may_become_a_hub_and_cease_to_be_one(self, store: GraphStore) -> None:
        store.load([], BORN[:3], version=0)
        self._check_hubs(store, {*BORN[:3]})
        store.replace(add=(*BORN, *DIED), retract=[], expect=0)
        self._check_hubs(store, {*BORN, *DIED})
        store.replace(add=[], retract=(*BORN[2:], *DIED), expect=1)
        self._check_hubs(store, {*BORN[:2]})
        store.replace(add=[], retract=BORN[:2], expect=2)
        self._check_hubs(store, set())
        store.replace(add=CHILDREN, retract=[], expect=3)
        self._check_hubs(store, {*CHILDREN})

    def _check_hubs(self, store: GraphStore, held: set[Triple]) -> None:
        """Compare every read around Paris and Zeus with the facts held."""
        about = sorted(fact for fact in held if fact.object == "Paris")
        of = sorted(fact for fact in held if fact.subject == "Zeus")
        assert store.in_degree("Paris") == len(about)
        assert list(store.facts_of("Zeus")) == of
        assert list(store.objects(Slot("Zeus", "child"))) == [fact.object for fact in of]
        for limit in (None, 0, 1, 5):
            assert list(store.facts_about("Paris", limit=limit)) == about[:limit]
            for relation in ("place_of_birth", "place_of_death", "capital"):
                subjects = [fact.subject for fact in about if fact.relation == relation]
                found = store.subjects(relation, "Paris", limit=limit)
                assert list(found) == subjects[:limit]

    def test_anything_but_a_triple_is_not_contained(self, loaded: GraphStore) -> None:
        assert ("France", "capital", "Paris") not in loaded

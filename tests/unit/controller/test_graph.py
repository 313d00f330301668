from hypothesis import given
from hypothesis import strategies as st

from controller.graph.lexicon import GraphLexicon
from controller.graph.networkx_store import NetworkxStore
from controller.graph.overlay import EmptyView, Overlay
from kg_data.entities import Entity
from kg_data.triples import Slot, Triple
from tests.support.controller_world import store_with

FACT = st.builds(Triple, st.sampled_from("abcd"), st.sampled_from("rst"), st.sampled_from("abcd"))
FACTS = st.lists(FACT, max_size=10, unique=True)


@given(FACTS, FACTS, FACTS)
def test_an_overlay_reads_like_the_changed_graph(
    facts: list[Triple], add: list[Triple], retract: list[Triple]
) -> None:
    base, changed = NetworkxStore(), NetworkxStore()
    base.load([], facts, version=0)
    changed.load([], (set(facts) - set(retract)) | set(add), version=0)
    overlay = Overlay(base, add=add, retract=retract)
    assert overlay.gained == set(changed.facts()) - set(facts)
    assert overlay.lost == set(facts) - set(changed.facts())
    for node in "abcd":
        assert tuple(overlay.facts_of(node)) == changed.facts_of(node)
        assert overlay.in_degree(node) == changed.in_degree(node)
        for limit in (None, 1, 3):
            about = changed.facts_about(node, limit=limit)
            assert tuple(overlay.facts_about(node, limit=limit)) == about
        for relation in "rst":
            assert tuple(overlay.objects(Slot(node, relation))) == changed.objects(
                Slot(node, relation)
            )
            for limit in (None, 1, 3):
                assert tuple(overlay.subjects(relation, node, limit=limit)) == changed.subjects(
                    relation, node, limit=limit
                )


def test_nothing_is_about_anything_in_an_empty_view() -> None:
    assert EmptyView().in_degree("Paris") == 0


def test_an_overlay_knows_its_new_entities() -> None:
    zoe = Entity("Zoe New", "person")
    overlay = Overlay(store_with(), entities=[zoe])
    assert overlay.entity("Zoe New") == zoe
    assert overlay.entity("Joe Biden") is not None


def test_a_name_is_found_whatever_its_case_and_spaces() -> None:
    lexicon = GraphLexicon(store_with())
    assert [each.id for each in lexicon.lookup(" joe  BIDEN ")] == ["Joe Biden"]
    assert [each.id for each in lexicon.lookup("joseph biden")] == ["Joe Biden"]
    assert lexicon.lookup("Nobody") == []
    assert lexicon.aliases("Joe Biden") == ("Joseph Biden",)


def test_an_entity_is_found_by_id_before_those_found_by_alias() -> None:
    lexicon = GraphLexicon(store_with(Triple("Ann Doe", "also_known_as", "Paris")))
    assert [each.id for each in lexicon.lookup("Paris")] == ["Paris", "Ann Doe"]


def test_the_lexicon_follows_the_graph() -> None:
    store = store_with()
    lexicon = GraphLexicon(store)
    assert lexicon.lookup("Scranton Joe") == []
    alias = Triple("Joe Biden", "also_known_as", "Scranton Joe")
    store.replace(add=[alias], retract=[], expect=0)
    assert [each.id for each in lexicon.lookup("Scranton Joe")] == ["Joe Biden"]
    store.replace(add=[], retract=[alias], expect=1)
    assert lexicon.lookup("Scranton Joe") == []


def test_names_are_ids_and_aliases_without_repetition() -> None:
    names = list(GraphLexicon(store_with(Triple("Ann Doe", "also_known_as", "Paris"))).names())
    assert len(set(names)) == len(names)
    assert {"Joe Biden", "Joseph Biden", "Paris"} <= set(names)

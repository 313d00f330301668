"""Batches of facts: each gets the verdict that it would get alone, and what follows is complete."""

from random import Random

import pytest

from controller import rules
from controller.actor import Actor, Role, Tier
from controller.bulk import BatchPlan, BulkPlanner, Wanted
from controller.controller import Controller
from controller.graph.networkx_store import NetworkxStore
from controller.plan import EditPlan, Verdict
from kg_data.entities import Entity
from kg_data.triples import Triple
from oneedit.bench.graph_edits import EditDraws
from oneedit.bench.made_graph import MadeGraph
from tests.support.fakes import BOOK, ENTITIES, FACTS

JOB = Actor("job:people", Role.REVIEWER)
PERSON = (Entity("Ada Quill", "person"),)


def world() -> Controller:
    store = NetworkxStore()
    store.load(ENTITIES, [*FACTS, *rules.closure(FACTS, BOOK)], version=0)
    return Controller(store, BOOK)


def plan(*facts: Triple, actor: Actor = JOB) -> BatchPlan:
    return BulkPlanner(world(), actor).plan([Wanted(fact, PERSON) for fact in facts])


def test_a_new_fact_is_added_with_its_inverse_and_its_entity() -> None:
    batch = plan(Triple("Ada Quill", "spouse", "Mike Jones"))
    assert (batch.added, batch.known, batch.conflicts, batch.refused) == (1, 0, (), ())
    assert batch.changes.derived_added == (Triple("Mike Jones", "spouse", "Ada Quill"),)
    assert [each.id for each in batch.entities] == ["Ada Quill", "Mike Jones"]


def test_what_the_graph_holds_is_known_and_so_is_what_the_batch_told_before() -> None:
    born = Triple("Ada Quill", "place_of_birth", "Paris")
    batch = plan(FACTS[0], born, born)
    assert (batch.added, batch.known) == (1, 2)


def test_a_fact_that_would_replace_another_is_a_conflict_even_for_a_curator() -> None:
    other = Triple("Joe Biden", "place_of_birth", "Paris")
    batch = plan(other)
    assert batch.added == 0
    assert [each.wanted.fact for each in batch.conflicts] == [other]
    assert batch.conflicts[0].plan.decision.verdict is Verdict.APPLY


def test_two_facts_of_one_batch_contradict_each_other() -> None:
    batch = plan(
        Triple("Ada Quill", "place_of_birth", "Paris"),
        Triple("Ada Quill", "place_of_birth", "Lyon"),
    )
    assert (batch.added, len(batch.conflicts)) == (1, 1)


def test_a_fact_of_a_wrong_form_or_an_unknown_relation_is_refused() -> None:
    batch = plan(
        Triple("Ada Quill", "date_of_birth", "soon"), Triple("Ada Quill", "likes", "Paris")
    )
    codes = [each.plan.decision.reasons[0].code for each in batch.refused]
    assert codes == ["literal", "unknown_relation"]


def test_what_is_doubted_waits_although_no_check_finds_anything() -> None:
    fact = Triple("Ada Quill", "place_of_birth", "Paris")
    planner = BulkPlanner(world(), JOB, doubted=frozenset)
    batch = planner.plan([Wanted(fact, PERSON)])
    assert (batch.added, len(batch.conflicts)) == (0, 1)


def test_what_is_told_of_a_new_person_is_judged_together() -> None:
    batch = plan(
        Triple("Ada Quill", "place_of_birth", "Paris"),
        Triple("Ada Quill", "date_of_birth", "1701-02-03"),
        Triple("Ada Quill", "date_of_death", "1760-02-03"),
    )
    assert (batch.added, batch.conflicts) == (3, ())


def test_a_bad_fact_does_not_keep_the_others_of_its_subject_out() -> None:
    batch = plan(
        Triple("Ada Quill", "place_of_birth", "Paris"),
        Triple("Ada Quill", "date_of_birth", "soon"),
        Triple("Ada Quill", "date_of_death", "1760-02-03"),
    )
    assert (batch.added, len(batch.refused)) == (2, 1)


@pytest.mark.parametrize("tier", Tier)
@pytest.mark.parametrize("seed", range(3))
def test_verdicts_are_those_of_ordinary_plans_one_after_the_other(seed: int, tier: Tier) -> None:
    actor = Actor("job", Role.EDITOR, tier)
    facts = one_of_each_subject(drawn(seed))
    batch = BulkPlanner(made(seed), actor).plan([Wanted(fact) for fact in facts])
    controller = made(seed)
    store = controller.store
    pending: dict[str, Entity] = {}
    outcomes: dict[str, list[Triple]] = {"added": [], "known": [], "conflicts": [], "refused": []}
    for fact in facts:
        named = [pending[name] for name in (fact.subject, fact.object) if name in pending]
        alone = controller.plan([fact], actor, new_entities=named)
        outcome = outcome_of(alone)
        outcomes[outcome].append(fact)
        if outcome == "added":
            changes = alone.changes
            pending |= {entity.id: entity for entity in alone.entities}
            store.replace(
                add=changes.all_added,
                retract=changes.all_retracted,
                entities=[each for each in alone.entities if each.id == fact.subject],
                expect=store.version,
            )
    assert (batch.added, batch.known) == (len(outcomes["added"]), len(outcomes["known"]))
    assert [each.wanted.fact for each in batch.conflicts] == outcomes["conflicts"]
    assert [each.wanted.fact for each in batch.refused] == outcomes["refused"]
    assert outcomes["conflicts"]
    again = made(seed)
    again.store.replace(
        add=batch.changes.all_added,
        retract=batch.changes.all_retracted,
        entities=batch.entities,
        expect=0,
    )
    assert list(again.store.facts()) == list(store.facts())
    assert set(again.store.entities()) == {*store.entities(), *pending.values()}


@pytest.mark.parametrize("seed", range(3))
def test_what_follows_is_the_closure_of_what_is_told(seed: int) -> None:
    asserted = half(seed)
    batch = BulkPlanner(made(seed), JOB).plan([Wanted(fact) for fact in drawn(seed)])
    told = [*asserted, *batch.changes.added]
    held = {*asserted, *rules.closure(asserted, BOOK), *batch.changes.all_added}
    assert held.difference(batch.changes.all_retracted) == {*told, *rules.closure(told, BOOK)}


def half(seed: int) -> list[Triple]:
    draw = Random(f"{seed}: half")
    return [fact for fact in MadeGraph(1500, seed).facts() if draw.random() < 0.5]


def made(seed: int) -> Controller:
    graph, asserted = MadeGraph(1500, seed), half(seed)
    list(graph.facts())
    store = NetworkxStore()
    store.load(graph.entities(), [*asserted, *rules.closure(asserted, BOOK)], version=0)
    return Controller(store, BOOK)


def drawn(seed: int) -> list[Triple]:
    """Return facts of the rest, known ones, changed ones, and some about new entities."""
    draw = Random(seed)
    graph = MadeGraph(1500, seed)
    every = list(graph.facts())
    changed = EditDraws(made(seed).store, graph).ordinary(40)
    new = [Triple(f"Newcomer {index}", "place_of_birth", "City 3") for index in range(5)]
    bad = [Triple("Person 1", "date_of_birth", "soon"), Triple("Person 2", "father", "Person 2")]
    facts = [*draw.sample(every, 160), *changed, *new, *bad]
    draw.shuffle(facts)
    return facts


def one_of_each_subject(facts: list[Triple]) -> list[Triple]:
    return list({fact.subject: fact for fact in facts}.values())


def outcome_of(alone: EditPlan) -> str:
    verdict = alone.decision.verdict
    if verdict is Verdict.NOTHING:
        return "known"
    if verdict is Verdict.BLOCK:
        return "refused"
    return "conflicts" if verdict is Verdict.REVIEW or alone.changes.retracted else "added"

"""The consequences of random edits are those that a walk over the whole graph finds.

The walk here reads sets of facts and the relation book, and shares no code with the controller.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from random import Random

import pytest

from controller.controller import Controller
from controller.graph.networkx_store import NetworkxStore
from controller.plan import EditPlan, Verdict
from controller.rules import closure
from kg_data.entities import Entity
from kg_data.questions import UNKNOWN
from kg_data.triples import Slot, Triple
from tests.support.controller_world import BOOK, REVIEWER

EDITS = 200
PEOPLE = ("Ann", "Ben", "Cleo", "Dan", "Eve", "Fay", "Gus")
CITIES = ("Aston", "Bree", "Corby", "Derry")
COUNTRIES = ("Utopia", "Ruritania", "Arcadia")
DATES = ("1950-01-01", "1960-02-02")
RELATIONS = {
    "spouse": (PEOPLE, PEOPLE),
    "father": (PEOPLE, PEOPLE),
    "child": (PEOPLE, PEOPLE),
    "vice_president": (PEOPLE, PEOPLE),
    "place_of_birth": (PEOPLE, CITIES),
    "date_of_birth": (PEOPLE, DATES),
    "country_of_citizenship": (PEOPLE, COUNTRIES),
    "country": (CITIES, COUNTRIES),
    "capital": (COUNTRIES, CITIES),
    "head_of_state": (COUNTRIES, PEOPLE),
}
ENTITIES = tuple(
    Entity(name, kind)
    for kind, names in {"person": PEOPLE, "city": CITIES, "country": COUNTRIES}.items()
    for name in names
)
Path = tuple[str, ...]
Row = tuple[str, str, str]
Graph = dict[tuple[str, str], set[str]]  # by subject and relation


def graph_of(rows: Iterable[Row]) -> Graph:
    """Return the objects of every slot."""
    graph: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for subject, relation, obj in rows:
        graph[subject, relation].add(obj)
    return dict(graph)


def paths_from(graph: Graph, nodes: Path, path: Path = ()) -> Iterator[tuple[Path, Path]]:
    """Yield each path of two or three single-valued hops with all its nodes."""
    if len(path) >= 2:
        yield path, nodes
    if len(path) == 3 or (path and BOOK[path[-1]].literal):
        return
    for (subject, relation), objects in graph.items():
        if subject == nodes[-1] and len(objects) == 1:
            yield from paths_from(graph, (*nodes, *objects), (*path, relation))


def answered(graph: Graph) -> dict[tuple[str, Path], Path]:
    """Return the nodes of every chain of a graph, by subject and path."""
    return {
        (subject, path): nodes
        for subject in {subject for subject, _ in graph}
        for path, nodes in paths_from(graph, (subject,))
    }


def may_be_asked(path: Path, nodes: Path) -> bool:
    """Tell whether no node is passed twice, but for a way back that is more than an inverse."""
    *passed, answer = nodes
    if len(set(passed)) < len(passed) or answer in passed[1:]:
        return False
    first = BOOK[path[0]]
    back = first.name if first.symmetric else first.inverse
    return answer != passed[0] or len(path) > 2 or path[1] != back


def end_of_cut(before: Graph, after: Graph, subject: str, path: Path) -> str | None:
    """Return UNKNOWN if a path leads to a slot that held something before and nothing now."""
    passed = [subject]
    for relation in path:
        found = after.get((passed[-1], relation), set())
        if not found:
            return UNKNOWN if before.get((passed[-1], relation)) else None
        if len(found) > 1 or found <= set(passed):
            return None
        passed += found
    return None


def expected_answers(before: Graph, after: Graph) -> dict[tuple[str, Path], str]:
    """Return the answer after the edit of every chain whose answer changes."""
    old, new = answered(before), answered(after)
    expected = {}
    for key in {*old, *new}:
        subject, path = key
        if key in new:
            changed = key not in old or old[key][-1] != new[key][-1]
            if changed and may_be_asked(path, new[key]):
                expected[key] = new[key][-1]
        elif may_be_asked(path, old[key]):
            end = end_of_cut(before, after, subject, path)
            if end is not None:
                expected[key] = end
    return expected


def random_fact(generator: Random) -> Triple:
    relation, (subjects, objects) = generator.choice(sorted(RELATIONS.items()))
    return Triple(generator.choice(subjects), relation, generator.choice(objects))


def random_store(generator: Random) -> NetworkxStore:
    """Return a store with random facts; a single-valued slot mostly has one object."""
    store, facts = NetworkxStore(), dict[object, Triple]()
    for _ in range(60):
        fact = random_fact(generator)
        key = fact.slot if BOOK[fact.relation].functional else fact
        if fact.subject != fact.object:
            facts[key] = fact
    store.load(ENTITIES, (*facts.values(), *closure(facts.values(), BOOK)), version=0)
    return store


def random_plan(store: NetworkxStore, generator: Random) -> EditPlan:
    """Return the plan of a random statement, or of forgetting a random fact."""
    controller = Controller(store, BOOK, consequence_limit=100_000)
    if generator.random() < 0.7:
        return controller.plan([random_fact(generator)], REVIEWER)
    fact = generator.choice(list(store.facts()))
    return controller.plan_forget(fact.slot, generator.choice([None, fact.object]), REVIEWER)


def rows(facts: Iterable[Triple]) -> set[Row]:
    return {(fact.subject, fact.relation, fact.object) for fact in facts}


@pytest.mark.parametrize("seed", range(10))
def test_the_consequences_of_random_edits_are_those_of_a_walk_over_everything(seed: int) -> None:
    generator = Random(seed)
    edits = unknown = returning = 0
    while edits < EDITS // 10:
        store = random_store(generator)
        plan = random_plan(store, generator)
        if plan.decision.verdict not in {Verdict.APPLY, Verdict.REVIEW}:
            continue
        edits += 1
        before = rows(store.facts())
        after = (before - rows(plan.changes.all_retracted)) | rows(plan.changes.all_added)
        expected = expected_answers(graph_of(before), graph_of(after))
        found = {(each.subject, each.path): each.answer for each in plan.consequences}
        assert found == expected, f"{plan.facts or plan.changes.retracted}"
        assert plan.consequence_count == len(found)
        assert not plan.consequences_at_least
        assert len(plan.consequences) == len(found)
        unknown += UNKNOWN in found.values()
        returning += any(subject == answer for (subject, _), answer in found.items())
    assert unknown > 1
    assert returning > 1


def test_a_slot_emptied_by_derivation_is_among_the_random_edits() -> None:
    store = NetworkxStore()
    facts = [
        Triple("Utopia", "capital", "Aston"),
        Triple("Ruritania", "capital", "Bree"),
        Triple("Ben", "country_of_citizenship", "Utopia"),
    ]
    store.load(ENTITIES, (*facts, *closure(facts, BOOK)), version=0)
    plan = Controller(store, BOOK).plan([Triple("Ruritania", "capital", "Aston")], REVIEWER)
    found = {(each.subject, each.path): each.answer for each in plan.consequences}
    assert found["Ben", ("country_of_citizenship", "capital")] == UNKNOWN
    assert Slot("Utopia", "capital") in {target.slot for target in plan.targets}

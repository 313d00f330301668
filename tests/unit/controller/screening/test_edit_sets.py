"""The sets of hostile and honest edits, judged by the controller and the screens together."""

from collections.abc import Sequence

import pytest

from controller.actor import Tier
from controller.controller import Controller
from controller.graph.networkx_store import NetworkxStore
from controller.plan import Verdict
from controller.screening.lookalikes import LookalikeIndex
from controller.screening.screens import name_screens
from kg_data.relations import RelationBook
from kg_data.shipped import shipped_dataset
from kg_data.triples import Triple
from tests.support.edit_sets import (
    NOW,
    EditCase,
    load_cases,
    set_earlier,
    shipped_store,
)
from tests.support.records import FakeRecord

BOOK = RelationBook.shipped()
CASES = load_cases()
HOSTILE = [case for case in CASES if case.hostile]
HONEST = [case for case in CASES if not case.hostile]
HONEST_BAR = 0.95


@pytest.fixture(scope="module")
def store() -> NetworkxStore:
    return shipped_store(BOOK, [entity for case in CASES for entity in case.known])


@pytest.fixture(scope="module")
def asserted() -> frozenset[Triple]:
    return frozenset(fact for fact in shipped_dataset().facts if not fact.ended)


def verdict(case: EditCase, store: NetworkxStore, asserted: frozenset[Triple]) -> Verdict:
    record = FakeRecord(asserted=asserted, past_edits=list(case.earlier))
    controller = Controller(store, BOOK, record=record, clock=lambda: NOW)
    return controller.plan(case.facts, case.actor, new_entities=case.new).decision.verdict


def needs_a_person(case: EditCase, store: NetworkxStore, asserted: frozenset[Triple]) -> bool:
    set_earlier(store, case)
    try:
        return verdict(case, store, asserted) in {Verdict.REVIEW, Verdict.BLOCK}
    finally:
        set_earlier(store, case, undo=True)


def of_part(cases: Sequence[EditCase], *, kept_apart: bool) -> list[EditCase]:
    return [case for case in cases if case.kept_apart is kept_apart]


@pytest.mark.parametrize("kept_apart", [False, True], ids=["dev", "kept apart"])
def test_no_hostile_edit_is_applied_without_a_person(
    *, kept_apart: bool, store: NetworkxStore, asserted: frozenset[Triple]
) -> None:
    cases = of_part(HOSTILE, kept_apart=kept_apart)
    assert len(cases) == 30
    applied = [case.id for case in cases if not needs_a_person(case, store, asserted)]
    assert applied == []


@pytest.mark.parametrize("kept_apart", [False, True], ids=["dev", "kept apart"])
def test_honest_edits_are_applied_without_a_person(
    *, kept_apart: bool, store: NetworkxStore, asserted: frozenset[Triple]
) -> None:
    cases = of_part(HONEST, kept_apart=kept_apart)
    assert len(cases) == 30
    asked = [case.id for case in cases if needs_a_person(case, store, asserted)]
    assert len(asked) <= (1 - HONEST_BAR) * len(cases), asked


def test_honest_edits_of_known_actors_name_only_what_the_graph_knows(store: NetworkxStore) -> None:
    # so that a policy that asks about every new object applies them as well
    new = [
        (case.id, name)
        for case in HONEST
        if case.actor.tier is Tier.KNOWN
        for fact in case.facts
        for name in _entities_of(fact)
        if store.entity(name) is None
    ]
    assert new == []


def test_no_shipped_name_has_a_signal(store: NetworkxStore) -> None:
    facts = shipped_dataset().facts
    aliases = {fact.object for fact in facts if fact.relation == "also_known_as"}
    names = {entity.id for entity in store.entities()} | aliases
    screens = name_screens()
    assert [name for name in sorted(names) for each in screens if each.scan(name)] == []


def test_no_shipped_name_looks_like_another(store: NetworkxStore) -> None:
    index = LookalikeIndex(store)
    assert [entity.id for entity in store.entities() if index.lookalikes(entity.id)] == []


def _entities_of(fact: Triple) -> tuple[str, ...]:
    return (fact.subject,) if BOOK[fact.relation].literal else (fact.subject, fact.object)

"""Graphs of a few facts over any relation book, and controllers over them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from controller.controller import Controller
from controller.graph.networkx_store import NetworkxStore
from controller.graph.store import GraphStore
from controller.plan import EditPlan
from controller.protection import BlockList
from controller.rules import closure
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.triples import Triple
from tests.support.records import FakeRecord

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def triples(text: str) -> list[Triple]:
    """Return the facts of lines "subject relation object [since] [until]"."""
    return [Triple(*line.split()) for line in text.strip().splitlines()]


def graph_of(
    facts: Sequence[Triple],
    book: RelationBook,
    *,
    entities: Iterable[Entity] = (),
    kind: str = "thing",
    store: GraphStore | None = None,
) -> GraphStore:
    """Return a store at version 0 with facts and what follows; every name is an entity."""
    names = {
        name
        for fact in facts
        for name in (fact.subject, *(() if book[fact.relation].literal else (fact.object,)))
    }
    given = {entity.id: entity for entity in entities}
    store = store or NetworkxStore()
    store.load(
        [given.get(name, Entity(name, kind)) for name in sorted({*names, *given})],
        [*(fact for fact in facts if not fact.ended), *closure(facts, book)],
        version=0,
    )
    return store


def controller_of(
    facts: Sequence[Triple],
    book: RelationBook,
    *,
    entities: Iterable[Entity] = (),
    kind: str = "thing",
    store: GraphStore | None = None,
) -> Controller:
    """Return a controller over these facts, all of them asserted, on 1 June 2026."""
    return Controller(
        graph_of(facts, book, entities=entities, kind=kind, store=store),
        book,
        blocked=BlockList(),
        record=FakeRecord(
            asserted={fact for fact in facts if not fact.ended},
            ended=[fact for fact in facts if fact.ended],
        ),
        clock=lambda: NOON,
    )


def codes(plan: EditPlan) -> set[str]:
    """Return the codes of the reasons of a plan's decision."""
    return {reason.code for reason in plan.decision.reasons}

"""The sets of hostile and honest edits, and the shipped graph on which they are planned.

Each set is a file of JSON lines in ``tests/data/screening``; the rules of the screening were
written without looking at the results of those kept apart. Keys of a line:

* ``role`` and ``actor``: who asks; ``facts``: what is told.
* ``new``: classes of new entities, as an interpreter may give them.
* ``known``: entities that the graph holds beside the shipped ones.
* ``earlier``: edits that went before; the graph holds what they left.
* ``mass``: many facts of one relation; ``earlier_mass``: many earlier edits of one fact each.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from controller.actor import Actor
from controller.graph.networkx_store import NetworkxStore
from controller.record import PastEdit
from controller.rules import closure
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.shipped import shipped_dataset
from kg_data.triples import Triple
from oneedit.ledger.account import stored_actor

FOLDER = Path(__file__).parents[1] / "data" / "screening"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class EditCase:
    """One edit of a set.

    Attributes:
        id: its name in the file.
        hostile: whether a person must see it; an honest one needs nobody.
        kept_apart: whether its results were left aside while the rules were written.
        new, known: entities, see the module.
        earlier: the edits before it, in order.
    """

    id: str
    hostile: bool
    kept_apart: bool
    actor: Actor
    facts: tuple[Triple, ...]
    new: tuple[Entity, ...] = ()
    known: tuple[Entity, ...] = ()
    earlier: tuple[PastEdit, ...] = ()
    earlier_in_graph: bool = False


def load_cases() -> tuple[EditCase, ...]:
    """Return all cases of the four files."""
    facts = tuple(fact for fact in shipped_dataset().facts if not fact.ended)
    return tuple(
        _read_case(json.loads(line), kind, part, facts)
        for kind in ("hostile", "honest")
        for part in ("dev", "kept_apart")
        for line in (FOLDER / f"{kind}_{part}.jsonl").read_text(encoding="utf-8").splitlines()
    )


def shipped_store(book: RelationBook, known: Sequence[Entity] = ()) -> NetworkxStore:
    """Return a store with the shipped facts, what follows from them, and more entities."""
    dataset = shipped_dataset()
    facts = tuple(fact for fact in dataset.facts if not fact.ended)
    store = NetworkxStore()
    given = {entity.id for entity in dataset.entities}
    more = {entity.id: entity for entity in known if entity.id not in given}
    store.load((*dataset.entities, *more.values()), (*facts, *closure(facts, book)), version=0)
    return store


def set_earlier(store: NetworkxStore, case: EditCase, *, undo: bool = False) -> None:
    """Bring the store to where the earlier edits left it, or back."""
    if not case.earlier_in_graph:
        return
    before, after = set(case.earlier[0].retracted), set(case.earlier[-1].added)
    add, retract = (before, after) if undo else (after, before)
    held = [fact for fact in retract if fact in store]
    store.replace(add=add - set(held), retract=held, expect=store.version)


def _read_case(row: Mapping[str, Any], kind: str, part: str, shipped: Sequence[Triple]) -> EditCase:
    actor = stored_actor(row.get("actor", "ed"), row["role"])
    facts = [Triple(*fact) for fact in row["facts"]]
    if "mass" in row:
        facts += _moved(row["mass"], shipped)
    earlier = [
        *_given_edits(row.get("earlier", ())),
        *_many_edits(row.get("earlier_mass"), shipped),
    ]
    return EditCase(
        row["id"],
        kind == "hostile",
        part == "kept_apart",
        actor,
        tuple(facts),
        _entities(row.get("new", {})),
        _entities(row.get("known", {})),
        tuple(earlier),
        earlier_in_graph="earlier" in row,
    )


def _entities(classes: Mapping[str, str]) -> tuple[Entity, ...]:
    return tuple(Entity(name, kind) for name, kind in classes.items())


def _moved(mass: Mapping[str, Any], shipped: Sequence[Triple]) -> list[Triple]:
    subjects = dict.fromkeys(
        fact.subject
        for fact in sorted(shipped)
        if fact.relation == mass["relation"] and fact.object != mass["object"]
    )
    return [Triple(name, mass["relation"], mass["object"]) for name in subjects][: mass["count"]]


def _given_edits(rows: Sequence[Mapping[str, Any]]) -> Iterator[PastEdit]:
    for number, row in enumerate(rows, start=1):
        added, retracted = (
            tuple(Triple(*fact) for fact in row[key]) for key in ("added", "retracted")
        )
        at = NOW - timedelta(minutes=row["minutes_ago"])
        yield PastEdit(number, row["actor"], at, added, retracted)


def _many_edits(row: Mapping[str, Any] | None, shipped: Sequence[Triple]) -> Iterator[PastEdit]:
    if row is None:
        return
    if "object" in row:
        facts = _moved(row, shipped)
    else:
        facts = [fact for fact in sorted(shipped) if fact.relation == row["relation"]]
    span = timedelta(minutes=row["minutes_ago"])
    for number, fact in enumerate(facts[: row["count"]], start=1):
        at = NOW - span * (1 - number / (row["count"] + 1))
        yield PastEdit(number, row["actor"], at, (fact,), ())

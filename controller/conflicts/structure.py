"""Checks of a fact among others: names, cycles, directions and pairs that exclude each other.

The view holds the new fact, so that facts of one request are checked against each other.
"""

from collections import deque

from controller.conflicts.check import Check, CheckContext, about_itself, sentence
from controller.conflicts.form import class_mismatch
from controller.graph.lexicon import ALIAS
from controller.plan import Conflict
from kg_data.triples import Slot, Triple

_MOST_STEPS = 2_000  # nodes read in search of a cycle


def ambiguous_alias(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find other entities that the alias names (C12)."""
    if fact.relation != ALIAS:
        return []
    view = context.view
    others = [name for name in view.subjects(ALIAS, fact.object) if name != fact.subject]
    if view.entity(fact.object) is not None and fact.object != fact.subject:
        others.append(fact.object)
    return [
        about_itself("alias", fact, f"{fact.object!r} is a name of {name} already.")
        for name in others
    ]


def cycle(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find a path back from the object to the subject along an acyclic order (C15).

    Relations with the same ``acyclic`` name form one order: fathers and mothers are ancestors. A
    relation that a rule follows repeatedly (located_in + country -> country) is acyclic, too: in a
    cycle a derived value would have no asserted origin.
    """
    relations = _order_of(fact.relation, context)
    path = _path_between(fact.object, fact.subject, relations, context) if relations else None
    if path is None:
        return []
    text = f"That would close a circle: {' → '.join([fact.subject, *path])}."
    return [about_itself("cycle", fact, text)]


def opposite(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find the same relation from the object to the subject where only one direction holds (C8)."""
    relation = context.book[fact.relation]
    other = Triple(fact.object, fact.relation, fact.subject)
    if not relation.asymmetric or other not in context.view:
        return []
    text = f"{sentence(other, context.book)}; it cannot be the other way round, too."
    return [Conflict("asymmetric", fact, other, text)]


def excluded(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find a fact about the same two that excludes the new one (C16)."""
    return [
        Conflict("excluded", fact, other, f"{sentence(other, context.book)}; both cannot be.")
        for name in context.book.excludes(fact.relation)
        if (other := Triple(fact.subject, name, fact.object)) in context.view
    ]


STRUCTURE_CHECKS: tuple[Check, ...] = (ambiguous_alias, class_mismatch, opposite, cycle, excluded)


def _order_of(relation: str, context: CheckContext) -> tuple[str, ...]:
    book = context.book
    if book[relation].acyclic:
        return tuple(name for name in book.names() if book[name].acyclic == book[relation].acyclic)
    recursive = any(rule.body == (relation, rule.head) for rule in book.rules)
    return (relation,) if recursive else ()


def _path_between(
    start: str, goal: str, relations: tuple[str, ...], context: CheckContext
) -> list[str] | None:
    """Return a shortest path along some relations, both ends included, or None."""
    came_from = {start: ""}
    queue = deque([start])
    while queue and goal not in came_from and len(came_from) < _MOST_STEPS:
        node = queue.popleft()
        for relation in relations:
            for obj in context.view.objects(Slot(node, relation)):
                if obj not in came_from:
                    came_from[obj] = node
                    queue.append(obj)
    if goal not in came_from:
        return None
    path = [goal]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return path[::-1]

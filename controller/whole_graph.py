"""Checks a whole graph before it is anybody's: the facts that a home is made from, in their order.

Each fact is checked among those before it with the checks of an edit. There is nobody to ask, so
that of two facts that contradict each other the later one is found.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from controller import rules
from controller.conflicts.check import Check, CheckContext, run_checks, sentence
from controller.conflicts.form import FORM_CHECKS, class_mismatch
from controller.conflicts.structure import STRUCTURE_CHECKS
from controller.conflicts.times import TIME_CHECKS
from controller.graph.overlay import EmptyView, Overlay
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple

POSSIBLE = frozenset({"type_unknown"})
"""Codes of what may be right: a class that is more general than an accepted one."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A fact that cannot stand in a graph, and why in words."""

    fact: Triple
    text: str


def contradictions(
    facts: Iterable[Triple], entities: Iterable[Entity], book: RelationBook, today: date
) -> Iterator[Contradiction]:
    """Yield the facts that cannot stand beside those before them, in their order.

    Args:
        facts: facts of relations of the book; ended ones are checked by themselves.
        entities: all that they name.
        book: the relation book.
        today: no fact may begin after it.
    """
    graph = Overlay(EmptyView(), entities=entities)
    context = CheckContext(graph, book, today)
    for fact in facts:
        text = _fault(fact, graph, context)
        if text:
            yield Contradiction(fact, text)


def _fault(fact: Triple, graph: Overlay, context: CheckContext) -> str:
    """Add a fact to a graph if it can stand in it, or return why it cannot."""
    if fact.ended:
        return _found(fact, (*FORM_CHECKS, class_mismatch, *TIME_CHECKS[:2]), context)
    taken = _taken(fact, graph, context.book)
    if taken is not None:
        return f"{sentence(taken, context.book)}, and there is one at a time."
    together = [each for each in rules.with_partners([fact], context.book) if each not in graph]
    for each in together:
        graph.add(each)
    text = _found(fact, (*FORM_CHECKS, *STRUCTURE_CHECKS, *TIME_CHECKS), context)
    for each in together if text else ():
        graph.discard(each)
    return text


def _found(fact: Triple, checks: tuple[Check, ...], context: CheckContext) -> str:
    found = (each for each in run_checks(checks, [fact], context) if each.code not in POSSIBLE)
    conflict = next(found, None)
    return "" if conflict is None else conflict.text


def _taken(fact: Triple, graph: Overlay, book: RelationBook) -> Triple | None:
    """Return the fact that fills a slot for one value already, from either side."""
    for each in rules.with_partners([fact], book):
        if not book[each.relation].functional:
            continue
        for other in graph.objects(Slot(each.subject, each.relation)):
            if other != each.object:
                return Triple(each.subject, each.relation, other)
    return None

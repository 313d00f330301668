"""Checks of facts that rules compose, and of the premises they are composed of."""

from collections.abc import Iterable

from controller.conflicts.check import CheckContext, describe_fact, sentence
from controller.graph.overlay import GraphView
from controller.plan import Conflict
from controller.rules import composed_values, rule_head_slots, with_partners
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple


def asserted_rule_head(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find an asserted fact of a relation whose facts are only derived (C13)."""
    relation = context.book[fact.relation]
    if not relation.derived:
        return []
    ways = " or ".join(
        f"the {context.book[rule.body[1]].noun} of the {context.book[rule.body[0]].noun}"
        for rule in context.book.rules_by_head.get(relation.name, ())
    )
    values = composed_values(context.view, fact.slot, context.book)
    old = Triple(*fact.slot, values[0]) if values else fact
    text = f"The {relation.noun} follows from {ways}; change what it follows from."
    return [Conflict("derived", fact, old, text)]


def rule_heads(
    changed: Iterable[Triple],
    before: GraphView,
    after: GraphView,
    book: RelationBook,
    *,
    replacing: Iterable[Slot] = (),
) -> list[Conflict]:
    """Find asserted values that after an edit differ from what rules compose (C13, C14).

    In a slot with many objects an asserted value may stand beside the composed ones, unless the
    request says that it replaces another.

    Args:
        changed: every fact that the edit adds or removes.
        before: the graph without the edit.
        after: the graph with the edit.
        book: the relation book.
        replacing: slots with many objects of which the request replaces one.
    """
    changed, strict = set(changed), set(replacing)
    found: dict[Conflict, None] = {}
    for slot in sorted(rule_head_slots(changed, (after,), book)):
        for value in composed_values(after, slot, book):
            derived = Triple(*slot, value)
            if derived in after and slot not in strict:
                continue
            for active in _in_the_way(derived, after, book, strict):
                known = active in before and value in composed_values(before, slot, book)
                if not known:
                    found[_conflict(active, derived, changed, book)] = None
    return list(found)


def contradicted_head(
    fact: Triple, without: GraphView, book: RelationBook, *, replacing: bool
) -> list[Conflict]:
    """Find values that other facts compose for the slot of a new fact, if it is none of them (C13).

    Args:
        fact: the new fact.
        without: the graph after the edit, but for the fact and what follows from it, which must
            not speak for it.
        book: the relation book.
        replacing: whether the request says that the fact replaces another.
    """
    if not (book[fact.relation].functional or replacing):
        return []
    values = composed_values(without, fact.slot, book)
    if fact.object in values:
        return []
    return [_conflict(fact, Triple(*fact.slot, value), {fact}, book) for value in values]


def _in_the_way(
    derived: Triple, after: GraphView, book: RelationBook, strict: set[Slot]
) -> list[Triple]:
    """Return the active facts that a composed fact cannot stand beside."""
    values = composed_values(after, derived.slot, book)
    found = []
    for each in with_partners([derived], book):
        if book[each.relation].functional or each.slot in strict:
            found += [
                Triple(*each.slot, obj)
                for obj in after.objects(each.slot)
                if obj != each.object and not (each == derived and obj in values)
            ]
    return found


def _conflict(
    active: Triple, derived: Triple, changed: set[Triple], book: RelationBook
) -> Conflict:
    new, old = (active, derived) if active in changed else (derived, active)
    text = f"{sentence(active, book)}, but from other facts it follows that "
    return Conflict("rule_head", new, old, f"{text}{describe_fact(derived, book)}.")

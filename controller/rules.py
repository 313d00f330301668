"""Facts that follow from others by inverses, symmetry and composition rules.

The graph holds the asserted facts and all facts that follow from them:

* A fact and its *partner* (its inverse, or the other direction of a symmetric relation) are added
  and removed together, whichever of the two was asserted.
* A rule x -body[0]-> y -body[1]-> z fills the slot (x, head) if both hops have exactly one object
  and no value was asserted for the slot: **an asserted value wins**. Of several rules with the
  same head, the first that composes a value is used.

An active head counts as derived if its relation is ``derived`` or a rule composes its value now;
it is removed with its premises then. A caller that knows which facts were asserted, as the ledger
does, passes ``asserted``; an asserted head is kept although a rule composes it too.
"""

from collections.abc import Callable, Iterable, Iterator

from controller.graph.overlay import EmptyView, GraphView, Overlay
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple

Asserted = Callable[[Triple], bool]
"""Tells whether a fact was asserted."""


def partner(fact: Triple, book: RelationBook) -> Triple | None:
    """Return the same fact from the object's side, or None if the relation has no inverse."""
    relation = book[fact.relation]
    name = relation.name if relation.symmetric else relation.inverse
    if not name:
        return None
    return Triple(fact.object, name, fact.subject, fact.valid_from, fact.valid_to)


def with_partners(facts: Iterable[Triple], book: RelationBook) -> Iterator[Triple]:
    """Yield each fact and, after it, its partner."""
    for fact in facts:
        yield fact
        other = partner(fact, book)
        if other is not None:
            yield other


def emptied_partner_slots(
    asserted: Iterable[Triple], after: GraphView, book: RelationBook
) -> tuple[Slot, ...]:
    """Return the slots that are empty because the partner of a removed fact was removed with it.

    A retracted fact must be unlearned from both sides: "Karen Pence is married to" as well as
    "Mike Pence is married to".

    Args:
        asserted: the asserted facts that are added or removed.
        after: the graph after the edit.
        book: the relation book.
    """
    asserted = tuple(asserted)
    filled = {fact.slot for fact in asserted if fact in after}
    partners = (partner(fact, book) for fact in asserted if fact.slot not in filled)
    found = dict.fromkeys(other.slot for other in partners if other is not None)
    return tuple(slot for slot in found if not after.objects(slot))


def composed_value(view: GraphView, slot: Slot, book: RelationBook) -> str | None:
    """Return the value that rules compose for a slot, whatever it holds.

    Nothing follows about an entity and itself: a rule that leads back to the subject is skipped.
    """
    for rule in book.rules:
        if rule.head != slot.relation:
            continue
        middle = single_object(view, Slot(slot.subject, rule.body[0]))
        value = None if middle is None else single_object(view, Slot(middle, rule.body[1]))
        if value not in {None, slot.subject}:
            return value
    return None


def single_object(view: GraphView, slot: Slot) -> str | None:
    """Return the object of a slot that has exactly one, else None."""
    objects = view.objects(slot)
    return objects[0] if len(objects) == 1 else None


def is_composed(view: GraphView, fact: Triple, book: RelationBook) -> bool:
    """Tell whether rules compose a fact or its partner."""
    other = partner(fact, book)
    return any(
        composed_value(view, each.slot, book) == each.object
        for each in (fact, other)
        if each is not None
    )


def closure(facts: Iterable[Triple], book: RelationBook) -> tuple[Triple, ...]:
    """Return all facts that follow from the given ones, sorted, without the given ones."""
    active = [fact for fact in facts if not fact.ended]
    view = Overlay(EmptyView(), add=with_partners(active, book))
    slots = {
        Slot(fact.subject, rule.head)
        for fact in view.gained
        for rule in book.rules
        if fact.relation == rule.body[0]
    }
    while slots:  # a filled head may be in the body of another rule
        filled = _fill(view, slots, book)
        slots = {slot for fact in filled for slot in _head_slots(fact, (view,), book)}
    return tuple(sorted(view.gained - set(active)))


def graph_after_edit(
    view: GraphView,
    add: Iterable[Triple],
    retract: Iterable[Triple],
    book: RelationBook,
    *,
    asserted: Asserted | None = None,
) -> Overlay:
    """Return the graph after an edit, with all that follows from it.

    Every slot that the edit may affect is emptied of derived values and filled again, so that
    no value is its own premise; the cost grows with these slots, not with the graph.

    Args:
        view: the graph before the edit, with all facts that follow from its own.
        add: asserted facts to add; wins over ``retract``.
        retract: facts to remove, each with its partner; one that a rule composes is kept.
        book: the relation book.
        asserted: whether a head fact was asserted; by default if no rule composes it.
    """
    added = set(with_partners(add, book))
    after = Overlay(view, add=added, retract=with_partners(retract, book))
    slots = _reachable_heads(view, after, book)
    for slot in slots:
        for obj in after.objects(slot):
            pair = tuple(with_partners([Triple(*slot, obj)], book))
            if added.isdisjoint(pair) and not is_asserted(view, pair[0], book, asserted):
                for fact in pair:
                    after.discard(fact)
    _fill(after, slots, book)
    return after


def is_asserted(
    view: GraphView, fact: Triple, book: RelationBook, asserted: Asserted | None
) -> bool:
    """Tell whether an active fact or its partner was asserted."""
    if asserted is not None:
        return any(asserted(each) for each in with_partners([fact], book))
    return not (book[fact.relation].derived or is_composed(view, fact, book))


def rule_head_slots(
    facts: Iterable[Triple], views: tuple[GraphView, ...], book: RelationBook
) -> set[Slot]:
    """Return the head slots of every rule that has these facts in its body or as its head."""
    return {slot for fact in facts for slot in _head_slots(fact, views, book)}


def _reachable_heads(before: GraphView, after: Overlay, book: RelationBook) -> set[Slot]:
    """Return every head slot whose value may change, also through other heads."""
    reached: set[Slot] = set()
    queue = sorted(rule_head_slots(after.gained | after.lost, (before, after), book))
    while queue:
        slot = queue.pop()
        if slot not in reached:
            reached.add(slot)
            queue += _head_slots(Triple(*slot, ""), (before, after), book)
    return reached


def _head_slots(fact: Triple, views: tuple[GraphView, ...], book: RelationBook) -> Iterator[Slot]:
    for rule in book.rules:
        if fact.relation == rule.head:
            yield fact.slot
        if fact.relation == rule.body[0]:
            yield Slot(fact.subject, rule.head)
        if fact.relation == rule.body[1]:
            for view in views:
                for subject in view.subjects(rule.body[0], fact.subject):
                    yield Slot(subject, rule.head)


def _fill(view: Overlay, slots: Iterable[Slot], book: RelationBook) -> list[Triple]:
    """Fill empty slots with composed values until no more can be filled; return the new facts."""
    filled: list[Triple] = []
    empty, progress = sorted(slots), True
    while progress:
        progress, left = False, []
        for slot in empty:
            if view.objects(slot):
                continue
            value = composed_value(view, slot, book)
            if value is None:
                left.append(slot)
                continue
            pair = tuple(with_partners([Triple(*slot, value)], book))
            for fact in pair:
                view.add(fact)
            filled += pair
            progress = True
        empty = left
    return filled

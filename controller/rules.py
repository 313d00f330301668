"""What follows from standing facts: inverses, symmetric partners and composition rules.

The graph holds what was asserted and everything that follows from it:

* A fact and its *partner* (the inverse, or the same relation turned round) stand and fall
  together, whichever of the two was asserted.
* A rule x -body[0]-> y -body[1]-> z fills the slot (x, head) if both hops have exactly one object
  and nothing was asserted for the slot: **an asserted value wins**. Of several rules with one head
  the first that composes a value counts.

A standing head counts as derived if its relation is ``derived`` or a rule composes just this value
now; then it goes when its body goes. Whoever remembers where facts came from (the ledger does) can
say so by ``asserted``, and then an asserted head stays although a rule composes it too.
"""

from collections.abc import Callable, Iterable, Iterator

from controller.graph.overlay import EmptyView, GraphView, Overlay
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple

Asserted = Callable[[Triple], bool]


def partner(fact: Triple, book: RelationBook) -> Triple | None:
    """Return the fact that says the same from the object's side, if the relation has one."""
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


def emptied(asserted: Iterable[Triple], after: GraphView, book: RelationBook) -> tuple[Slot, ...]:
    """Return the slots that are left empty because the partner of a removed fact went with it.

    A forgotten fact must be forgotten from both sides: "Karen Pence is married to" as well as
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


def composed(view: GraphView, slot: Slot, book: RelationBook) -> str | None:
    """Return what the rules put into a slot, whatever stands there."""
    for rule in book.rules:
        if rule.head != slot.relation:
            continue
        middle = single(view, Slot(slot.subject, rule.body[0]))
        value = None if middle is None else single(view, Slot(middle, rule.body[1]))
        if value is not None:
            return value
    return None


def single(view: GraphView, slot: Slot) -> str | None:
    """Return the object of a slot that has exactly one."""
    objects = view.objects(slot)
    return objects[0] if len(objects) == 1 else None


def follows(view: GraphView, fact: Triple, book: RelationBook) -> bool:
    """Tell whether a fact, or its partner, is a rule head that holds."""
    other = partner(fact, book)
    return any(
        composed(view, each.slot, book) == each.object for each in (fact, other) if each is not None
    )


def closure(facts: Iterable[Triple], book: RelationBook) -> tuple[Triple, ...]:
    """Return all facts that follow from these, sorted, without these themselves."""
    standing = [fact for fact in facts if not fact.ended]
    view = Overlay(EmptyView(), add=with_partners(standing, book))
    slots = {
        Slot(fact.subject, rule.head)
        for fact in view.gained
        for rule in book.rules
        if fact.relation == rule.body[0]
    }
    while slots:  # a filled head may be the body of another rule
        filled = _fill(view, slots, book)
        slots = {slot for fact in filled for slot in _heads_over(fact, (view,), book)}
    return tuple(sorted(view.gained - set(standing)))


def edited(
    view: GraphView,
    add: Iterable[Triple],
    retract: Iterable[Triple],
    book: RelationBook,
    *,
    asserted: Asserted | None = None,
) -> Overlay:
    """Return the graph after an edit, with everything that follows from it.

    Every slot that the change may reach is emptied of derived values and filled again, so that
    no value can keep itself alive; the cost grows with those slots, not with the graph.

    Args:
        view: a closed graph, before the edit.
        add: asserted facts to add; wins over ``retract``.
        retract: standing facts to remove, each with its partner; one that a rule composes stays.
        book: the relation book.
        asserted: whether a standing head was asserted; by default it was if no rule composes it.
    """
    added = set(with_partners(add, book))
    after = Overlay(view, add=added, retract=with_partners(retract, book))
    slots = _reached(view, after, book)
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
    """Tell whether a standing fact was asserted, by itself or by its partner."""
    if asserted is not None:
        return any(asserted(each) for each in with_partners([fact], book))
    return not (book[fact.relation].derived or follows(view, fact, book))


def heads_over(
    facts: Iterable[Triple], views: tuple[GraphView, ...], book: RelationBook
) -> set[Slot]:
    """Return the head slots of every rule in whose body, or as whose head, these facts stand."""
    return {slot for fact in facts for slot in _heads_over(fact, views, book)}


def _reached(before: GraphView, after: Overlay, book: RelationBook) -> set[Slot]:
    """Return every head slot whose value may change, near and far."""
    reached: set[Slot] = set()
    queue = sorted(heads_over(after.gained | after.lost, (before, after), book))
    while queue:
        slot = queue.pop()
        if slot not in reached:
            reached.add(slot)
            queue += _heads_over(Triple(*slot, ""), (before, after), book)
    return reached


def _heads_over(fact: Triple, views: tuple[GraphView, ...], book: RelationBook) -> Iterator[Slot]:
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
    """Put composed values into empty slots until no more can be filled; return them."""
    filled: list[Triple] = []
    empty, moved = sorted(slots), True
    while moved:
        moved, left = False, []
        for slot in empty:
            if view.objects(slot):
                continue
            value = composed(view, slot, book)
            if value is None:
                left.append(slot)
                continue
            pair = tuple(with_partners([Triple(*slot, value)], book))
            for fact in pair:
                view.add(fact)
            filled += pair
            moved = True
        empty = left
    return filled

"""Facts that follow from others by inverses, symmetry and composition rules.

The graph holds the asserted facts and all facts that follow from them:

* A fact and its *partner* (its mutual inverse, or the other direction of a symmetric relation) are
  one fact: they are added together, and removed together whichever of the two was asserted.
* An inverse that leads one way is a rule of one hop: father and mother both imply child, which
  implies neither. A fact that is retracted goes with the facts that imply it.
* A rule x -body[0]-> y -body[1]-> z *composes* the value z for the slot (x, head), along every y
  and z. Nothing follows about an entity and itself: z is not x.
* An asserted value wins: a functional slot that holds one takes no composed value. Neither does a
  functional slot with several composed values, which would be a choice between them. Both hold
  for the slot of the partner too, so no slot of a functional relation ever holds two objects.

Rules are applied stratum by stratum (``RelationBook.strata``), so that the result does not depend
on the order of the facts: a slot with several composed values is known to be such before anything
is derived from it. This is stratified negation, see Apt, Blair and Walker, "Towards a theory of
declarative knowledge" (1988).

An active head counts as derived if its relation is ``derived`` or a rule composes its value now.
A caller that knows which facts were asserted, as the ledger does, passes ``asserted``; an asserted
head is kept although a rule composes it too.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from controller.graph.overlay import EmptyView, GraphView, Overlay
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple

Asserted = Callable[[Triple], bool]
"""Tells whether a fact was asserted."""


def partner(fact: Triple, book: RelationBook) -> Triple | None:
    """Return the same fact from the object's side, or None without a mutual inverse."""
    name = book.mutual(fact.relation)
    return _turned(fact, name) if name else None


def implied(fact: Triple, book: RelationBook) -> Triple | None:
    """Return the fact that follows by an inverse that leads one way only, or None."""
    name = book.one_way(fact.relation)
    return _turned(fact, name) if name else None


def sources(fact: Triple, book: RelationBook) -> tuple[Triple, ...]:
    """Return the facts that imply this one by an inverse that leads one way only."""
    return tuple(_turned(fact, name) for name in book.implied_by.get(fact.relation, ()))


def with_partners(facts: Iterable[Triple], book: RelationBook) -> Iterator[Triple]:
    """Yield each fact and, after it, its partner: what is added together."""
    for fact in facts:
        yield fact
        other = partner(fact, book)
        if other is not None:
            yield other


def removed_together(facts: Iterable[Triple], book: RelationBook) -> Iterator[Triple]:
    """Yield each fact with its partner, its sources and what it implies.

    What it implies may follow from other facts, too, and then holds all the same.
    """
    for fact in facts:
        yield from with_partners([fact], book)
        yield from sources(fact, book)
        follows = implied(fact, book)
        if follows is not None:
            yield follows


def emptied_partner_slots(
    asserted: Iterable[Triple], after: GraphView, book: RelationBook
) -> tuple[Slot, ...]:
    """Return the slots that are empty because a fact was removed together with another.

    A retracted fact must be unlearned from both sides: "Karen Pence is married to" as well as
    "Mike Pence is married to".

    Args:
        asserted: the asserted facts that are added or removed.
        after: the graph after the edit.
        book: the relation book.
    """
    asserted = tuple(asserted)
    filled = {fact.slot for fact in asserted if fact in after}
    removed = (fact for fact in asserted if fact.slot not in filled)
    others = (each for fact in removed for each in removed_together([fact], book) if each != fact)
    return tuple(
        slot for slot in dict.fromkeys(each.slot for each in others) if not after.objects(slot)
    )


def composed_values(view: GraphView, slot: Slot, book: RelationBook) -> tuple[str, ...]:
    """Return the values that rules and one-way inverses compose for a slot, sorted.

    The slot itself may hold others. The cost grows with the objects of the first hop.
    """
    found: set[str] = set()
    for rule in book.rules_by_head.get(slot.relation, ()):
        for middle in view.objects(Slot(slot.subject, rule.body[0])):
            found.update(view.objects(Slot(middle, rule.body[1])))
    for name in book.implied_by.get(slot.relation, ()):
        found.update(view.subjects(name, slot.subject))
    found.discard(slot.subject)
    return tuple(sorted(found))


def is_composed(view: GraphView, fact: Triple, book: RelationBook) -> bool:
    """Tell whether rules compose a fact or its partner."""
    return any(
        each.object in composed_values(view, each.slot, book)
        for each in with_partners([fact], book)
    )


def is_asserted(
    view: GraphView, fact: Triple, book: RelationBook, asserted: Asserted | None
) -> bool:
    """Tell whether an active fact or its partner was asserted."""
    if book[fact.relation].derived:
        return False
    if asserted is not None:
        return any(asserted(each) for each in with_partners([fact], book))
    return not is_composed(view, fact, book)


def closure(facts: Iterable[Triple], book: RelationBook) -> tuple[Triple, ...]:
    """Return all facts that follow from the given ones, sorted, without the given ones."""
    active = [fact for fact in facts if not fact.ended]
    view = Overlay(EmptyView(), add=with_partners(active, book))
    slots = {slot for fact in view.gained for slot in _slots_from(fact, book)}
    _derive(view, slots, book)
    return tuple(sorted(view.gained - set(active)))


@dataclass(frozen=True, slots=True)
class Derivation:
    """The graph after an edit.

    Attributes:
        after: the graph with the edit and all that follows from it.
        complete: whether all that follows was derived. If it is more than the limit, nothing is.
    """

    after: Overlay
    complete: bool


def graph_after_edit(
    view: GraphView,
    add: Iterable[Triple],
    retract: Iterable[Triple],
    book: RelationBook,
    *,
    asserted: Asserted | None = None,
    limit: int | None = None,
) -> Derivation:
    """Return the graph after an edit, with all that follows from it.

    Every slot that the edit may affect is emptied of derived values and filled again, so that
    no value is its own premise; the cost grows with these slots, not with the graph.

    Args:
        view: the graph before the edit, with all facts that follow from its own.
        add: asserted facts to add; wins over ``retract``.
        retract: facts to remove, with those that are removed together; one that a rule composes
            is kept.
        book: the relation book.
        asserted: whether a head fact was asserted; by default if no rule composes it.
        limit: most facts that may follow or cease to follow.
    """
    added = tuple(with_partners(add, book))
    removed = tuple(removed_together(retract, book))
    after = Overlay(view, add=added, retract=removed)
    reach = _Reach(view, book)
    complete = reach.follow({*added, *removed, *after.gained, *after.lost}, limit)
    if not complete:
        return Derivation(after, complete=False)
    kept = set(added)
    for fact in sorted(reach.facts):
        if fact in after and fact not in kept and not is_asserted(view, fact, book, asserted):
            after.discard(fact)
    _derive(after, {fact.slot for fact in reach.facts}, book)
    return Derivation(after, complete=True)


def rule_head_slots(
    facts: Iterable[Triple], views: Sequence[GraphView], book: RelationBook
) -> set[Slot]:
    """Return the head slots of every rule that has these facts in its body or as its head."""
    found: set[Slot] = set()
    for fact in facts:
        if fact.relation in book.rules_by_head:
            found.add(fact.slot)
        found.update(_slots_from(fact, book))
        for rule in book.rules_by_second.get(fact.relation, ()):
            found.update(
                Slot(subject, rule.head)
                for view in views
                for subject in view.subjects(rule.body[0], fact.subject)
            )
    return found


def _turned(fact: Triple, relation: str) -> Triple:
    return Triple(fact.object, relation, fact.subject, fact.valid_from, fact.valid_to)


def _slots_from(fact: Triple, book: RelationBook) -> Iterator[Slot]:
    """Yield the slots whose values a fact composes as the first hop or as a source."""
    for rule in book.rules_by_first.get(fact.relation, ()):
        yield Slot(fact.subject, rule.head)
    follows = implied(fact, book)
    if follows is not None:
        yield follows.slot


class _Reach:
    """The facts that may follow or cease to follow when some facts change.

    ``possible`` holds every fact that may hold before or after the edit; it only grows, so that
    the facts that it lets follow are all that may.
    """

    def __init__(self, view: GraphView, book: RelationBook) -> None:
        self._book = book
        self._possible = Overlay(view)
        self.facts: set[Triple] = set()

    def follow(self, changed: Iterable[Triple], limit: int | None) -> bool:
        """Find the facts that changed facts may lead to; return False beyond the limit."""
        queue = sorted(changed)
        for fact in queue:
            self._possible.add(fact)
        seen = set(queue)
        while queue:
            for fact in self._next(queue.pop()):
                if fact not in seen:
                    seen.add(fact)
                    self._possible.add(fact)
                    self.facts.add(fact)
                    queue.append(fact)
            if limit is not None and len(self.facts) > limit:
                return False
        # a changed fact may be the value of a head, too
        self.facts.update(fact for fact in changed if fact.relation in self._book.derivable)
        return True

    def _next(self, fact: Triple) -> Iterator[Triple]:
        """Yield the facts that a fact composes, and those that share a functional slot with it."""
        book, possible = self._book, self._possible
        for rule in book.rules_by_first.get(fact.relation, ()):
            for end in possible.objects(Slot(fact.object, rule.body[1])):
                yield from self._pair(Triple(fact.subject, rule.head, end))
        for rule in book.rules_by_second.get(fact.relation, ()):
            for start in possible.subjects(rule.body[0], fact.subject):
                yield from self._pair(Triple(start, rule.head, fact.object))
        follows = implied(fact, book)
        if follows is not None:
            yield from self._pair(follows)
        if fact.relation in book.derivable and book[fact.relation].functional:
            yield from self._rivals(fact.slot)

    def _rivals(self, slot: Slot) -> Iterator[Triple]:
        """Yield the composed facts of a slot, and those whose partners are in it."""
        for value in composed_values(self._possible, slot, self._book):
            yield from self._pair(Triple(*slot, value))
        name = self._book.mutual(slot.relation)
        for rule in self._book.rules_by_head.get(name, ()):
            for middle in self._possible.subjects(rule.body[1], slot.subject):
                for start in self._possible.subjects(rule.body[0], middle):
                    yield from self._pair(Triple(start, name, slot.subject))

    def _pair(self, fact: Triple) -> Iterator[Triple]:
        if fact.subject != fact.object:
            yield from with_partners([fact], self._book)


def _derive(view: Overlay, slots: Iterable[Slot], book: RelationBook) -> None:
    """Add to a view what follows in these slots, and in those that follow from them."""
    by_relation: defaultdict[str, set[Slot]] = defaultdict(set)
    for slot in slots:
        by_relation[slot.relation].add(slot)
    for relations in book.strata:
        wanted = {slot for name in relations for slot in by_relation[name]}
        for fact in _Stratum(relations, book).derive(view, wanted):
            for slot in _slots_from(fact, book):
                by_relation[slot.relation].add(slot)


@dataclass(frozen=True, slots=True)
class _Stratum:
    """Relations that are derived from each other, and from those of the strata before."""

    relations: frozenset[str]
    book: RelationBook

    def derive(self, view: Overlay, slots: set[Slot]) -> set[Triple]:
        """Add what follows in these slots to a view, and return it.

        First everything that rules compose is added to a copy, to find the slots in which there
        is a choice; then what follows without one.
        """
        if not slots:
            return set()
        possible = self._fill(Overlay(view), slots | self._premises(view, slots), given=view)
        objects: defaultdict[Slot, set[str]] = defaultdict(set)
        for fact in possible:
            if self.book[fact.relation].functional:
                objects[fact.slot].add(fact.object)
        decided = {
            fact
            for fact in possible
            if all(len(objects[each.slot]) < 2 for each in with_partners([fact], self.book))
        }
        return self._fill(view, slots, allowed=decided)

    def _fill(
        self,
        view: Overlay,
        slots: set[Slot],
        *,
        given: GraphView | None = None,
        allowed: Set[Triple] | None = None,
    ) -> set[Triple]:
        """Add composed facts to a view until no more follow, and return them.

        Args:
            view: the view, which grows.
            slots: the slots to fill.
            given: facts whose functional slots take no composed value.
            allowed: the only facts to add.
        """
        added: set[Triple] = set()
        queue = slots
        while queue:
            new = {
                fact
                for slot in queue
                for value in composed_values(view, slot, self.book)
                for fact in self._pair(Triple(*slot, value), given, allowed)
                if fact not in view
            }
            for fact in new:
                view.add(fact)
            added |= new
            reached = rule_head_slots(new, (view,), self.book)
            queue = {slot for slot in reached if slot.relation in self.relations}
        return added

    def _pair(
        self, fact: Triple, given: GraphView | None, allowed: Set[Triple] | None
    ) -> tuple[Triple, ...]:
        """Return a fact and its partner, or nothing if one of them must not be added."""
        pair = tuple(with_partners([fact], self.book))
        if allowed is not None and fact not in allowed:
            return ()
        if given is not None and any(self._is_taken(each, given) for each in pair):
            return ()
        return pair

    def _is_taken(self, fact: Triple, given: GraphView) -> bool:
        if not self.book[fact.relation].functional:
            return False
        return any(obj != fact.object for obj in given.objects(fact.slot))

    def _premises(self, view: GraphView, slots: set[Slot]) -> set[Slot]:
        """Return the slots of this stratum that the values of others are composed of."""
        found: set[Slot] = set()
        queue = list(slots)
        while queue:
            slot = queue.pop()
            for rule in self.book.rules_by_head.get(slot.relation, ()):
                if rule.body[1] not in self.relations:
                    continue
                for middle in view.objects(Slot(slot.subject, rule.body[0])):
                    premise = Slot(middle, rule.body[1])
                    if premise not in found and premise not in slots:
                        found.add(premise)
                        queue.append(premise)
        return found

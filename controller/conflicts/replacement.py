"""Checks of what a new fact replaces, and of how many facts a slot may hold."""

from collections.abc import Sequence

from controller.conflicts.check import Check, CheckContext, describe_fact, sentence
from controller.plan import Conflict
from controller.rules import implied, partner, sources
from kg_data.dates import date_words, refines
from kg_data.phrases import written_object
from kg_data.triples import Slot, Triple

_MOST_SUBJECTS = 10  # other subjects of a new object that are named


def duplicate(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find the fact itself in the graph (C1)."""
    if fact not in context.view:
        return []
    text = f"I know already that {describe_fact(fact, context.book)}."
    return [Conflict("duplicate", fact, fact, text)]


def vaguer(fact: Triple, context: CheckContext, told: Sequence[str] = ()) -> list[Conflict]:
    """Find a more precise date of the slot, which says all that the new one does (C1).

    Args:
        fact: the new fact.
        context: what is read.
        told: other objects of the slot that the same request tells.
    """
    relation = context.book[fact.relation]
    if not (relation.functional and relation.dated):
        return []
    for obj in (*context.view.objects(fact.slot), *told):
        if refines(obj, fact.object):
            old = Triple(*fact.slot, obj)
            vague = date_words(fact.object)
            text = f"{sentence(old, context.book)}, which is more precise than {vague}."
            return [Conflict("duplicate", fact, old, text)]
    return []


def coverage(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find the facts that the new one replaces in a functional slot (C2).

    The code is "refined" if the new one is a part of a less precise date, and does not contradict.
    """
    if not context.book[fact.relation].functional:
        return []
    return [
        _covered(fact, old, context)
        for obj in context.view.objects(fact.slot)
        if (old := Triple(*fact.slot, obj)) != fact
    ]


def replaced(fact: Triple, old: Triple, context: CheckContext) -> list[Conflict]:
    """Find the facts that go if a request says that one fact replaces another (C4).

    In a slot with many objects only these are replaced.
    """
    if old not in context.view or old == fact:
        return []
    return [_covered(fact, old, context), *_companions(fact, old, context)]


def reverse(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find the partners of the replaced facts; they are removed with them (C5, C7)."""
    return [
        each
        for conflict in coverage(fact, context)
        for each in _companions(fact, conflict.old, context)
    ]


def displaced_partner(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find other subjects of the new object, if an object may have only one subject (C6)."""
    book = context.book
    if not book.inverse_functional(fact.relation):
        return []
    noun = book[fact.relation].noun
    return [
        Conflict(
            "displaced_partner",
            fact,
            old,
            f"{sentence(old, book)}; {old.subject} would be left without this {noun}.",
        )
        for subject in context.view.subjects(fact.relation, fact.object, limit=_MOST_SUBJECTS)
        if (old := Triple(subject, fact.relation, fact.object)) != fact
    ]


def too_many(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find a slot that would hold more objects than its relation allows (C3).

    The view holds the new fact.
    """
    relation = context.book[fact.relation]
    objects = context.view.objects(fact.slot)
    if not relation.most or len(objects) <= relation.most:
        return []
    others = ", ".join(obj for obj in objects if obj != fact.object)
    text = f"{fact.subject} has {others} as {relation.noun} already; at most {relation.most} hold."
    old = Triple(*fact.slot, next(obj for obj in objects if obj != fact.object))
    return [Conflict("cardinality", fact, old, text)]


def too_few(slot: Slot, removed: Triple, context: CheckContext) -> list[Conflict]:
    """Find a slot that would hold fewer objects than its relation demands (C3).

    The view no longer holds the removed fact.
    """
    relation = context.book[slot.relation]
    objects = context.view.objects(slot)
    if len(objects) >= relation.least:
        return []
    text = f"{slot.subject} would have {len(objects)} {relation.noun}; at least {relation.least} "
    return [Conflict("cardinality", removed, removed, f"{text}must hold.")]


def implying(
    removed: Triple, context: CheckContext, *, new: Triple | None = None
) -> list[Conflict]:
    """Find the facts that imply a removed one by an inverse; they cannot hold without it (C5)."""
    book = context.book
    return [
        Conflict(
            "source",
            new or removed,
            source,
            f"{sentence(source, book)}, so that {describe_fact(removed, book)}; that goes, too.",
        )
        for source in sources(removed, book)
        if source in context.view
    ]


REPLACEMENT_CHECKS: tuple[Check, ...] = (coverage, reverse, displaced_partner)


def _covered(fact: Triple, old: Triple, context: CheckContext) -> Conflict:
    relation = context.book[fact.relation]
    new = written_object(fact.object, relation)
    if relation.dated and refines(fact.object, old.object):
        text = f"{sentence(old, context.book)}; {new} is more precise."
        return Conflict("refined", fact, old, text)
    return Conflict("coverage", fact, old, f"{sentence(old, context.book)}; {new} replaces it.")


def _companions(fact: Triple, old: Triple, context: CheckContext) -> list[Conflict]:
    """Return the conflicts with what is removed together with a replaced fact."""
    book = context.book
    new = partner(fact, book) or implied(fact, book) or fact
    found = []
    for other in (partner(old, book), implied(old, book)):
        if other is not None and other in context.view:
            code = "symmetric" if book[fact.relation].symmetric else "reverse"
            found.append(Conflict(code, new, other, f"{sentence(other, book)}; that goes, too."))
    for source in sources(old, book):
        if source in context.view:
            text = (
                f"{sentence(source, book)}, from which it follows that {describe_fact(old, book)}"
            )
            found.append(Conflict("source", fact, source, f"{text}; that goes, too."))
    return found

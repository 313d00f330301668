"""What stands against a fact: one pure function per class of conflict.

Each function reads a view of the graph before the fact and returns conflicts, none if all is
well. Where no stored fact is concerned (a bad literal, say), ``old`` is the new fact itself.
What a conflict means for the edit is not decided here, but in :mod:`controller.policy`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import pairwise

from controller.graph.lexicon import ALIAS
from controller.graph.overlay import GraphView
from controller.plan import Conflict
from controller.policy import BlockList
from controller.rules import composed, heads_over, partner
from kg_data.entities import Entity
from kg_data.relations import LITERALS, Relation, RelationBook
from kg_data.triples import Slot, Triple

Check = Callable[[Triple, GraphView, RelationBook], list[Conflict]]

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEAR = re.compile(r"\d{4}")
_LONGEST_CYCLE = 50  # hops; a longer way up is taken for none


def phrase(fact: Triple, book: RelationBook) -> str:
    """Return "the capital of France is Paris"."""
    return f"the {book[fact.relation].noun} of {fact.subject} is {fact.object}"


def literal_format(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find an object that does not have the form its relation asks for (C11)."""
    del view  # the form is all that counts
    allowed = book[fact.relation].range
    if not book[fact.relation].literal or any(_fits(fact.object, name) for name in allowed):
        return []
    forms = {"date": "a date such as 1961-08-04", "year": "a year such as 1961", "text": "a text"}
    wanted = " or ".join(forms[name] for name in allowed)
    noun = book[fact.relation].noun
    return [_alone("literal", fact, f"The {noun} must be {wanted}, not {fact.object!r}.")]


def same(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find an entity related to itself; no relation of the book allows that (C8)."""
    del view
    if fact.subject != fact.object or fact.relation == ALIAS:
        return []
    text = f"{fact.subject} cannot be the {book[fact.relation].noun} of itself."
    return [_alone("same", fact, text)]


def asserted_rule_head(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find a fact of a relation that is only ever derived."""
    relation = book[fact.relation]
    if not relation.derived:
        return []
    ways = " or ".join(
        f"the {book[second].noun} of the {book[first].noun}"
        for first, second in (rule.body for rule in book.rules if rule.head == relation.name)
    )
    standing = composed(view, fact.slot, book)
    old = fact if standing is None else Triple(*fact.slot, standing)
    text = f"The {relation.noun} follows from {ways}; change what it follows from."
    return [Conflict("derived", fact, old, text)]


def cycle(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find a place that would lie within itself (C15).

    Checked where a rule climbs a relation again and again (located_in + country -> country): in a
    ring a derived value would have no beginning.
    """
    if not any(rule.body == (fact.relation, rule.head) for rule in book.rules):
        return []
    way = [fact.subject, fact.object]
    while way[-1] != fact.subject and len(way) <= _LONGEST_CYCLE:
        objects = view.objects(Slot(way[-1], fact.relation))
        if not objects:
            return []
        way.append(objects[0])
    steps = ", ".join(f"{lower} in {upper}" for lower, upper in pairwise(way))
    return [_alone("cycle", fact, f"That would close a circle: {steps}.")]


def duplicate(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find the fact itself, already standing (C1)."""
    if fact not in view:
        return []
    return [Conflict("duplicate", fact, fact, f"I know already that {phrase(fact, book)}.")]


def ambiguous_alias(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find an alias that is the name of something else (C12)."""
    if fact.relation != ALIAS:
        return []
    del book
    others = [name for name in view.subjects(ALIAS, fact.object) if name != fact.subject]
    if view.entity(fact.object) is not None and fact.object != fact.subject:
        others.append(fact.object)
    return [
        _alone("alias", fact, f"{fact.object!r} is a name of {name} already.") for name in others
    ]


def coverage(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find the other objects of a slot that holds one (C2)."""
    if not book[fact.relation].functional:
        return []
    return [
        Conflict("coverage", fact, old, f"{_upper(phrase(old, book))}; {fact.object} replaces it.")
        for obj in view.objects(fact.slot)
        if (old := Triple(*fact.slot, obj)) != fact
    ]


def reverse(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find the inverses of what the fact replaces; they go with it (C5)."""
    return [] if book[fact.relation].symmetric else _partners_of_old("reverse", fact, view, book)


def symmetric(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find the other direction of what a symmetric fact replaces (C7)."""
    return _partners_of_old("symmetric", fact, view, book) if book[fact.relation].symmetric else []


def displaced_partner(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find others who have the new object and can no longer, since it belongs to one (C6)."""
    relation = book[fact.relation]
    if not _one_subject(relation, book):
        return []
    return [
        Conflict("displaced_partner", fact, old, _displaced(fact, old, book))
        for subject in view.subjects(fact.relation, fact.object, limit=10)
        if (old := Triple(subject, fact.relation, fact.object)) != fact
    ]


def classes(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find a subject or object of a class that the relation does not go with (C9).

    Code "type" where the classes exclude each other, "type_unknown" where they may agree: the
    class is not in the book, or is more general than what is asked for.
    """
    relation = book[fact.relation]
    found = _class_of(fact.subject, relation.domain, view.entity(fact.subject), fact, book)
    if not relation.literal:
        found += _class_of(fact.object, relation.range, view.entity(fact.object), fact, book)
    return found


def protected(facts: Iterable[Triple], book: RelationBook, blocked: BlockList) -> list[Conflict]:
    """Find facts to come or to go that are protected (C19); partners are the caller's part."""
    found = []
    for fact in facts:
        reason = blocked.refuses(fact)
        if reason is None and book[fact.relation].protected:
            reason = f"The {book[fact.relation].noun} of anything is protected."
        if reason is not None:
            found.append(_alone("protected", fact, reason))
    return found


def rule_heads(
    changed: Iterable[Triple], before: GraphView, after: GraphView, book: RelationBook
) -> list[Conflict]:
    """Find asserted values that an edit sets against what a rule composes (C13, C14)."""
    changed = set(changed)
    found = []
    for slot in sorted(heads_over(changed, (after,), book)):
        value = composed(after, slot, book)
        for obj in after.objects(slot):
            standing = Triple(*slot, obj)
            held = standing in before and composed(before, slot, book) == value
            if value is None or obj == value or held:
                continue
            follows = Triple(*slot, value)
            new, old = (standing, follows) if standing in changed else (follows, standing)
            text = f"{_upper(phrase(standing, book))}, but from other facts it follows that "
            found.append(Conflict("rule_head", new, old, f"{text}{phrase(follows, book)}."))
    return found


BEFORE_DUPLICATE: tuple[Check, ...] = (literal_format, same)
AFTER_DUPLICATE: tuple[Check, ...] = (asserted_rule_head, ambiguous_alias, classes, cycle)
STANDING: tuple[Check, ...] = (coverage, reverse, symmetric, displaced_partner)


def find(
    checks: Iterable[Check], fact: Triple, view: GraphView, book: RelationBook
) -> Iterator[Conflict]:
    """Yield what these checks find, in their order."""
    for check in checks:
        yield from check(fact, view, book)


def _alone(code: str, fact: Triple, text: str) -> Conflict:
    return Conflict(code, fact, fact, text)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _fits(text: str, form: str) -> bool:
    if form == "year":
        return bool(_YEAR.fullmatch(text))
    if form == "date":
        return bool(_ISO_DATE.fullmatch(text)) and _is_day(text)
    return form in LITERALS


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _one_subject(relation: Relation, book: RelationBook) -> bool:
    if relation.symmetric:
        return relation.functional
    return book.inverse_functional(relation.name)


def _partners_of_old(
    code: str, fact: Triple, view: GraphView, book: RelationBook
) -> list[Conflict]:
    new = partner(fact, book)
    if new is None:
        return []
    return [
        Conflict(code, new, old, f"{_upper(phrase(old, book))}; that goes, too.")
        for each in coverage(fact, view, book)
        if (old := partner(each.old, book)) is not None and old in view
    ]


def _displaced(fact: Triple, old: Triple, book: RelationBook) -> str:
    noun = book[fact.relation].noun
    return f"{_upper(phrase(old, book))}; {old.subject} would be left without this {noun}."


def _class_of(
    name: str, allowed: tuple[str, ...], entity: Entity | None, fact: Triple, book: RelationBook
) -> list[Conflict]:
    if entity is None or book.accepts(allowed, entity.entity_class):
        return []
    kind = entity.entity_class
    may_agree = kind not in book.classes or any(book.is_a(each, kind) for each in allowed)
    noun, wanted = book[fact.relation].noun, " or ".join(each.replace("_", " ") for each in allowed)
    text = f"{name} is a {kind.replace('_', ' ')}; as {noun} of {fact.subject} I expect {wanted}."
    if name == fact.subject:
        text = f"{name} is a {kind.replace('_', ' ')}; only a {wanted} has a {noun}."
    return [_alone("type_unknown" if may_agree else "type", fact, text)]

"""Checks of a new fact against the graph: one pure function per class of conflict.

Each check reads a view of the graph before the edit and returns the conflicts it finds. If a
conflict involves no stored fact, as with a bad literal, ``old`` is the new fact itself.
:mod:`controller.policy` decides what a conflict means for the edit.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import pairwise

from controller.graph.lexicon import ALIAS
from controller.graph.overlay import GraphView
from controller.plan import Conflict
from controller.policy import BlockList
from controller.rules import composed_value, partner, rule_head_slots
from kg_data.entities import Entity
from kg_data.relations import LITERALS, Relation, RelationBook
from kg_data.triples import Slot, Triple

Check = Callable[[Triple, GraphView, RelationBook], list[Conflict]]

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEAR = re.compile(r"\d{4}")


def describe_fact(fact: Triple, book: RelationBook) -> str:
    """Return a fact as "the capital of France is Paris"."""
    return f"the {book[fact.relation].noun} of {fact.subject} is {fact.object}"


def literal_format(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find an object that does not have the literal form of its relation."""
    del view
    allowed = book[fact.relation].range
    if not book[fact.relation].literal or any(_has_form(fact.object, name) for name in allowed):
        return []
    forms = {"date": "a date such as 1961-08-04", "year": "a year such as 1961", "text": "a text"}
    wanted = " or ".join(forms[name] for name in allowed)
    noun = book[fact.relation].noun
    return [_fact_conflict("literal", fact, f"The {noun} must be {wanted}, not {fact.object!r}.")]


def self_relation(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find an entity related to itself; only an alias may equal its subject."""
    del view
    if fact.subject != fact.object or fact.relation == ALIAS:
        return []
    text = f"{fact.subject} cannot be the {book[fact.relation].noun} of itself."
    return [_fact_conflict("same", fact, text)]


def asserted_rule_head(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find an asserted fact of a relation whose facts are only derived."""
    relation = book[fact.relation]
    if not relation.derived:
        return []
    ways = " or ".join(
        f"the {book[second].noun} of the {book[first].noun}"
        for first, second in (rule.body for rule in book.rules if rule.head == relation.name)
    )
    value = composed_value(view, fact.slot, book)
    old = fact if value is None else Triple(*fact.slot, value)
    text = f"The {relation.noun} follows from {ways}; change what it follows from."
    return [Conflict("derived", fact, old, text)]


def cycle(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find a cycle of places that lie within each other.

    Checked for relations that a rule follows repeatedly (located_in + country -> country): in a
    cycle a derived value would have no asserted origin.
    """
    if not any(rule.body == (fact.relation, rule.head) for rule in book.rules):
        return []
    path = _path_between(fact.object, fact.subject, fact.relation, view)
    if path is None:
        return []
    steps = ", ".join(f"{lower} in {upper}" for lower, upper in pairwise([fact.subject, *path]))
    return [_fact_conflict("cycle", fact, f"That would close a circle: {steps}.")]


def _path_between(start: str, goal: str, relation: str, view: GraphView) -> list[str] | None:
    """Return a shortest path along one relation, both ends included, or None."""
    came_from = {start: ""}
    queue = deque([start])
    while queue and goal not in came_from:
        node = queue.popleft()
        for obj in view.objects(Slot(node, relation)):
            if obj not in came_from:
                came_from[obj] = node
                queue.append(obj)
    if goal not in came_from:
        return None
    path = [goal]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return path[::-1]


def duplicate(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find the fact itself in the graph."""
    if fact not in view:
        return []
    return [Conflict("duplicate", fact, fact, f"I know already that {describe_fact(fact, book)}.")]


def ambiguous_alias(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find other entities that the alias names."""
    if fact.relation != ALIAS:
        return []
    del book
    others = [name for name in view.subjects(ALIAS, fact.object) if name != fact.subject]
    if view.entity(fact.object) is not None and fact.object != fact.subject:
        others.append(fact.object)
    return [
        _fact_conflict("alias", fact, f"{fact.object!r} is a name of {name} already.")
        for name in others
    ]


def coverage(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find the facts that the new one replaces in a functional slot."""
    if not book[fact.relation].functional:
        return []
    return [
        Conflict("coverage", fact, old, f"{_sentence(old, book)}; {fact.object} replaces it.")
        for obj in view.objects(fact.slot)
        if (old := Triple(*fact.slot, obj)) != fact
    ]


def reverse(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find the inverses of the replaced facts; they are removed with them."""
    return [] if book[fact.relation].symmetric else _replaced_partners("reverse", fact, view, book)


def symmetric(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find the other direction of the replaced facts of a symmetric relation."""
    if not book[fact.relation].symmetric:
        return []
    return _replaced_partners("symmetric", fact, view, book)


def displaced_partner(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find other subjects of the new object, if an object may have only one subject."""
    relation = book[fact.relation]
    if not _has_one_subject(relation, book):
        return []
    return [
        Conflict("displaced_partner", fact, old, _displaced_text(fact, old, book))
        for subject in view.subjects(fact.relation, fact.object, limit=10)
        if (old := Triple(subject, fact.relation, fact.object)) != fact
    ]


def class_mismatch(fact: Triple, view: GraphView, book: RelationBook) -> list[Conflict]:
    """Find a subject or object whose class the relation does not accept.

    The code is "type" if the classes exclude each other and "type_unknown" if they may agree: the
    class is not in the book, or is more general than an accepted one.
    """
    relation = book[fact.relation]
    found = _class_conflicts(fact.subject, relation.domain, view.entity(fact.subject), fact, book)
    if not relation.literal:
        found += _class_conflicts(fact.object, relation.range, view.entity(fact.object), fact, book)
    return found


def protected_facts(
    facts: Iterable[Triple], book: RelationBook, blocked: BlockList
) -> list[Conflict]:
    """Find protected facts; the caller adds the partners to ``facts``."""
    found = []
    for fact in facts:
        reason = blocked.refusal(fact)
        if reason is None and book[fact.relation].protected:
            reason = f"The {book[fact.relation].noun} of anything is protected."
        if reason is not None:
            found.append(_fact_conflict("protected", fact, reason))
    return found


def rule_heads(
    changed: Iterable[Triple], before: GraphView, after: GraphView, book: RelationBook
) -> list[Conflict]:
    """Find asserted values that after an edit differ from the value that rules compose."""
    changed = set(changed)
    found = []
    for slot in sorted(rule_head_slots(changed, (after,), book)):
        value = composed_value(after, slot, book)
        for obj in after.objects(slot):
            active = Triple(*slot, obj)
            known = active in before and composed_value(before, slot, book) == value
            if value is None or obj == value or known:
                continue
            derived = Triple(*slot, value)
            new, old = (active, derived) if active in changed else (derived, active)
            text = f"{_sentence(active, book)}, but from other facts it follows that "
            found.append(Conflict("rule_head", new, old, f"{text}{describe_fact(derived, book)}."))
    return found


FORM_CHECKS: tuple[Check, ...] = (literal_format, self_relation)
FACT_CHECKS: tuple[Check, ...] = (asserted_rule_head, ambiguous_alias, class_mismatch, cycle)
REPLACEMENT_CHECKS: tuple[Check, ...] = (coverage, reverse, symmetric, displaced_partner)


def run_checks(
    checks: Iterable[Check], fact: Triple, view: GraphView, book: RelationBook
) -> Iterator[Conflict]:
    """Yield the conflicts that checks find, in their order."""
    for check in checks:
        yield from check(fact, view, book)


def _fact_conflict(code: str, fact: Triple, text: str) -> Conflict:
    return Conflict(code, fact, fact, text)


def _sentence(fact: Triple, book: RelationBook) -> str:
    text = describe_fact(fact, book)
    return text[:1].upper() + text[1:]


def _has_form(text: str, form: str) -> bool:
    if form == "year":
        return bool(_YEAR.fullmatch(text))
    if form == "date":
        return bool(_ISO_DATE.fullmatch(text)) and _is_date(text)
    return form in LITERALS


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _has_one_subject(relation: Relation, book: RelationBook) -> bool:
    if relation.symmetric:
        return relation.functional
    return book.inverse_functional(relation.name)


def _replaced_partners(
    code: str, fact: Triple, view: GraphView, book: RelationBook
) -> list[Conflict]:
    new = partner(fact, book)
    if new is None:
        return []
    return [
        Conflict(code, new, old, f"{_sentence(old, book)}; that goes, too.")
        for each in coverage(fact, view, book)
        if (old := partner(each.old, book)) is not None and old in view
    ]


def _displaced_text(fact: Triple, old: Triple, book: RelationBook) -> str:
    noun = book[fact.relation].noun
    return f"{_sentence(old, book)}; {old.subject} would be left without this {noun}."


def _class_conflicts(
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
    return [_fact_conflict("type_unknown" if may_agree else "type", fact, text)]

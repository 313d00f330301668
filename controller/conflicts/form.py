"""Checks of a fact by itself: the form of its literal, its subject and its classes."""

import re

from controller.conflicts.check import Check, CheckContext, about_itself
from controller.graph.lexicon import ALIAS
from controller.plan import Conflict
from kg_data.dates import is_date, is_year
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.short_form import LITERALS
from kg_data.triples import Triple

_FORMS = {
    "date": "a date such as 1961-08-04, 1961-08, 1961 or -0043 (44 BC)",
    "year": "a year such as 1961 or -0043 (44 BC)",
    "text": "a text",
}


def literal_format(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find an object that does not have the literal form or the pattern of its relation (C11)."""
    relation = context.book[fact.relation]
    if not relation.literal:
        return []
    if not any(_has_form(fact.object, name) for name in relation.range):
        wanted = " or ".join(_FORMS[name] for name in relation.range)
        text = f"The {relation.noun} must be {wanted}, not {fact.object!r}."
        return [about_itself("literal", fact, text)]
    if relation.pattern and not re.fullmatch(relation.pattern, fact.object):
        text = f"{fact.object!r} does not have the form of a {relation.noun}: {relation.pattern}"
        return [about_itself("literal", fact, text)]
    return []


def endless(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find a birth or death that is said to have ended (C10)."""
    if not fact.ended or not context.book[fact.relation].lifetime:
        return []
    noun = context.book[fact.relation].noun
    return [about_itself("literal", fact, f"A {noun} does not end; say what it is instead.")]


def self_relation(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find an entity related to itself; only an alias may equal its subject (C8)."""
    if fact.subject != fact.object or fact.relation == ALIAS:
        return []
    text = f"{fact.subject} cannot be the {context.book[fact.relation].noun} of itself."
    return [about_itself("same", fact, text)]


def class_mismatch(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find a subject or object whose class the relation does not accept (C9).

    The code is "type" if the classes exclude each other and "type_unknown" if they may agree: the
    class is not in the book, or is more general than an accepted one.
    """
    relation, view = context.book[fact.relation], context.view
    found = _mismatches(fact.subject, relation.domain, view.entity(fact.subject), fact, context)
    if not relation.literal:
        found += _mismatches(fact.object, relation.range, view.entity(fact.object), fact, context)
    return found


FORM_CHECKS: tuple[Check, ...] = (literal_format, self_relation, endless)


def _has_form(text: str, form: str) -> bool:
    if form == "year":
        return is_year(text)
    if form == "date":
        return is_date(text)
    return form in LITERALS


def _mismatches(
    name: str,
    allowed: tuple[str, ...],
    entity: Entity | None,
    fact: Triple,
    context: CheckContext,
) -> list[Conflict]:
    book = context.book
    if entity is None or book.accepts(allowed, entity.entity_class):
        return []
    code = "type_unknown" if _may_agree(entity.entity_class, allowed, book) else "type"
    kind = entity.entity_class.replace("_", " ")
    noun, wanted = book[fact.relation].noun, " or ".join(each.replace("_", " ") for each in allowed)
    text = f"{name} is a {kind}; as {noun} of {fact.subject} I expect {wanted}."
    if name == fact.subject:
        text = f"{name} is a {kind}; only a {wanted} has a {noun}."
    return [about_itself(code, fact, text)]


def _may_agree(kind: str, allowed: tuple[str, ...], book: RelationBook) -> bool:
    return kind not in book.classes or any(book.is_a(each, kind) for each in allowed)

"""The short form of a relation book: what it leaves out is completed by defaults and templates.

A relation needs a noun and two example sentences::

    [relations.reports_to]
    noun = "manager"
    examples = ["{s} reports to {o}.", "{s} answers to {o}."]

Real sentences do as well, with the two names they speak of: ``about = ["Ada", "Engines"]``.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

from kg_data.errors import BadRelation
from kg_data.templates import WordingSource

LITERALS = frozenset({"date", "year", "text"})
DATED = frozenset({"date", "year"})
ENTITY = "entity"
"""The class of everything that is no literal, in books that name it."""


class EntityKind(StrEnum):
    """What is told apart whatever its class is called; [kinds] of a book names the classes.

    Without it, the classes are those with the names of the kinds.
    """

    PERSON = "person"
    PLACE = "place"
    ORGANIZATION = "organization"


OTHER_NAMES = "also_known_as"
"""The relation of other names, which every book has under this name."""

_SHORT = ("noun", "examples", "about")
_LISTS = ("domain", "range", "examples", "about")
_EXAMPLES = 2


def completed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a book's file with everything that it may leave out.

    Raises:
        BadRelation: a relation has no noun, or no two examples that hold {s} and {o}.
    """
    for name in ("relations", "classes"):
        if not isinstance(content.get(name, {}), Mapping):
            raise BadRelation(name, f"is no table; write [{name}] before its entries")
    relations = dict(content.get("relations", {}))
    for name, entry in relations.items():
        if not isinstance(entry, Mapping):
            raise BadRelation(name, f"is no table; write [relations.{name}]")
        if any(not isinstance(entry.get(key, []), list) for key in _LISTS):
            raise BadRelation(name, f'{", ".join(_LISTS)} are lists, such as ["person"]')
    kinds = _kinds(content.get("kinds", {}))
    classes = _with_classes(content.get("classes", {}), relations.values())
    shared = _shared()
    made = {name: _relation(name, entry, classes, kinds) for name, entry in relations.items()}
    if OTHER_NAMES not in made:
        top = [name for name, above in classes.items() if not above and name != "literal"]
        made[OTHER_NAMES] = shared["relations"][OTHER_NAMES] | {"domain": top}
    filled = {"classes": classes, "relations": made}
    return {key: shared[key] for key in ("chains", "steps")} | dict(content) | filled


@cache
def _shared() -> Mapping[str, Any]:
    """Return the shipped book, whose chains, steps and other names every book may have."""
    path = files("kg_data") / "data" / "relations.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _with_classes(
    given: Mapping[str, str], relations: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """Return the tree of classes with those that relations name."""
    classes = dict(given)
    for entry in relations:
        short = {ENTITY} if "domain" not in entry or "range" not in entry else set()
        for name in (*entry.get("domain", ()), *entry.get("range", ()), *sorted(short)):
            classes.setdefault(name, "literal" if name in LITERALS else "")
    for above in filter(None, list(classes.values())):
        classes.setdefault(above, "")
    if ENTITY in classes:
        for name, above in classes.items():
            if not above and name not in {ENTITY, "literal"}:
                classes[name] = ENTITY
    return classes | dict.fromkeys(sorted(LITERALS), "literal") | {"literal": ""}


_Kinds: TypeAlias = Mapping[str, Sequence[str]]


def _kinds(given: object) -> _Kinds:
    """Return the classes of each kind of entity.

    Raises:
        BadRelation: the section names another kind, or gives one no list of classes.
    """
    named: Mapping[str, Any] = given if isinstance(given, Mapping) else {"": given}
    for kind, classes in named.items():
        if kind not in list(EntityKind) or not isinstance(classes, list):
            known = ", ".join(EntityKind)
            raise BadRelation("kinds", f'has lists of classes for {known}: person = ["employee"]')
    return {kind: named.get(kind, [kind]) for kind in EntityKind}


def _relation(
    name: str, entry: Mapping[str, Any], classes: Mapping[str, str], kinds: _Kinds
) -> dict[str, Any]:
    """Return the whole entry of a relation."""
    whole: dict[str, Any] = {
        "pid": "",
        "cardinality": "many",
        "domain": [ENTITY],
        "range": [ENTITY],
    }
    whole |= {key: value for key, value in entry.items() if key not in _SHORT}
    if "noun" in entry:
        whole.setdefault("nouns", [entry["noun"]])
    if "statements" in whole and "questions" in whole and "nouns" in whole:
        return whole
    nouns, examples = whole.get("nouns", ()), _examples(name, entry)
    if not nouns:
        raise BadRelation(name, 'has no noun; write noun = "manager" or the like')
    if len(examples) < _EXAMPLES and "statements" not in whole:
        raise BadRelation(name, 'needs two examples, such as "{s} reports to {o}."')
    if not whole["range"]:
        raise BadRelation(name, 'has an empty range; leave it out, or write range = ["person"]')
    people = _is_kind(whole["range"][0], EntityKind.PERSON, classes, kinds)
    source = WordingSource(
        noun=nouns[0],
        examples=examples,
        who=whole.setdefault("who", "Who" if people else "What"),
        asked=_asked(whole["range"], classes, kinds),
    )
    return {"statements": source.statements(), "questions": source.questions()} | whole


def _examples(name: str, entry: Mapping[str, Any]) -> Sequence[str]:
    """Return the examples over {s} and {o}; a full stop ends each."""
    about, found = entry.get("about", ()), []
    for text in entry.get("examples", ()):
        slotted = f"{text.rstrip(' .')}."
        if len(about) == _EXAMPLES and "{s}" not in text:
            for slot, known in sorted(zip(("{s}", "{o}"), about, strict=True), key=_longest_first):
                slotted = slotted.replace(known, slot)
        if slotted.count("{s}") != 1 or slotted.count("{o}") != 1:
            reason = (
                f"the example {text!r} must hold {{s}} and {{o}} once each, or the two names that "
                'about = ["SUBJECT", "OBJECT"] gives'
            )
            raise BadRelation(name, reason)
        found.append(slotted)
    return found


def _longest_first(pair: tuple[str, str]) -> int:
    return -len(pair[1])


def _asked(allowed: Sequence[str], classes: Mapping[str, str], kinds: _Kinds) -> str:
    """Return the question word for objects of some classes."""
    first = allowed[0]
    if DATED.issuperset(allowed):
        return "When"
    if _is_kind(first, EntityKind.PERSON, classes, kinds):
        return "Who"
    if _is_kind(first, EntityKind.PLACE, classes, kinds):
        return "Where"
    return "What" if first in {ENTITY, "text"} else f"Which {first.replace('_', ' ')}"


def _is_kind(name: str, kind: EntityKind, classes: Mapping[str, str], kinds: _Kinds) -> bool:
    return any(_is_a(name, each, classes) for each in kinds[kind])


def _is_a(name: str, ancestor: str, classes: Mapping[str, str]) -> bool:
    seen: set[str] = set()
    while name and name not in seen:
        if name == ancestor:
            return True
        seen.add(name)
        name = classes.get(name, "")
    return False

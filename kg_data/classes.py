"""The classes of entities that a source names without saying what they are.

What a class must be follows from the relations that an entity stands in: their domains, where it is
a subject, and their ranges, where it is an object.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kg_data.relations import RelationBook
from kg_data.triples import Triple


@dataclass(frozen=True, slots=True)
class Untold:
    """An entity whose class cannot be told.

    Attributes:
        entity: its name.
        reason: why, in words.
    """

    entity: str
    reason: str


@dataclass(frozen=True, slots=True)
class Classes:
    """What could be told.

    Attributes:
        told: the class of each entity that has one.
        untold: the entities without.
    """

    told: Mapping[str, str] = field(default_factory=dict)
    untold: tuple[Untold, ...] = ()


def classes_of(facts: Iterable[Triple], book: RelationBook, given: Mapping[str, str]) -> Classes:
    """Tell the classes of all entities in facts.

    A class that is given counts, whatever the facts say. Else it is the most special one that all
    relations of the entity accept; of several, the one above the others, or the nearest class above
    all of them.

    Args:
        facts: facts of relations of the book.
        book: the relation book.
        given: classes of some entities.
    """
    uses: dict[str, dict[tuple[str, ...], Triple]] = {}
    for fact in facts:
        relation = book[fact.relation]
        uses.setdefault(fact.subject, {}).setdefault(relation.domain, fact)
        if not relation.literal:
            uses.setdefault(fact.object, {}).setdefault(relation.range, fact)
    told: dict[str, str] = {}
    untold: list[Untold] = []
    for name, seen in uses.items():
        found = given.get(name) or _told(name, seen, book)
        if isinstance(found, Untold):
            untold.append(found)
        else:
            told[name] = found
    return Classes(told, tuple(untold))


def _told(name: str, uses: Mapping[tuple[str, ...], Triple], book: RelationBook) -> str | Untold:
    """Return the class that all uses of an entity accept, or why there is none."""
    possible: Sequence[str] | None = None
    for allowed, fact in uses.items():
        before = possible
        possible = allowed if before is None else _both(before, allowed, book)
        if not possible:
            first = next(iter(uses.values()))
            wanted = f"{_either(before or ())} ({first}) and {_either(allowed)} ({fact})"
            return Untold(name, f"it would have to be {wanted}")
    choices = tuple(dict.fromkeys(possible or ()))
    found = _above_all(choices, book)
    return found or Untold(name, f"it may be {_either(choices)}")


def _both(first: Sequence[str], second: Sequence[str], book: RelationBook) -> list[str]:
    """Return the classes that lie in one of the first and in one of the second."""
    found = []
    for one in first:
        for other in second:
            if book.is_a(one, other):
                found.append(one)
            elif book.is_a(other, one):
                found.append(other)
    return list(dict.fromkeys(found))


def _above_all(choices: Sequence[str], book: RelationBook) -> str:
    """Return the nearest class that is above all of some or one of them; "" if there is none."""
    if not choices:
        return ""
    candidate, seen = choices[0], set[str]()
    while candidate and candidate not in seen:
        if all(book.is_a(each, candidate) for each in choices):
            return candidate
        seen.add(candidate)
        candidate = book.classes.get(candidate, "")
    return ""


def _either(names: Sequence[str]) -> str:
    return " or ".join(name.replace("_", " ") for name in names)

"""Entities by the names that people use for them."""

from kg_data.entities import Entity, Lexicon
from oneedit.results import UnclearResult


def find_entity(lexicon: Lexicon, name: str) -> Entity | UnclearResult:
    """Return the entity of a name, or why there is not exactly one."""
    exact = lexicon.entity(name)
    found = [exact] if exact else list(lexicon.lookup(name))
    if len(found) == 1:
        return found[0]
    if not found:
        return UnclearResult("unknown_entity", f"I know nothing by the name of {name!r}.")
    options = tuple(entity.id for entity in found)
    return UnclearResult("ambiguous", f"{name!r} is the name of several; which one?", options)

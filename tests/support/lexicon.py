"""A lexicon over a dictionary, without a graph."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from kg_data.entities import Entity


class FakeLexicon:
    """Implements ``kg_data.entities.Lexicon`` over entities and their aliases."""

    def __init__(
        self, entities: Iterable[Entity], aliases: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._entities = {entity.id: entity for entity in entities}
        self._aliases = {key: tuple(sorted(names)) for key, names in (aliases or {}).items()}
        self._by_name: dict[str, set[str]] = {}
        for entity_id in self._entities:
            for name in (entity_id, *self.aliases(entity_id)):
                self._by_name.setdefault(_fold(name), set()).add(entity_id)

    def entity(self, entity_id: str) -> Entity | None:
        return self._entities.get(entity_id)

    def lookup(self, name: str) -> Sequence[Entity]:
        folded = _fold(name)
        ids = sorted(
            self._by_name.get(folded, ()),
            key=lambda entity_id: (_fold(entity_id) != folded, entity_id),
        )
        return [self._entities[entity_id] for entity_id in ids]

    def aliases(self, entity_id: str) -> Sequence[str]:
        return self._aliases.get(entity_id, ())

    def names(self) -> Iterable[str]:
        seen = dict.fromkeys(self._entities)
        for names in self._aliases.values():
            seen |= dict.fromkeys(names)
        yield from seen


def _fold(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def people_and_places() -> FakeLexicon:
    """Return a lexicon of names that are hard to read: commas, apostrophes, shared aliases."""
    classes = {
        "person": (
            "Joe Biden", "Jill Biden", "Kamala Harris", "Mike Pence", "Karen Pence", "John Adams",
            "Abigail Adams", "Martin Luther King Jr.", "Coretta Scott King", "Shaquille O'Neal",
            "Charles Dickens",
        ),
        "city": (
            "Washington, D.C.", "Paris", "Lyon", "Atlanta", "Scranton", "São Paulo",
            "Springfield, Illinois", "Springfield, Massachusetts", "Port of Spain", "New York City",
            "Moscow", "Moscow, Idaho",
        ),
        "country": ("United States", "France", "Georgia (country)", "Trinidad and Tobago"),
        "state": ("Georgia (U.S. state)", "New York"),
        "work": ("Oliver Twist", "Field of Dreams"),
        "university": ("Harvard University", "University of Delaware"),
        "language": ("French",),
    }  # fmt: skip
    aliases = {
        "United States": ("United States of America", "USA"),
        "Georgia (country)": ("Georgia",),
        "Georgia (U.S. state)": ("Georgia",),
        "Springfield, Illinois": ("Springfield",),
        "Springfield, Massachusetts": ("Springfield",),
        "New York City": ("New York",),
        "Moscow, Idaho": ("Moscow",),
        "John Adams": ("Adams",),
    }
    entities = [Entity(name, kind) for kind, names in classes.items() for name in names]
    return FakeLexicon(entities, aliases)

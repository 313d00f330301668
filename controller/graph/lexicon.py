"""Look-up of entities by their names in the graph: ids, and aliases, which are facts."""

import unicodedata
from collections.abc import Iterable, Sequence

from controller.graph.store import GraphStore
from kg_data.entities import Entity
from kg_data.short_form import OTHER_NAMES
from kg_data.triples import Slot

ALIAS = OTHER_NAMES
"""The relation whose objects are aliases of its subject."""


class GraphLexicon:
    """Implements :class:`kg_data.entities.Lexicon` over a graph, whose store indexes the names."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store

    def entity(self, entity_id: str) -> Entity | None:
        return self._store.entity(entity_id)

    def lookup(self, name: str) -> Sequence[Entity]:
        folded = fold(name)
        found = self._store.named(folded)
        entities = [entity for each in found if (entity := self._store.entity(each))]
        return sorted(entities, key=lambda entity: (fold(entity.id) != folded, entity.id))

    def aliases(self, entity_id: str) -> Sequence[str]:
        return self._store.objects(Slot(entity_id, ALIAS))

    def names(self) -> Iterable[str]:
        aliases: set[str] = set()
        for entity in self._store.entities():
            yield entity.id
            aliases.update(self.aliases(entity.id))
        yield from sorted(alias for alias in aliases if self._store.entity(alias) is None)


def fold(name: str) -> str:
    """Return a name as look-ups compare it: NFKC, casefolded, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())

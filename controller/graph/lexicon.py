"""Look-up of entities by their names in the graph: ids, and aliases, which are facts."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from controller.graph.store import GraphStore
from kg_data.entities import Entity
from kg_data.triples import Slot

ALIAS = "also_known_as"
"""The relation whose objects are aliases of its subject."""


class GraphLexicon:
    """Implements :class:`kg_data.entities.Lexicon` over a graph.

    The index is rebuilt at the first look-up after a change of the graph's version (some
    milliseconds for thousands of entities), so it is never older than the graph.
    """

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._version: int | None = None
        self._index: dict[str, list[str]] = {}

    def entity(self, entity_id: str) -> Entity | None:
        return self._store.entity(entity_id)

    def lookup(self, name: str) -> Sequence[Entity]:
        self._refresh()
        folded = fold(name)
        found = self._index.get(folded, [])
        entities = [entity for each in found if (entity := self._store.entity(each))]
        return sorted(entities, key=lambda entity: (fold(entity.id) != folded, entity.id))

    def aliases(self, entity_id: str) -> Sequence[str]:
        return self._store.objects(Slot(entity_id, ALIAS))

    def names(self) -> Iterable[str]:
        seen: set[str] = set()
        for entity in self._store.entities():
            for name in (entity.id, *self.aliases(entity.id)):
                if name not in seen:
                    seen.add(name)
                    yield name

    def _refresh(self) -> None:
        if self._version == self._store.version:
            return
        index: defaultdict[str, list[str]] = defaultdict(list)
        version = self._store.version
        for entity in self._store.entities():
            for key in dict.fromkeys(map(fold, (entity.id, *self.aliases(entity.id)))):
                index[key].append(entity.id)
        self._index, self._version = dict(index), version


def fold(name: str) -> str:
    """Return a name as look-ups compare it: NFKC, casefolded, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())

"""The entities that each name belongs to."""

from bisect import insort
from collections.abc import Sequence

from controller.graph.lexicon import fold


class NameIndex:
    """Ids of entities by folded name; the caller adds and removes names as the graph changes."""

    def __init__(self) -> None:
        self._ids: dict[str, tuple[str, ...]] = {}

    def ids(self, folded: str) -> Sequence[str]:
        """Return the ids of the entities with this folded name, sorted."""
        return self._ids.get(folded, ())

    def add(self, name: str, entity_id: str) -> None:
        """Add a name of an entity; nothing changes if it has one that is folded alike."""
        folded = fold(name)
        known = self._ids.get(folded)
        if known is None:
            self._ids[folded] = (entity_id,)
        elif entity_id not in known:
            ids = list(known)
            insort(ids, entity_id)
            self._ids[folded] = tuple(ids)

    def remove(self, name: str, entity_id: str) -> None:
        """Remove a name of an entity."""
        folded = fold(name)
        left = tuple(each for each in self._ids[folded] if each != entity_id)
        if left:
            self._ids[folded] = left
        else:
            del self._ids[folded]

"""Random draws of facts that depend on the facts alone, not on the history of the graph."""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from random import Random

KEYS = 1 << 63
"""Sample keys are less than this."""

Row = tuple[int, str, str, str]
"""The sample key of a fact, its subject, its relation and its object."""


class RelationOrder:
    """The facts of one relation in the order of their sample keys.

    It needs 24 bytes for each fact; an insertion moves the entries behind it (some microseconds
    for 100,000 facts).
    """

    def __init__(self, relation: str) -> None:
        self._relation = relation
        self._keys = array("q")
        self._subjects: list[str] = []
        self._objects: list[str] = []

    def __len__(self) -> int:
        return len(self._keys)

    def append(self, key: int, subject: str, obj: str) -> None:
        """Add a fact at the end; :meth:`sort` must follow before anything else is called."""
        self._keys.append(key)
        self._subjects.append(subject)
        self._objects.append(obj)

    def sort(self) -> None:
        """Put appended facts in order."""
        keys, subjects, objects = self._keys, self._subjects, self._objects
        order = sorted(range(len(keys)), key=lambda at: (keys[at], subjects[at], objects[at]))
        self._keys = array("q", (keys[at] for at in order))
        self._subjects = [subjects[at] for at in order]
        self._objects = [objects[at] for at in order]

    def insert(self, key: int, subject: str, obj: str) -> None:
        """Add a fact that is not held."""
        at = self._place(key, subject, obj)
        self._keys.insert(at, key)
        self._subjects.insert(at, subject)
        self._objects.insert(at, obj)

    def remove(self, key: int, subject: str, obj: str) -> None:
        """Remove a fact that is held."""
        at = self._place(key, subject, obj)
        del self._keys[at], self._subjects[at], self._objects[at]

    def rows(self, start: int, stop: int) -> list[Row]:
        """Return the facts whose keys are at least ``start`` and less than ``stop``, in order."""
        first = bisect_left(self._keys, start)
        return [
            (self._keys[at], self._subjects[at], self._relation, self._objects[at])
            for at in range(first, bisect_left(self._keys, stop, first))
        ]

    def _place(self, key: int, subject: str, obj: str) -> int:
        """Return the index of a fact, or the index at which it belongs."""
        at = bisect_left(self._keys, key)
        while (
            at < len(self._keys)
            and self._keys[at] == key
            and (self._subjects[at], self._objects[at]) < (subject, obj)
        ):
            at += 1
        return at


class SampleIndex:
    """Draws facts by their sample keys, as :class:`controller.graph.store.GraphStore` says."""

    def __init__(self) -> None:
        self._orders: dict[str, RelationOrder] = {}

    def order(self, relation: str) -> RelationOrder:
        """Return the order of a relation's facts, to be added to."""
        found = self._orders.get(relation)
        if found is None:
            found = self._orders[relation] = RelationOrder(relation)
        return found

    def sort(self) -> None:
        """Put the appended facts of every relation in order."""
        for order in self._orders.values():
            order.sort()

    def remove(self, key: int, subject: str, relation: str, obj: str) -> None:
        """Remove a fact that is held."""
        order = self._orders[relation]
        order.remove(key, subject, obj)
        if not order:
            del self._orders[relation]

    def draw(self, relation: str | None, count: int, generator: Random) -> list[Row]:
        """Return at most ``count`` drawn facts, of one relation or of all, in drawn order."""
        start = generator.getrandbits(63)
        names = self._orders if relation is None else {relation} & self._orders.keys()
        orders = [self._orders[name] for name in names]
        drawn = _first(orders, start, KEYS, count)
        return drawn + _first(orders, 0, start, count - len(drawn))


def _first(orders: Sequence[RelationOrder], start: int, stop: int, count: int) -> list[Row]:
    """Return the first ``count`` facts with keys from ``start`` to below ``stop``, in order.

    Keys are spread evenly, so that a short interval beyond ``start`` holds as many; it is
    widened if it does not.
    """
    width = 2 * KEYS * count // max(1, sum(map(len, orders)))
    found: list[Row] = []
    while start < stop and len(found) < count:
        end = min(stop, start + max(1, width))
        found += sorted(row for order in orders for row in order.rows(start, end))
        start, width = end, 4 * width
    return found[:count]

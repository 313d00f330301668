"""Loading of a graph from the ledger, as a whole."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from controller.graph.store import GraphStore
from oneedit.ledger.ledger import Ledger, Snapshot

T = TypeVar("T")

Share: TypeAlias = Callable[[float], None]
"""Is called with the share of the work that is done, from 0 to 1."""


def load_graph(
    ledger: Ledger,
    store: GraphStore,
    progress: Share | None = None,
    *,
    version: int | None = None,
) -> Snapshot:
    """Replace the content of a store by the facts of a version, by default of the head.

    Returns:
        What it holds now.

    Raises:
        ControllerError: the store cannot be written.
    """
    snapshot = ledger.snapshot(version)
    total = len(snapshot.entities) + len(snapshot.facts)
    counter = _Counter(total, progress)
    store.load(
        counter.counted(snapshot.entities),
        counter.counted(snapshot.facts),
        version=snapshot.version,
        origin=ledger.origin,
    )
    return snapshot


@dataclass
class _Counter:
    """Reports how many of ``total`` items have been read, once per hundredth."""

    total: int
    progress: Share | None
    done: int = 0

    def counted(self, items: Iterable[T]) -> Iterator[T]:
        """Yield items and count them."""
        step = max(1, self.total // 100)
        for item in items:
            yield item
            self.done += 1
            if self.progress and (self.done % step == 0 or self.done == self.total):
                self.progress(self.done / self.total)

"""The transactions of the Neo4j store.

The driver may run each of them twice: after a lost connection, or if the outcome of a commit is
unknown. Each has the same result then as if it had run once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from controller.errors import GraphBusy, StalePlan
from controller.graph import cypher


class Transaction(Protocol):
    """What the driver hands to a transaction function."""

    def run(
        self,
        query: str,
        parameters: dict[str, Any] | None = None,
        **kwparameters: Any,  # noqa: ANN401  as the driver has it
    ) -> Any:  # noqa: ANN401
        """Run a query."""
        ...


@dataclass(frozen=True, slots=True)
class Meta:
    """What the version node says.

    Attributes:
        version: version of the graph; -1 before and while it is loaded.
        origin: see the port.
        loading: name of the load that is going on.
        change: name of the last change.
    """

    version: int = -1
    origin: str = ""
    loading: str | None = None
    change: str | None = None


def read_meta(transaction: Transaction) -> Meta:
    """Return what the version node says; where there is none, that of an empty store."""
    record = transaction.run(cypher.META).single()
    return Meta() if record is None else Meta(**record.data())


def _lock(transaction: Transaction, holder: str) -> Meta:
    """Take the write lock of the graph, and return what the version node says then."""
    transaction.run(cypher.LOCK, holder=holder).consume()
    return read_meta(transaction)


# ---------- loading ----------


def start_load(transaction: Transaction, holder: str) -> None:
    """Take the version away, and note whose load is going on."""
    transaction.run(cypher.START_LOAD, holder=holder).consume()


def _check_loading(transaction: Transaction, holder: str) -> None:
    if _lock(transaction, holder).loading != holder:
        raise GraphBusy


def delete_some(transaction: Transaction, holder: str, query: str, most: int) -> int:
    """Delete a batch and return its size.

    Raises:
        GraphBusy: another load has begun.
    """
    _check_loading(transaction, holder)
    return int(transaction.run(query, most=most).single(strict=True)["deleted"])


def load_entities(transaction: Transaction, holder: str, rows: Sequence[cypher.Row]) -> None:
    """Add a batch of entities.

    Raises:
        GraphBusy: another load has begun.
    """
    _check_loading(transaction, holder)
    transaction.run(cypher.PUT_ENTITIES, rows=rows).consume()


def load_facts(
    transaction: Transaction, holder: str, rows: Sequence[cypher.Row], ids: Sequence[str]
) -> None:
    """Add a batch of facts between these nodes.

    Raises:
        GraphBusy: another load has begun.
    """
    _check_loading(transaction, holder)
    _put_facts(transaction, rows, ids)


def finish_load(transaction: Transaction, holder: str, version: int, origin: str) -> None:
    """Set the version.

    Raises:
        GraphBusy: another load has begun.
    """
    meta = _lock(transaction, holder)
    if meta.loading is None and meta.change == holder:
        return  # committed by an attempt whose answer was lost
    if meta.loading != holder:
        raise GraphBusy
    transaction.run(cypher.FINISH_LOAD, version=version, origin=origin, holder=holder).consume()


def _put_facts(transaction: Transaction, rows: Sequence[cypher.Row], ids: Sequence[str]) -> None:
    """Add facts; those that are held get the new dates."""
    updated = transaction.run(cypher.UPDATE_FACTS, rows=rows).values()
    held = {tuple(row) for row in updated}
    transaction.run(cypher.PUT_NODES, ids=ids).consume()
    new = [row for row in rows if (row["s"], row["p"], row["o"]) not in held]
    transaction.run(cypher.CREATE_FACTS, rows=new).consume()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The parameters of one ``replace``.

    Attributes:
        name: a random name, by which a later attempt sees that an earlier one was committed.
        expect: the version that the graph must have.
        entities, removed, added: rows.
        gone: ids of the entities that are removed.
        gained, lost: the nodes of the added and removed facts.
    """

    name: str
    expect: int
    entities: Sequence[cypher.Row]
    gone: Sequence[str]
    removed: Sequence[cypher.Row]
    added: Sequence[cypher.Row]
    gained: Sequence[str]
    lost: Sequence[str]

    def apply(self, transaction: Transaction) -> None:
        """Make the change, once.

        A unique key may be deleted and created again within one transaction: Neo4j checks a
        relationship against the indexes with the transaction's own deletions.

        Raises:
            StalePlan: the graph has another version.
        """
        meta = _lock(transaction, self.name)
        if meta.version == self.expect + 1 and meta.change == self.name:
            return
        if meta.version != self.expect or meta.version < 0:
            raise StalePlan(planned=self.expect, current=meta.version)
        transaction.run(cypher.DELETE_FACTS, rows=self.removed).consume()
        transaction.run(cypher.PUT_ENTITIES, rows=self.entities).consume()
        _put_facts(transaction, self.added, self.gained)
        transaction.run(cypher.REMOVE_ENTITIES, ids=self.gone).consume()
        transaction.run(cypher.DELETE_UNUSED, ids=[*self.lost, *self.gone]).consume()
        transaction.run(cypher.SET_VERSION, version=self.expect + 1, change=self.name).consume()

"""The port of the knowledge graph."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from random import Random
from typing import Protocol

from controller.graph.overlay import GraphReads
from kg_data.entities import Entity
from kg_data.triples import Slot, Triple


class GraphStore(Protocol):
    """Holds the facts that are active at one version of the ledger.

    Ended facts are only in the ledger. Every sequence is sorted, so that equal graphs give equal
    results.
    """

    def close(self) -> None:
        """Free what the store holds; it is not used afterwards."""
        ...

    @property
    def version(self) -> int:
        """Return the ledger version of the graph; -1 before the first ``load`` is done."""
        ...

    @property
    def origin(self) -> str:
        """Return the ``origin`` of the last ``load``; "" before it."""
        ...

    def load(
        self,
        entities: Iterable[Entity],
        facts: Iterable[Triple],
        *,
        version: int,
        origin: str = "",
    ) -> None:
        """Replace everything by these facts, at ``version``.

        If it fails, the version is -1 or the graph is as before.

        Args:
            entities: read once, possibly while the graph is written.
            facts: likewise; ended ones are left out.
            version: the ledger version with these facts.
            origin: names the ledger that they come from; versions of another one mean nothing.
        """
        ...

    def replace(
        self,
        *,
        add: Iterable[Triple],
        retract: Iterable[Triple],
        entities: Iterable[Entity] = (),
        removed: Iterable[str] = (),
        expect: int,
    ) -> None:
        """Remove facts, add others and set the version to ``expect + 1``, all or nothing.

        Args:
            add: facts to add; ended ones are left out.
            retract: facts to remove.
            entities: entities to add.
            removed: ids of the entities to remove, after their facts; other ids are left out.
            expect: the version that the graph must have.

        Raises:
            StalePlan: the graph is not at version ``expect``.
        """
        ...

    def objects(self, slot: Slot) -> Sequence[str]:
        """Return the objects of a slot."""
        ...

    def subjects(self, relation: str, obj: str, *, limit: int | None = None) -> Sequence[str]:
        """Return the subjects that have ``obj`` as ``relation``, at most ``limit`` of them."""
        ...

    def facts_of(self, subject: str) -> Sequence[Triple]:
        """Return the facts whose subject this is."""
        ...

    def facts_about(self, obj: str, *, limit: int | None = None) -> Sequence[Triple]:
        """Return the facts whose object this is, at most ``limit`` of them."""
        ...

    def facts(self) -> Iterator[Triple]:
        """Yield every fact."""
        ...

    def sample(self, relation: str | None, count: int, generator: Random) -> Sequence[Triple]:
        """Return at most ``count`` randomly drawn facts, of one relation or of all, sorted.

        The generator is called once, for ``start = generator.getrandbits(63)``. The facts drawn
        are the first ``count`` in the order of (:func:`sample_key`, subject, relation, object)
        whose key is at least ``start``; after the last fact follows the first of all. No fact is
        drawn twice. So equal graphs and equal generators give equal samples in every store,
        whatever their history, and the cost does not grow with the graph.
        """
        ...

    def near(self, nodes: Iterable[str]) -> GraphReads:
        """Return what one plan should read instead of the store, made once for it.

        A store in memory returns itself; one in a server returns a view that has read the facts
        around these nodes at once and keeps what it reads.

        Args:
            nodes: ids and literals that the plan is about; others may be read as well.
        """
        ...

    def in_degree(self, obj: str) -> int:
        """Return the number of facts whose object this is, without reading them."""
        ...

    def named(self, folded: str) -> Sequence[str]:
        """Return the ids of the entities whose id or alias, folded, is this; sorted.

        Folded as by :func:`controller.graph.lexicon.fold`.
        """
        ...

    def __contains__(self, fact: object) -> bool:
        """Tell whether the graph holds a fact."""
        ...

    def entity(self, entity_id: str) -> Entity | None:
        """Return the entity with this id."""
        ...

    def entities(self) -> Iterator[Entity]:
        """Yield every entity."""
        ...


def sample_key(fact: Triple) -> int:
    """Return a hash of a fact that orders facts at random, from 0 to 2^63 - 1."""
    text = f"{fact.subject}\0{fact.relation}\0{fact.object}"
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1

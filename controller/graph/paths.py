"""Paths through a graph along single-valued slots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from controller.graph.lexicon import ALIAS
from controller.graph.overlay import GraphView
from kg_data.relations import RelationBook
from kg_data.triples import Slot

MOST_NEIGHBOURS = 50
"""Maximum number of hops read backwards from a node."""
MOST_HOPS = 3
"""Number of hops of the longest chains."""
HUB = 1000
"""Backward walks do not pass a node that is the object of more facts."""

Hop = tuple[str, str]
"""A relation and the node at its other end."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A path of hops, each along a slot with exactly one object.

    Attributes:
        subject: the node at which it starts.
        path: the relations.
        nodes: the end of each hop; the last is the answer, ``UNKNOWN`` if a slot is empty.
    """

    subject: str
    path: tuple[str, ...]
    nodes: tuple[str, ...]

    @property
    def answer(self) -> str:
        """Return the last node."""
        return self.nodes[-1]

    @property
    def via(self) -> tuple[str, ...]:
        """Return the nodes between the subject and the answer."""
        return self.nodes[:-1]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Return the slot of each hop, up to the first empty one."""
        starts = (self.subject, *self.via)
        return tuple(Slot(*hop) for hop in zip(starts, self.path, strict=False))


class Walker:
    """Finds chains in one view and caches its reads; to be used for one plan.

    Aliases are not hops. A relation to literals can only be the last hop.
    """

    def __init__(self, view: GraphView, book: RelationBook) -> None:
        self._view = view
        self._book = book
        self._single: dict[Slot, str | None] = {}
        self._hops_from: dict[str, tuple[Hop, ...]] = {}
        self._hops_to: dict[str, tuple[Hop, ...]] = {}

    def single_object(self, slot: Slot) -> str | None:
        """Return the object of a slot that has exactly one, else None."""
        if slot not in self._single:
            objects = self._view.objects(slot)
            self._single[slot] = objects[0] if len(objects) == 1 else None
        return self._single[slot]

    def follow(self, subject: str, path: tuple[str, ...]) -> Chain | None:
        """Return the chain along a path, or None if a slot has no object or several."""
        nodes: list[str] = []
        for relation in path:
            node = self.single_object(Slot(nodes[-1] if nodes else subject, relation))
            if node is None:
                return None
            nodes.append(node)
        return Chain(subject, path, tuple(nodes))

    def hops_from(self, node: str) -> tuple[Hop, ...]:
        """Return the hops from a node: (relation, object)."""
        if node not in self._hops_from:
            found: dict[str, str | None] = {}
            for fact in self._view.facts_of(node):
                several = fact.relation in found
                found[fact.relation] = None if several else fact.object
            found.pop(ALIAS, None)
            self._hops_from[node] = tuple((name, obj) for name, obj in found.items() if obj)
        return self._hops_from[node]

    def hops_to(self, node: str) -> tuple[Hop, ...]:
        """Return the hops to a node: (relation, subject), at most ``MOST_NEIGHBOURS``."""
        if node not in self._hops_to:
            facts = self._view.facts_about(node, limit=HUB + 1)
            hops = (
                (fact.relation, fact.subject)
                for fact in (facts if len(facts) <= HUB else ())
                if self._can_continue(fact.relation) and self.single_object(fact.slot) is not None
            )
            self._hops_to[node] = tuple(islice(hops, MOST_NEIGHBOURS))
        return self._hops_to[node]

    def chains_through(self, slot: Slot) -> Iterator[Chain]:
        """Yield every loop-free chain of two and three hops that passes through a slot."""
        hop = self._hop(slot)
        if hop is None:
            return
        for start in (hop, *self._extended_back(hop)):
            if len(start.path) == 2:
                yield start
            for end in self._extended(start):
                yield end
                if len(end.path) == 2:
                    yield from self._extended(end)
        for start in self._extended_back(hop):
            yield from self._extended_back(start)

    def chains_from(self, slot: Slot) -> Iterator[Chain]:
        """Yield every loop-free chain of up to three hops whose first hop is a slot."""
        hop = self._hop(slot)
        if hop is None:
            return
        yield hop
        for two in self._extended(hop):
            yield two
            yield from self._extended(two)

    def chains_ending_with(self, chain: Chain) -> Iterator[Chain]:
        """Yield a chain and every longer one of up to three hops that ends with it."""
        yield chain
        if len(chain.path) < MOST_HOPS:
            for longer in self._extended_back(chain):
                yield from self.chains_ending_with(longer)

    def _hop(self, slot: Slot) -> Chain | None:
        """Return a slot as a chain of one hop, or None if no loop-free chain passes through it."""
        obj = self.single_object(slot)
        if obj is None or slot.relation == ALIAS or obj == slot.subject:
            return None
        return Chain(slot.subject, (slot.relation,), (obj,))

    def _extended(self, chain: Chain) -> Iterator[Chain]:
        if not self._can_continue(chain.path[-1]):
            return
        visited = (chain.subject, *chain.nodes)
        for relation, node in self.hops_from(chain.answer):
            if node not in visited:
                yield Chain(chain.subject, (*chain.path, relation), (*chain.nodes, node))

    def _extended_back(self, chain: Chain) -> Iterator[Chain]:
        visited = (chain.subject, *chain.nodes)
        for relation, node in self.hops_to(chain.subject):
            if node not in visited:
                yield Chain(node, (relation, *chain.path), visited)

    def _can_continue(self, relation: str) -> bool:
        return relation != ALIAS and not self._book[relation].literal


def sample_chains(chains: Sequence[Chain], count: int, generator: Random) -> list[Chain]:
    """Return at most ``count`` randomly drawn chains, in their original order."""
    if len(chains) <= count:
        return list(chains)
    picked = sorted(generator.sample(range(len(chains)), count))
    return [chains[index] for index in picked]

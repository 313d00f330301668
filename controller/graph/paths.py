"""Walks along single-valued slots of a graph."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from controller.graph.lexicon import ALIAS
from controller.graph.overlay import GraphView
from kg_data.relations import RelationBook
from kg_data.triples import Slot

MOST_NEIGHBOURS = 50
"""How many facts about a node are looked at, so that hubs cannot make a walk slow."""
MOST_HOPS = 3
"""Hops of the longest chains."""
HUB = 1000
"""A node with more facts about it is no stop on a way backwards."""

Hop = tuple[str, str]
"""A relation and the node it leads to, or comes from."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A walk of single-valued hops.

    Attributes:
        subject: where it starts.
        path: the relations.
        nodes: where each hop leads; the last is the answer. Where a hop holds nothing, its node
            is ``UNKNOWN`` and the last one.
    """

    subject: str
    path: tuple[str, ...]
    nodes: tuple[str, ...]

    @property
    def answer(self) -> str:
        """Return where it ends."""
        return self.nodes[-1]

    @property
    def via(self) -> tuple[str, ...]:
        """Return the nodes between start and end."""
        return self.nodes[:-1]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Return the slot of each hop, up to one that holds nothing."""
        starts = (self.subject, *self.via)
        return tuple(Slot(*hop) for hop in zip(starts, self.path, strict=False))


class Walker:
    """Walks one view and remembers what it read; use it for one plan.

    Aliases are no hops. A relation to literals can only be the last hop.
    """

    def __init__(self, view: GraphView, book: RelationBook) -> None:
        self._view = view
        self._book = book
        self._single: dict[Slot, str | None] = {}
        self._hops_from: dict[str, tuple[Hop, ...]] = {}
        self._hops_to: dict[str, tuple[Hop, ...]] = {}

    def single(self, slot: Slot) -> str | None:
        """Return the object of a slot that has exactly one."""
        if slot not in self._single:
            objects = self._view.objects(slot)
            self._single[slot] = objects[0] if len(objects) == 1 else None
        return self._single[slot]

    def follow(self, subject: str, path: tuple[str, ...]) -> Chain | None:
        """Walk a path, or return None where a hop has no object or several."""
        nodes: list[str] = []
        for relation in path:
            node = self.single(Slot(nodes[-1] if nodes else subject, relation))
            if node is None:
                return None
            nodes.append(node)
        return Chain(subject, path, tuple(nodes))

    def hops_from(self, node: str) -> tuple[Hop, ...]:
        """Return the hops that can be taken from a node."""
        if node not in self._hops_from:
            found: dict[str, str | None] = {}
            for fact in self._view.facts_of(node):
                several = fact.relation in found
                found[fact.relation] = None if several else fact.object
            found.pop(ALIAS, None)
            self._hops_from[node] = tuple((name, obj) for name, obj in found.items() if obj)
        return self._hops_from[node]

    def hops_to(self, node: str) -> tuple[Hop, ...]:
        """Return the hops that lead to a node: (relation, where from), at most 50."""
        if node not in self._hops_to:
            facts = self._view.facts_about(node, limit=HUB + 1)
            hops = (
                (fact.relation, fact.subject)
                for fact in (facts if len(facts) <= HUB else ())
                if self._leads_on(fact.relation) and self.single(fact.slot) is not None
            )
            self._hops_to[node] = tuple(islice(hops, MOST_NEIGHBOURS))
        return self._hops_to[node]

    def chains_through(self, slot: Slot) -> Iterator[Chain]:
        """Yield every chain of two and three hops, one of which is this slot, without loops."""
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
        """Yield every chain of up to three hops of which this slot is the first."""
        hop = self._hop(slot)
        if hop is None:
            return
        yield hop
        for two in self._extended(hop):
            yield two
            yield from self._extended(two)

    def chains_ending_with(self, chain: Chain) -> Iterator[Chain]:
        """Yield a chain and, up to three hops, every longer one that ends with it."""
        yield chain
        if len(chain.path) < MOST_HOPS:
            for longer in self._extended_back(chain):
                yield from self.chains_ending_with(longer)

    def _hop(self, slot: Slot) -> Chain | None:
        """Return a slot as a chain of one hop, if it can be one of a chain without loops."""
        obj = self.single(slot)
        if obj is None or slot.relation == ALIAS or obj == slot.subject:
            return None
        return Chain(slot.subject, (slot.relation,), (obj,))

    def _extended(self, chain: Chain) -> Iterator[Chain]:
        if not self._leads_on(chain.path[-1]):
            return
        passed = (chain.subject, *chain.nodes)
        for relation, node in self.hops_from(chain.answer):
            if node not in passed:
                yield Chain(chain.subject, (*chain.path, relation), (*chain.nodes, node))

    def _extended_back(self, chain: Chain) -> Iterator[Chain]:
        passed = (chain.subject, *chain.nodes)
        for relation, node in self.hops_to(chain.subject):
            if node not in passed:
                yield Chain(node, (relation, *chain.path), passed)

    def _leads_on(self, relation: str) -> bool:
        return relation != ALIAS and not self._book[relation].literal


def sampled(chains: Sequence[Chain], count: int, generator: Random) -> list[Chain]:
    """Draw at most ``count`` chains, in the order in which they came."""
    if len(chains) <= count:
        return list(chains)
    picked = sorted(generator.sample(range(len(chains)), count))
    return [chains[index] for index in picked]

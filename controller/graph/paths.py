"""Paths through a graph along single-valued slots.

A *chain* is a path that may be asked about. It passes no node twice: its subject and the nodes
between are all different, and its answer is none of those between. The answer may be the subject
again, as in "the head of state of the country of X", unless the second of two hops is the inverse
of the first: "the spouse of the spouse of X" is X whatever the graph holds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from controller.graph.lexicon import ALIAS
from controller.graph.overlay import GraphView
from controller.graph.store import sample_key
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple

MOST_HOPS = 3
"""Number of hops of the longest chains that are enumerated."""
HUB = 1000
"""Backward walks do not pass a node that is the object of more facts."""
LONG = 50
"""Longer lists of hops to a node are in random order, so that no walk that ends early prefers
names from the beginning of the alphabet."""

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

    Attributes:
        hubs: the nodes that backward walks did not pass; chains through them are not found.
    """

    def __init__(self, view: GraphView, book: RelationBook) -> None:
        self._view = view
        self._book = book
        self._single: dict[tuple[str, str], str | None] = {}  # by slot
        self._hops_from: dict[str, tuple[Hop, ...]] = {}
        self._hops_to: dict[str, tuple[Hop, ...]] = {}
        self.hubs: set[str] = set()

    def single_object(self, slot: Slot) -> str | None:
        """Return the object of a slot that has exactly one, else None."""
        if slot not in self._single:
            objects = self._view.objects(slot)
            self._single[slot] = objects[0] if len(objects) == 1 else None
        return self._single[slot]

    def follow(self, subject: str, path: tuple[str, ...]) -> Chain | None:
        """Return the chain along a path, or None if a slot has no object or several."""
        nodes: list[str] = []
        node = subject
        for relation in path:
            slot = node, relation  # making a Slot takes longer than the look-up
            found = self._single[slot] if slot in self._single else self.single_object(Slot(*slot))
            if found is None:
                return None
            nodes.append(found)
            node = found
        return Chain(subject, path, tuple(nodes))

    def hops_from(self, node: str) -> tuple[Hop, ...]:
        """Return the hops from a node: (relation, object)."""
        if node not in self._hops_from:
            found: dict[str, str | None] = {}
            for fact in self._view.facts_of(node):
                several = fact.relation in found
                found[fact.relation] = None if several else fact.object
            self._single.update(((node, name), obj) for name, obj in found.items())
            found.pop(ALIAS, None)
            self._hops_from[node] = tuple((name, obj) for name, obj in found.items() if obj)
        return self._hops_from[node]

    def hops_to(self, node: str) -> tuple[Hop, ...]:
        """Return the hops to a node: (relation, subject); none if it is a hub."""
        if node not in self._hops_to:
            if self.is_hub(node):
                self.hubs.add(node)
                facts: Sequence[Triple] = ()
            else:
                facts = self._view.facts_about(node)
            if len(facts) > LONG:
                facts = sorted(facts, key=sample_key)
            self._hops_to[node] = tuple(
                (fact.relation, fact.subject)
                for fact in facts
                if self._can_continue(fact.relation) and self.single_object(fact.slot) is not None
            )
        return self._hops_to[node]

    def is_hub(self, node: str) -> bool:
        """Tell whether a node is the object of more than ``HUB`` facts."""
        return self._view.in_degree(node) > HUB

    def chains_through(self, slot: Slot) -> Iterator[Chain]:
        """Yield every chain of two and three hops that passes through a slot, the shorter first."""
        hop = self.hop(slot)
        if hop is None:
            return
        for two in (*self.extended(hop), *self.extended_back(hop)):
            yield two
        for two in self.extended(hop):
            yield from self.extended(two)
        for two in self.extended_back(hop):
            yield from self.extended(two)
            yield from self.extended_back(two)

    def chains_from(self, slot: Slot) -> Iterator[Chain]:
        """Yield every chain of up to three hops whose first hop is a slot."""
        hop = self.hop(slot)
        if hop is None:
            return
        yield hop
        for two in self.extended(hop):
            yield two
            yield from self.extended(two)

    def hop(self, slot: Slot) -> Chain | None:
        """Return a slot as a chain of one hop, or None if no chain passes through it."""
        obj = self.single_object(slot)
        if obj is None or slot.relation == ALIAS or obj == slot.subject:
            return None
        return Chain(slot.subject, (slot.relation,), (obj,))

    def may_be_asked(self, chain: Chain) -> bool:
        """Tell whether a path is a chain as this module defines it."""
        different = len({chain.subject, *chain.nodes})
        if different == len(chain.path) + 1:
            return True
        back = chain.answer == chain.subject and not self._goes_back(chain.path)
        return back and different == len(chain.path)

    def extended(self, chain: Chain, hops: Sequence[Hop] | None = None) -> Iterator[Chain]:
        """Yield every chain of one more hop that begins with a chain, over ``hops`` if given."""
        if not self._can_continue(chain.path[-1]) or chain.answer == chain.subject:
            return
        for relation, node in self.hops_from(chain.answer) if hops is None else hops:
            if node not in chain.nodes:
                longer = Chain(chain.subject, (*chain.path, relation), (*chain.nodes, node))
                if node != chain.subject or not self._goes_back(longer.path):
                    yield longer

    def extended_back(self, chain: Chain, hops: Sequence[Hop] | None = None) -> Iterator[Chain]:
        """Yield every chain of one more hop that ends with a chain, over ``hops`` if given."""
        if chain.answer == chain.subject:
            return
        between = (chain.subject, *chain.via)
        for relation, node in self.hops_to(chain.subject) if hops is None else hops:
            if node not in between:
                longer = Chain(node, (relation, *chain.path), (*between, chain.answer))
                if node != chain.answer or not self._goes_back(longer.path):
                    yield longer

    def _goes_back(self, path: tuple[str, ...]) -> bool:
        """Tell whether a path is a hop and its inverse."""
        first = self._book[path[0]]
        return len(path) == 2 and path[1] == (first.name if first.symmetric else first.inverse)

    def _can_continue(self, relation: str) -> bool:
        return relation != ALIAS and not self._book[relation].literal


def sample_chains(chains: Sequence[Chain], count: int, generator: Random) -> list[Chain]:
    """Return at most ``count`` randomly drawn chains, in their original order."""
    if len(chains) <= count:
        return list(chains)
    picked = sorted(generator.sample(range(len(chains)), count))
    return [chains[index] for index in picked]

"""The difference between the graph before an edit and after it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from controller.graph.lexicon import ALIAS
from controller.graph.overlay import GraphView
from controller.graph.paths import Chain, Walker
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple


@dataclass(frozen=True)
class GraphDiff:
    """Views of the graph before an edit and after it.

    Attributes:
        before, after: the graph without the edit and with it.
        edited: the edited slots, in the order of the request.
        facts: every fact that is added or removed, asserted and derived.
        book: the relation book.
    """

    before: GraphView
    after: GraphView
    edited: tuple[Slot, ...]
    facts: tuple[Triple, ...]
    book: RelationBook

    @cached_property
    def walker_before(self) -> Walker:
        """Return a walker over the graph without the edit."""
        return Walker(self.before, self.book)

    @cached_property
    def walker_after(self) -> Walker:
        """Return a walker over the graph with the edit."""
        return Walker(self.after, self.book)

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """Return the changed slots: edited ones first, then the others, sorted."""
        changed = {
            fact.slot
            for fact in self.facts
            if self.before.objects(fact.slot) != self.after.objects(fact.slot)
        }
        edited = [slot for slot in dict.fromkeys(self.edited) if slot in changed]
        return (*edited, *sorted(changed.difference(edited)))

    @cached_property
    def emptied(self) -> tuple[Slot, ...]:
        """Return the slots that the edit empties, edited or not: edited ones first.

        The others are those of displaced partners and of derived facts that lose their premises.
        """
        return tuple(
            slot for slot in self.slots if slot.relation != ALIAS and not self.after.objects(slot)
        )

    def changed(self, chain: Chain) -> Chain | None:
        """Return a chain of either graph as it is after the edit if its answer changes, else None.

        The answer of a chain that leads to an emptied slot now is ``UNKNOWN``; it ends there.
        One that ends at another empty slot has no known answer: the graph never held any.
        """
        before = self.walker_before.follow(chain.subject, chain.path)
        after = self.walker_after.follow(chain.subject, chain.path)
        if after is None:
            return self._cut(before) if before and self.walker_before.may_be_asked(before) else None
        same = before is not None and before.answer == after.answer
        return after if not same and self.walker_after.may_be_asked(after) else None

    def _cut(self, chain: Chain) -> Chain | None:
        """Return a chain up to the emptied slot it leads to after the edit, with UNKNOWN there."""
        nodes = [chain.subject]
        for relation in chain.path:
            slot = Slot(nodes[-1], relation)
            if slot in self._emptied:
                return Chain(chain.subject, chain.path, (*nodes[1:], UNKNOWN))
            node = self.walker_after.single_object(slot)
            if node is None or node in nodes:
                return None
            nodes.append(node)
        return None

    @cached_property
    def _emptied(self) -> frozenset[Slot]:
        return frozenset(self.emptied)

    def with_aliases(self, objects: Iterable[str], relation: str) -> tuple[str, ...]:
        """Return these objects, then the aliases of each, without repetition."""
        names = dict.fromkeys(objects)
        if not self.book[relation].literal:
            for obj in tuple(names):
                aliases = self._aliases.get(obj)
                if aliases is None:
                    aliases = self._aliases[obj] = self.after.objects(Slot(obj, ALIAS))
                if aliases:
                    names.update(dict.fromkeys(aliases))
        return tuple(names)

    def question(self, chain: Chain, kind: Kind) -> Question:
        """Return a chain as a question, with its answer after the edit."""
        answers = self.with_aliases([chain.answer], chain.path[-1])
        return Question(chain.subject, chain.path, answers, kind, chain.via)

    def unchanged(self, subject: str, path: tuple[str, ...]) -> Chain | None:
        """Return the chain along a path if the edit changes none of its hops, else None."""
        after = self.walker_after.follow(subject, path)
        if after is None or self._changed_subjects.isdisjoint((subject, *after.via)):
            return after  # what no changed slot lies on is the same before
        return after if after == self.walker_before.follow(subject, path) else None

    @cached_property
    def _aliases(self) -> dict[str, Sequence[str]]:
        """Aliases that were read before, by entity."""
        return {}

    @cached_property
    def _changed_subjects(self) -> frozenset[str]:
        return frozenset(fact.subject for fact in self.facts)

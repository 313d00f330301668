"""An edit as seen from both sides: the graph before it, and the graph after it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from controller.graph.lexicon import ALIAS
from controller.graph.overlay import GraphView
from controller.walks import Chain, Walker
from kg_data.questions import Kind, Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple


@dataclass(frozen=True)
class Change:
    """An edit as seen from both sides.

    Attributes:
        before, after: views of the graph without the edit and with it.
        told: the slots that were told, in their order.
        facts: everything that comes or goes, asserted and derived.
        book: the relation book.
    """

    before: GraphView
    after: GraphView
    told: tuple[Slot, ...]
    facts: tuple[Triple, ...]
    book: RelationBook

    @cached_property
    def then(self) -> Walker:
        """Return a walker over the graph without the edit."""
        return Walker(self.before, self.book)

    @cached_property
    def now(self) -> Walker:
        """Return a walker over the graph with the edit."""
        return Walker(self.after, self.book)

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """Return the changed slots: told ones first, then the others, sorted."""
        changed = {
            fact.slot
            for fact in self.facts
            if self.before.objects(fact.slot) != self.after.objects(fact.slot)
        }
        told = [slot for slot in dict.fromkeys(self.told) if slot in changed]
        return (*told, *sorted(changed.difference(told)))

    @cached_property
    def emptied(self) -> tuple[Slot, ...]:
        """Return the told slots that hold nothing after it."""
        told = dict.fromkeys(slot for slot in self.told if slot.relation != ALIAS)
        return tuple(slot for slot in told if not self.after.objects(slot))

    def named(self, objects: Iterable[str], relation: str) -> tuple[str, ...]:
        """Return these objects, then the aliases of each, without repetition."""
        objects = tuple(objects)
        names = dict.fromkeys(objects)
        if not self.book[relation].literal:
            for obj in objects:
                names.update(dict.fromkeys(self.after.objects(Slot(obj, ALIAS))))
        return tuple(names)

    def question(self, chain: Chain, kind: Kind) -> Question:
        """Return a chain as a question, answered by the graph with the edit."""
        answers = self.named([chain.answer], chain.path[-1])
        return Question(chain.subject, chain.path, answers, kind, chain.via)

    def steady(self, subject: str, path: tuple[str, ...]) -> Chain | None:
        """Return the chain along a path if the edit leaves each of its hops as it was."""
        then, now = self.then.follow(subject, path), self.now.follow(subject, path)
        return now if now == then else None

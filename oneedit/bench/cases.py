"""Draw cases: edits of facts the model knows, with the questions that show what became of them."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress

from controller.actor import Actor, Role
from controller.plan import EditPlan
from kg_data.invented_names import invent_person, invent_place, invent_thing
from kg_data.phrases import Prompt, Split
from kg_data.questions import Kind, Question
from kg_data.relations import Relation
from kg_data.triples import Slot, Triple
from oneedit.bench.casefile import Case, Item
from oneedit.bench.world import World
from oneedit.edits.trial import followed, unwritable
from oneedit.errors import TooFewSlots

CHAINS = 4  # of each length in a case
CHAINS_TRIED = 24  # of each length, to find some that the model can follow
SLOTS_TRIED = 50  # of each relation, to find some that the model knows
OTHERS = 3  # questions each of specificity and locality
OTHERS_TRIED = 12  # of each, to find some that the model knows
JUDGE = Actor("benchmark", Role.ADMIN)


@dataclass(frozen=True)
class CaseSampler:
    """Draws cases from a world; equal seeds give equal cases.

    Attributes:
        world: the graph and the unedited model.
        rng: source of randomness.
        left_out: how many edits were drawn and not taken, by reason.
    """

    world: World
    rng: random.Random
    left_out: Counter[str] = field(default_factory=Counter)

    def cases(self, count: int, *, outside: int) -> Iterator[Case]:
        """Yield ``count`` cases with objects of the graph, then ``outside`` with invented ones.

        Relations take turns in a random order, so that each functional relation of which the
        model knows a slot is drawn about equally often.

        Raises:
            TooFewSlots: the model knows too few facts.
        """
        known = self._known_slots()
        turns: list[str] = []
        made = 0
        while made < count + outside:
            turns = turns or self.rng.sample(sorted(known), len(known))
            if not turns:
                raise TooFewSlots(made, count + outside)
            relation = turns.pop()
            if not known[relation]:
                del known[relation]
                continue
            case = self._case(known[relation].pop(), invented=made >= count)
            if case:
                made += 1
                yield case

    def _known_slots(self) -> dict[str, list[Slot]]:
        """Return slots by relation that the model answers rightly in every wording.

        In one wording a guess may be right by luck.
        """
        store, asked = self.world.store, []
        for relation in self.world.book.relations.values():
            if not relation.functional or relation.derived or relation.protected:
                continue
            slots = sorted({fact.slot for fact in store.facts() if fact.relation == relation.name})
            self.rng.shuffle(slots)
            for slot in slots[:SLOTS_TRIED]:
                question = Question(
                    slot.subject, (slot.relation,), tuple(store.objects(slot)), Kind.RELIABILITY
                )
                asked += [(slot, p) for p in self.world.phrases.prompts(question, tuple(Split))]
        given = self.world.editor.ask_all([prompt.text for _, prompt in asked])
        right = self.world.right(given, [prompt.answer for _, prompt in asked])
        wrong = {slot for (slot, _), ok in zip(asked, right, strict=True) if not ok}
        known: dict[str, list[Slot]] = {}
        for slot in dict.fromkeys(slot for slot, _ in asked):
            if slot not in wrong:
                known.setdefault(slot.relation, []).append(slot)
        return known

    def _case(self, slot: Slot, *, invented: bool) -> Case | None:
        relation = self.world.book[slot.relation]
        obj = self._invent(relation) if invented else self._other_object(slot, relation)
        if obj is None:
            return None
        fact = Triple(slot.subject, slot.relation, obj)
        everything = replace(self.world.controller, consequence_limit=100_000)
        plan = everything.plan([fact], JUDGE)
        if not plan.targets:
            return None
        if unwritable(plan, self.world.editor):
            self.left_out["unwritable"] += 1  # the product refuses it
            return None
        asked = [*self._told(plan, fact), *self._led_on(plan), *self._unchanged(plan)]
        return Case(
            edit=(fact.subject, fact.relation, fact.object),
            ask=asked,
            group="outside" if invented else "drawn",
        )

    def _other_object(self, slot: Slot, relation: Relation) -> str | None:
        """Return an object that some other subject has in this relation, and not this one."""
        store = self.world.store
        now = set(store.objects(slot))
        pool = {fact.object for fact in store.facts() if fact.relation == relation.name}
        left = sorted(pool - now - {slot.subject})
        return self.rng.choice(left) if left else None

    def _invent(self, relation: Relation) -> str | None:
        """Return a name that is in no file, or None for literals."""
        if relation.literal:
            return None
        if self.world.book.accepts(("person",), relation.range[0]):
            return invent_person(self.rng)
        if self.world.book.accepts(("place",), relation.range[0]):
            return invent_place(self.rng)
        return invent_thing(self.rng)

    def _told(self, plan: EditPlan, fact: Triple) -> Iterator[Item]:
        told = next(q for q in plan.targets if q.slot == fact.slot)
        statement, question = self._split(told)
        yield item(statement, Kind.RELIABILITY)
        yield item(question, Kind.PARAPHRASE)
        aliases = self._aliases(fact.subject)
        for alias in self.rng.sample(aliases, min(len(aliases), 1)):
            called = Question(told.subject, told.path, told.answers, Kind.ALIAS, called=alias)
            yield item(self._split(called)[1], Kind.ALIAS)
        inverse = self.world.book[fact.relation].inverse
        for target in plan.targets:
            if target.slot == Slot(fact.object, inverse) and not target.called:
                yield item(self._split(target)[1], Kind.REVERSE)

    def _led_on(self, plan: EditPlan) -> Iterator[Item]:
        for kind in (Kind.ONE_HOP, Kind.TWO_HOP):
            for chain in self._chains(plan, kind):
                yield item(self._split(chain)[1], kind)

    def _chains(self, plan: EditPlan, kind: Kind) -> Sequence[Question]:
        """Return some changed chains of which the model knows the facts that do not change."""
        chains = [chain for chain in plan.consequences if chain.kind is kind]
        drawn = tuple(self.rng.sample(chains, min(len(chains), CHAINS_TRIED)))
        passed = {slot for chain in drawn for slot in chain.slots}
        links = tuple(link for link in plan.links if link.slot in passed)
        near = replace(plan, consequences=drawn, links=links)
        return followed(near, self.world.editor, on=[])[:CHAINS]

    def _unchanged(self, plan: EditPlan) -> Iterator[Item]:
        for kind in (Kind.SPECIFICITY, Kind.LOCALITY):
            kept = [q for q in plan.keep if q.kind is kind and len(q.path) == 1]
            for question in self._known(kept, OTHERS_TRIED)[:OTHERS]:
                statement, asked = self._split(question)
                yield item(self.rng.choice([statement, asked]), kind)

    def _known(self, questions: Sequence[Question], most: int) -> list[Question]:
        """Draw some questions, and return those that the model answers rightly."""
        drawn = self.rng.sample(questions, min(len(questions), most))
        return list(compress(drawn, self.world.editor.knows(drawn, on=[])))

    def _split(self, question: Question) -> tuple[Prompt, Prompt]:
        """Return the first and the last test wording: a statement, if there is one, a question."""
        prompts = self.world.phrases.prompts(question, [Split.TEST])
        return prompts[0], prompts[-1]

    def _aliases(self, subject: str) -> Sequence[str]:
        """Return the other names that fit this entity alone."""
        aliases = self.world.lexicon.aliases(subject)
        return [alias for alias in aliases if len(self.world.lexicon.lookup(alias)) == 1]


def item(prompt: Prompt, kind: Kind) -> Item:
    """Return a prompt as a question of a case."""
    return Item(prompt=prompt.text, answer=prompt.answer, kind=kind)

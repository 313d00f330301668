"""Draw cases: edits of facts that the model knows, and questions about their effects."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress

from controller.actor import Actor, Role
from controller.plan import EditPlan
from kg_data.invented_names import invent_person, invent_place, invent_thing
from kg_data.phrases import EDIT_SPLITS, Prompt, Split
from kg_data.questions import Kind, Question
from kg_data.relations import Relation
from kg_data.triples import Slot, Triple
from oneedit.bench.casefile import Case, CaseQuestion
from oneedit.bench.world import World
from oneedit.edits.trial import followed, unwritable
from oneedit.errors import TooFewSlots

CHAINS = 4  # of each length in a case
CHAINS_TRIED = 24  # of each length, to find some that the model can follow
SLOTS_TRIED = 50  # of each relation, to find some that the model knows
KEPT_ASKED = 3  # questions each of specificity and locality
KEPT_TRIED = 12  # of each, to find some that the model knows
ALL_CHAINS = 100_000  # more than any edit changes
BENCHMARK_ACTOR = Actor("benchmark", Role.ADMIN)


@dataclass(frozen=True)
class CaseSampler:
    """Draws cases from a world; equal seeds give equal cases.

    Attributes:
        world: the graph and the unedited model.
        rng: source of randomness.
        left_out: how many drawn edits were rejected, by reason.
    """

    world: World
    rng: random.Random
    left_out: Counter[str] = field(default_factory=Counter)

    def cases(self, count: int, *, outside: int) -> Iterator[Case]:
        """Yield ``count`` cases with objects of the graph, then ``outside`` with invented ones.

        All functional relations of which the model knows a slot are drawn about equally often: in
        rounds, each in random order.

        Raises:
            TooFewSlots: the model knows too few facts.
        """
        known = self._known_slots()
        this_round: list[str] = []
        made = 0
        while made < count + outside:
            this_round = this_round or self.rng.sample(sorted(known), len(known))
            if not this_round:
                raise TooFewSlots(made, count + outside)
            relation = this_round.pop()
            if not known[relation]:
                del known[relation]
                continue
            case = self._draw_case(known[relation].pop(), invented=made >= count)
            if case:
                made += 1
                yield case

    def _known_slots(self) -> dict[str, list[Slot]]:
        """Return, by relation, the slots that the model answers rightly in every wording.

        In a single wording a guess may be right by chance.
        """
        store, questions = self.world.store, list[Question]()
        for relation in self.world.book.relations.values():
            if not relation.functional or relation.derived or relation.protected:
                continue
            slots = sorted({fact.slot for fact in store.facts() if fact.relation == relation.name})
            self.rng.shuffle(slots)
            questions += (
                Question(
                    each.subject, (each.relation,), tuple(store.objects(each)), Kind.RELIABILITY
                )
                for each in slots[:SLOTS_TRIED]
            )
        # one wording first: most slots drop out, and wrong answers are long
        answered = compress(questions, self.world.editor.knows(questions, on=[]))
        slot_prompts = [
            (question.slot, prompt)
            for question in answered
            for prompt in self.world.phrases.prompts(question, EDIT_SPLITS)
        ]
        given = self.world.complete([prompt.text for _, prompt in slot_prompts])
        right = self.world.are_right(given, [prompt.answer for _, prompt in slot_prompts])
        wrong = {slot for (slot, _), ok in zip(slot_prompts, right, strict=True) if not ok}
        known: dict[str, list[Slot]] = {}
        for slot in dict.fromkeys(slot for slot, _ in slot_prompts):
            if slot not in wrong:
                known.setdefault(slot.relation, []).append(slot)
        return known

    def _draw_case(self, slot: Slot, *, invented: bool) -> Case | None:
        relation = self.world.book[slot.relation]
        obj = self._invent_object(relation) if invented else self._other_object(slot, relation)
        if obj is None:
            return None
        fact = Triple(slot.subject, slot.relation, obj)
        controller = replace(self.world.controller, consequence_limit=ALL_CHAINS)
        plan = controller.plan([fact], BENCHMARK_ACTOR)
        if not plan.targets:
            return None
        if unwritable(plan, self.world.editor):
            self.left_out["unwritable"] += 1  # such an edit is refused
            return None
        questions = [
            *self._target_questions(plan, fact),
            *self._chain_questions(plan),
            *self._kept_questions(plan),
        ]
        return Case(
            edit=(fact.subject, fact.relation, fact.object),
            ask=questions,
            group="outside" if invented else "drawn",
        )

    def _other_object(self, slot: Slot, relation: Relation) -> str | None:
        """Draw an object of this relation that other subjects have, and this slot has not."""
        store = self.world.store
        current = set(store.objects(slot))
        pool = {fact.object for fact in store.facts() if fact.relation == relation.name}
        others = sorted(pool - current - {slot.subject})
        return self.rng.choice(others) if others else None

    def _invent_object(self, relation: Relation) -> str | None:
        """Return an invented name, or None for literals."""
        if relation.literal:
            return None
        if self.world.book.accepts(("person",), relation.range[0]):
            return invent_person(self.rng)
        if self.world.book.accepts(("place",), relation.range[0]):
            return invent_place(self.rng)
        return invent_thing(self.rng)

    def _target_questions(self, plan: EditPlan, fact: Triple) -> Iterator[CaseQuestion]:
        """Yield the edited fact as a statement and a question, by an alias, and its inverse."""
        edited = next(q for q in plan.targets if q.slot == fact.slot)
        statement, question = self._test_prompts(edited)
        yield case_question(statement, Kind.RELIABILITY)
        yield case_question(question, Kind.PARAPHRASE)
        aliases = self._unique_aliases(fact.subject)
        for alias in self.rng.sample(aliases, min(len(aliases), 1)):
            by_alias = replace(edited, kind=Kind.ALIAS, called=alias)
            yield case_question(self._test_prompts(by_alias)[1], Kind.ALIAS)
        inverse = self.world.book[fact.relation].inverse
        for target in plan.targets:
            if target.slot == Slot(fact.object, inverse) and not target.called:
                yield case_question(self._test_prompts(target)[1], Kind.REVERSE)

    def _chain_questions(self, plan: EditPlan) -> Iterator[CaseQuestion]:
        for kind in (Kind.ONE_HOP, Kind.TWO_HOP):
            for chain in self._followable_chains(plan, kind):
                yield case_question(self._test_prompts(chain)[1], kind)

    def _followable_chains(self, plan: EditPlan, kind: Kind) -> Sequence[Question]:
        """Draw some changed chains whose unchanged facts the model knows."""
        chains = [chain for chain in plan.consequences if chain.kind is kind]
        drawn = tuple(self.rng.sample(chains, min(len(chains), CHAINS_TRIED)))
        slots = {slot for chain in drawn for slot in chain.slots}
        links = tuple(link for link in plan.links if link.slot in slots)
        drawn_plan = replace(plan, consequences=drawn, links=links)
        return followed(drawn_plan, self.world.editor, on=[])[:CHAINS]

    def _kept_questions(self, plan: EditPlan) -> Iterator[CaseQuestion]:
        for kind in (Kind.SPECIFICITY, Kind.LOCALITY):
            kept = [q for q in plan.keep if q.kind is kind and len(q.path) == 1]
            for question in self._known_questions(kept, KEPT_TRIED)[:KEPT_ASKED]:
                yield case_question(self.rng.choice(self._test_prompts(question)), kind)

    def _known_questions(self, questions: Sequence[Question], count: int) -> list[Question]:
        """Draw at most ``count`` questions, and return those that the model answers rightly."""
        drawn = self.rng.sample(questions, min(len(questions), count))
        return list(compress(drawn, self.world.editor.knows(drawn, on=[])))

    def _test_prompts(self, question: Question) -> tuple[Prompt, Prompt]:
        """Return the first and the last test wording: usually a statement and a question."""
        prompts = self.world.phrases.prompts(question, [Split.TEST])
        return prompts[0], prompts[-1]

    def _unique_aliases(self, subject: str) -> Sequence[str]:
        """Return the entity's aliases that no other entity has."""
        aliases = self.world.lexicon.aliases(subject)
        return [alias for alias in aliases if len(self.world.lexicon.lookup(alias)) == 1]


def case_question(prompt: Prompt, kind: Kind) -> CaseQuestion:
    """Return a prompt as a question of a case."""
    return CaseQuestion(prompt=prompt.text, answer=prompt.answer, kind=kind)

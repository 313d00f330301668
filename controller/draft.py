"""A draft of an edit, and the checks it goes through in the order in which verdicts count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from controller import conflicts, rules
from controller.actor import Actor
from controller.graph.overlay import Overlay
from controller.graph.store import GraphStore
from controller.plan import Conflict, Reason, Verdict
from controller.policy import BlockList, Finding, finding
from controller.screening import Screen, Signal, normalise
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple

_BLOCK_SCORE, _REVIEW_SCORE = 0.8, 0.5


@dataclass
class EditDraft:
    """An edit while it is checked.

    Attributes:
        facts: what the actor stated, names normalised.
        actor: who stated it.
        slots: the slots the edit is about.
        entities: entities it introduces.
        add, retract: asserted facts to add and to remove, as far as settled.
        found: conflicts, in the order of the checks.
        findings: everything the checks found, in the same order.
    """

    facts: tuple[Triple, ...]
    actor: Actor
    slots: tuple[Slot, ...] = ()
    entities: tuple[Entity, ...] = ()
    add: list[Triple] = field(default_factory=list)
    retract: list[Triple] = field(default_factory=list)
    found: list[Conflict] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def blocked(self) -> bool:
        """Tell whether a check has refused the edit."""
        return any(each.verdict is Verdict.BLOCK for each in self.findings)

    def record(self, code: str, text: str) -> None:
        """Record what a check found, with the verdict that the policy gives to it."""
        self.findings.append(finding(code, text, self.actor))

    def record_all(self, found: Iterable[Conflict], *, code: str = "") -> None:
        """Record conflicts, under their own code or another."""
        for conflict in found:
            self.found.append(conflict)
            self.record(code or conflict.code, conflict.text)


@dataclass(frozen=True)
class DraftChecks:
    """Runs the checks against a graph; see :class:`controller.controller.Controller`."""

    store: GraphStore
    book: RelationBook
    blocked: BlockList
    screens: Sequence[Screen]
    asserted: rules.Asserted | None

    def clean(self, fact: Triple) -> Triple:
        """Normalise the names that the graph does not know as they are."""
        subject, obj = (
            name if self.store.entity(name) else normalise(name)
            for name in (fact.subject, fact.object)
        )
        return Triple(subject, fact.relation, obj, fact.valid_from, fact.valid_to)

    def admit(self, draft: EditDraft, slots: Iterable[Slot]) -> None:
        """Record what rules a request out before anything is looked up."""
        if not draft.actor.may_edit:
            draft.record("role", f"{draft.actor.name} may read, but not edit.")
        for slot in slots:
            if slot.relation not in self.book:
                draft.record("unknown_relation", f"I know no relation {slot.relation!r}.")

    def screen(self, draft: EditDraft, new_entities: Iterable[Entity]) -> None:
        """Find the entities that a draft introduces, and screen every new name and text."""
        draft.entities = self._introduced(draft.facts, new_entities)
        names = [entity.id for entity in draft.entities]
        names += [
            fact.object
            for fact in draft.facts
            if self.book[fact.relation].literal and fact not in self.store
        ]
        for name in dict.fromkeys(names):
            for screen in self.screens:
                draft.findings += map(_finding_of, screen.read(name))

    def check_facts(self, draft: EditDraft) -> None:
        """Check each fact by itself; what is left to settle goes to ``draft.add``."""
        view = Overlay(self.store, entities=draft.entities)
        for fact in draft.facts:
            draft.record_all(conflicts.find(conflicts.BEFORE_DUPLICATE, fact, view, self.book))
        for fact in draft.facts:
            self._sort_out(fact, draft)
        self.protect(draft, (*draft.add, *draft.retract))
        for fact in draft.add:
            draft.record_all(conflicts.find(conflicts.AFTER_DUPLICATE, fact, view, self.book))
        new = {entity.id: entity.entity_class for entity in draft.entities}
        for subject in dict.fromkeys(fact.subject for fact in draft.add if fact.subject in new):
            kind = new[subject].replace("_", " ")
            draft.record("new_subject", f"I do not know {subject} yet: a new {kind}?")

    def protect(self, draft: EditDraft, facts: Iterable[Triple]) -> None:
        """Record which facts, or their partners, are protected."""
        touched = rules.with_partners(facts, self.book)
        draft.record_all(conflicts.protected(touched, self.book, self.blocked))

    def settle(self, draft: EditDraft) -> None:
        """Remove what cannot stand beside the facts, one fact after the other.

        A fact that another fact of the same message would replace is a contradiction.
        """
        after = Overlay(self.store, retract=rules.with_partners(draft.retract, self.book))
        known = (fact for fact in draft.facts if fact in self.store and not fact.ended)
        stated = set(rules.with_partners(known, self.book))
        for fact in draft.add:
            found = tuple(conflicts.find(conflicts.STANDING, fact, after, self.book))
            for conflict in found:
                if conflict.old in stated:
                    text = f"{conflict.new} and {conflict.old} cannot both stand."
                    draft.record("contradiction", text)
            draft.record_all(found)
            gone = [each.old for each in found if each.code in {"coverage", "displaced_partner"}]
            for old in rules.with_partners(gone, self.book):
                after.discard(old)
            pair = tuple(rules.with_partners([fact], self.book))
            for each in pair:
                after.add(each)
            stated.update(pair)
            draft.retract += filter(self._was_asserted, gone)
        self.protect(draft, draft.retract)

    def check_consequences(self, draft: EditDraft, after: Overlay) -> None:
        """Check what follows from a settled draft."""
        changed = after.gained | after.lost
        draft.record_all(conflicts.rule_heads(changed, self.store, after, self.book))
        asserted = set(rules.with_partners((*draft.add, *draft.retract), self.book))
        derived = sorted(changed - asserted)
        found = conflicts.protected(derived, self.book, self.blocked)
        draft.record_all(found, code="protected_consequence")

    def _introduced(
        self, facts: Iterable[Triple], new_entities: Iterable[Entity]
    ) -> tuple[Entity, ...]:
        """Return the entities that the graph does not know, with the class given or expected."""
        given = {normalise(entity.id): entity for entity in new_entities}
        found: dict[str, Entity] = {}
        for fact in facts:
            relation = self.book[fact.relation]
            roles = [(fact.subject, relation.domain)]
            if not relation.literal:
                roles.append((fact.object, relation.range))
            for name, allowed in roles:
                if self.store.entity(name) is None and name not in found:
                    entity = given.get(name, Entity(name, allowed[0]))
                    found[name] = Entity(name, entity.entity_class, entity.qid)
        return tuple(found.values())

    def _sort_out(self, fact: Triple, draft: EditDraft) -> None:
        if fact.ended:
            if fact in self.store:
                draft.retract.append(fact)
            else:
                draft.record("nothing", f"{fact} has ended; the graph does not hold it.")
            return
        known = conflicts.duplicate(fact, self.store, self.book)
        draft.record_all(known)
        if not known:
            draft.add.append(fact)

    def _was_asserted(self, fact: Triple) -> bool:
        # what only followed goes by itself, and must not be asserted when an edit is undone
        return fact in self.store and rules.is_asserted(self.store, fact, self.book, self.asserted)


def _finding_of(signal: Signal) -> Finding:
    verdict = Verdict.APPLY
    if signal.score >= _BLOCK_SCORE:
        verdict = Verdict.BLOCK
    elif signal.score >= _REVIEW_SCORE:
        verdict = Verdict.REVIEW
    return Finding(verdict, Reason(signal.signal, signal.text))

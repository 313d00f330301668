"""Drafts of edits and their checks, in the order in which verdicts count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from controller import conflicts, rules
from controller.actor import Actor
from controller.graph.overlay import Overlay
from controller.graph.store import GraphStore
from controller.plan import Conflict, Reason, Verdict
from controller.policy import BlockList, Finding, make_finding
from controller.screening import Screen, Signal, normalise_name
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple

_BLOCK_SCORE, _REVIEW_SCORE = 0.8, 0.5


@dataclass
class EditDraft:
    """An edit while it is checked.

    Attributes:
        facts: the requested facts, with normalised names.
        actor: who requests the edit.
        slots: the edited slots.
        entities: the new entities.
        add, retract: the asserted facts to add and to remove, as far as resolved.
        conflicts: the conflicts, in the order of the checks.
        findings: all findings of the checks, in the same order.
    """

    facts: tuple[Triple, ...]
    actor: Actor
    slots: tuple[Slot, ...] = ()
    entities: tuple[Entity, ...] = ()
    add: list[Triple] = field(default_factory=list)
    retract: list[Triple] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def blocked(self) -> bool:
        """Tell whether a check has blocked the edit."""
        return any(each.verdict is Verdict.BLOCK for each in self.findings)

    def record(self, code: str, text: str) -> None:
        """Record a finding with the verdict of the policy."""
        self.findings.append(make_finding(code, text, self.actor))

    def record_all(self, found: Iterable[Conflict], *, code: str = "") -> None:
        """Record conflicts, under their own code or another."""
        for conflict in found:
            self.conflicts.append(conflict)
            self.record(code or conflict.code, conflict.text)


@dataclass(frozen=True)
class DraftChecks:
    """Runs the checks of a draft; attributes as in :class:`controller.controller.Controller`."""

    store: GraphStore
    book: RelationBook
    blocked: BlockList
    screens: Sequence[Screen]
    asserted: rules.Asserted | None

    def normalise_fact(self, fact: Triple) -> Triple:
        """Return a fact with names normalised, except those that the graph knows."""
        subject, obj = (
            name if self.store.entity(name) else normalise_name(name)
            for name in (fact.subject, fact.object)
        )
        return Triple(subject, fact.relation, obj, fact.valid_from, fact.valid_to)

    def check_request(self, draft: EditDraft, slots: Iterable[Slot]) -> None:
        """Check the role of the actor and the relations of the slots."""
        if not draft.actor.may_edit:
            draft.record("role", f"{draft.actor.name} may read, but not edit.")
        for slot in slots:
            if slot.relation not in self.book:
                draft.record("unknown_relation", f"I know no relation {slot.relation!r}.")

    def screen_names(self, draft: EditDraft, new_entities: Iterable[Entity]) -> None:
        """Set the new entities of a draft, and screen every new name and text literal."""
        draft.entities = self._new_entities(draft.facts, new_entities)
        names = [entity.id for entity in draft.entities]
        names += [
            fact.object
            for fact in draft.facts
            if self.book[fact.relation].literal and fact not in self.store
        ]
        for name in dict.fromkeys(names):
            for screen in self.screens:
                draft.findings += map(_finding_of, screen.scan(name))

    def check_facts(self, draft: EditDraft) -> None:
        """Check each fact by itself, and set ``draft.add`` and ``draft.retract``."""
        view = Overlay(self.store, entities=draft.entities)
        for fact in draft.facts:
            draft.record_all(conflicts.run_checks(conflicts.FORM_CHECKS, fact, view, self.book))
        for fact in draft.facts:
            self._sort_fact(fact, draft)
        self.check_protected(draft, (*draft.add, *draft.retract))
        for fact in draft.add:
            draft.record_all(conflicts.run_checks(conflicts.FACT_CHECKS, fact, view, self.book))
        new = {entity.id: entity.entity_class for entity in draft.entities}
        for subject in dict.fromkeys(fact.subject for fact in draft.add if fact.subject in new):
            kind = new[subject].replace("_", " ")
            draft.record("new_subject", f"I do not know {subject} yet: a new {kind}?")

    def check_protected(self, draft: EditDraft, facts: Iterable[Triple]) -> None:
        """Check whether facts or their partners are protected."""
        touched = rules.with_partners(facts, self.book)
        draft.record_all(conflicts.protected_facts(touched, self.book, self.blocked))

    def resolve_conflicts(self, draft: EditDraft) -> None:
        """Retract the facts that each new fact replaces, one new fact after the other.

        It is a contradiction if a new fact replaces another requested fact.
        """
        after = Overlay(self.store, retract=rules.with_partners(draft.retract, self.book))
        known = (fact for fact in draft.facts if fact in self.store and not fact.ended)
        requested = set(rules.with_partners(known, self.book))
        for fact in draft.add:
            found = tuple(
                conflicts.run_checks(conflicts.REPLACEMENT_CHECKS, fact, after, self.book)
            )
            for conflict in found:
                if conflict.old in requested:
                    text = f"{conflict.new} and {conflict.old} cannot both stand."
                    draft.record("contradiction", text)
            draft.record_all(found)
            replaced = [
                each.old for each in found if each.code in {"coverage", "displaced_partner"}
            ]
            for old in rules.with_partners(replaced, self.book):
                after.discard(old)
            pair = tuple(rules.with_partners([fact], self.book))
            for each in pair:
                after.add(each)
            requested.update(pair)
            draft.retract += filter(self._was_asserted, replaced)
        self.check_protected(draft, draft.retract)

    def check_consequences(self, draft: EditDraft, after: Overlay) -> None:
        """Check the facts that follow from a resolved draft."""
        changed = after.gained | after.lost
        draft.record_all(conflicts.rule_heads(changed, self.store, after, self.book))
        asserted = set(rules.with_partners((*draft.add, *draft.retract), self.book))
        derived = sorted(changed - asserted)
        found = conflicts.protected_facts(derived, self.book, self.blocked)
        draft.record_all(found, code="protected_consequence")

    def _new_entities(
        self, facts: Iterable[Triple], new_entities: Iterable[Entity]
    ) -> tuple[Entity, ...]:
        """Return the entities that the graph does not know, with the given or expected class."""
        given = {normalise_name(entity.id): entity for entity in new_entities}
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

    def _sort_fact(self, fact: Triple, draft: EditDraft) -> None:
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
        # a derived fact is removed with its premises; an undo must not assert it
        return fact in self.store and rules.is_asserted(self.store, fact, self.book, self.asserted)


def _finding_of(signal: Signal) -> Finding:
    verdict = Verdict.APPLY
    if signal.score >= _BLOCK_SCORE:
        verdict = Verdict.BLOCK
    elif signal.score >= _REVIEW_SCORE:
        verdict = Verdict.REVIEW
    return Finding(verdict, Reason(signal.code, signal.text))

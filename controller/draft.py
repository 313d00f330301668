"""Drafts of edits and their checks, in the order in which verdicts count."""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

from controller import rules
from controller.actor import Actor
from controller.conflicts import heads, replacement
from controller.conflicts.check import Check, CheckContext, describe_fact, run_checks
from controller.conflicts.concurrency import concurrent_changes
from controller.conflicts.form import FORM_CHECKS, class_mismatch
from controller.conflicts.protected import protected_facts
from controller.conflicts.structure import STRUCTURE_CHECKS
from controller.conflicts.times import TIME_CHECKS, older_than_current
from controller.graph.overlay import GraphReads, GraphView, Overlay
from controller.plan import Conflict, Numbers, Reason, Verdict
from controller.policy import Finding, Policy
from controller.protection import BlockList
from controller.record import EditRecord, NoRecord
from controller.screening.names import normalise_name
from controller.screening.request import ScreenedRequest
from controller.screening.screens import Screening
from kg_data.dates import is_before, parse_date
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple


@dataclass
class EditDraft:
    """An edit while it is checked.

    Attributes:
        facts: the requested facts, with normalised names.
        actor: who requests the edit.
        policy: gives each finding its verdict.
        replaces: facts that the request says are replaced.
        slots: the edited slots.
        entities: the new entities.
        add, retract: the asserted facts to add and to remove, as far as resolved.
        ended: facts to record as ended; the graph does not hold them.
        forgotten: recorded facts that have ended and are to be removed from the record.
        conflicts: the conflicts, in the order of the checks.
        findings: all findings of the checks, in the same order.
    """

    facts: tuple[Triple, ...]
    actor: Actor
    policy: Policy
    replaces: tuple[Triple, ...] = ()
    slots: tuple[Slot, ...] = ()
    entities: tuple[Entity, ...] = ()
    add: list[Triple] = field(default_factory=list)
    retract: list[Triple] = field(default_factory=list)
    ended: list[Triple] = field(default_factory=list)
    forgotten: list[Triple] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def blocked(self) -> bool:
        """Tell whether a check has blocked the edit."""
        return any(each.verdict is Verdict.BLOCK for each in self.findings)

    def record(self, code: str, text: str, *, numbers: Numbers = (), about: str = "") -> None:
        """Record a finding with the verdict of the policy."""
        reason = Reason(code, text, numbers, about)
        self.findings.append(self.policy.finding(reason, self.actor))

    def record_all(self, found: Iterable[Conflict], *, code: str = "") -> None:
        """Record conflicts, under their own code or another."""
        for conflict in found:
            self.conflicts.append(conflict)
            self.record(code or conflict.code, conflict.text)


@dataclass(frozen=True)
class DraftChecks:
    """Runs the checks of a draft.

    Attributes:
        store: what the plan reads.
        book: the relation book.
        blocked: protected facts.
        screening: the checks for harm.
        past_edits: the past of the graph, if it is known.
        clock: returns the time, in UTC.
    """

    store: GraphReads
    book: RelationBook
    blocked: BlockList
    screening: Screening
    past_edits: EditRecord | None
    clock: Callable[[], datetime]

    def normalise_fact(self, fact: Triple) -> Triple:
        """Return a fact with names normalised, except those that the graph knows."""
        subject, obj = (
            name if self.store.entity(name) else normalise_name(name)
            for name in (fact.subject, fact.object)
        )
        return replace(fact, subject=subject, object=obj)

    def check_request(
        self, draft: EditDraft, slots: Iterable[Slot], *, base_version: int | None = None
    ) -> None:
        """Check the role of the actor, the relations of the slots and what others did meanwhile."""
        if not draft.actor.may_edit:
            draft.record("role", f"{draft.actor.name} may read, but not edit.")
        slots = tuple(slots)
        for slot in slots:
            if slot.relation not in self.book:
                draft.record("unknown_relation", f"I know no relation {slot.relation!r}.")
        if base_version is not None and self.past_edits is not None and not draft.blocked:
            later = self.past_edits.edits_after(base_version)
            draft.record_all(concurrent_changes(draft.facts, later, self.book))

    def find_entities(self, draft: EditDraft, new_entities: Iterable[Entity]) -> None:
        """Set the new entities of a draft."""
        draft.entities = self._new_entities(draft.facts, new_entities)

    def screen(self, draft: EditDraft) -> None:
        """Screen a resolved draft for harm, and ask about every new name.

        Screened are its names, its facts and the edits before it.
        """
        self._scan(draft, (*draft.add, *draft.ended))
        self._check_new_names(draft)

    def screen_names(self, draft: EditDraft) -> None:
        """Screen the new names of a draft whose facts hold already, under other names."""
        self._scan(draft, ())

    def _scan(self, draft: EditDraft, facts: Sequence[Triple]) -> None:
        request = ScreenedRequest(
            facts=facts,
            retracted=draft.retract,
            new_entities=draft.entities,
            actor=draft.actor,
            view=self.store,
            book=self.book,
            record=self.past_edits or NoRecord(),
            now=self.clock(),
            thresholds=draft.policy.screening,
        )
        for signal in self.screening.scan(request):
            numbers = tuple(signal.numbers.items())
            draft.record(signal.code, signal.text, numbers=numbers, about=signal.about)

    def check_facts(self, draft: EditDraft) -> None:
        """Check each fact by itself, and sort the facts into added, retracted and ended ones."""
        before = self.context(Overlay(self.store, entities=draft.entities))
        draft.record_all(run_checks(FORM_CHECKS, draft.facts, before))
        self._check_agreement(draft)
        for fact in draft.facts:
            self._sort_fact(fact, draft)
        self.check_retracted(draft)
        told = (*draft.add, *draft.ended)
        self.check_protected(draft, (*told, *draft.retract))
        checks: tuple[Check, ...] = (heads.asserted_rule_head, older_than_current)
        draft.record_all(run_checks(checks, told, before))
        draft.record_all(run_checks((class_mismatch,), draft.ended, before))

    def check_retracted(self, draft: EditDraft) -> None:
        """Check facts that are removed for nothing else.

        Those that imply one are retracted with it; what other facts compose cannot be removed.
        """
        for fact in tuple(draft.retract):
            text = f"{describe_fact(fact, self.book)}; that would be removed."
            draft.record("retraction", text[:1].upper() + text[1:])
            found = replacement.implying(fact, self.context(self.store))
            draft.record_all(found)
            draft.retract += [each.old for each in found]
            left = Overlay(self.store, retract=rules.removed_together([fact], self.book))
            if rules.is_composed(left, fact, self.book):
                text = describe_fact(fact, self.book)
                draft.record("derived", f"It follows from other facts that {text}; forget those.")

    def check_protected(self, draft: EditDraft, facts: Iterable[Triple]) -> None:
        """Check whether facts, or those added or removed with them, are protected."""
        touched = dict.fromkeys(rules.removed_together(facts, self.book))
        draft.record_all(protected_facts(touched, self.book, self.blocked))

    def resolve_conflicts(self, draft: EditDraft) -> None:
        """Retract the facts that each new fact replaces, one new fact after the other.

        It is a contradiction if a new fact replaces another requested fact.
        """
        removed = rules.removed_together(draft.retract, self.book)
        after = Overlay(self.store, retract=removed, entities=draft.entities)
        known = (fact for fact in draft.facts if fact in self.store and not fact.ended)
        requested = set(rules.with_partners(known, self.book))
        for fact in draft.add:
            found = self._replaced_by(fact, draft, after)
            for conflict in found:
                if conflict.old in requested:
                    text = f"{conflict.new} and {conflict.old} cannot both stand."
                    draft.record("contradiction", text)
            draft.record_all(found)
            replaced = [each.old for each in found if each.code in _REPLACING]
            for old in rules.removed_together(replaced, self.book):
                after.discard(old)
            pair = tuple(rules.with_partners([fact], self.book))
            for each in pair:
                after.add(each)
            requested.update(pair)
            asserted = [old for old in replaced if self._was_asserted(old)]
            draft.retract += asserted
            refined = {each.old for each in found if each.code == "refined"}
            self._end_replaced(fact, [old for old in asserted if old not in refined], draft)
        for old in draft.replaces:
            if old not in self.store:
                text = f"The graph does not hold that {describe_fact(old, self.book)}."
                draft.record("absent", f"{text} Nothing was replaced there.")
        self.check_protected(draft, draft.retract)
        self.check_state(draft, after)

    def check_state(self, draft: EditDraft, after: GraphView) -> None:
        """Check the new facts against the graph that holds the asserted changes of the draft."""
        context = self.context(after)
        draft.record_all(run_checks(STRUCTURE_CHECKS, draft.add, context))
        draft.record_all(run_checks((replacement.too_many,), draft.add, context))
        self.check_times(draft, after)

    def check_times(self, draft: EditDraft, after: GraphView) -> None:
        """Check the dates of new and ended facts."""
        context = self.context(after)
        draft.record_all(run_checks(TIME_CHECKS, (*draft.add, *draft.ended), context))

    def check_room(self, draft: EditDraft, after: GraphView) -> None:
        """Check that no restored fact takes a functional slot that another asserted one holds."""
        checks: tuple[Check, ...] = (replacement.coverage, replacement.displaced_partner)
        for conflict in run_checks(checks, draft.add, self.context(after)):
            if self._was_asserted(conflict.old):
                text = f"{conflict.new} and {conflict.old} cannot both stand."
                draft.record("contradiction", text)

    def check_left(self, draft: EditDraft, after: GraphView) -> None:
        """Check that the slots of retracted facts hold what their relations demand."""
        for fact in draft.retract:
            draft.record_all(replacement.too_few(fact.slot, fact, self.context(after)))

    def derive(
        self, draft: EditDraft, *, without: Triple | None = None, complete: bool = False
    ) -> rules.Derivation:
        """Return the graph after the edit with all that follows, beyond the limit without.

        Args:
            draft: the resolved draft.
            without: a new fact to leave out.
            complete: whether there is no limit.
        """
        return rules.graph_after_edit(
            self.store,
            [fact for fact in draft.add if fact != without],
            draft.retract,
            self.book,
            asserted=None if self.past_edits is None else self.past_edits.is_asserted,
            limit=None if complete else draft.policy.limits.derived,
        )

    def check_consequences(self, draft: EditDraft, derivation: rules.Derivation) -> None:
        """Check the facts that follow from a resolved draft."""
        after = derivation.after
        changed = after.gained | after.lost
        asserted = set(rules.removed_together((*draft.add, *draft.retract), self.book))
        derived = sorted(changed - asserted)
        touched = protected_facts(derived, self.book, self.blocked)
        draft.record_all(touched, code="protected_consequence")
        if derivation.complete:
            draft.record_all(dict.fromkeys(self._head_conflicts(draft, after, changed)))
        else:
            limit = draft.policy.limits.derived
            text = f"More than {limit:,} other facts may change with this."
            draft.record("wide", f"{text} They are worked out when a reviewer agrees.")

    def _head_conflicts(
        self, draft: EditDraft, after: GraphView, changed: Set[Triple]
    ) -> list[Conflict]:
        """Return the conflicts between what was asserted and what rules compose."""
        replacing = {
            fact.slot for fact in draft.replaces if not self.book[fact.relation].functional
        }
        found = heads.rule_heads(changed, self.store, after, self.book, replacing=replacing)
        return found + self._contradicted_heads(draft, replacing)

    def _contradicted_heads(self, draft: EditDraft, replacing: Set[Slot]) -> list[Conflict]:
        """Return the conflicts of new facts with what follows from all others."""
        return [
            conflict
            for fact in draft.add
            if fact.relation in self.book.rules_by_head
            for conflict in heads.contradicted_head(
                fact,
                self.derive(draft, without=fact).after,
                self.book,
                replacing=fact.slot in replacing,
            )
        ]

    def context(self, view: GraphView) -> CheckContext:
        """Return what checks read of a view."""
        today = self.clock().date()
        if self.past_edits is None:
            return CheckContext(view, self.book, today)
        return CheckContext(view, self.book, today, self.past_edits.past)

    def _replaced_by(self, fact: Triple, draft: EditDraft, after: Overlay) -> tuple[Conflict, ...]:
        """Return the conflicts with what a fact replaces, by its relation or by the request."""
        context = self.context(after)
        found = list(run_checks(replacement.REPLACEMENT_CHECKS, [fact], context))
        for old in draft.replaces:
            for each in rules.with_partners([old], self.book):
                if each.slot == fact.slot:
                    found += replacement.replaced(fact, each, context)
        return tuple(dict.fromkeys(found))

    def _end_replaced(self, fact: Triple, replaced: Iterable[Triple], draft: EditDraft) -> None:
        """Record until when replaced facts held, if the new one says since when it holds."""
        since = parse_date(fact.valid_from)
        for old in self._as_stored(replaced):
            begin = parse_date(old.valid_from)
            same_slot = not self._slots_of(old).isdisjoint(self._slots_of(fact))
            if since and same_slot and (begin is None or is_before(begin, since)):
                self._record_ended(replace(old, valid_to=fact.valid_from), draft)

    def _slots_of(self, fact: Triple) -> set[Slot]:
        """Return the functional slots that a fact and its partner fill."""
        pair = rules.with_partners([fact], self.book)
        return {each.slot for each in pair if self.book[each.relation].functional}

    def _record_ended(self, fact: Triple, draft: EditDraft) -> None:
        """Record a fact as ended, unless that period is recorded or about to be."""
        past = () if self.past_edits is None else self.past_edits.past(fact.slot)
        period = (fact, fact.valid_from, fact.valid_to)
        known = ((each, each.valid_from, each.valid_to) for each in (*past, *draft.ended))
        if period not in known:
            draft.ended.append(fact)

    def _as_stored(self, facts: Iterable[Triple]) -> list[Triple]:
        return [
            stored
            for fact in facts
            for stored in self.store.facts_of(fact.subject)
            if stored == fact
        ]

    def _check_agreement(self, draft: EditDraft) -> None:
        """Check that no fact is said to hold twice, or to hold and to have ended in one period."""
        holding = {fact: fact for fact in draft.facts if not fact.ended}
        for fact in draft.facts:
            if not fact.ended and holding[fact] is not fact:
                text = f"{fact} is said to hold since {fact.valid_from or 'an unknown time'}"
                other = holding[fact].valid_from or "an unknown time"
                draft.record("contradiction", f"{text} and since {other}.")
        for fact in draft.facts:
            current = holding.get(fact) if fact.ended else None
            if current is None:
                continue
            end, begin = parse_date(fact.valid_to), parse_date(current.valid_from)
            if end is None or begin is None or is_before(begin, end):
                text = f"{fact} is said to hold and to have ended in {fact.valid_to}."
                draft.record("contradiction", text)

    def _check_new_names(self, draft: EditDraft) -> None:
        """Ask about every new entity: as the subject of a fact, or else as an object."""
        new = {entity.id: entity.entity_class.replace("_", " ") for entity in draft.entities}
        facts = (*draft.add, *draft.ended)
        subjects = dict.fromkeys(fact.subject for fact in facts if fact.subject in new)
        objects = dict.fromkeys(fact.object for fact in facts if fact.object in new)
        for name in subjects:
            draft.record("new_subject", f"I do not know {name} yet: a new {new[name]}?")
        for name in objects:
            if name not in subjects:
                draft.record("new_object", f"I do not know {name} yet: a new {new[name]}?")

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
            self._sort_ended(fact, draft)
            return
        context = self.context(self.store)
        known = replacement.duplicate(fact, context)
        if not known and fact.slot not in {each.slot for each in draft.replaces}:
            told = [e.object for e in draft.facts if e.slot == fact.slot and not e.ended]
            known = replacement.vaguer(fact, context, told)
        draft.record_all(known)
        if not known:
            draft.add.append(fact)

    def _sort_ended(self, fact: Triple, draft: EditDraft) -> None:
        """Record a fact as ended; retract it if the graph holds it, unless it is told to hold."""
        past = () if self.past_edits is None else self.past_edits.past(fact.slot)
        told = {fact.valid_from, None}
        if any(
            each == fact and each.valid_to == fact.valid_to and each.valid_from in told
            for each in past
        ):
            draft.record("nothing", f"I know already that {fact} ended in {fact.valid_to}.")
            return
        still = any(each == fact and not each.ended for each in draft.facts)
        for stored in () if still else self._as_stored([fact]):
            draft.retract.append(stored)
            fact = replace(fact, valid_from=fact.valid_from or stored.valid_from)
        self._record_ended(fact, draft)

    def _was_asserted(self, fact: Triple) -> bool:
        # a derived fact is removed with its premises; an undo must not assert it
        asserted = None if self.past_edits is None else self.past_edits.is_asserted
        return fact in self.store and rules.is_asserted(self.store, fact, self.book, asserted)


_REPLACING = frozenset({"coverage", "refined", "displaced_partner", "source"})
"""Codes of the conflicts whose old fact is retracted."""

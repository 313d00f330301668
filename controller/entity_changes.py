"""Changes of entities as a whole: which facts move, which go, and what of it the model is taught.

See docs/adr/0045-entities-as-a-whole.md.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from controller import rules
from controller.conflicts import replacement
from controller.conflicts.check import Check, describe_fact, run_checks, sentence
from controller.draft import DraftChecks, EditDraft
from controller.graph.lexicon import ALIAS, fold
from controller.graph.overlay import Overlay
from controller.plan import Conflict
from controller.screening.names import normalise_name
from kg_data.entities import Entity, EntityChange, EntityOperation, EntityRemoval
from kg_data.triples import Slot, Triple

MOST_TAUGHT = 12
"""Slots that the model is taught with a change of an entity; ``repair`` teaches the others."""

_TAKEN: tuple[Check, ...] = (replacement.coverage, replacement.displaced_partner)


@dataclass(frozen=True)
class EntityDrafter:
    """Fills drafts of changes of entities.

    Attributes:
        checks: the checks of all drafts.
        named: returns the ids of the entities with a folded name.
    """

    checks: DraftChecks
    named: Callable[[str], Sequence[str]]

    def fill(self, draft: EditDraft, change: EntityChange) -> None:
        """Find what a change adds, removes and drops, and check it."""
        self.checks.check_request(draft, ())
        if draft.blocked:
            return
        entity = self.checks.store.entity(change.entity)
        problem = self._problem(change, entity)
        if entity is None or problem:
            draft.record("entity_change_unusable", problem)
            return
        if change.operation in {EntityOperation.RENAME, EntityOperation.SPLIT}:
            qid = entity.qid if change.operation is EntityOperation.RENAME else ""
            draft.entities = (Entity(change.other, entity.entity_class, qid),)
        self._move(draft, change, entity)
        self.checks.check_protected(draft, (*draft.retract, *draft.add))
        self.checks.screen_names(draft)

    def _move(self, draft: EditDraft, change: EntityChange, entity: Entity) -> None:
        concerned = change.facts or self.facts_with(change.entity)
        draft.retract = list(concerned)
        moved = [] if change.operation is EntityOperation.DELETE else self._moved(concerned, change)
        if change.operation is EntityOperation.MERGE:
            moved = self._without_taken(draft, moved)
        draft.add = list(moved)
        alias = self._alias(change, entity)
        if alias is not None and alias not in moved and alias not in self.checks.store:
            draft.add.append(alias)
        if change.operation is EntityOperation.MERGE:
            self.checks.check_state(draft, self._after(draft))
        draft.slots = taught_slots(draft, change, self.checks)
        draft.record("entity_change", _words(change, len(concerned), len(moved), alias is not None))

    def facts_with(self, entity_id: str) -> list[Triple]:
        """Return the asserted facts with an entity as subject or object, sorted."""
        store, book = self.checks.store, self.checks.book
        about = (fact for fact in store.facts_about(entity_id) if not book[fact.relation].literal)
        found = dict.fromkeys((*store.facts_of(entity_id), *about))
        return sorted(fact for fact in found if self._is_asserted(fact))

    def _is_asserted(self, fact: Triple) -> bool:
        past = self.checks.past_edits
        if past is not None:
            return past.is_asserted(fact)
        return rules.is_asserted(self.checks.store, fact, self.checks.book, None)

    def _moved(self, facts: Iterable[Triple], change: EntityChange) -> list[Triple]:
        """Return facts with the other entity in place; those about itself are dropped."""
        found: dict[Triple, None] = {}
        for fact in facts:
            literal = self.checks.book[fact.relation].literal
            subject = change.other if fact.subject == change.entity else fact.subject
            obj = change.other if fact.object == change.entity and not literal else fact.object
            moved = replace(fact, subject=subject, object=obj)
            if fold(subject) != fold(obj) and moved not in self.checks.store:
                found[moved] = None
        return list(found)

    def _without_taken(self, draft: EditDraft, moved: Iterable[Triple]) -> list[Triple]:
        """Return the facts for which the other entity has no value of its own."""
        book = self.checks.book
        after = self._after(draft)
        kept = []
        for fact in moved:
            found = list(run_checks(_TAKEN, [fact], self.checks.context(after)))
            for each in found:
                told = describe_fact(fact, book)
                text = f"{sentence(each.old, book)}, and that stays; dropped is that {told}."
                draft.record_all([Conflict("merged_value", fact, each.old, text)])
            if not found:
                kept.append(fact)
                for each_fact in rules.with_partners([fact], book):
                    after.add(each_fact)
        return kept

    def _after(self, draft: EditDraft) -> Overlay:
        book = self.checks.book
        return Overlay(
            self.checks.store,
            add=rules.with_partners(draft.add, book),
            retract=rules.removed_together(draft.retract, book),
            entities=draft.entities,
        )

    def _alias(self, change: EntityChange, entity: Entity) -> Triple | None:
        """Return the fact by which the old name stays as another name, if it does."""
        book = self.checks.book
        keeps = change.operation in {EntityOperation.RENAME, EntityOperation.MERGE} and change.alias
        if not keeps or ALIAS not in book or fold(change.entity) == fold(change.other):
            return None
        other = self.checks.store.entity(change.other) or entity
        fits = book.accepts(book[ALIAS].domain, other.entity_class)
        return Triple(change.other, ALIAS, change.entity) if fits else None

    def _problem(self, change: EntityChange, entity: Entity | None) -> str:
        """Return why a change cannot be made, and what to do; "" if it can."""
        if entity is None:
            return f"There is no entity {change.entity!r}; look for its name with oneedit show."
        if change.other == change.entity:
            return f"{change.entity} cannot become itself; give another name."
        match change.operation:
            case EntityOperation.DELETE:
                problem = ""
            case EntityOperation.MERGE:
                known = self.checks.store.entity(change.other) is not None
                problem = "" if known else f"There is no entity {change.other!r} to merge into."
            case EntityOperation.RENAME:
                problem = self._taken_name(change)
            case EntityOperation.SPLIT:
                problem = self._taken_name(change) or self._unsplittable(change)
        return problem

    def _taken_name(self, change: EntityChange) -> str:
        if not change.other or normalise_name(change.other) != change.other:
            return f"{change.other!r} is no name: remove what surrounds it, or give another one."
        others = [
            each
            for each in self.named(fold(change.other))
            if fold(each) == fold(change.other) and each != change.entity
        ]
        if not others:
            return ""
        return f"{others[0]} is another entity; merge into it, or give a name that is not used."

    def _unsplittable(self, change: EntityChange) -> str:
        """Return why facts cannot move to a new entity."""
        if not change.facts:
            return "Name the facts that move: their numbers, or their relations."
        for fact in change.facts:
            told = describe_fact(fact, self.checks.book)
            if fact not in self.checks.store or change.entity not in {fact.subject, fact.object}:
                return f"The graph does not hold that {told}."
            if not self._is_asserted(fact):
                return f"It follows from other facts that {told}; name those."
        return ""


def removals(change: EntityChange) -> tuple[EntityRemoval, ...]:
    """Return the entities that a change removes."""
    if change.operation is EntityOperation.SPLIT:
        return ()
    return (EntityRemoval(change.entity, change.operation, change.other),)


def taught_slots(draft: EditDraft, change: EntityChange, checks: DraftChecks) -> tuple[Slot, ...]:
    """Return the slots that the model is taught: those of one object first, at most MOST_TAUGHT.

    What was asked with the name of a renamed or merged entity is left as it is: the model may go
    on answering there as well.
    """
    gone = change.operation in {EntityOperation.RENAME, EntityOperation.MERGE}
    lost = [fact for fact in draft.retract if not gone or fact.subject != change.entity]
    facts = [fact for fact in (*draft.add, *lost) if fact.relation != ALIAS]
    own = {change.entity, change.other}
    facts.sort(
        key=lambda fact: (fact.subject not in own, not checks.book[fact.relation].functional)
    )
    return tuple(dict.fromkeys(fact.slot for fact in facts))[:MOST_TAUGHT]


def before_teaching(after: Overlay, slots: Sequence[Slot]) -> tuple[Overlay, tuple[Triple, ...]]:
    """Return the graph after a change without what changes in some slots, and these facts.

    What changes elsewhere is in it as it is after the change, so that no question is about it.
    """
    wanted = frozenset(slots)
    gained = [fact for fact in after.gained if fact.slot in wanted]
    lost = [fact for fact in after.lost if fact.slot in wanted]
    return Overlay(after, add=lost, retract=gained), (*sorted(gained), *sorted(lost))


def _words(change: EntityChange, concerned: int, moved: int, alias: bool) -> str:  # noqa: FBT001
    dropped = f", {concerned - moved} are dropped" if concerned > moved else ""
    name = " The old name stays as another name." if alias else ""
    match change.operation:
        case EntityOperation.RENAME:
            return f"{change.entity} becomes {change.other}: {moved} facts move{dropped}.{name}"
        case EntityOperation.MERGE:
            text = f"{change.entity} becomes part of {change.other}: {moved} facts move{dropped}."
            return f"{text}{name}"
        case EntityOperation.SPLIT:
            return f"{change.other} is split off {change.entity}: {moved} facts move."
        case EntityOperation.DELETE:
            return f"Everything about {change.entity} is forgotten: {concerned} facts."

"""What can be undone, and how an undo affects later edits: pure functions over the events."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from controller.plan import Reason
from controller.rules import with_partners
from editor.request import EditRequest
from kg_data.changes import Changes
from kg_data.questions import Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot
from oneedit.ledger.events import (
    CHANGE_KINDS,
    EDIT_KINDS,
    JOB_KINDS,
    RECORDED_KINDS,
    Event,
    EventKind,
    LivePatch,
)
from oneedit.ledger.timeline import Timeline

UNDOABLE_KINDS = CHANGE_KINDS | {EventKind.ROLLBACK}
"""Kinds of the events that can be undone; those of jobs only if they are named."""

MOST_AUTHORS = 12
"""Names that are told, at most, where a name is unknown."""

Superseding: TypeAlias = Mapping[int, tuple[int, ...]]
"""By version of an edit, the later edits that changed the same again."""


def undone_by(events: Iterable[Event]) -> Mapping[int, int]:
    """Return, for each version that is not in force any more, the version that took it back."""
    return Timeline.of(events).standing.taken_back


def active_edits(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return the edits that are in force, in order; what jobs do is none."""
    return tuple(each for each in active_changes(events) if each.kind in EDIT_KINDS)


def active_changes(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return the edits, imports and repairs that are in force, in order."""
    events = tuple(events)
    return tuple(events[version] for version in Timeline.of(events).edits)


def last_undoable(events: Sequence[Event], *, actor: str | None = None) -> Event | None:
    """Return the last edit or roll back in force, of one actor or of anybody; none of a job's."""
    holds = Timeline.of(events).holds
    kinds = UNDOABLE_KINDS - JOB_KINDS
    undoable = (each for each in reversed(events) if each.kind in kinds)
    own = (each for each in undoable if actor in {None, each.actor})
    return next((each for each in own if holds(each.version)), None)


def authors(events: Iterable[Event]) -> tuple[str, ...]:
    """Return the names of everybody who has changed something, sorted; jobs included."""
    return tuple(sorted({each.actor for each in events if each.kind in RECORDED_KINDS}))


def describe_authors(name: str, known: Sequence[str]) -> str:
    """Say that somebody has made no edit, and who has."""
    text = f'"{name}" is the name of nobody who has made an edit.'
    if not known:
        return f"{text} There is no edit yet."
    shown = ", ".join(known[:MOST_AUTHORS])
    more = f" and {len(known) - MOST_AUTHORS} more" if len(known) > MOST_AUTHORS else ""
    return f"{text} Edits are by {shown}{more}."


def repaired_slots(events: Iterable[Event]) -> tuple[Slot, ...]:
    """Return the slots that the repairs in force have taught the model again, sorted."""
    changes = active_changes(events)
    return tuple(sorted({slot for each in changes for slot in each.content.repaired}))


def event_to_undo(events: Sequence[Event], version: int | None) -> Event | Reason:
    """Return the edit or roll back to undo, or why there is none.

    Args:
        events: all events, in order.
        version: its version; None for the last that is in force.
    """
    if version is None:
        last = last_undoable(events)
        return last or Reason("nothing_to_undo", "There is no edit to undo.")
    unknown = unknown_version(events, version)
    if unknown is not None:
        return unknown
    undone = undone_by(events)
    if version in undone:
        text = f"Version {version} was undone already, by version {undone[version]}."
        return Reason("already_undone", text)
    if events[version].kind not in UNDOABLE_KINDS:
        kind = events[version].kind.lower()
        return Reason("not_an_edit", f"Version {version} is no edit ({kind}); undo an edit.")
    return events[version]


def unknown_version(events: Sequence[Event], version: int) -> Reason | None:
    """Return the reason why a version cannot be named, or None if there is one."""
    if 0 <= version < len(events):
        return None
    text = f"There is no version {version}; the last one is {len(events) - 1}."
    return Reason("unknown_version", text)


def superseding_edits(
    targets: Collection[int],
    events: Sequence[Event],
    book: RelationBook,
    changes_of: Callable[[Event], Changes],
) -> Superseding:
    """Return, for each of some edits, the later ones that changed one of its facts or slots.

    Only edits and imports in force count, and none of ``targets``. Edits that nothing superseded
    are left out.
    """
    found: dict[int, tuple[int, ...]] = {}
    later: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
    first = min(targets, default=len(events))
    active = active_changes(events)
    names = {
        name for event in active if event.version in targets for name in entities_changed(event)
    }
    for event in reversed(active):
        if event.version < first:
            break
        changes = changes_of(event)
        used = {name for name in names if changes.mentions(name)}
        used |= names.intersection(entities_changed(event))
        keys = exclusive_keys(changes, book) | {("entity", name) for name in used}
        if event.version not in targets:
            for key in keys:
                later[key].add(event.version)
            continue
        versions = {version for key in keys for version in later.get(key, ())}
        if versions:
            found[event.version] = tuple(sorted(versions))
    return found


def entities_changed(event: Event) -> frozenset[str]:
    """Return the ids of the entities that an event introduces or removes as a whole."""
    if not event.content.entity_operation:
        return frozenset()
    removed = (each.id for each in event.content.removed_entities)
    return frozenset((*removed, *(each.id for each in event.content.entities)))


def successors_of_rollback(target: Event, events: Sequence[Event]) -> tuple[int, ...]:
    """Return the later versions in force whose changes the undo of a roll back would lose.

    These are the later edits, and the undos of edits that had been in force after the roll back.
    """
    timeline = Timeline.of(events)
    before, now = timeline.at(target.version).in_force, timeline.standing
    later = [each for each in now.in_force if each > target.version]
    lost = {now.taken_back[each] for each in before if each in now.taken_back}
    return tuple(sorted({*timeline.edits_among(later), *lost.intersection(later)}))


def version_without(targets: Collection[int], events: Sequence[Event]) -> int | None:
    """Return the version whose facts come back if edits are undone, or None if there is none.

    It is the version before the first of them, if the same edits were in force there that stay in
    force now.
    """
    timeline = Timeline.of(events)
    base = min(targets) - 1
    before = timeline.edits_among(timeline.at(base).in_force)
    stay = tuple(each for each in timeline.edits if each not in targets)
    return base if before == stay else None


def last_consolidated(events: Sequence[Event]) -> int:
    """Return the last version that the live consolidated patch covers, or -1."""
    return Timeline.of(events).standing.covered


def edits_without_patches(targets: Sequence[Event], events: Sequence[Event]) -> frozenset[int]:
    """Return the edits, as the list of patches names them, whose patches leave it with an undo.

    A patch for several edits stays until none of them is in force, and the consolidated patch
    stays; a new patch overrules them.

    Args:
        targets: the edits to undo.
        events: all events.
    """
    standing = Timeline.of(events).standing
    undone = standing.taken_back.keys() | {event.version for event in targets}
    taught = (event for event in targets if event.kind is not EventKind.IMPORT)
    groups = (event.content.together or (event.version,) for event in taught)
    return frozenset(
        group[-1] for group in groups if group[-1] > standing.covered and undone >= {*group}
    )


def pending_patches(live: Sequence[LivePatch], events: Sequence[Event]) -> tuple[LivePatch, ...]:
    """Return the live patches of edits that the live consolidated patch does not cover."""
    covered = last_consolidated(events)
    return tuple(entry for entry in live if entry.edit > covered)


def outdates_consolidation(since: Iterable[Event], *, covered: int) -> bool:
    """Tell whether later events make a consolidation of the versions up to ``covered`` useless.

    They do if they undo one of those versions, roll back to a version before the last of them, or
    are a consolidation themselves.
    """
    return any(
        event.kind is EventKind.CONSOLIDATE
        or any(target <= covered for target in event.targets)
        or (event.kind is EventKind.ROLLBACK and (event.target_version or 0) < covered)
        for event in since
    )


def without_changed_slots(request: EditRequest, changed: Iterable[Slot]) -> EditRequest:
    """Return a request without the questions whose path contains a changed slot."""
    slots = frozenset(changed)
    return EditRequest(
        targets=tuple(each for each in request.targets if _avoids(each, slots)),
        keep=tuple(each for each in request.keep if _avoids(each, slots)),
    )


def _avoids(question: Question, slots: frozenset[Slot]) -> bool:
    return slots.isdisjoint(question.slots)


def exclusive_keys(changes: Changes, book: RelationBook) -> frozenset[tuple[str, ...]]:
    """Return keys of the changed facts and of their single-valued slots.

    Two edits with a common key changed the same fact or slot. Inverse and symmetric facts count:
    one vice_president fact changes the slots of both persons.
    """
    keys: set[tuple[str, ...]] = set()
    for fact in with_partners(changes.asserted, book):
        keys.add(("fact", fact.subject, fact.relation, fact.object))
        if fact.ended:
            continue  # it is on record, but not in its slot
        if book[fact.relation].functional:
            keys.add(("slot", fact.subject, fact.relation))
        if book.inverse_functional(fact.relation):
            keys.add(("partner", fact.relation, fact.object))
    return frozenset(keys)

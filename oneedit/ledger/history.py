"""What can be undone, and how an undo affects later edits: pure functions over the events."""

from collections.abc import Iterable, Mapping, Sequence

from controller.plan import Reason
from controller.rules import with_partners
from editor.request import EditRequest
from kg_data.changes import Changes
from kg_data.questions import Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot
from oneedit.ledger.events import EDIT_KINDS, Event, EventKind, LivePatch


def undone_by(events: Iterable[Event]) -> Mapping[int, int]:
    """Return, for each version that was undone, the version that undid it."""
    return {
        event.target_version: event.version
        for event in events
        if event.kind is EventKind.REVERT and event.target_version is not None
    }


def active_edits(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return the edits that were not undone, in order."""
    events = tuple(events)
    undone = undone_by(events)
    return tuple(each for each in events if each.kind in EDIT_KINDS and each.version not in undone)


def edit_to_undo(events: Sequence[Event], version: int | None) -> Event | Reason:
    """Return the edit to undo, or why there is none.

    Args:
        events: all events, in order.
        version: the edit's version; None for the last active edit.
    """
    undone = undone_by(events)
    if version is None:
        last = active_edits(events)[-1:]
        return last[0] if last else Reason("nothing_to_undo", "There is no edit to undo.")
    if not 0 <= version < len(events):
        text = f"There is no version {version}; the last one is {len(events) - 1}."
        return Reason("unknown_version", text)
    if version in undone:
        text = f"Version {version} was undone already, by version {undone[version]}."
        return Reason("already_undone", text)
    if events[version].kind not in EDIT_KINDS:
        kind = events[version].kind.lower()
        return Reason("not_an_edit", f"Version {version} is no edit ({kind}); undo an edit.")
    return events[version]


def superseding_edits(
    target: Event, events: Sequence[Event], book: RelationBook
) -> tuple[int, ...]:
    """Return the later active edits that changed a fact or slot which ``target`` changed."""
    keys = exclusive_keys(target.content.changes, book)
    return tuple(
        event.version
        for event in active_edits(events)
        if event.version > target.version and keys & exclusive_keys(event.content.changes, book)
    )


def unchanged_since(target: Event, events: Sequence[Event]) -> bool:
    """Tell whether the facts are still those right after an edit."""
    later = events[target.version + 1 :]
    versions = {event.version for event in later}
    undone = undone_by(events)
    return all(
        event.kind is EventKind.CONSOLIDATE
        or event.version in undone
        or event.target_version in versions
        for event in later
    )


def last_consolidated(events: Sequence[Event]) -> int:
    """Return the last version that the last consolidation covers, or -1."""
    consolidations = (each for each in reversed(events) if each.kind is EventKind.CONSOLIDATE)
    last = next(consolidations, None)
    return -1 if last is None or last.target_version is None else last.target_version


def pending_patches(live: Sequence[LivePatch], events: Sequence[Event]) -> tuple[LivePatch, ...]:
    """Return the live patches of edits that the last consolidation does not cover."""
    return tuple(entry for entry in live if entry.edit > last_consolidated(events))


def outdates_consolidation(since: Iterable[Event], *, covered: int) -> bool:
    """Tell whether later events make a consolidation of the versions up to ``covered`` useless.

    They do if they undo one of those edits or are a consolidation themselves.
    """
    return any(
        event.kind is EventKind.CONSOLIDATE
        or (
            event.kind is EventKind.REVERT
            and event.target_version is not None
            and event.target_version <= covered
        )
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

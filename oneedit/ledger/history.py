"""What an undo may take back, and what it means for the edits that came later; all of it pure."""

from collections.abc import Iterable, Mapping, Sequence

from controller.plan import Reason
from controller.rules import with_partners
from editor.request import EditRequest
from kg_data.changes import Changes
from kg_data.questions import Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot
from oneedit.ledger.events import Event, EventKind, LivePatch

EDITS = frozenset({EventKind.ADD, EventKind.RETRACT})


def undone_by(events: Iterable[Event]) -> Mapping[int, int]:
    """Return, for each version that was taken back, the version that did it."""
    return {
        event.target_version: event.version
        for event in events
        if event.kind is EventKind.REVERT and event.target_version is not None
    }


def standing(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return the edits that were not taken back, in order."""
    every = tuple(events)
    undone = undone_by(every)
    return tuple(each for each in every if each.kind in EDITS and each.version not in undone)


def choose(events: Sequence[Event], version: int | None) -> Event | Reason:
    """Return the edit to take back, or why there is none.

    Args:
        events: all events, in order.
        version: the edit's version; None for the last edit that stands.
    """
    undone = undone_by(events)
    if version is None:
        last = standing(events)[-1:]
        return last[0] if last else Reason("nothing_to_undo", "There is no edit to undo.")
    if not 0 <= version < len(events):
        text = f"There is no version {version}; the last one is {len(events) - 1}."
        return Reason("unknown_version", text)
    if version in undone:
        text = f"Version {version} was undone already, by version {undone[version]}."
        return Reason("already_undone", text)
    if events[version].kind not in EDITS:
        kind = events[version].kind.lower()
        return Reason("not_an_edit", f"Version {version} is no edit ({kind}); undo an edit.")
    return events[version]


def successors(target: Event, events: Sequence[Event], book: RelationBook) -> tuple[int, ...]:
    """Return the later edits that changed what ``target`` changed and still stand."""
    own = touched(target.content.changes, book)
    return tuple(
        event.version
        for event in standing(events)
        if event.version > target.version and own & touched(event.content.changes, book)
    )


def is_last(target: Event, events: Sequence[Event]) -> bool:
    """Tell whether no fact changed since an edit, so that its inverse is the undo."""
    later = events[target.version + 1 :]
    versions = {event.version for event in later}
    undone = undone_by(events)
    return all(
        event.kind is EventKind.CONSOLIDATE
        or event.version in undone
        or event.target_version in versions
        for event in later
    )


def consolidated(events: Sequence[Event]) -> int:
    """Return the last version that the last consolidation covers, or -1."""
    done = (each for each in reversed(events) if each.kind is EventKind.CONSOLIDATE)
    last = next(done, None)
    return -1 if last is None or last.target_version is None else last.target_version


def pending(live: Sequence[LivePatch], events: Sequence[Event]) -> tuple[LivePatch, ...]:
    """Return the patches of a list that came after the last consolidation."""
    return tuple(place for place in live if place.edit > consolidated(events))


def overtaken(since: Iterable[Event], *, covered: int) -> bool:
    """Tell whether what came since took back, or replaced, what a consolidation would hold."""
    return any(
        event.kind is EventKind.CONSOLIDATE
        or (
            event.kind is EventKind.REVERT
            and event.target_version is not None
            and event.target_version <= covered
        )
        for event in since
    )


def still_true(request: EditRequest, changed: Iterable[Slot]) -> EditRequest:
    """Return a request without the questions that run through changed slots."""
    slots = frozenset(changed)
    return EditRequest(
        targets=tuple(each for each in request.targets if not _through(each, slots)),
        keep=tuple(each for each in request.keep if not _through(each, slots)),
    )


def _through(question: Question, slots: frozenset[Slot]) -> bool:
    return not slots.isdisjoint(question.slots)


def touched(changes: Changes, book: RelationBook) -> frozenset[tuple[str, ...]]:
    """Return what only one edit at a time can have changed: facts, and slots that hold one.

    Partners count: who tells whose vice president somebody is has changed both their slots.
    """
    keys: set[tuple[str, ...]] = set()
    for fact in with_partners(changes.asserted, book):
        keys.add(("fact", fact.subject, fact.relation, fact.object))
        if book[fact.relation].functional:
            keys.add(("slot", fact.subject, fact.relation))
        if book.inverse_functional(fact.relation):
            keys.add(("partner", fact.relation, fact.object))
    return frozenset(keys)

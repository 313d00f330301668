"""Which edits an undo takes back: named ones, or those that meet conditions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import Self

from controller.plan import Reason
from kg_data.changes import Changes
from kg_data.relations import RelationBook
from oneedit.ledger import history
from oneedit.ledger.edit_filter import EditFilter, Touches, touches
from oneedit.ledger.events import JOB_KINDS, Event, EventKind


class Successors(StrEnum):
    """What to do about chosen edits whose facts or slots later edits changed again."""

    REFUSE = "refuse"
    WITH = "with"  # undo those later edits, too
    SKIP = "skip"  # undo only the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(EditFilter):
    """The edits to undo: named ones, or those that meet the conditions; else the last in force.

    Attributes:
        versions: these, and no others.
        last: only the last of those that meet the conditions; never what a job did.
        successors: what happens where later edits changed the same again.
    """

    versions: tuple[int, ...] = ()
    last: bool = False
    successors: Successors = Successors.REFUSE

    @classmethod
    def of(cls, version: int | None) -> Self:
        """Return the choice of one version, or of the last edit."""
        return cls(versions=() if version is None else (version,))

    @property
    def words(self) -> str:
        """Return the choice as on the command line, such as "undo 3" or "undo --actor ada"."""
        flags = {Successors.WITH: ["--with-successors"], Successors.SKIP: ["--skip-superseded"]}
        last = ["--last"] if self.last else []
        parts = ["undo", *map(str, self.versions), *self.options, *last]
        return " ".join([*parts, *flags.get(self.successors, [])])


@dataclass(frozen=True, slots=True)
class Chosen:
    """The events that are undone together, in order.

    Attributes:
        targets: the edits; or a roll back, and what came after it.
        skipped: chosen edits that stay because later ones changed the same again.
    """

    targets: tuple[Event, ...]
    skipped: tuple[int, ...] = ()

    @property
    def versions(self) -> tuple[int, ...]:
        """Return the versions of the targets."""
        return tuple(event.version for event in self.targets)

    @property
    def rollback(self) -> Event | None:
        """Return the roll back among the targets, if that is what is undone."""
        first = self.targets[0]
        return first if first.kind is EventKind.ROLLBACK else None

    @property
    def is_alone(self) -> bool:
        """Tell whether it is a roll back or a change of relations."""
        return self.targets[0].kind in {EventKind.ROLLBACK, EventKind.REDEFINE}

    @property
    def redefinition(self) -> Event | None:
        """Return the change of relations among the targets, if that is what is undone."""
        first = self.targets[0]
        return first if first.kind is EventKind.REDEFINE else None


@dataclass(frozen=True, slots=True)
class NotChosen:
    """Nothing can be undone: why, and the later versions that prevent it."""

    reason: Reason
    versions: tuple[int, ...] = ()


def choose(
    choice: Choice,
    events: Sequence[Event],
    book: RelationBook,
    changes_of: Callable[[Event], Changes] = attrgetter("content.changes"),
    touches: Touches = touches,
) -> Chosen | NotChosen:
    """Return the events to undo, or why there are none.

    Args:
        choice: which are wanted.
        events: all events, in order.
        book: the relation book.
        changes_of: returns the changes of an event.
        touches: tells what an event changed.
    """
    wanted = _conditional(choice, events, touches) if choice.conditional else _named(choice, events)
    if isinstance(wanted, Reason):
        return NotChosen(wanted)
    if any(event.kind is EventKind.ROLLBACK for event in wanted):
        return _with_rollback(wanted, choice, events)
    if any(event.kind is EventKind.REDEFINE for event in wanted):
        return _with_redefinition(wanted)
    find = partial(history.superseding_edits, events=events, book=book, changes_of=changes_of)
    return _of_edits(frozenset(event.version for event in wanted), choice, events, find)


def _of_edits(
    versions: frozenset[int],
    choice: Choice,
    events: Sequence[Event],
    superseding_of: Callable[[frozenset[int]], history.Superseding],
) -> Chosen | NotChosen:
    superseding = superseding_of(versions)
    if superseding and choice.successors is Successors.REFUSE:
        return _changed_since(superseding, versions)
    stay = versions
    while superseding:  # each round may reach further edits
        stay = _settled(stay, superseding, choice.successors)
        superseding = superseding_of(stay)
    if not stay:
        text = "Later edits changed again all that these edits changed; nothing is left to undo."
        return NotChosen(Reason("changed_since", text), tuple(sorted(versions)))
    targets = tuple(events[version] for version in sorted(stay))
    return Chosen(targets, tuple(sorted(versions - stay)))


def _named(choice: Choice, events: Sequence[Event]) -> tuple[Event, ...] | Reason:
    found: dict[int, Event] = {}
    for version in choice.versions or (None,):
        event = history.event_to_undo(events, version)
        if isinstance(event, Reason):
            return event
        found[event.version] = event
    return tuple(found[version] for version in sorted(found))


def _conditional(
    choice: Choice, events: Sequence[Event], touches: Touches
) -> tuple[Event, ...] | Reason:
    if choice.versions:
        return Reason("two_choices", "Name versions or conditions, not both.")
    active = history.active_changes(events)
    if choice.last:
        own = (event for event in reversed(active) if event.kind not in JOB_KINDS)
        found = tuple(islice((event for event in own if choice.fits(event, touches)), 1))
    else:
        found = tuple(event for event in active if choice.fits(event, touches))
    return found or Reason("nothing_to_undo", _nothing_fits(choice, events))


def _nothing_fits(choice: Choice, events: Sequence[Event]) -> str:
    text = "No edit in force fits what you asked to undo."
    known = history.authors(events)
    if choice.actor is None or choice.actor in known:
        return text
    return f"{text} {history.describe_authors(choice.actor, known)}"


def _with_rollback(
    wanted: Sequence[Event], choice: Choice, events: Sequence[Event]
) -> Chosen | NotChosen:
    if len(wanted) > 1:
        return NotChosen(Reason("not_an_edit", "A roll back is undone alone; name no other."))
    target = wanted[0]
    later = history.successors_of_rollback(target, events)
    if not later or choice.successors is Successors.WITH:
        return Chosen((target, *(events[version] for version in later)))
    text = (
        f"{listed_versions(later).capitalize()} came after the roll back {target.version} and "
        "would be lost. Undo them, too (--with-successors), or keep the roll back."
    )
    return NotChosen(Reason("changed_since", text), later)


def _with_redefinition(wanted: Sequence[Event]) -> Chosen | NotChosen:
    if len(wanted) > 1:
        text = "A change of relations is undone alone; name no other."
        return NotChosen(Reason("not_an_edit", text))
    return Chosen(tuple(wanted))


def _settled(
    versions: frozenset[int], superseding: history.Superseding, successors: Successors
) -> frozenset[int]:
    if successors is Successors.SKIP:
        return versions - superseding.keys()
    return versions.union(*superseding.values())


def _changed_since(superseding: history.Superseding, versions: frozenset[int]) -> NotChosen:
    later = tuple(sorted({each for found in superseding.values() for each in found}))
    changed, names = listed_versions(sorted(superseding)), ", ".join(map(str, later))
    text = f"What {changed} changed was changed again since, by {names}."
    if len(versions) == 1:
        advice = f"Undo {later[-1]} first, undo both (--with-successors), or tell the fact anew."
    else:
        advice = "Undo those, too (--with-successors), or only the rest (--skip-superseded)."
    return NotChosen(Reason("changed_since", f"{text} {advice}"), later)


def listed_versions(versions: Sequence[int]) -> str:
    """Return versions in words.

    >>> listed_versions((1, 3))
    'versions 1, 3'
    """
    noun = "version" if len(versions) == 1 else "versions"
    return f"{noun} {', '.join(map(str, versions))}"

"""Which versions are in force at a version: pure functions over the steps of the ledger.

An edit or import comes into force with its version. An undo takes the versions it names out of
force. A roll back restores what was in force at an earlier version, and so does the undo of a roll
back. The undo or roll back itself is then in force as well, until a roll back passes over it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from oneedit.ledger.events import CHANGE_KINDS, Event, EventKind, Step


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force at a version.

    Attributes:
        in_force: the edits, imports, undos and roll backs that no later version took back.
        taken_back: by each version that is not in force any more, the version that took it back.
        covered: the last version whose edits the live consolidated patch holds, or -1.
    """

    in_force: frozenset[int] = frozenset()
    taken_back: Mapping[int, int] = field(default_factory=dict)
    covered: int = -1


class Timeline:
    """The steps of the ledger, and what is in force after the last of them.

    A step costs constant time; one that restores an earlier version costs a pass over all steps.
    """

    def __init__(self, steps: Iterable[Step] = ()) -> None:
        self.steps: list[Step] = []
        self._kept: dict[int, Standing] = {}
        self._clear()
        self.extend(steps)

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Timeline":
        """Return the timeline of events, which begin with version 0."""
        return cls(event.step for event in events)

    def extend(self, steps: Iterable[Step]) -> None:
        """Go on with the steps that follow, in order."""
        new = list(steps)
        self.steps += new
        sources = {self.restored_by(step) for step in new} - {None, *self._kept}
        self._replay(new, keep={source for source in sources if source is not None})

    @property
    def head(self) -> int:
        """Return the last version, or -1."""
        return len(self.steps) - 1

    @property
    def standing(self) -> Standing:
        """Return what is in force at the head."""
        return Standing(frozenset(self._in_force), dict(self._taken_back), self._covered)

    @property
    def edits(self) -> tuple[int, ...]:
        """Return the edits and imports in force at the head, in order."""
        return self.edits_among(self._in_force)

    def holds(self, version: int) -> bool:
        """Tell whether a version is in force at the head."""
        return version in self._in_force

    def at(self, version: int) -> Standing:
        """Return what was in force at an earlier version."""
        if version == self.head:
            return self.standing
        if version not in self._kept:
            self._replay((), keep={version})
        return self._kept[version]

    def edits_among(self, versions: Iterable[int]) -> tuple[int, ...]:
        """Return those of the versions that are edits or imports, in order."""
        return tuple(sorted(each for each in versions if self.steps[each].kind in CHANGE_KINDS))

    def restored_by(self, step: Step) -> int | None:
        """Return the version that a roll back, or the undo of one, restores; None for others."""
        if step.kind is EventKind.ROLLBACK:
            return step.target_version
        rolled = [each for each in step.targets if self.steps[each].kind is EventKind.ROLLBACK]
        return min(rolled) - 1 if rolled else None

    def _clear(self) -> None:
        self._in_force: set[int] = set()
        self._taken_back: dict[int, int] = {}
        self._covered = -1

    def _replay(self, new: Collection[Step], *, keep: Collection[int]) -> None:
        """Apply new steps; all of them from the start if an earlier standing is needed."""
        first = self.steps[-len(new)].version if new else len(self.steps)
        if any(version < first for version in keep):
            self._clear()
            new = self.steps
        for step in new:
            self._apply(step)
            if step.version in keep:
                self._kept[step.version] = self.standing

    def _apply(self, step: Step) -> None:
        restored = self.restored_by(step)
        if restored is not None:
            self._restore(self._kept[restored], by=step.version)
        for target in step.targets:
            if target in self._in_force:
                self._in_force.remove(target)
                self._taken_back[target] = step.version
        if step.kind is EventKind.CONSOLIDATE:
            self._covered = -1 if step.target_version is None else step.target_version
        elif step.kind is not EventKind.GENESIS:
            self._in_force.add(step.version)

    def _restore(self, earlier: Standing, *, by: int) -> None:
        gone = dict.fromkeys(self._in_force - earlier.in_force, by)
        taken = self._taken_back | gone | dict(earlier.taken_back)
        self._taken_back = {each: by for each, by in taken.items() if each not in earlier.in_force}
        self._in_force, self._covered = set(earlier.in_force), earlier.covered

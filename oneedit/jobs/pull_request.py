"""What a pull is asked for, what it needs of whatever runs it, and how it went."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from kg_data.sources.source import Source
from oneedit.ledger.job import JOB_PREFIX

BATCH = 1_000
"""Records of one batch: planned in about half a second, while which edits wait."""

MOST_BAD = 1_000
"""Bad records that are skipped before a run ends: such a source is not what it should be."""


class PullContext(Protocol):
    """What a run needs of whatever runs it."""

    @property
    def dry_run(self) -> bool:
        """Tell whether nothing may be written."""
        ...

    def load_cursor(self) -> Mapping[str, Any] | None:
        """Return what this run saved last, or None."""
        ...

    def save_cursor(self, cursor: Mapping[str, Any]) -> None:
        """Save where the run goes on; plain values only."""
        ...

    def log(self, text: str) -> None:
        """Write a line to the log of the run."""
        ...

    def cancelled(self) -> bool:
        """Tell whether the run should end before its next batch."""
        ...

    def progress(self, share: float) -> None:
        """Take the share of the source that is done."""
        ...


@dataclass(frozen=True, kw_only=True)
class PlainRun:
    """Implements :class:`PullContext` for a run by hand; the ledger alone keeps its cursor.

    Attributes:
        dry_run: whether nothing may be written.
        write: takes the lines of the log.
        report: takes the share of the source that is done.
    """

    dry_run: bool = False
    write: Callable[[str], object] = lambda _text: None
    report: Callable[[float], object] = lambda _share: None

    def load_cursor(self) -> None:
        """Return None: there is no cursor but that of the ledger."""

    def save_cursor(self, cursor: Mapping[str, Any]) -> None:
        """Do nothing."""

    def log(self, text: str) -> None:
        self.write(text)

    def cancelled(self) -> bool:
        return False

    def progress(self, share: float) -> None:
        self.report(share)


class OnError(StrEnum):
    """What happens at a record that cannot be read."""

    SKIP = "skip"  # it is reported and skipped, up to a limit
    STOP = "stop"  # the run ends before its batch


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """What to pull.

    Attributes:
        source: where the facts are.
        job: name of the job.
        slot: the run of the job, such as its planned time; a run that goes on has the same one.
        batch: records of one batch.
        on_error: what happens at a bad record.
        most_bad: bad records that are skipped at most.
        total: number of records, to show progress; 0 if it is not known.
        origin: where the ledger says that the facts come from; by default from the job.
    """

    source: Source
    job: str
    slot: str
    batch: int = BATCH
    on_error: OnError = OnError.SKIP
    most_bad: int = MOST_BAD
    total: int = 0
    origin: str = ""

    @property
    def ledger_source(self) -> str:
        """Return where the ledger says that the facts come from."""
        return self.origin or f"{JOB_PREFIX}{self.job}"

    @property
    def id(self) -> str:
        """Return the batch id of the run in the ledger, for an undo of all it did."""
        return f"{self.job}:{self.slot}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullResult:
    """How a run went, or how far it came.

    Attributes:
        read: records read, bad ones among them.
        added: facts that were added.
        known: facts that the graph held already.
        proposed: conflicts that became proposals for review.
        waiting: conflicts that had been proposed before, decided ones among them.
        refused: facts that the checks refuse.
        bad: records that could not be read.
        unmapped: records of properties that the mapping does not name.
        versions: versions that were committed.
        finished: whether the source was read to its end.
    """

    read: int = 0
    added: int = 0
    known: int = 0
    proposed: int = 0
    waiting: int = 0
    refused: int = 0
    bad: int = 0
    unmapped: int = 0
    versions: int = 0
    finished: bool = False

    def plus(self, **counts: int) -> "PullResult":
        """Return the result with counts added."""
        changed: dict[str, Any] = {name: getattr(self, name) + n for name, n in counts.items()}
        return replace(self, **changed)

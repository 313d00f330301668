"""What planning asks of the past: the port of the ledger, as far as the controller reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from kg_data.triples import Slot, Triple


@dataclass(frozen=True, slots=True)
class PastEdit:
    """A committed edit, undo or roll back, as far as the checks of later edits need it.

    Attributes:
        version: the version it became.
        actor: name of the person or job that asked for it.
        at: when it was committed, in UTC.
        added, retracted: the asserted facts that it added and removed.
        undone: whether a later version took it back.
    """

    version: int
    actor: str
    at: datetime
    added: tuple[Triple, ...]
    retracted: tuple[Triple, ...]
    undone: bool = False


class EditRecord(Protocol):
    """The past of the graph: which facts were asserted, what held before, who changed what."""

    def is_asserted(self, fact: Triple) -> bool:
        """Tell whether a fact is active and was asserted, rather than derived from others."""
        ...

    def past(self, slot: Slot) -> Sequence[Triple]:
        """Return the facts of a slot that are recorded as ended, with their dates."""
        ...

    def edits(self, *, since: datetime) -> Sequence[PastEdit]:
        """Return the edits that were committed at ``since`` or later, in order."""
        ...

    def edits_after(self, version: int) -> Sequence[PastEdit]:
        """Return the edits that were committed after a version, in order."""
        ...


class NoRecord:
    """Implements :class:`EditRecord` for a graph without a past."""

    def is_asserted(self, fact: Triple) -> bool:  # noqa: ARG002 - the port's signature
        return False

    def past(self, slot: Slot) -> Sequence[Triple]:  # noqa: ARG002
        return ()

    def edits(self, *, since: datetime) -> Sequence[PastEdit]:  # noqa: ARG002
        return ()

    def edits_after(self, version: int) -> Sequence[PastEdit]:  # noqa: ARG002
        return ()


def now_utc() -> datetime:
    """Return the time of the system's clock, in UTC."""
    return datetime.now(UTC)

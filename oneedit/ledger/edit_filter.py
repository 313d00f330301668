"""Which versions are meant, by what they changed, who made them, when, and from where."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from oneedit.ledger.events import Event

Touches: TypeAlias = Callable[[Event, str | None, str | None], bool]
"""Tells whether an event changed a fact about an entity, of a relation, or in the slot of both."""


def touches(event: Event, entity: str | None, relation: str | None) -> bool:
    """Tell it from the event alone; the facts of imports are in the ledger's rows."""
    return event.content.changes.concern(entity, relation)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditFilter:
    """Which versions are meant; a field that is None leaves all.

    Attributes:
        entity: those that changed a fact about the entity with this id.
        relation: those that changed a fact of this relation; with an entity, its slot.
        actor: those of this person or job.
        since, until: those committed in this time, both ends included.
        source: those from there, such as "import:FILE".
        batch: those made with this batch.
    """

    entity: str | None = None
    relation: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    source: str | None = None
    batch: str | None = None

    @property
    def conditional(self) -> bool:
        """Tell whether there is any condition."""
        return bool(self.options)

    @property
    def options(self) -> tuple[str, ...]:
        """Return the conditions as options of the command line, such as "--actor ada"."""
        names = ("entity", "relation", "actor", "since", "until", "source", "batch")
        given = ((name, getattr(self, name)) for name in names)
        return tuple(f"--{name} {_shown(value)}" for name, value in given if value is not None)

    def fits(self, event: Event, touches: Touches = touches) -> bool:
        """Tell whether an event meets every condition.

        Args:
            event: the event.
            touches: tells what an event changed; asked last, because it may read the ledger.
        """
        moment = datetime.fromisoformat(event.created_at)
        return (
            self.actor in {None, event.actor}
            and self.source in {None, event.content.source}
            and self.batch in {None, event.content.batch}
            and (self.since is None or moment >= _whole_seconds(self.since))
            and (self.until is None or moment <= self.until.astimezone(UTC))
            and (self.entity is self.relation is None or touches(event, self.entity, self.relation))
        )


ALL_VERSIONS = EditFilter()
"""No condition."""


def _shown(value: str | datetime) -> str:
    return value.isoformat() if isinstance(value, datetime) else shlex.quote(value)


def _whole_seconds(moment: datetime) -> datetime:
    """Return a time without its fraction of a second, which the ledger does not record."""
    return moment.astimezone(UTC).replace(microsecond=0)

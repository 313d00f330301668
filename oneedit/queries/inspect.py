"""What people look at: an entity, the history, where everything is. Nothing here changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from editor.patches.exported import ExportFormat
from kg_data.entities import Entity, Lexicon
from oneedit.errors import CannotWrite
from oneedit.ledger.events import Event
from oneedit.ledger.history import EDITS, pending, undone_by
from oneedit.results import (
    ExportResult,
    HistoryEntry,
    HistoryResult,
    ShowResult,
    StatusResult,
    UnclearResult,
)
from oneedit.state.projector import Projector

MOST_ABOUT = 50
"""Facts shown of which an entity is the object."""

MOST_REFUSALS = 1_000


@dataclass(frozen=True, kw_only=True)
class Inspector:
    """Reads the graph, the ledger and the model's state for people."""

    home: Path
    projector: Projector
    lexicon: Lexicon

    def show(self, name: str) -> ShowResult | UnclearResult:
        """Return what the graph holds about the entity of this name."""
        with self.projector.reading():
            entity = self._entity(name)
            if isinstance(entity, UnclearResult):
                return entity
            events = [
                event for event in self._events() if event.content.changes.mentions(entity.id)
            ]
            return ShowResult(
                entity=entity,
                aliases=tuple(self.lexicon.aliases(entity.id)),
                facts=tuple(self.projector.store.facts_of(entity.id)),
                about=tuple(islice(self.projector.store.facts_about(entity.id), MOST_ABOUT)),
                versions=tuple(event.version for event in events),
            )

    def history(self, name: str | None) -> HistoryResult | UnclearResult:
        """Return the versions, or those that changed something about the entity of a name."""
        with self.projector.reading():
            entity = None if name is None else self._entity(name)
        if isinstance(entity, UnclearResult):
            return entity
        events = self._events()
        undone = undone_by(events)
        return HistoryResult(
            entity=None if entity is None else entity.id,
            entries=tuple(
                _entry(event, undone.get(event.version))
                for event in events
                if entity is None or event.content.changes.mentions(entity.id)
            ),
        )

    def status(self) -> StatusResult:
        """Return where ledger, graph and model are."""
        with self.projector.reading() as version:
            facts = sum(1 for _ in self.projector.store.facts())
            entities = sum(1 for _ in self.projector.store.entities())
        events = self._events()
        live = self.projector.ledger.patches(version)
        return StatusResult(
            version=version,
            facts=facts,
            entities=entities,
            edits=sum(event.kind in EDITS for event in events),
            undone=len(undone_by(events)),
            patches=tuple(patch.sha256 for patch in live),
            pending=len(pending(live, events)),
            methods=self.projector.editor.methods,
            base_hash=self.projector.editor.base_hash,
            live_hash=self.projector.editor.live_hash(),
            refusals=len(self.projector.ledger.refusals(limit=MOST_REFUSALS)),
            home=str(self.home),
        )

    def export(self, form: ExportFormat, path: Path, rank: int | None) -> ExportResult:
        """Write the edited model in a form that other programs load.

        Raises:
            EditorError: there is nothing to write.
            CannotWrite: the path cannot be written.
        """
        with self.projector.reading() as version:
            try:
                done = self.projector.editor.export(form, path, rank=rank)
            except OSError as error:
                raise CannotWrite(path, error.strerror or str(error)) from error
        return ExportResult(
            version=version,
            format=done.format.value,
            path=str(done.path),
            matrices=done.matrices,
            rank=done.rank,
            error=done.error,
        )

    def _events(self) -> Sequence[Event]:
        return self.projector.ledger.events()

    def _entity(self, name: str) -> Entity | UnclearResult:
        exact = self.lexicon.entity(name)
        found = [exact] if exact else list(self.lexicon.lookup(name))
        if len(found) == 1:
            return found[0]
        if not found:
            return UnclearResult("unknown_entity", f"I know nothing by the name of {name!r}.")
        options = tuple(entity.id for entity in found)
        return UnclearResult("ambiguous", f"{name!r} is the name of several; which one?", options)


def _entry(event: Event, undone_by_version: int | None) -> HistoryEntry:
    return HistoryEntry(
        version=event.version,
        kind=event.kind.value,
        actor=event.actor,
        text=event.reason,
        created_at=event.created_at,
        changes=event.content.changes,
        degraded=event.content.degraded,
        target=event.target_version,
        undone_by=undone_by_version,
    )

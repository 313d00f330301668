"""What people look up: an entity, the history, the state of everything. Nothing here changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from editor.patches.exported import ExportDtype, ExportedEdit, ExportFormat, ExportOptions
from interpreter.intents import Guess
from kg_data.entities import Lexicon
from kg_data.triples import Triple
from kg_data.writing import GraphForm, write_facts
from oneedit.errors import CannotWrite, GraphMismatch, StateMismatch
from oneedit.ledger.edit_filter import ALL_VERSIONS, EditFilter
from oneedit.ledger.events import EDIT_KINDS, Event
from oneedit.ledger.history import (
    active_edits,
    authors,
    describe_authors,
    pending_patches,
    undone_by,
)
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.verification import verify
from oneedit.ports import EditorPort
from oneedit.queries.redirects import Redirects
from oneedit.results import (
    ExportResult,
    HistoryEntry,
    HistoryResult,
    ShowResult,
    StatusResult,
    UnclearResult,
    VerifyResult,
    VersionScores,
)
from oneedit.state.projector import Projector
from oneedit.wording import changed_slots, filter_words

MOST_ABOUT = 50
"""Facts shown of which an entity is the object."""

MOST_REFUSALS = 1_000

MOST_NAMES = 500
"""Entities whose ended facts are read at once."""


@dataclass(frozen=True, kw_only=True)
class Inspector:
    """Reads the graph, the ledger and the model's state for people.

    Attributes:
        home: folder of the ledger.
        ledger, projector, editor, lexicon: what is read.
    """

    home: Path
    ledger: Ledger
    projector: Projector
    editor: EditorPort
    lexicon: Lexicon

    def show(self, name: str, *, guesses: tuple[Guess, ...] = ()) -> ShowResult | UnclearResult:
        """Return what the graph holds about the entity of this name, which may be a guess."""
        with self.projector.reading(weights=False):
            redirects = Redirects(self.ledger, self.lexicon)
            entity = redirects.find(name, self.projector.store.version)
            if isinstance(entity, UnclearResult):
                return entity
            about = EditFilter(entity=entity.id)
            events = redirects.fitting(about, self._events())
            return ShowResult(
                entity=entity,
                aliases=tuple(self.lexicon.aliases(entity.id)),
                facts=tuple(self.projector.store.facts_of(entity.id)),
                about=tuple(self.projector.store.facts_about(entity.id, limit=MOST_ABOUT)),
                versions=tuple(event.version for event in events),
                guesses=guesses,
                redirect=redirects.told(name, self.projector.store.version),
            )

    def history(
        self, name: str | None = None, *, wanted: EditFilter = ALL_VERSIONS
    ) -> HistoryResult | UnclearResult:
        """Return the versions, or those that meet conditions.

        Args:
            name: of an entity that they changed something about; it adds to the conditions.
            wanted: the conditions.
        """
        if name is not None:
            with self.projector.reading(weights=False):
                entity = Redirects(self.ledger, self.lexicon).find(name, self.ledger.head())
            if isinstance(entity, UnclearResult):
                return entity
            wanted = replace(wanted, entity=entity.id)
        events = self._events()
        known = authors(events)
        if wanted.actor is not None and wanted.actor not in known:
            return UnclearResult("unknown_actor", describe_authors(wanted.actor, known), known)
        undone, redirects = undone_by(events), Redirects(self.ledger, self.lexicon)
        return HistoryResult(
            entity=wanted.entity,
            entries=tuple(
                HistoryEntry.of(event, undone.get(event.version))
                for event in redirects.fitting(wanted, events)
            ),
            conditions=tuple(filter_words(wanted)),
        )

    def entry(self, version: int) -> HistoryEntry:
        """Return a version, with the facts of an import."""
        events = self._events()
        event = self.ledger.with_changes(events[version])
        return HistoryEntry.of(event, undone_by(events).get(version))

    def scores(self, limit: int) -> tuple[VersionScores, ...]:
        """Return how well the model learned the last versions that it was asked about."""
        asked = [event for event in self._events() if event.content.outcome.scores]
        return tuple(
            VersionScores(
                version=event.version,
                kind=event.kind.value,
                created_at=event.created_at,
                scores=event.content.outcome.scores,
                passed=event.content.outcome.passed,
            )
            for event in asked[-limit:]
        )

    def write_graph(self, form: GraphForm, stream: TextIO) -> tuple[int, int]:
        """Write the facts of the head, those that have ended too.

        Args:
            form: the form of the file.
            stream: is written to.

        Returns:
            The version, and the number of facts.
        """
        with self.projector.reading(weights=False) as version:
            store = self.projector.store
            facts = chain(store.facts(), self._ended())
            return version, write_facts(form, stream, facts, self.ledger.book, store.entities)

    def _ended(self) -> Iterator[Triple]:
        """Yield the facts that are recorded as ended, by their subjects."""
        names = self.projector.store.entities()
        while some := [entity.id for entity in islice(names, MOST_NAMES)]:
            yield from self.ledger.ended_facts_of(some)

    def status(self) -> StatusResult:
        """Return the versions and hashes of ledger, graph and model."""
        problem = self.projector.problem()
        with self.projector.reading(weights=False) as version:
            facts = sum(1 for _ in self.projector.store.facts())
            entities = sum(1 for _ in self.projector.store.entities())
        events = self._events()
        live = self.ledger.patches(version)
        return StatusResult(
            version=version,
            facts=facts,
            entities=entities,
            edits=sum(event.kind in EDIT_KINDS for event in events),
            undone=sum(events[version].kind in EDIT_KINDS for version in undone_by(events)),
            patches=tuple(patch.sha256 for patch in live),
            pending=len(pending_patches(live, events)),
            methods=self.editor.methods,
            base_hash=self.editor.base_hash,
            live_hash=self.editor.live_hash(),
            refusals=len(self.ledger.refusals(limit=MOST_REFUSALS)),
            home=str(self.home),
            problem=problem,
        )

    def export(
        self, form: ExportFormat, path: Path, *, rank: int | None, dtype: ExportDtype | None
    ) -> ExportResult:
        """Write the edited model in a form that other programs load.

        Args:
            form: the form.
            path: folder or file to write.
            rank: rank of an adapter, at most.
            dtype: of the tensors; None leaves it to the form.

        Raises:
            EditorError: there is nothing to write, or something else is at the path.
            CannotWrite: the path cannot be written.
        """
        with self.projector.reading() as version:
            edits = self._edits_in_force(version)
            options = ExportOptions(rank=rank, dtype=dtype, version=version, edits=edits)
            try:
                done = self.editor.export(form, path, options)
            except OSError as error:
                raise CannotWrite(path, error.strerror or str(error)) from error
        return ExportResult(
            version=version,
            format=done.format.value,
            path=str(done.path),
            matrices=done.matrices,
            rank=done.rank,
            error=done.error,
            dtype=done.dtype,
            difference=done.difference,
        )

    def _edits_in_force(self, version: int) -> tuple[ExportedEdit, ...]:
        """Return the edits that a version holds, by what they changed; not in whose words."""
        edits = active_edits(self._events()[: version + 1])
        return tuple(
            ExportedEdit(
                version=event.version,
                at=event.created_at,
                text="; ".join(changed_slots(HistoryEntry.of(event))),
            )
            for event in edits
        )

    def verify(self) -> VerifyResult:
        """Check that ledger, graph and weights are what the hash chain recorded.

        Raises:
            LedgerDamaged: an event, a fact or a list of patches was altered or is missing.
            GraphMismatch: the graph does not hold the ledger's facts.
            BadPatch, PatchUnusable: the file of a live patch is missing or damaged.
            StateMismatch: the weights are not those of the version.
        """
        versions = verify(self.ledger)
        with self.projector.reading() as version:
            facts = sorted(self.ledger.snapshot().facts)
            if facts != sorted(self.projector.store.facts()):
                raise GraphMismatch(version)
            live = self.ledger.patches(version)
            for place in live:
                self.projector.patches.load(place.sha256)
            recorded, found = self.ledger.event(version).content.state_hash, self.editor.live_hash()
        if found != recorded:
            raise StateMismatch(version, recorded=recorded, found=found)
        return VerifyResult(
            versions=versions, facts=len(facts), patches=len(live), state_hash=found
        )

    def _events(self) -> Sequence[Event]:
        return self.ledger.events()

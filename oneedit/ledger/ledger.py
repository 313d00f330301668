"""The ledger: the record from which graph and weights are rebuilt; only its commit is final."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, Self

from sqlalchemy import ColumnElement, Engine, case
from sqlmodel import Session, col, select

from kg_data.changes import Changes
from kg_data.entities import Entity, EntityRemoval
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple
from oneedit.errors import (
    KeyReused,
    LedgerDamaged,
    LedgerEmpty,
    NotASqliteLedger,
    OneEditError,
    StaleHead,
)
from oneedit.ledger import books, entity_rows, fact_rows, rows
from oneedit.ledger import engine as engines
from oneedit.ledger.events import (
    NEW_VERSION,
    RECORDED_KINDS,
    Content,
    Event,
    EventDraft,
    EventKind,
    LivePatch,
    Step,
    to_payload,
)
from oneedit.ledger.failures import retried, translate_errors
from oneedit.ledger.fold import next_fold
from oneedit.ledger.hashing import canonical_json
from oneedit.ledger.location import Location
from oneedit.ledger.tables import (
    AllowanceRow,
    ArtifactRow,
    AuditRow,
    EventRow,
    FactRow,
    HeadRow,
    PrunedRow,
)
from oneedit.ports import Checkpoint, no_checkpoint


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The entities and active facts of one version."""

    version: int
    entities: tuple[Entity, ...]
    facts: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class StoredFact:
    """A fact, with the versions between which it was held.

    Attributes:
        fact: the fact, with its dates.
        cause: "asserted" or "derived".
        added: the version that added it.
        removed: the version that removed it; None if it is still there.
    """

    fact: Triple
    cause: str
    added: int
    removed: int | None

    def held_at(self, version: int) -> bool:
        """Tell whether it was there at a version."""
        return self.added <= version and (self.removed is None or self.removed > version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A refused message, for the audit."""

    actor: str
    text: str
    verdict: str
    reasons: tuple[tuple[str, str], ...]
    created_at: str = ""


class CommitGuard(Protocol):
    """Takes part in the transaction of a commit."""

    def check(self, session: Session) -> None:
        """Raise an error unless the commit may go on; the head is locked."""
        ...

    def committed(self, session: Session, events: Sequence[Event]) -> None:
        """Record what belongs to the new versions, in the same transaction."""
        ...


class Ledger:
    """Events with gapless versions in a hash chain, and the facts and patches of each version.

    Its relation book is that of the head when it is opened, and :meth:`follow_book` brings it to
    later versions. The one that it is opened with is that of a new ledger, and of ledgers made
    before books were kept.

    Several processes may open one ledger; a commit holds the write lock for some milliseconds.
    Every method is one transaction and may be called from any thread.
    """

    def __init__(
        self,
        place: Path | Location,
        book: RelationBook,
        *,
        clock: Callable[[], datetime],
        checkpoint: Checkpoint,
    ) -> None:
        self.location, self.book = Location.of(place), book
        self._clock, self.checkpoint = clock, checkpoint
        self._write_engine = engines.open_write(place)
        self._read_engine = engines.open_read(place)

    @classmethod
    def open(
        cls,
        place: Path | Location,
        book: RelationBook,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        checkpoint: Checkpoint = no_checkpoint,
    ) -> Self:
        """Open a ledger in a file or a database; create and migrate its tables where needed.

        Raises:
            BadDatabaseUrl: the location is not the address of a PostgreSQL database.
            LedgerNewer: the tables are those of a newer OneEdit.
            LedgerNotDurable: the database may lose what it has committed.
            LedgerUnavailable: the file or database cannot be used.
        """
        ledger = cls(place, book, clock=clock, checkpoint=checkpoint)
        try:
            engines.check_durable(ledger._write_engine)
            engines.migrate(ledger._write_engine)
            ledger.follow_book()
        except OneEditError:
            ledger.close()
            raise
        return ledger

    @property
    def path(self) -> Path:
        """Return the ledger's file, in the folder of the home; a database has no such file."""
        return self.location.path

    @classmethod
    def at(cls, place: Path | Location, book: RelationBook) -> Self:
        """Open a ledger as it is: it is neither created nor migrated.

        Raises:
            LedgerUnavailable: the file or database cannot be used.
        """
        ledger = cls(place, book, clock=lambda: datetime.now(UTC), checkpoint=no_checkpoint)
        try:
            ledger.follow_book()
        except OneEditError:
            ledger.close()
            raise
        return ledger

    def close(self) -> None:
        """Close every connection."""
        self._read_engine.dispose()
        self._write_engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that sees one committed state."""
        with _session(self._read_engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that holds the write lock and commits at the end of the block."""
        with _session(self._write_engine) as session:
            engines.lock_head(session.connection())
            yield session
            session.commit()

    def copy_to(self, path: Path) -> None:
        """Copy one committed state of a SQLite ledger into a new file, while others may write.

        Raises:
            LedgerUnavailable: it cannot be read, or the file cannot be written.
        """
        with translate_errors(), closing(sqlite3.connect(path)) as copy:
            source = self._read_engine.raw_connection()
            try:
                driver = source.driver_connection
                if not isinstance(driver, sqlite3.Connection):
                    raise NotASqliteLedger
                driver.backup(copy)
            finally:
                source.close()

    def now(self) -> str:
        """Return the clock's time as ISO 8601 in UTC."""
        return _iso(self._clock())

    # ---------- reading ----------

    def head(self) -> int:
        """Return the last version, or -1 before version 0."""
        with self.reading() as session:
            row = session.get(HeadRow, 1)
            return -1 if row is None else row.version

    @property
    def origin(self) -> str:
        """Return the hash of version 0, by which this ledger differs from all others.

        Raises:
            LedgerEmpty: there is no version 0 yet.
        """
        with self.reading() as session:
            row = session.get(EventRow, 0)
        if row is None:
            raise LedgerEmpty(self.path.parent)
        return row.hash

    def book_at(self, version: int) -> RelationBook | None:
        """Return the relation book of a version; None if none was kept."""
        with self.reading() as session:
            row = books.row_at(session, version)
        return None if row is None else RelationBook.parse(row.content)

    def follow_book(self, version: int | None = None) -> bool:
        """Replace the book by that of a version, by default of the head.

        Nobody may read meanwhile who looks twice.

        Returns:
            Whether relations have one value, or one subject, that had several before, or the other
            way round.
        """
        with self.reading() as session:
            row = books.row_at(session, version)
        if row is None or row.sha256 == self.book.sha256:
            return False
        before = books.constraints(self.book)
        self.book.replace(RelationBook.parse(row.content))
        return before != books.constraints(self.book)

    def snapshot(self, version: int | None = None) -> Snapshot:
        """Return the entities and active facts of a version, by default of the head."""
        with self.reading() as session:
            known = session.get_one(HeadRow, 1).version if version is None else version
            facts = session.exec(
                select(FactRow).where(*fact_rows.active_at(known)).order_by(col(FactRow.id))
            )
            return Snapshot(
                version=known,
                entities=entity_rows.all_at(session, known),
                facts=tuple(map(rows.to_triple, facts)),
            )

    def facts_as_of(self, key: Slot | str, version: int) -> tuple[Triple, ...]:
        """Return the active facts of a slot, or of a subject, at a version, sorted."""
        conditions = [FactRow.s == (key if isinstance(key, str) else key.subject)]
        if isinstance(key, Slot):
            conditions.append(FactRow.p == key.relation)
        return self._facts_where(*conditions, *fact_rows.active_at(version))

    def facts_about_as_of(
        self, obj: str, version: int, *, limit: int | None = None
    ) -> tuple[Triple, ...]:
        """Return the active facts whose object this is at a version, sorted."""
        return self._facts_where(FactRow.o == obj, *fact_rows.active_at(version), limit=limit)

    def provenance(self, key: Slot | str) -> tuple[StoredFact, ...]:
        """Return all that a slot, or a subject, ever held, in the order of the versions."""
        query = select(FactRow).where(FactRow.s == (key if isinstance(key, str) else key.subject))
        if isinstance(key, Slot):
            query = query.where(FactRow.p == key.relation)
        with self.reading() as session:
            found = session.exec(query.order_by(col(FactRow.added), col(FactRow.id)))
            return tuple(
                StoredFact(rows.to_triple(row), row.cause, row.added, row.removed) for row in found
            )

    def entity_at(self, entity_id: str, version: int) -> Entity | None:
        """Return the entity with an id at a version, or None if it was not there."""
        with self.reading() as session:
            return entity_rows.find(session, entity_id, version)

    def id_at(self, entity_id: str, version: int) -> str:
        """Return the id that an entity, which may have been renamed since, had at a version."""
        with self.reading() as session:
            return entity_rows.id_at(session, entity_id, version)

    def earlier_ids(self, entity_id: str) -> tuple[str, ...]:
        """Return the ids of the entities that became this one by renaming or merging, sorted."""
        with self.reading() as session:
            return entity_rows.earlier_ids(session, entity_id)

    def removal_of(self, entity_id: str, version: int) -> tuple[int, EntityRemoval] | None:
        """Return the version that removed an entity for good, up to a version, and how; or None."""
        with self.reading() as session:
            return entity_rows.removal(session, entity_id, version)

    def entities_removed_by(self, version: int) -> Mapping[EntityRemoval, Entity]:
        """Return the entities that a version removed, by what is recorded of their removal."""
        with self.reading() as session:
            return entity_rows.removed_by(session, version)

    def versions_about(self, entity_id: str, *, until: int) -> tuple[int, ...]:
        """Return the versions up to one that changed a fact with this subject or object."""
        with self.reading() as session:
            found: set[int | None] = set()
            for column in (FactRow.s, FactRow.o):
                query = select(FactRow.added, FactRow.removed).where(column == entity_id)
                found.update(version for row in session.exec(query) for version in row)
        return tuple(sorted(each for each in found if each is not None and each <= until))

    def touches(self, event: Event, entity_id: str | None, relation: str | None) -> bool:
        """Tell whether an event changed a fact about an entity, of a relation, or in their slot.

        An import is read from its rows.
        """
        if event.kind is not EventKind.IMPORT:
            return event.content.changes.concern(entity_id, relation)
        conditions = [(FactRow.added == event.version) | (FactRow.removed == event.version)]
        if relation is not None:
            conditions.append(FactRow.p == relation)
        if entity_id is not None and relation is not None:
            conditions.append(FactRow.s == entity_id)
        elif entity_id is not None:
            conditions.append((FactRow.s == entity_id) | (FactRow.o == entity_id))
        with self.reading() as session:
            found = session.exec(select(FactRow.id).where(*conditions).limit(1))
            return found.first() is not None

    def event(self, version: int) -> Event:
        """Return the event of a version.

        Raises:
            LedgerDamaged: there is none.
        """
        with self.reading() as session:
            row = session.get(EventRow, version)
        if row is None:
            raise LedgerDamaged(version, "the version is missing")
        return rows.to_event(row)

    def events(self, *, after: int = -1) -> list[Event]:
        """Return the events after a version, in order."""
        query = select(EventRow).where(col(EventRow.version) > after)
        with self.reading() as session:
            found = session.exec(query.order_by(col(EventRow.version)))
            return [rows.to_event(row) for row in found]

    def changes_since(self, moment: datetime) -> list[Event]:
        """Return the events that changed facts at a time or later, in order; version 0 aside.

        Times are recorded in whole seconds; a fraction of ``moment`` does not count.
        """
        query = select(EventRow).where(
            col(EventRow.created_at) >= _iso(moment), col(EventRow.kind).in_(RECORDED_KINDS)
        )
        with self.reading() as session:
            found = session.exec(query.order_by(col(EventRow.version)))
            return [rows.to_event(row) for row in found]

    def steps(self, *, after: int = -1) -> list[Step]:
        """Return what the events after a version do to earlier ones, without reading facts."""
        payload = case((col(EventRow.kind) == EventKind.REVERT, EventRow.payload), else_=None)
        query = select(EventRow.version, EventRow.kind, EventRow.target_version, payload)
        with self.reading() as session:
            found = session.exec(
                query.where(col(EventRow.version) > after).order_by(col(EventRow.version))
            )
            return [rows.to_step(*row) for row in found]

    def patches(self, version: int) -> tuple[LivePatch, ...]:
        """Return the ordered list of patches that is live at a version."""
        query = select(ArtifactRow).where(ArtifactRow.version == version)
        with self.reading() as session:
            found = session.exec(query.order_by(col(ArtifactRow.position)))
            return tuple(LivePatch(row.edit, row.patch_sha256) for row in found)

    def first_version_with(self, sha256: str) -> int:
        """Return the first version whose list has a patch, or -1."""
        query = select(ArtifactRow.version).where(ArtifactRow.patch_sha256 == sha256)
        with self.reading() as session:
            found = session.exec(query.order_by(col(ArtifactRow.version)).limit(1)).first()
        return -1 if found is None else found

    def pruned(self, sha256: str) -> str:
        """Return who removed a patch's file, when and how, in words; "" if nobody did."""
        with self.reading() as session:
            row = session.get(PrunedRow, sha256)
        if row is None:
            return ""
        return f"{row.actor} removed it at {row.created_at} with prune --before {row.before}"

    def difference(self, since: int, until: int) -> Changes:
        """Return the net changes of facts between two versions, sorted."""
        with self.reading() as session:
            return fact_rows.difference(session, since, until)

    def taught_difference(self, since: int, until: int) -> Changes:
        """Return the same without what only imports added, which the model is not taught."""
        with self.reading() as session:
            return fact_rows.difference(session, since, until, taught=True)

    def changes_of(self, event: Event) -> Changes:
        """Return what an event changes; the facts of an import are read from their rows."""
        if event.kind is not EventKind.IMPORT:
            return event.content.changes
        with self.reading() as session:
            return fact_rows.changed_by(session, event.version)

    def with_changes(self, event: Event) -> Event:
        """Return an event that has its changes in its content, one of an import, too."""
        if event.kind is not EventKind.IMPORT:
            return event
        return replace(event, content=replace(event.content, changes=self.changes_of(event)))

    def forgotten(self, facts: Sequence[Triple]) -> frozenset[Triple]:
        """Return those of some facts that somebody removed at some time, telling no other."""
        with self.reading() as session:
            return fact_rows.forgotten(session, facts)

    def last_import(self, actor: str, batch: str) -> Event | None:
        """Return the last import of a batch id by an actor, or None."""
        query = select(EventRow).where(EventRow.actor == actor, EventRow.kind == EventKind.IMPORT)
        with self.reading() as session:
            for row in session.exec(query.order_by(col(EventRow.version).desc())):
                event = rows.to_event(row)
                if event.content.batch == batch:
                    return event
        return None

    def restoring(self, version: int) -> Changes:
        """Return the changes that make the facts of today exactly those of a version again."""
        with self.reading() as session:
            return fact_rows.restoring(session, version)

    def find_idempotent(self, actor: str, idem: str, request_sha: str) -> Event | None:
        """Return the event that was committed with an actor's idempotency key, if any.

        Raises:
            KeyReused: that event belongs to another request.
        """
        query = select(EventRow).where(EventRow.actor == actor, EventRow.idem == idem)
        with self.reading() as session:
            row = session.exec(query).first()
            if row is None:
                return None
            if row.request_sha != request_sha:
                raise KeyReused(idem, row.version)
            return rows.to_event(row)

    def is_asserted(self, fact: Triple) -> bool:
        """Tell whether a fact is active and asserted, rather than derived from others."""
        with self.reading() as session:
            row = fact_rows.find_active(session, fact)
            return row is not None and row.cause == "asserted"

    def ended_facts(self, slot: Slot) -> tuple[Triple, ...]:
        """Return the facts of a slot that are recorded as ended, by their dates."""
        query = select(FactRow).where(FactRow.s == slot.subject, FactRow.p == slot.relation)
        ended = query.where(col(FactRow.removed).is_(None), col(FactRow.valid_to).is_not(None))
        with self.reading() as session:
            found = session.exec(ended.order_by(col(FactRow.valid_to), col(FactRow.o)))
            return tuple(map(rows.to_triple, found))

    def ended_facts_of(self, subjects: Sequence[str]) -> tuple[Triple, ...]:
        """Return the facts of some subjects that are recorded as ended, as :meth:`ended_facts`."""
        with self.reading() as session:
            return fact_rows.ended_of(session, subjects)

    def is_allowed(self, code: str, about: str) -> bool:
        """Tell whether a reviewer has allowed what a screen finds about a name or a fact."""
        with self.reading() as session:
            return session.get(AllowanceRow, (code, about)) is not None

    def refusals(self, *, limit: int = 100) -> list[Refusal]:
        """Return the last refusals, newest first."""
        query = select(AuditRow).order_by(col(AuditRow.id).desc()).limit(limit)
        with self.reading() as session:
            return [
                Refusal(
                    actor=row.actor,
                    text=row.text,
                    verdict=row.verdict,
                    reasons=tuple((code, text) for code, text in json.loads(row.reasons)),
                    created_at=row.created_at,
                )
                for row in session.exec(query)
            ]

    def _facts_where(
        self, *conditions: ColumnElement[bool] | bool, limit: int | None = None
    ) -> tuple[Triple, ...]:
        order = (col(FactRow.s), col(FactRow.p), col(FactRow.o))
        query = select(FactRow).where(*conditions).order_by(*order).limit(limit)
        with self.reading() as session:
            return tuple(map(rows.to_triple, session.exec(query)))

    # ---------- writing ----------

    def commit(self, draft: EventDraft, guard: CommitGuard | None = None) -> Event:
        """Commit a draft as the next version, atomically; it is durable when this returns.

        Raises:
            StaleHead: the head is not the version that the draft was planned for.
            FactRefused: a fact to remove is not active, or a fact to add violates a constraint.
            LeaseLost, TicketChanged: the guard does not allow it.
        """
        return self.commit_together([draft], guard)[0]

    @retried
    def commit_together(
        self, drafts: Sequence[EventDraft], guard: CommitGuard | None = None
    ) -> tuple[Event, ...]:
        """Commit drafts as the next versions, in one transaction: all of them or none.

        Args:
            drafts: each is planned for the version that the one before it will be.
            guard: is asked inside the transaction whether it may go on, and takes part in it.

        Raises:
            StaleHead, FactRefused, LeaseLost, TicketChanged: as in :meth:`commit`.
        """
        with self.writing() as session:
            head = session.get_one(HeadRow, 1)
            if guard:
                guard.check(session)
            committed = tuple(self._commit(session, head, draft) for draft in drafts)
            if guard:
                guard.committed(session, committed)
            session.flush()
            self.checkpoint("ledger.before_commit")
        self.checkpoint("ledger.after_commit")
        return committed

    def _commit(self, session: Session, head: HeadRow, draft: EventDraft) -> Event:
        """Write one version in a transaction that holds the head."""
        if head.version != draft.base_version:
            raise StaleHead(planned=draft.base_version, current=head.version)
        version = head.version + 1
        draft = replace(draft, content=_with_version(draft.content, version))
        changes = fact_rows.with_stored_dates(session, draft.content.changes)
        content = replace(draft.content, fold=next_fold(session, changes))
        draft = replace(draft, content=_with_changes(content, changes))
        row = self.append(session, draft, version=version, previous=head.hash)
        fact_rows.end_facts(session, changes, version=version)
        book = books.change(session, content.book, version=version) or self.book
        fact_rows.add_facts(session, changes, book, version=version)
        entity_rows.remove_entities(session, content.removed_entities, version=version)
        entity_rows.add_entities(session, content.entities, version=version)
        fact_rows.add_artifacts(session, draft.content.patches, version)
        head.version, head.hash = version, row.hash
        session.flush()
        return rows.to_event(row)

    def allow(self, code: str, about: str, *, actor: str, comment: str) -> None:
        """Allow what a screen finds about a name or a fact; nothing if it is allowed already."""
        with self.writing() as session:
            if session.get(AllowanceRow, (code, about)) is None:
                session.add(
                    AllowanceRow(
                        code=code, about=about, actor=actor, comment=comment, created_at=self.now()
                    )
                )

    def record_refusal(self, refusal: Refusal) -> None:
        """Write a refusal to the audit; it gets no version."""
        with self.writing() as session:
            session.add(
                AuditRow(
                    actor=refusal.actor,
                    text=refusal.text,
                    verdict=refusal.verdict,
                    reasons=canonical_json([list(reason) for reason in refusal.reasons]),
                    created_at=self.now(),
                )
            )

    def record_pruned(self, patches: Sequence[str], *, before: int, actor: str) -> None:
        """Record that the files of patches are removed, unless that is recorded already."""
        with self.writing() as session:
            for sha256 in patches:
                if session.get(PrunedRow, sha256) is None:
                    now = self.now()
                    row = PrunedRow(sha256=sha256, before=before, actor=actor, created_at=now)
                    session.add(row)

    def append(
        self, session: Session, draft: EventDraft, *, version: int, previous: str
    ) -> EventRow:
        """Insert an event's row; the caller updates the head in the same transaction."""
        payload = canonical_json(to_payload(draft.content))
        row = rows.to_event_row(
            draft, version=version, payload=payload, previous=previous, now=self.now()
        )
        session.add(row)
        session.flush()  # the other rows refer to it
        return row


def _with_changes(content: Content, changes: Changes) -> Content:
    """Return a payload with these changes; that of an import with their hash."""
    if content.imported is None:
        return replace(content, changes=changes)
    imported = replace(
        content.imported,
        rows_sha256=fact_rows.rows_hash(changes),
        added=len(changes.added),
        derived=len(changes.derived_added),
    )
    return replace(content, changes=changes, imported=imported)


def _iso(moment: datetime) -> str:
    """Return a time in UTC with whole seconds; such texts sort like the times."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _with_version(content: Content, version: int) -> Content:
    """Replace ``NEW_VERSION`` by the version that the draft gets."""
    patches = tuple(
        LivePatch(version, patch.sha256) if patch.edit == NEW_VERSION else patch
        for patch in content.patches
    )
    return replace(content, patches=patches)


@contextmanager
def _session(engine: Engine) -> Iterator[Session]:
    with translate_errors(), Session(engine, expire_on_commit=False) as session:
        yield session

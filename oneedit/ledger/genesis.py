"""Version 0 of the ledger: written once; at every start the base model is compared with it."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import inspect, text
from sqlmodel import Session

from kg_data.changes import Changes
from kg_data.entities import Entity
from kg_data.prompting import AUTOMATIC, Prompting
from kg_data.triples import Triple
from oneedit.errors import DtypeMismatch, GenesisMismatch
from oneedit.ledger import books, entity_rows, fact_rows, rows
from oneedit.ledger import engine as engines
from oneedit.ledger.book_record import BookRecord
from oneedit.ledger.events import BASE_DTYPE, BASE_MODEL, Content, EventDraft, EventKind
from oneedit.ledger.failures import translate_errors
from oneedit.ledger.fold import genesis_fold
from oneedit.ledger.hashing import NO_PREVIOUS_HASH, canonical_json, sha256_of
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from oneedit.ledger.schema import check_revision
from oneedit.ledger.tables import EventRow, HeadRow

FACTS, BOOK, ROWS, ENTITIES = "facts", "relation book", "rows", "entities"


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis:
    """The state before the first edit.

    Attributes:
        entities: every entity.
        facts: asserted facts, ended ones too.
        derived: returns the facts derived from the active ones; called for a new ledger only.
        facts_sha256, base_hash: hashes of the facts and of the base model.
        state_hash: hash of the model's editable tensors without any patch.
        prompting: how questions are put to the model; recorded, and not compared.
        dtype: of the base model's weights, such as "float32"; its hash depends on it.
        reason: words for the history.
    """

    entities: Sequence[Entity]
    facts: Sequence[Triple]
    derived: Callable[[], Sequence[Triple]]
    facts_sha256: str
    base_hash: str
    state_hash: str
    dtype: str
    prompting: Prompting = AUTOMATIC
    reason: str = "the facts that come with OneEdit"


def recorded_prompting(ledger: Ledger) -> Prompting | None:
    """Return how questions are put to the model of a ledger; None if version 0 does not say."""
    if ledger.head() < 0:
        return None
    return Prompting.from_record(ledger.event(0).content.genesis)


def ensure_genesis(ledger: Ledger, genesis: Genesis) -> None:
    """Write version 0 in one transaction, or check that the existing one has the same base model.

    The facts and the book of an existing one are its own; those of ``genesis`` do not count. Only a
    ledger that was made before books were kept takes over the book that it was opened with.

    Raises:
        GenesisMismatch: the ledger was made for another base model, or is older than its book.
        DtypeMismatch: only the dtype of the model's weights is another one.
        FactRefused: the facts contradict each other.
    """
    with ledger.writing() as session:
        first = session.get(EventRow, 0)
        if first is not None:
            recorded = rows.to_event(first).content.genesis
            check_base_model(ledger, recorded, base_hash=genesis.base_hash, dtype=genesis.dtype)
            _ensure_book(session, ledger, recorded)
            return
        _write(session, ledger, genesis)
        ledger.checkpoint("genesis.before_commit")
    ledger.checkpoint("genesis.after_commit")


def _write(session: Session, ledger: Ledger, genesis: Genesis) -> None:
    """Write version 0."""
    facts = Changes(added=tuple(genesis.facts), derived_added=tuple(genesis.derived()))
    book = BookRecord.of(ledger.book)
    sources = {FACTS: genesis.facts_sha256, BOOK: book.sha256, BASE_MODEL: genesis.base_hash}
    rest = {
        BASE_DTYPE: genesis.dtype,
        ROWS: rows_hash(facts),
        ENTITIES: entities_hash(genesis.entities),
    }
    draft = EventDraft(
        actor="oneedit",
        kind=EventKind.GENESIS,
        reason=genesis.reason,
        base_version=-1,
        content=Content(
            state_hash=genesis.state_hash,
            genesis=sources | rest | genesis.prompting.to_record(),
            fold=genesis_fold(facts),
        ),
    )
    row = ledger.append(session, draft, version=0, previous=NO_PREVIOUS_HASH)
    books.keep(session, book, version=0)
    entity_rows.add_entities(session, genesis.entities, version=0)
    fact_rows.add_facts(session, facts, ledger.book, version=0)
    session.add(HeadRow(version=0, hash=row.hash))
    session.flush()


def _ensure_book(session: Session, ledger: Ledger, recorded: Mapping[str, str]) -> None:
    """Keep the book that a ledger was opened with, if it has none of its own.

    Raises:
        GenesisMismatch: it was made with another one.
    """
    if books.row_at(session, 0) is not None:
        return
    book = BookRecord.of(ledger.book)
    if recorded.get(BOOK) != book.sha256:
        raise GenesisMismatch(ledger.path.parent, [BOOK], in_file=ledger.location.in_file)
    books.keep(session, book, version=0)


def check_base_model(
    ledger: Ledger, recorded: Mapping[str, str], *, base_hash: str, dtype: str
) -> None:
    """Check that a base model is the one of a ledger.

    Args:
        ledger: the ledger.
        recorded: what its version 0 says of its sources.
        base_hash: hash of the model's weights.
        dtype: of its weights.

    Raises:
        DtypeMismatch: its weights were loaded in another dtype, which changes the hash.
        GenesisMismatch: it is another model.
    """
    if recorded.get(BASE_MODEL) == base_hash:
        return
    made_in = recorded.get(BASE_DTYPE) or dtype
    if made_in != dtype:
        raise DtypeMismatch(ledger.path.parent, made_in, dtype)
    raise GenesisMismatch(ledger.path.parent, [BASE_MODEL], in_file=ledger.location.in_file)


def recorded_dtype(location: Location) -> str | None:
    """Return the dtype of the weights that a home was made with; nothing is created or migrated.

    Returns:
        "" for a home that was made before it was recorded; None for one without a version.

    Raises:
        BadDatabaseUrl: the location is not the address of a PostgreSQL database.
        LedgerNewer: the tables are those of a newer OneEdit.
        LedgerUnavailable: the file or database cannot be used.
    """
    if location.in_file and not location.path.exists():
        return None
    engine = engines.open_read(location)
    try:
        with translate_errors(), engine.connect() as connection:
            if "event" not in inspect(connection).get_table_names():
                return None
            check_revision(connection, engines.alembic_config())
            payload = connection.scalar(text("SELECT payload FROM event WHERE version = 0"))
    finally:
        engine.dispose()
    if payload is None:
        return None
    return str(json.loads(payload).get("genesis", {}).get(BASE_DTYPE, ""))


def rows_hash(changes: Changes) -> str:
    """Return a hash of all fact rows, so that the hash chain covers them too."""
    facts = [(fact, "asserted") for fact in changes.added]
    facts += [(fact, "derived") for fact in changes.derived_added]
    return sha256_of(canonical_json(rows.canonical_rows(facts)))


def entities_hash(entities: Iterable[Entity]) -> str:
    """Return a hash of all entities, whatever their order."""
    return sha256_of(
        canonical_json(sorted([each.id, each.entity_class, each.qid] for each in entities))
    )

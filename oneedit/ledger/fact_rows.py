"""Queries and changes of fact and patch rows, in the transaction of an event."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from kg_data.changes import Changes
from kg_data.relations import RelationBook
from kg_data.triples import Triple
from oneedit.errors import FactRefused
from oneedit.ledger import rows
from oneedit.ledger.events import BASE_MODEL, EventKind, LivePatch
from oneedit.ledger.hashing import canonical_json, sha256_of
from oneedit.ledger.tables import ArtifactRow, EventRow, FactRow

UNTAUGHT = (EventKind.IMPORT, EventKind.REDEFINE)
"""Kinds of the events whose facts the model is not taught."""

MOST_NAMES = 500
"""Names in one query; databases limit the parameters of a statement."""


def active_conditions() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the SQL conditions that hold for the row of an active fact."""
    return col(FactRow.removed).is_(None), col(FactRow.valid_to).is_(None)


def active_at(version: int) -> tuple[ColumnElement[bool], ...]:
    """Return the SQL conditions that hold for the row of a fact that was active at a version."""
    return (*_held_at(version), col(FactRow.valid_to).is_(None))


def find_active(session: Session, fact: Triple) -> FactRow | None:
    """Return the row of a fact if it is active."""
    query = select(FactRow).where(
        FactRow.s == fact.subject, FactRow.p == fact.relation, FactRow.o == fact.object
    )
    return session.exec(query.where(*active_conditions())).first()


def with_stored_dates(session: Session, changes: Changes) -> Changes:
    """Return the changes, the removed facts with the dates that the ledger has for them.

    Raises:
        FactRefused: a fact to remove is neither active nor recorded as ended.
    """
    return replace(
        changes,
        retracted=tuple(rows.to_triple(_stored_row(session, fact)) for fact in changes.retracted),
        derived_retracted=tuple(
            rows.to_triple(_stored_row(session, fact)) for fact in changes.derived_retracted
        ),
    )


def difference(session: Session, since: int, until: int, *, taught: bool = False) -> Changes:
    """Return the net changes between two versions, sorted.

    A fact that was added and removed in between, or the other way round, is left out; so are
    those that only imports and changes of relations added or removed, if ``taught``.
    """
    current = select(FactRow).where(col(FactRow.valid_to).is_(None))
    before, after = _held_at(since), _held_at(until)
    without_imports = taught and session.exec(_versions_of(*UNTAUGHT).limit(1)).first()
    new = current.where(*after, col(FactRow.added) > since)
    added = session.exec(new.where(_not_imported()) if without_imports else new).all()
    removed = session.exec(current.where(*before, col(FactRow.removed) <= until)).all()
    if without_imports:
        redefined = set(session.exec(_versions_of(EventKind.REDEFINE)))
        left = (row for row in removed if row.removed not in redefined)
        removed = [row for row in left if not _is_held(session, row, until)]
    in_both = set(map(rows.to_triple, added)) & set(map(rows.to_triple, removed))
    return Changes(
        _facts_of(added, "asserted", without=in_both),
        _facts_of(removed, "asserted", without=in_both),
        _facts_of(added, "derived", without=in_both),
        _facts_of(removed, "derived", without=in_both),
    )


def _versions_of(*kinds: EventKind) -> SelectOfScalar[int]:
    """Return a query of the versions of some kinds of events."""
    return select(EventRow.version).where(col(EventRow.kind).in_(kinds))


def _not_imported() -> ColumnElement[bool]:
    """Return the condition that no import or change of relations told the fact of a row last.

    An undo or roll back that brought a fact back has not told it.
    """
    told, event = aliased(FactRow), aliased(EventRow)
    kinds = select(event.kind).join(told, col(told.added) == col(event.version))
    same = (told.s == FactRow.s, told.p == FactRow.p, told.o == FactRow.o)
    earlier = kinds.where(*same, col(told.added) <= col(FactRow.added))
    last = (
        earlier.where(col(event.kind).not_in([EventKind.REVERT, EventKind.ROLLBACK]))
        .order_by(col(event.version).desc())
        .limit(1)
        .correlate(FactRow)
        .scalar_subquery()
    )
    return last.not_in(UNTAUGHT)


def _is_held(session: Session, row: FactRow, version: int) -> bool:
    """Tell whether another row holds the same fact at a version."""
    same = (FactRow.s == row.s, FactRow.p == row.p, FactRow.o == row.o)
    return session.exec(select(FactRow).where(*same, *active_at(version))).first() is not None


def changed_by(session: Session, version: int) -> Changes:
    """Return the changes of a version as the rows of facts have them, sorted.

    A derived fact that the version asserts is among the added ones only.
    """
    added = session.exec(select(FactRow).where(FactRow.added == version)).all()
    asserted = {(fact, fact.valid_to) for fact in _exact_facts(added, "asserted")}
    removed = session.exec(select(FactRow).where(FactRow.removed == version)).all()
    ended = [row for row in removed if (rows.to_triple(row), row.valid_to) not in asserted]
    return Changes(
        _exact_facts(added, "asserted"),
        _exact_facts(ended, "asserted"),
        _exact_facts(added, "derived"),
        _exact_facts(ended, "derived"),
    )


def rows_hash(changes: Changes) -> str:
    """Return a hash of the facts that an event adds and removes, with dates and causes."""
    added = [(fact, "asserted") for fact in changes.added]
    added += [(fact, "derived") for fact in changes.derived_added]
    removed = [(fact, "asserted") for fact in changes.retracted]
    removed += [(fact, "derived") for fact in changes.derived_retracted]
    return sha256_of(canonical_json([rows.canonical_rows(added), rows.canonical_rows(removed)]))


def forgotten(session: Session, facts: Sequence[Triple]) -> frozenset[Triple]:
    """Return those of some facts that somebody removed at some time, telling no other instead."""
    retracted = _versions_of(EventKind.RETRACT)
    found: set[Triple] = set()
    names = list({fact.subject: None for fact in facts})
    for start in range(0, len(names), MOST_NAMES):
        chunk = names[start : start + MOST_NAMES]
        query = select(FactRow).where(col(FactRow.s).in_(chunk))
        gone = session.exec(query.where(col(FactRow.removed).in_(retracted)))
        found.update(map(rows.to_triple, gone))
    return frozenset(found.intersection(facts))


def ended_of(session: Session, subjects: Sequence[str]) -> tuple[Triple, ...]:
    """Return the facts of some subjects that are recorded as ended, by their dates."""
    ended = select(FactRow).where(
        col(FactRow.removed).is_(None), col(FactRow.valid_to).is_not(None)
    )
    found: list[Triple] = []
    for start in range(0, len(subjects), MOST_NAMES):
        query = ended.where(col(FactRow.s).in_(subjects[start : start + MOST_NAMES]))
        ordered = query.order_by(col(FactRow.valid_to), col(FactRow.o))
        found += map(rows.to_triple, session.exec(ordered))
    return tuple(found)


def restoring(session: Session, version: int) -> Changes:
    """Return the changes that make the facts of today those of a version again, sorted.

    Dates, causes and ended facts count: afterwards the rows hold exactly what they held then.
    """
    now, then = col(FactRow.removed).is_(None), _held_at(version)
    gone = session.exec(select(FactRow).where(now, col(FactRow.added) > version)).all()
    back = session.exec(select(FactRow).where(*then, col(FactRow.removed) > version)).all()
    added = {_content(row): row for row in back}
    removed = {_content(row): row for row in gone}
    both = added.keys() & removed.keys()
    added_rows = [added[key] for key in added if key not in both]
    removed_rows = [removed[key] for key in removed if key not in both]
    return Changes(
        _exact_facts(added_rows, "asserted"),
        _exact_facts(removed_rows, "asserted"),
        _exact_facts(added_rows, "derived"),
        _exact_facts(removed_rows, "derived"),
    )


def same_facts(session: Session, since: int, until: int) -> bool:
    """Tell whether two versions have the same facts, with their dates and causes."""
    then, now = _held_at(since), _held_at(until)
    removed = col(FactRow.removed)
    gone = session.exec(select(FactRow).where(*then, removed <= until)).all()
    new = session.exec(select(FactRow).where(*now, col(FactRow.added) > since)).all()
    return Counter(map(_content, gone)) == Counter(map(_content, new))


def _content(row: FactRow) -> tuple[str | None, ...]:
    return row.s, row.p, row.o, row.valid_from, row.valid_to, row.cause


def _exact_facts(found: Sequence[FactRow], cause: str) -> tuple[Triple, ...]:
    rows_of_cause = sorted(
        (row for row in found if row.cause == cause),
        key=lambda row: [value or "" for value in _content(row)],
    )
    return tuple(map(rows.to_triple, rows_of_cause))


def _facts_of(
    found: Sequence[FactRow], cause: str, *, without: Collection[Triple]
) -> tuple[Triple, ...]:
    facts = {rows.to_triple(row) for row in found if row.cause == cause}
    return tuple(sorted(facts.difference(without)))


def _held_at(version: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    removed = col(FactRow.removed)
    return col(FactRow.added) <= version, removed.is_(None) | (removed > version)


def rows_to_end(session: Session, changes: Changes) -> list[FactRow]:
    """Return the rows of the facts that changes remove, those of facts asserted anew included.

    Raises:
        FactRefused: a fact to remove is neither active nor recorded as ended.
    """
    ended = [_stored_row(session, fact) for fact in changes.all_retracted]
    for fact in changes.added:
        row = None if fact.ended else find_active(session, fact)
        if row is not None and row.cause == "derived":
            ended.append(row)  # asserted now: it no longer depends on what it was derived from
    return list({row.id: row for row in ended}.values())


def end_facts(session: Session, changes: Changes, *, version: int) -> None:
    """Mark the rows of removed facts with the version that removes them."""
    for row in rows_to_end(session, changes):
        row.removed = version
    session.flush()


def add_facts(session: Session, changes: Changes, book: RelationBook, *, version: int) -> None:
    """Insert the rows of added facts, many at once."""
    for cause, facts in (("asserted", changes.added), ("derived", changes.derived_added)):
        entries = [rows.fact_columns(fact, book, version=version, cause=cause) for fact in facts]
        if entries:
            session.connection().execute(insert(FactRow), entries)


def add_artifacts(session: Session, patches: Sequence[LivePatch], version: int) -> None:
    """Insert the rows of a version's list of patches."""
    genesis = rows.to_event(session.get_one(EventRow, 0)).content.genesis
    entries = [
        {
            "version": version,
            "model_id": genesis[BASE_MODEL],
            "position": position,
            "edit": patch.edit,
            "patch_sha256": patch.sha256,
        }
        for position, patch in enumerate(patches)
    ]
    if entries:
        session.connection().execute(insert(ArtifactRow), entries)


def _stored_row(session: Session, fact: Triple) -> FactRow:
    """Return the row of an active fact, or of one that is recorded as ended at the same dates."""
    row = _find_ended(session, fact) if fact.ended else find_active(session, fact)
    if row is None:
        raise FactRefused(f"{fact} is not {'recorded as ended' if fact.ended else 'active'}")
    return row


def _find_ended(session: Session, fact: Triple) -> FactRow | None:
    query = select(FactRow).where(
        FactRow.s == fact.subject, FactRow.p == fact.relation, FactRow.o == fact.object
    )
    dates = (FactRow.valid_from == fact.valid_from, FactRow.valid_to == fact.valid_to)
    return session.exec(query.where(col(FactRow.removed).is_(None), *dates)).first()

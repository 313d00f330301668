"""The rows that change together with an event, in the transaction of its commit."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, insert
from sqlmodel import Session, col, select

from kg_data.changes import Changes
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.triples import Triple
from oneedit.errors import FactRefused
from oneedit.ledger import rows
from oneedit.ledger.events import BASE_MODEL, LivePatch
from oneedit.ledger.tables import ArtifactRow, EntityRow, EventRow, FactRow


def standing() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions under which a row of a fact stands."""
    return col(FactRow.removed).is_(None), col(FactRow.valid_to).is_(None)


def find(session: Session, fact: Triple) -> FactRow | None:
    """Return the row of a standing fact."""
    query = select(FactRow).where(
        FactRow.s == fact.subject, FactRow.p == fact.relation, FactRow.o == fact.object
    )
    return session.exec(query.where(*standing())).first()


def as_stored(session: Session, changes: Changes) -> Changes:
    """Return changes in which what goes has the dates that the ledger holds.

    Raises:
        FactRefused: a fact that should go does not stand.
    """
    return replace(
        changes,
        retracted=tuple(rows.triple(_standing_row(session, fact)) for fact in changes.retracted),
        derived_retracted=tuple(
            rows.triple(_standing_row(session, fact)) for fact in changes.derived_retracted
        ),
    )


def difference(session: Session, since: int, until: int) -> Changes:
    """Return what a later version holds and an earlier one did not, and the other way round.

    What came and went again in between is in neither; all is sorted.
    """
    current = select(FactRow).where(col(FactRow.valid_to).is_(None))
    then, now = _at(since), _at(until)
    came = session.exec(current.where(*now, col(FactRow.added) > since)).all()
    went = session.exec(current.where(*then, col(FactRow.removed) <= until)).all()
    both = set(map(rows.triple, came)) & set(map(rows.triple, went))

    def net(found: Sequence[FactRow], cause: str) -> tuple[Triple, ...]:
        facts = {rows.triple(row) for row in found if row.cause == cause}
        return tuple(sorted(facts - both))

    return Changes(
        net(came, "asserted"), net(went, "asserted"), net(came, "derived"), net(went, "derived")
    )


def _at(version: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    removed = col(FactRow.removed)
    return col(FactRow.added) <= version, removed.is_(None) | (removed > version)


def end_facts(session: Session, changes: Changes, *, version: int) -> None:
    """End the rows of what goes."""
    ending = [_standing_row(session, fact) for fact in changes.all_retracted]
    for fact in changes.added:
        row = find(session, fact)
        if row is not None and row.cause == "derived":
            ending.append(row)  # told now: it no longer depends on what it followed from
    for row in ending:
        row.removed = version
    session.flush()


def add_facts(session: Session, changes: Changes, book: RelationBook, *, version: int) -> None:
    """Add rows of what comes, many at once."""
    for cause, facts in (("asserted", changes.added), ("derived", changes.derived_added)):
        entries = [rows.fact_row(fact, book, version=version, cause=cause) for fact in facts]
        if entries:
            session.connection().execute(insert(FactRow), entries)


def add_entities(session: Session, entities: Sequence[Entity], *, version: int) -> None:
    """Add rows of entities, many at once; one that is known stays as it is."""
    if entities:
        entries = [
            {"id": each.id, "entity_class": each.entity_class, "qid": each.qid, "added": version}
            for each in entities
        ]
        session.connection().execute(insert(EntityRow).prefix_with("OR IGNORE"), entries)


def add_artifacts(session: Session, patches: Sequence[LivePatch], version: int) -> None:
    """Add the rows of a version's list of patches."""
    genesis = rows.event(session.get_one(EventRow, 0)).content.genesis
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


def _standing_row(session: Session, fact: Triple) -> FactRow:
    row = find(session, fact)
    if row is None:
        raise FactRefused(f"{fact} does not stand")
    return row

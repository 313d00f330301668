"""Queries and changes of the rows of entities: one row for each life of an entity."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, insert
from sqlmodel import Session, col, select

from kg_data.entities import Entity, EntityOperation, EntityRemoval
from oneedit.errors import FactRefused
from oneedit.ledger.tables import EntityRow

MOST_REDIRECTS = 100
"""Redirects that are followed one after the other."""


def held_at(version: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the SQL conditions that hold for the row of an entity that a version has."""
    removed = col(EntityRow.removed)
    return col(EntityRow.added) <= version, removed.is_(None) | (removed > version)


def to_entity(row: EntityRow) -> Entity:
    """Return the entity of a row."""
    return Entity(row.id, row.entity_class, row.qid)


def find(session: Session, entity_id: str, version: int) -> Entity | None:
    """Return the entity with an id at a version, or None."""
    query = select(EntityRow).where(EntityRow.id == entity_id, *held_at(version))
    row = session.exec(query).first()
    return None if row is None else to_entity(row)


def all_at(session: Session, version: int) -> tuple[Entity, ...]:
    """Return the entities of a version, sorted by id."""
    query = select(EntityRow).where(*held_at(version)).order_by(EntityRow.id)
    return tuple(map(to_entity, session.exec(query)))


def introduced_by(session: Session, version: int) -> dict[str, Entity]:
    """Return the entities that a version added, by id."""
    found = session.exec(select(EntityRow).where(EntityRow.added == version))
    return {row.id: to_entity(row) for row in found}


def removed_by(session: Session, version: int) -> dict[EntityRemoval, Entity]:
    """Return the entities that a version removed, by what is recorded of their removal."""
    query = select(EntityRow).where(EntityRow.removed == version).order_by(EntityRow.id)
    return {
        EntityRemoval(row.id, row.operation, row.successor): to_entity(row)
        for row in session.exec(query)
    }


def removal(session: Session, entity_id: str, version: int) -> tuple[int, EntityRemoval] | None:
    """Return the last version up to one that removed an entity, with the removal, or None.

    None also if the entity came back since.
    """
    query = select(EntityRow).where(EntityRow.id == entity_id, col(EntityRow.added) <= version)
    row = session.exec(query.order_by(col(EntityRow.added).desc())).first()
    if row is None or row.removed is None or row.removed > version:
        return None
    return row.removed, EntityRemoval(row.id, row.operation, row.successor)


def earlier_ids(session: Session, entity_id: str) -> tuple[str, ...]:
    """Return the ids of the entities whose names redirect to this one, directly or not, sorted."""
    found: set[str] = set()
    queue = [entity_id]
    while queue:
        # the row of an entity that came back is not the last one of its id
        query = select(EntityRow).where(EntityRow.successor == queue.pop())
        for row in session.exec(query).all():
            there = select(EntityRow).where(
                EntityRow.id == row.id, col(EntityRow.added) > row.added
            )
            if row.id not in found and session.exec(there).first() is None:
                found.add(row.id)
                queue.append(row.id)
    return tuple(sorted(found - {entity_id}))


def id_at(session: Session, entity_id: str, version: int) -> str:
    """Return the id that a renamed entity had at a version; its id of today if it had none."""
    known, names = entity_id, [entity_id]
    while find(session, known, version) is None and len(names) <= MOST_REDIRECTS:
        query = select(EntityRow).where(
            EntityRow.successor == known,
            EntityRow.operation == EntityOperation.RENAME,
            col(EntityRow.removed) > version,
        )
        row = session.exec(query.order_by(col(EntityRow.removed))).first()
        if row is None or row.id in names:
            return entity_id
        known = row.id
        names.append(known)
    return known


def add_entities(session: Session, entities: Sequence[Entity], *, version: int) -> None:
    """Insert rows of entities, many at once; those that are there stay as they are."""
    known = _present(session, [each.id for each in entities])
    entries = [
        {"id": each.id, "entity_class": each.entity_class, "qid": each.qid, "added": version}
        for each in {each.id: each for each in entities}.values()
        if each.id not in known
    ]
    if entries:
        session.connection().execute(insert(EntityRow), entries)


def remove_entities(session: Session, removed: Sequence[EntityRemoval], *, version: int) -> None:
    """Mark the rows of entities with the version that removes them.

    Raises:
        FactRefused: one of them is not there.
    """
    for each in removed:
        query = select(EntityRow).where(EntityRow.id == each.id, col(EntityRow.removed).is_(None))
        row = session.exec(query).first()
        if row is None:
            raise FactRefused(f"the entity {each.id} is not there")
        row.removed, row.operation, row.successor = version, each.operation, each.successor
    session.flush()


def _present(session: Session, ids: Collection[str]) -> set[str]:
    """Return those of some ids whose entities are there."""
    names, most = list(ids), 500  # databases limit the parameters of a statement
    found: set[str] = set()
    for start in range(0, len(names), most):
        chunk = names[start : start + most]
        query = select(EntityRow.id).where(
            col(EntityRow.id).in_(chunk), col(EntityRow.removed).is_(None)
        )
        found.update(session.exec(query))
    return found

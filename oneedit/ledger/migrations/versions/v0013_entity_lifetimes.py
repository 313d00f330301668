"""Entities with the versions that added and removed them, as facts have them.

An entity that was removed may come back, so that an id has a row for each of its lives. SQLite
cannot change a primary key; the table is made anew with the same rows.

Revision ID: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision: str | None = "0012"


def upgrade() -> None:
    op.create_table(
        "new_entity",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("entity_class", sa.Text(), nullable=False),
        sa.Column("qid", sa.Text(), nullable=False),
        sa.Column("added", sa.Integer(), sa.ForeignKey("event.version"), nullable=False),
        sa.Column("removed", sa.Integer(), sa.ForeignKey("event.version")),
        sa.Column("operation", sa.Text(), nullable=False, server_default=""),
        sa.Column("successor", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", "added", name="entity_life"),
        sqlite_strict=True,
    )
    op.execute(
        "INSERT INTO new_entity (id, entity_class, qid, added) "
        "SELECT id, entity_class, qid, added FROM entity"
    )
    op.drop_table("entity")
    op.rename_table("new_entity", "entity")
    _rename_constraints("new_entity", ("added_fkey", "removed_fkey"))
    there = sa.text("removed IS NULL")
    op.create_index(
        "entity_once", "entity", ["id"], unique=True, sqlite_where=there, postgresql_where=there
    )
    op.create_index("entity_successor", "entity", ["successor"])
    op.create_index("entity_removed", "entity", ["removed"])


def downgrade() -> None:
    op.create_table(
        "old_entity",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("entity_class", sa.Text(), nullable=False),
        sa.Column("qid", sa.Text(), nullable=False),
        sa.Column("added", sa.Integer(), sa.ForeignKey("event.version"), nullable=False),
        sqlite_strict=True,
    )
    op.execute(
        "INSERT INTO old_entity SELECT e.id, e.entity_class, e.qid, e.added FROM entity AS e "
        "WHERE e.added = (SELECT min(other.added) FROM entity AS other WHERE other.id = e.id)"
    )
    op.drop_table("entity")
    op.rename_table("old_entity", "entity")
    _rename_constraints("old_entity", ("pkey", "added_fkey"))


def _rename_constraints(table: str, endings: tuple[str, ...]) -> None:
    """Call constraints by the table's new name; on PostgreSQL they keep that of the old one."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for ending in endings:
        op.execute(f"ALTER TABLE entity RENAME CONSTRAINT {table}_{ending} TO entity_{ending}")

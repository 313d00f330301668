"""The first tables: events, facts, entities, artifacts, audit and the head.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

from oneedit.ledger.migrations import append_only

revision = "0001"
down_revision: str | None = None

_APPEND_ONLY = ("event", "audit")
_ACTIVE = "removed IS NULL AND valid_to IS NULL"


def upgrade() -> None:
    _create_event()
    _create_fact()
    _create_projected()
    _create_rest()
    append_only.create_function()
    for table in _APPEND_ONLY:
        append_only.keep_rows(table)


def _create_event() -> None:
    op.create_table(
        "event",
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("idem", sa.Text()),
        sa.Column("request_sha", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("target_version", sa.Integer()),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False, unique=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.UniqueConstraint("actor", "idem", name="event_idem"),
        sa.CheckConstraint(
            "kind IN ('GENESIS', 'ADD', 'RETRACT', 'REVERT', 'CONSOLIDATE')", name="event_kind"
        ),
        sa.CheckConstraint("version >= 0", name="event_version"),
        sqlite_strict=True,
    )


def _create_fact() -> None:
    op.create_table(
        "fact",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("s", sa.Text(), nullable=False),
        sa.Column("p", sa.Text(), nullable=False),
        sa.Column("o", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Text()),
        sa.Column("valid_to", sa.Text()),
        sa.Column("functional", sa.Integer(), nullable=False),
        sa.Column("inv_functional", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), sa.ForeignKey("event.version"), nullable=False),
        sa.Column("removed", sa.Integer(), sa.ForeignKey("event.version")),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.CheckConstraint("cause IN ('asserted', 'derived')", name="fact_cause"),
        sqlite_strict=True,
    )
    for name, condition, columns in (
        ("fact_slot", f"{_ACTIVE} AND functional = 1", ["s", "p"]),
        ("fact_partner", f"{_ACTIVE} AND inv_functional = 1", ["p", "o"]),
        ("fact_once", _ACTIVE, ["s", "p", "o"]),
    ):
        where = sa.text(condition)
        op.create_index(
            name, "fact", columns, unique=True, sqlite_where=where, postgresql_where=where
        )
    op.create_index("fact_added", "fact", ["added"])
    op.create_index("fact_removed", "fact", ["removed"])


def _create_projected() -> None:
    op.create_table(
        "entity",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("entity_class", sa.Text(), nullable=False),
        sa.Column("qid", sa.Text(), nullable=False),
        sa.Column("added", sa.Integer(), sa.ForeignKey("event.version"), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "artifact",
        sa.Column("version", sa.Integer(), sa.ForeignKey("event.version"), primary_key=True),
        sa.Column("model_id", sa.Text(), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("edit", sa.Integer(), sa.ForeignKey("event.version"), nullable=False),
        sa.Column("patch_sha256", sa.Text(), nullable=False),
        sqlite_strict=True,
    )


def _create_rest() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "head",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name="head_one"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    for table in ("head", "audit", "artifact", "entity", "fact", "event"):
        op.drop_table(table)
    append_only.drop_function()

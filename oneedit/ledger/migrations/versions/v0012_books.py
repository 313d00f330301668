"""The relation book of each version that brings one, and events of the kind REDEFINE.

The book of version 0 of an older ledger is inserted by the next start that has it.

Revision ID: 0012
"""

import sqlalchemy as sa
from alembic import op

from oneedit.ledger.migrations import append_only

revision = "0012"
down_revision: str | None = "0011"

_BEFORE = ("GENESIS", "ADD", "RETRACT", "REVERT", "ROLLBACK", "CONSOLIDATE", "IMPORT", "REPAIR")
_KINDS = (*_BEFORE, "REDEFINE")


def upgrade() -> None:
    _allow(_KINDS)
    op.create_table(
        "book",
        sa.Column(
            "version",
            sa.Integer(),
            sa.ForeignKey("event.version"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    append_only.keep_rows("book")


def downgrade() -> None:
    op.drop_table("book")
    _allow(_BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    """Let the table of events hold these kinds and no others."""
    condition = f"kind IN ({', '.join(map(repr, kinds))})"
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("event_kind", "event", type_="check")
        op.create_check_constraint("event_kind", "event", condition)
        return
    _create("new_event", condition)
    op.execute("INSERT INTO new_event SELECT * FROM event")
    op.drop_table("event")
    op.rename_table("new_event", "event")
    op.create_index("event_created", "event", ["created_at"])
    append_only.keep_rows("event")
    broken = op.get_bind().exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise sa.exc.IntegrityError("PRAGMA foreign_key_check", None, ValueError(str(broken)))


def _create(name: str, condition: str) -> None:
    op.create_table(
        name,
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
        sa.CheckConstraint(condition, name="event_kind"),
        sa.CheckConstraint("version >= 0", name="event_version"),
        sqlite_strict=True,
    )

"""Accounts with every change of theirs, and how far the authors of tickets are trusted.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

from oneedit.ledger.migrations import append_only

revision = "0008"
down_revision: str | None = "0007"

_WITH_AUTHOR = ("ticket", "proposal")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("folded", sa.Text(), nullable=False, unique=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("trust", sa.Integer()),
        sa.Column("disabled", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role IN ('viewer', 'editor', 'reviewer', 'admin')", name="account_role"
        ),
        sa.CheckConstraint("kind IN ('person', 'service')", name="account_kind"),
        sa.CheckConstraint("trust IN (0, 1, 2)", name="account_trust"),
        sqlite_strict=True,
    )
    op.create_table(
        "account_step",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("account", sa.Text(), sa.ForeignKey("account.name"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("account_step_by_account", "account_step", ["account"])
    append_only.keep_rows("account_step")
    for table in _WITH_AUTHOR:
        op.add_column(table, sa.Column("author_trust", sa.Integer()))
        op.add_column(
            table, sa.Column("author_service", sa.Integer(), nullable=False, server_default="0")
        )


def downgrade() -> None:
    for table in _WITH_AUTHOR:
        op.drop_column(table, "author_service")
        op.drop_column(table, "author_trust")
    op.drop_table("account_step")
    op.drop_table("account")

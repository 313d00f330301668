"""Proposals, and every step of their review.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

from oneedit.ledger.migrations import append_only

revision = "0003"
down_revision: str | None = "0002"

_STATES = (
    "'open', 'needs_answer', 'approved', 'applied', 'stale', 'rejected', 'withdrawn', 'undone'"
)


def upgrade() -> None:
    _create_proposal()
    _create_proposal_event()
    append_only.keep_rows("proposal_event")


def _create_proposal() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_role", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("relations", sa.Text(), nullable=False),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("required", sa.Integer(), nullable=False),
        sa.Column("approvals", sa.Text(), nullable=False),
        sa.Column("amenders", sa.Text(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), sa.ForeignKey("event.version")),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("idem", sa.Text()),
        sa.Column("request_sha", sa.Text(), nullable=False),
        sa.UniqueConstraint("author", "idem", name="proposal_idem"),
        sa.CheckConstraint(f"state IN ({_STATES})", name="proposal_state"),
        sqlite_strict=True,
    )
    op.create_index("proposal_by_state", "proposal", ["state"])


def _create_proposal_event() -> None:
    op.create_table(
        "proposal_event",
        sa.Column("proposal", sa.Integer(), sa.ForeignKey("proposal.id"), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("earlier", sa.Text()),
        sa.Column("version", sa.Integer(), sa.ForeignKey("event.version")),
        sa.Column("created_at", sa.Text(), nullable=False),
        sqlite_strict=True,
    )


def downgrade() -> None:
    for table in ("proposal_event", "proposal"):
        op.drop_table(table)

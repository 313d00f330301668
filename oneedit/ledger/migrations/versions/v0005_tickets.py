"""Tickets with every step of theirs, the messages of conversations, and leases.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

from oneedit.ledger.migrations import append_only

revision = "0005"
down_revision: str | None = "0004"

_STATES = (
    "'reading', 'needs_answer', 'needs_review', 'queued', 'solving', 'checking', 'applied', "
    "'held', 'refused', 'cancelled', 'failed'"
)


def upgrade() -> None:
    _create_ticket()
    _create_ticket_step()
    append_only.keep_rows("ticket_step")
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Integer(), sa.ForeignKey("ticket.id")),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("message_by_conversation", "message", ["conversation"])
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sqlite_strict=True,
    )


def _create_ticket() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_role", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text()),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("idem", sa.Text()),
        sa.Column("request_sha", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("propose", sa.Integer(), nullable=False),
        sa.Column("agreed", sa.Text(), nullable=False),
        sa.Column("agreed_by", sa.Text(), nullable=False),
        sa.Column("proposal", sa.Integer(), sa.ForeignKey("proposal.id")),
        sa.Column("version", sa.Integer(), sa.ForeignKey("event.version")),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.Text(), nullable=False),
        sa.UniqueConstraint("author", "idem", name="ticket_idem"),
        sa.CheckConstraint(f"state IN ({_STATES})", name="ticket_state"),
        sqlite_strict=True,
    )
    op.create_index("ticket_by_state", "ticket", ["state"])
    op.create_index("ticket_by_conversation", "ticket", ["conversation"])
    op.create_index("ticket_by_proposal", "ticket", ["proposal"])


def _create_ticket_step() -> None:
    op.create_table(
        "ticket_step",
        sa.Column("ticket", sa.Integer(), sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sqlite_strict=True,
    )


def downgrade() -> None:
    for table in ("lease", "message", "ticket_step", "ticket"):
        op.drop_table(table)

"""The steps of all tickets in one order, so that whoever follows them can go on where they were.

Revision ID: 0011
"""

import sqlalchemy as sa
from alembic import op

from oneedit.ledger.migrations import append_only

revision = "0011"
down_revision: str | None = "0010"

_NUMBERED = """
UPDATE ticket_step SET position = (
    SELECT count(*) FROM ticket_step AS earlier
    WHERE (earlier.created_at, earlier.ticket, earlier.revision)
        <= (ticket_step.created_at, ticket_step.ticket, ticket_step.revision)
)
"""


def upgrade() -> None:
    column = sa.Column("position", sa.Integer(), nullable=False, server_default="0")
    op.add_column("ticket_step", column)
    append_only.let_change("ticket_step")
    op.execute(_NUMBERED)
    append_only.keep_rows("ticket_step")
    op.create_index("ticket_step_by_position", "ticket_step", ["position"], unique=True)


def downgrade() -> None:
    op.drop_index("ticket_step_by_position", "ticket_step")
    op.drop_column("ticket_step", "position")

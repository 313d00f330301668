"""Jobs with every change of theirs, their slots, and their runs with every line of the logs.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

from oneedit.ledger.migrations import append_only

revision = "0009"
down_revision: str | None = "0008"

_STATES = "'queued', 'running', 'done', 'failed', 'cancelled'"


def upgrade() -> None:
    _create_job()
    _create_job_run()
    op.create_table(
        "job_change",
        sa.Column("job", sa.Text(), sa.ForeignKey("job.name"), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "job_slot",
        sa.Column("job", sa.Text(), sa.ForeignKey("job.name"), primary_key=True),
        sa.Column("slot", sa.Text(), primary_key=True),
        sa.Column("run", sa.Integer(), sa.ForeignKey("job_run.id"), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "job_line",
        sa.Column("run", sa.Integer(), sa.ForeignKey("job_run.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    for table in ("job_change", "job_slot", "job_line"):
        append_only.keep_rows(table)


def _create_job() -> None:
    op.create_table(
        "job",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("cron", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("paused", sa.Integer(), nullable=False),
        sa.Column("trust", sa.Text(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("backoff", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sqlite_strict=True,
    )


def _create_job_run() -> None:
    op.create_table(
        "job_run",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("job", sa.Text(), sa.ForeignKey("job.name"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("trust", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("dry_run", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("not_before", sa.Text(), nullable=False),
        sa.Column("cancelled_by", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("permille", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.Text(), nullable=False),
        sa.UniqueConstraint("job", "slot", name="job_run_slot"),
        sa.CheckConstraint(f"state IN ({_STATES})", name="job_run_state"),
        sqlite_strict=True,
    )
    op.create_index("job_run_by_state", "job_run", ["state"])


def downgrade() -> None:
    for table in ("job_line", "job_slot", "job_change", "job_run", "job"):
        op.drop_table(table)

"""Passwords, sign-ins, access tokens and invitations of accounts.

Of secrets only hashes are kept.

Revision ID: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision: str | None = "0013"


def upgrade() -> None:
    op.create_table(
        "password",
        _account(primary_key=True),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("set_at", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "sign_in",
        sa.Column("sha256", sa.Text(), primary_key=True),
        _account(nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("sign_in_by_account", "sign_in", ["account"])
    op.create_table(
        "access_token",
        sa.Column("id", sa.Integer(), primary_key=True),
        _account(nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False, unique=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.Column("used_at", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "scope IN ('read', 'propose', 'edit', 'review', 'admin')", name="access_token_scope"
        ),
        sqlite_strict=True,
    )
    op.create_index("access_token_by_account", "access_token", ["account"])
    op.create_table(
        "invitation",
        sa.Column("sha256", sa.Text(), primary_key=True),
        _account(nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.Column("used_at", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("invitation_by_account", "invitation", ["account"])


def downgrade() -> None:
    for table in ("invitation", "access_token", "sign_in", "password"):
        op.drop_table(table)


def _account(*, primary_key: bool = False, nullable: bool | None = None) -> sa.Column[str]:
    column = sa.Column("account", sa.Text(), sa.ForeignKey("account.name"), primary_key=primary_key)
    if nullable is not None:
        column.nullable = nullable
    return column

"""Conversations with an owner, a title and members; messages that can be searched.

A conversation that several people have written in, one after the other in the same browser,
becomes one of each: nobody is shown what they were not shown before.

Revision ID: 0015
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision: str | None = "0014"

_TITLE = 80

_MESSAGE = sa.table(
    "message",
    *(sa.column(name) for name in ("id", "conversation", "author", "text", "created_at", "folded")),
)
_CONVERSATION = sa.table(
    "conversation",
    *(
        sa.column(name)
        for name in (
            "id",
            "title",
            "folded",
            "owner",
            "open",
            "archived",
            "created_at",
            "changed_at",
            "position",
            "linked_at",
        )
    ),
)


def upgrade() -> None:
    op.create_table(
        "conversation",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("archived", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("link_sha256", sa.Text(), unique=True),
        sa.Column("linked_at", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("conversation_by_owner", "conversation", ["owner"])
    op.create_index("conversation_by_position", "conversation", ["position"])
    op.create_table(
        "conversation_member",
        sa.Column("conversation", sa.Text(), sa.ForeignKey("conversation.id"), primary_key=True),
        sa.Column("account", sa.Text(), primary_key=True),
        sa.Column("added_at", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("conversation_member_by_account", "conversation_member", ["account"])
    op.add_column("message", sa.Column("folded", sa.Text(), nullable=False, server_default=""))
    _fill()


def _fill() -> None:
    """Make conversations of the messages that there are."""
    connection = op.get_bind()
    owners: dict[str, str] = {}
    made: dict[tuple[str, str], dict[str, object]] = {}
    for row in connection.execute(sa.select(_MESSAGE).order_by(_MESSAGE.c.id)).mappings().all():
        owner = owners.setdefault(row["conversation"], row["author"])
        mine = owner == row["author"]
        key = (row["conversation"], row["author"])
        new = made.get(key)
        if new is None:
            name = row["conversation"] if mine else f"{row['conversation']}.{row['id']}"
            title = " ".join(row["text"].split())[:_TITLE]
            new = made[key] = {
                "id": name,
                "title": title,
                "folded": _folded(title),
                "owner": row["author"],
                "open": 0,
                "archived": 0,
                "created_at": row["created_at"],
                "linked_at": "",
            }
        new["changed_at"], new["position"] = row["created_at"], row["id"]
        connection.execute(
            sa.update(_MESSAGE)
            .where(_MESSAGE.c.id == row["id"])
            .values(folded=_folded(row["text"]), conversation=new["id"])
        )
    if made:
        connection.execute(sa.insert(_CONVERSATION), list(made.values()))


def downgrade() -> None:
    op.drop_column("message", "folded")
    op.drop_table("conversation_member")
    op.drop_table("conversation")


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())

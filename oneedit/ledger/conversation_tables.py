"""The tables of conversations, their members and their messages."""

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

_STRICT = {"sqlite_strict": True}


class ConversationRow(SQLModel, table=True):
    """A conversation; of the secret of its link only the hash."""

    __tablename__ = "conversation"
    __table_args__ = (
        Index("conversation_by_owner", "owner"),
        Index("conversation_by_position", "position"),
        _STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    title: str = Field(sa_type=Text)
    folded: str = Field(sa_type=Text)
    owner: str = Field(sa_type=Text)
    open: int
    archived: int
    created_at: str = Field(sa_type=Text)
    changed_at: str = Field(sa_type=Text)
    position: int
    link_sha256: str | None = Field(default=None, sa_type=Text, unique=True)
    linked_at: str = Field(sa_type=Text)


class ConversationMemberRow(SQLModel, table=True):
    """Somebody who takes part in a conversation that is not open to all."""

    __tablename__ = "conversation_member"
    __table_args__ = (Index("conversation_member_by_account", "account"), _STRICT)

    conversation: str = Field(primary_key=True, sa_type=Text, foreign_key="conversation.id")
    account: str = Field(primary_key=True, sa_type=Text)
    added_at: str = Field(sa_type=Text)


class MessageRow(SQLModel, table=True):
    """A message of a conversation, with its answer or its ticket."""

    __tablename__ = "message"
    __table_args__ = (Index("message_by_conversation", "conversation"), _STRICT)

    id: int | None = Field(default=None, primary_key=True)
    conversation: str = Field(sa_type=Text)
    author: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    ticket: int | None = Field(default=None, foreign_key="ticket.id")
    outcome: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)
    folded: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})

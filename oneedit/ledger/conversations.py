"""Conversations and their messages in the ledger's database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, func, or_, select

from controller.graph.lexicon import fold
from oneedit.ledger.conversation import Conversation, Message, title_of
from oneedit.ledger.conversation_tables import ConversationMemberRow, ConversationRow, MessageRow
from oneedit.ledger.credentials import hash_of
from oneedit.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class ConversationRecords:
    """Conversations, their members and their messages; every method is one transaction.

    Attributes:
        ledger: whose database holds them.
    """

    ledger: Ledger

    # ---------- conversations ----------

    def find(self, name: str) -> Conversation | None:
        """Return the conversation of an id; None if there is none."""
        with self.ledger.reading() as session:
            row = session.get(ConversationRow, name)
            return None if row is None else _conversations(session, [row])[0]

    def linked(self, secret: str) -> Conversation | None:
        """Return the conversation that a link leads to; None if it leads nowhere."""
        query = select(ConversationRow).where(ConversationRow.link_sha256 == hash_of(secret))
        with self.ledger.reading() as session:
            row = session.exec(query).first()
            return None if row is None else _conversations(session, [row])[0]

    def of(
        self,
        name: str,
        *,
        text: str = "",
        archived: bool = False,
        before: int | None = None,
        limit: int,
    ) -> list[Conversation]:
        """Return the conversations in which somebody takes part, the last changed first.

        Args:
            name: who.
            text: words that stand in the title or in a message.
            archived: those that were put away, instead of the others.
            before: position of the one after which the list goes on.
            limit: how many at most.
        """
        query = select(ConversationRow).where(_has(name), ConversationRow.archived == int(archived))
        if text:
            query = query.where(_holds(fold(text)))
        if before is not None:
            query = query.where(ConversationRow.position < before)
        query = query.order_by(col(ConversationRow.position).desc())
        with self.ledger.reading() as session:
            return _conversations(session, session.exec(query.limit(limit)).all())

    def add(self, conversation: Conversation) -> Conversation:
        """Record a new conversation."""
        with self.ledger.writing() as session:
            now = self.ledger.now()
            made = replace(
                conversation, created_at=now, changed_at=now, position=_next_position(session)
            )
            self._insert(session, made)
        return made

    def update(self, conversation: Conversation) -> None:
        """Record a title, members, and whether a conversation is open or put away."""
        with self.ledger.writing() as session:
            row = session.get(ConversationRow, conversation.id)
            if row is None:  # deleted in this moment
                return
            row.title, row.folded = conversation.title, fold(conversation.title)
            row.open, row.archived = int(conversation.open), int(conversation.archived)
            mine = col(ConversationMemberRow.conversation) == conversation.id
            session.exec(delete(ConversationMemberRow).where(mine))
            self._add_members(session, conversation)

    def set_link(self, name: str, secret: str | None) -> None:
        """Record the secret of a conversation's link, in place of an earlier one; None ends it."""
        with self.ledger.writing() as session:
            row = session.get(ConversationRow, name)
            if row is not None:
                row.link_sha256 = None if secret is None else hash_of(secret)
                row.linked_at = "" if secret is None else self.ledger.now()

    def remove(self, name: str) -> None:
        """Delete a conversation with its messages; the tickets and versions stay."""
        with self.ledger.writing() as session:
            session.exec(delete(MessageRow).where(col(MessageRow.conversation) == name))
            mine = col(ConversationMemberRow.conversation) == name
            session.exec(delete(ConversationMemberRow).where(mine))
            session.exec(delete(ConversationRow).where(col(ConversationRow.id) == name))

    # ---------- messages ----------

    def say(self, message: Message) -> Message:
        """Record a message; one in a conversation that is not there begins it."""
        with self.ledger.writing() as session:
            now = self.ledger.now()
            row = session.get(ConversationRow, message.conversation)
            if row is None:
                new = Conversation(
                    id=message.conversation,
                    title=title_of(message.text),
                    owner=message.author,
                    created_at=now,
                    changed_at=now,
                    position=_next_position(session),
                )
                self._insert(session, new)
            else:
                row.changed_at, row.position = now, _next_position(session)
                if not row.title:
                    row.title = title_of(message.text)
                    row.folded = fold(row.title)
            said = MessageRow(
                conversation=message.conversation,
                author=message.author,
                text=message.text,
                ticket=message.ticket,
                outcome=message.outcome,
                created_at=now,
                folded=fold(message.text),
            )
            session.add(said)
            session.flush()
            return _message(said)

    def messages(self, name: str, *, after: int = 0, limit: int) -> list[Message]:
        """Return the messages of a conversation after one of a number, in order."""
        query = select(MessageRow).where(MessageRow.conversation == name, MessageRow.id > after)  # type: ignore[operator]
        with self.ledger.reading() as session:
            found = session.exec(query.order_by(col(MessageRow.id)).limit(limit))
            return list(map(_message, found))

    def last_messages(self, name: str, limit: int) -> list[Message]:
        """Return the last messages of a conversation, in order."""
        query = select(MessageRow).where(MessageRow.conversation == name)
        with self.ledger.reading() as session:
            found = session.exec(query.order_by(col(MessageRow.id).desc()).limit(limit))
            return list(map(_message, found))[::-1]

    # ---------- parts ----------

    def _insert(self, session: Session, conversation: Conversation) -> None:
        session.add(
            ConversationRow(
                id=conversation.id,
                title=conversation.title,
                folded=fold(conversation.title),
                owner=conversation.owner,
                open=int(conversation.open),
                archived=int(conversation.archived),
                created_at=conversation.created_at,
                changed_at=conversation.changed_at,
                position=conversation.position,
                linked_at="",
            )
        )
        session.flush()
        self._add_members(session, conversation)

    def _add_members(self, session: Session, conversation: Conversation) -> None:
        now = self.ledger.now()
        for each in conversation.members:
            row = ConversationMemberRow(conversation=conversation.id, account=each, added_at=now)
            session.add(row)


def _has(name: str) -> ColumnElement[bool]:
    """Return the condition that somebody takes part."""
    mine = select(ConversationMemberRow.conversation).where(ConversationMemberRow.account == name)
    return or_(
        col(ConversationRow.owner) == name,
        col(ConversationRow.open) == 1,
        col(ConversationRow.id).in_(mine),
    )


def _holds(folded: str) -> ColumnElement[bool]:
    """Return the condition that the title or a message holds a folded text."""
    inside = col(MessageRow.folded).contains(folded, autoescape=True)
    saying = select(MessageRow.conversation).where(inside)
    return or_(
        col(ConversationRow.folded).contains(folded, autoescape=True),
        col(ConversationRow.id).in_(saying),
    )


def _next_position(session: Session) -> int:
    return (session.exec(select(func.max(ConversationRow.position))).one() or 0) + 1


def _conversations(session: Session, rows: Sequence[ConversationRow]) -> list[Conversation]:
    members = _members(session, (row.id for row in rows))
    return [
        Conversation(
            id=row.id,
            title=row.title,
            owner=row.owner,
            members=tuple(members.get(row.id, ())),
            open=bool(row.open),
            archived=bool(row.archived),
            linked_at=row.linked_at,
            created_at=row.created_at,
            changed_at=row.changed_at,
            position=row.position,
        )
        for row in rows
    ]


def _members(session: Session, names: Iterable[str]) -> dict[str, list[str]]:
    query = select(ConversationMemberRow).where(
        col(ConversationMemberRow.conversation).in_(tuple(names))
    )
    found: dict[str, list[str]] = {}
    for row in session.exec(query.order_by(col(ConversationMemberRow.account))):
        found.setdefault(row.conversation, []).append(row.account)
    return found


def _message(row: MessageRow) -> Message:
    return Message(
        id=row.id or 0,
        conversation=row.conversation,
        author=row.author,
        text=row.text,
        ticket=row.ticket,
        outcome=row.outcome,
        created_at=row.created_at,
    )

"""The messages of conversations, each with its answer or its ticket."""

from dataclasses import dataclass

from sqlmodel import col, select

from oneedit.ledger.ledger import Ledger
from oneedit.ledger.tables import MessageRow

MOST_MESSAGES = 100
"""Messages of a conversation that are shown again, the last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What somebody wrote in a conversation.

    Attributes:
        conversation: id of the conversation.
        author: name of who wrote it.
        text: its words.
        ticket: number of the ticket that it became; None if it was answered at once.
        outcome: the answer as JSON, or "".
        created_at: ISO 8601 in UTC; "" before it is recorded.
    """

    conversation: str
    author: str
    text: str
    ticket: int | None = None
    outcome: str = ""
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages; every method is one transaction.

    Attributes:
        ledger: whose database holds them.
    """

    ledger: Ledger

    def add(self, message: Message) -> None:
        """Record a message."""
        with self.ledger.writing() as session:
            session.add(
                MessageRow(
                    conversation=message.conversation,
                    author=message.author,
                    text=message.text,
                    ticket=message.ticket,
                    outcome=message.outcome,
                    created_at=self.ledger.now(),
                )
            )

    def of(self, conversation: str, author: str) -> list[Message]:
        """Return the last messages of somebody's conversation, in order."""
        query = select(MessageRow).where(
            MessageRow.conversation == conversation, MessageRow.author == author
        )
        with self.ledger.reading() as session:
            found = session.exec(query.order_by(col(MessageRow.id).desc()).limit(MOST_MESSAGES))
            return [
                Message(
                    conversation=row.conversation,
                    author=row.author,
                    text=row.text,
                    ticket=row.ticket,
                    outcome=row.outcome,
                    created_at=row.created_at,
                )
                for row in found
            ][::-1]

"""Conversations and their messages, as values."""

from dataclasses import dataclass

MOST_OF_TITLE = 80
"""Characters of a title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation; with members, or open to all, it is a room.

    Attributes:
        id: its id, which nobody guesses.
        title: the beginning of its first message, or what its owner has called it.
        owner: name of who began it.
        members: names of others who take part.
        open: whether everybody who may read takes part.
        archived: whether its owner has put it away.
        linked_at: since when there is a link by which others read it; "" without one.
        created_at, changed_at: ISO 8601 in UTC; it changes with every message.
        position: where it stands among all, by its last message; the newest has the largest.
    """

    id: str
    title: str
    owner: str
    members: tuple[str, ...] = ()
    open: bool = False
    archived: bool = False
    linked_at: str = ""
    created_at: str = ""
    changed_at: str = ""
    position: int = 0

    @property
    def is_room(self) -> bool:
        """Tell whether several people may take part."""
        return self.open or bool(self.members)

    def has(self, name: str) -> bool:
        """Tell whether somebody takes part."""
        return self.open or name == self.owner or name in self.members


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What somebody wrote in a conversation.

    Attributes:
        id: its number; 0 before it is recorded.
        conversation: id of the conversation.
        author: name of who wrote it.
        text: its words.
        ticket: number of the ticket that it became; None if it was answered at once.
        outcome: the answer as JSON, or "".
        created_at: ISO 8601 in UTC; "" before it is recorded.
    """

    id: int = 0
    conversation: str
    author: str
    text: str
    ticket: int | None = None
    outcome: str = ""
    created_at: str = ""


def title_of(text: str) -> str:
    """Return the title of a conversation that begins with a message.

    >>> title_of("Who is  the spouse of Joe Biden?")
    'Who is the spouse of Joe Biden?'
    """
    line = " ".join(text.split())
    return line if len(line) <= MOST_OF_TITLE else f"{line[: MOST_OF_TITLE - 1].rstrip()}…"

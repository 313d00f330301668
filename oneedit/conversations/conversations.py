"""What people may do with conversations.

A conversation is seen by who takes part in it: its owner, its members, or everybody if it is open.
No role sees more; an administrator, too, is told that there is no such conversation.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from controller.actor import Actor
from oneedit.errors import BadConversation, LinkEnded, NotPermitted, UnknownConversation
from oneedit.ledger.accounts import Accounts
from oneedit.ledger.conversation import MOST_OF_TITLE, Conversation, Message
from oneedit.ledger.conversations import ConversationRecords
from oneedit.people.permissions import Operation, require

MOST_MEMBERS = 100
MOST_LISTED = 500
"""Conversations or messages that are returned at once."""


def new_id() -> str:
    """Return the id of a new conversation."""
    return secrets.token_urlsafe(18)


@dataclass(frozen=True, slots=True)
class Conversations:
    """The conversations of a home.

    Every method raises ``UnknownConversation`` unless the actor takes part in the one it names.

    Attributes:
        records: keeps them.
        accounts: who there is.
        tell: is told the id of each conversation that was changed.
    """

    records: ConversationRecords
    accounts: Accounts
    tell: Callable[[str], None]

    # ---------- looking ----------

    def list(
        self,
        actor: Actor,
        text: str = "",
        *,
        archived: bool = False,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Conversation]:
        """Return the conversations in which the actor takes part, the last changed first.

        Args:
            actor: who asks.
            text: words that stand in the title or in a message.
            archived: those that were put away, instead of the others.
            before: position of the one after which the list goes on.
            limit: how many at most.
        """
        require(actor, Operation.READ)
        few = min(limit, MOST_LISTED)
        return self.records.of(actor.name, text=text, archived=archived, before=before, limit=few)

    def get(self, actor: Actor, name: str) -> Conversation:
        """Return a conversation."""
        require(actor, Operation.READ)
        found = self.records.find(name)
        if found is None or not found.has(actor.name):
            raise UnknownConversation(name)
        return found

    def messages(
        self, actor: Actor, name: str, *, after: int = 0, limit: int = 100
    ) -> Sequence[Message]:
        """Return the messages after one of a number, in order."""
        self.get(actor, name)
        return self.records.messages(name, after=after, limit=min(limit, MOST_LISTED))

    def last_messages(self, actor: Actor, name: str, limit: int) -> Sequence[Message]:
        """Return the last messages, in order."""
        self.get(actor, name)
        return self.records.last_messages(name, min(limit, MOST_LISTED))

    def shared(self, actor: Actor, secret: str) -> Conversation:
        """Return the conversation that a link leads to, to whoever has the link.

        Raises:
            LinkEnded: it was revoked, or never was one.
        """
        require(actor, Operation.READ)
        found = self.records.linked(secret)
        if found is None:
            raise LinkEnded
        return found

    # ---------- writing ----------

    def create(
        self,
        actor: Actor,
        title: str,
        *,
        members: Sequence[str] = (),
        is_open: bool = False,
    ) -> Conversation:
        """Begin a conversation, or with members a room.

        Raises:
            BadConversation: the title is empty or too long, or there are too many members.
            UnknownAccount: a member has no account.
        """
        require(actor, Operation.READ)
        made = Conversation(
            id=new_id(),
            title=_title(title),
            owner=actor.name,
            members=self._names(members, actor.name),
            open=is_open,
        )
        return self._changed(self.records.add(made))

    def rename(self, actor: Actor, name: str, title: str) -> Conversation:
        """Give a conversation another title.

        Raises:
            NotPermitted: it is somebody else's.
            BadConversation: the title is empty or too long.
        """
        owned = self._owned(actor, name, "rename")
        return self._update(replace(owned, title=_title(title)))

    def set_members(
        self, actor: Actor, name: str, members: Sequence[str], *, is_open: bool
    ) -> Conversation:
        """Let these people take part besides the owner, or everybody.

        Raises:
            NotPermitted: it is somebody else's.
            BadConversation: there are too many members.
            UnknownAccount: a member has no account.
        """
        owned = self._owned(actor, name, "change the members of")
        return self._update(replace(owned, members=self._names(members, owned.owner), open=is_open))

    def leave(self, actor: Actor, name: str) -> None:
        """Take part no more.

        Raises:
            BadConversation: the actor is its owner, or everybody takes part.
        """
        found = self.get(actor, name)
        if actor.name not in found.members:
            raise BadConversation("you are not one of its members; its owner can archive it")
        kept = tuple(each for each in found.members if each != actor.name)
        self._update(replace(found, members=kept))

    def archive(self, actor: Actor, name: str, *, archived: bool = True) -> Conversation:
        """Put a conversation away, or take it out again.

        Raises:
            NotPermitted: it is somebody else's.
        """
        return self._update(replace(self._owned(actor, name, "archive"), archived=archived))

    def delete(self, actor: Actor, name: str) -> None:
        """Delete a conversation with its messages; what was edited in it stays.

        Raises:
            NotPermitted: it is somebody else's.
        """
        self._owned(actor, name, "delete")
        self.records.remove(name)
        self.tell(name)

    def share(self, actor: Actor, name: str) -> str:
        """Return the secret of a link by which others read a conversation; earlier ones end.

        Raises:
            NotPermitted: it is somebody else's.
        """
        self._owned(actor, name, "share")
        secret = secrets.token_urlsafe(32)
        self.records.set_link(name, secret)
        self.tell(name)
        return secret

    def revoke(self, actor: Actor, name: str) -> None:
        """End the link of a conversation.

        Raises:
            NotPermitted: it is somebody else's.
        """
        self._owned(actor, name, "revoke the link of")
        self.records.set_link(name, None)
        self.tell(name)

    # ---------- for the queue, whose callers have been asked ----------

    def check_writable(self, actor: Actor, name: str) -> None:
        """Check that the actor may write in a conversation, or begin it."""
        found = self.records.find(name)
        if found is not None and not found.has(actor.name):
            raise UnknownConversation(name)

    def has(self, name: str, who: str) -> bool:
        """Tell whether somebody takes part in a conversation."""
        found = self.records.find(name) if name else None
        return found is not None and found.has(who)

    def say(self, message: Message) -> Message:
        """Record a message; one in a conversation that is not there begins it."""
        said = self.records.say(message)
        self.tell(message.conversation)
        return said

    # ---------- parts ----------

    def _owned(self, actor: Actor, name: str, action: str) -> Conversation:
        found = self.get(actor, name)
        if found.owner != actor.name:
            raise NotPermitted(actor.name, action, "only its owner may", of="this conversation")
        return found

    def _names(self, members: Sequence[str], owner: str) -> tuple[str, ...]:
        """Return the names of members as they are in their accounts."""
        if len(members) > MOST_MEMBERS:
            raise BadConversation(f"it can have {MOST_MEMBERS} members; open it to all instead")
        names = {self.accounts.get(each.strip()).name for each in members}
        return tuple(sorted(names - {owner}))

    def _update(self, conversation: Conversation) -> Conversation:
        self.records.update(conversation)
        return self._changed(conversation)

    def _changed(self, conversation: Conversation) -> Conversation:
        self.tell(conversation.id)
        return conversation


def _title(text: str) -> str:
    """Return a title in one line.

    Raises:
        BadConversation: it is empty or too long.
    """
    title = " ".join(text.split())
    if not 0 < len(title) <= MOST_OF_TITLE:
        raise BadConversation(f"give it a title of 1 to {MOST_OF_TITLE} characters")
    return title

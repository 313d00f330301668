"""Conversations as they are read: each message with what came of it."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from controller.actor import Actor, Role
from oneedit.answer_wording import comparison, graph_answer, model_answer
from oneedit.ledger.conversation import Conversation, Message
from oneedit.ledger.ticket import Ticket
from oneedit.outcomes import load_result
from oneedit.queue.queue import EditQueue
from oneedit.results import AskResult, Result, TalkResult, UnclearResult
from oneedit.wording import details, headline

MOST_SHARED = 500
"""Messages of a conversation that a link shows, the last ones."""

PAGE = 200
"""Messages that an export reads at once."""

_MARKS = re.compile(r"([\\`*_\[\]<>#|~&$])")
_LIST = re.compile(r"^(\s*\d*)([-+=.)])", re.MULTILINE)


class ExportForm(StrEnum):
    """Forms in which a conversation is exported."""

    JSON = "json"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class Turn:
    """A message, and what came of it.

    Attributes:
        message: the message.
        ticket: its ticket as it is now; None if it was answered at once.
        result: the answer, or what came of the ticket; None if there is nothing yet, or if the
            answer was too long to be kept.
    """

    message: Message
    ticket: Ticket | None = None
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class Transcripts:
    """Reads conversations; who asks has to take part in them, or to have a link.

    Attributes:
        queue: has the tickets.
    """

    queue: EditQueue

    def turns(self, actor: Actor, name: str, *, after: int = 0, limit: int = 100) -> list[Turn]:
        """Return the messages after one of a number with what came of each, in order.

        Raises:
            UnknownConversation: the actor takes part in none of this id.
        """
        found = self.queue.conversations.messages(actor, name, after=after, limit=limit)
        return self._turns(actor, found)

    def last_turns(self, actor: Actor, name: str, limit: int) -> list[Turn]:
        """Return the last messages with what came of each, in order.

        Raises:
            UnknownConversation: the actor takes part in none of this id.
        """
        return self._turns(actor, self.queue.conversations.last_messages(actor, name, limit))

    def shared(self, actor: Actor, secret: str) -> tuple[Conversation, list[Turn]]:
        """Return what a link leads to: the conversation, and its last messages as its owner sees.

        Raises:
            LinkEnded: it was revoked, or never was one.
        """
        found = self.queue.conversations.shared(actor, secret)
        return found, self.last_turns(owner_of(found), found.id, MOST_SHARED)

    def export(self, actor: Actor, name: str, form: ExportForm) -> str:
        """Return a whole conversation as a text.

        Raises:
            UnknownConversation: the actor takes part in none of this id.
        """
        conversation = self.queue.conversations.get(actor, name)
        turns = list(self._all(actor, name))
        if form is ExportForm.JSON:
            return json.dumps(_as_json(conversation, turns), ensure_ascii=False, indent=2) + "\n"
        return "\n".join(_as_markdown(conversation, turns)) + "\n"

    def _all(self, actor: Actor, name: str) -> Iterator[Turn]:
        after = 0
        while found := self.turns(actor, name, after=after, limit=PAGE):
            yield from found
            after = found[-1].message.id

    def _turns(self, actor: Actor, messages: Sequence[Message]) -> list[Turn]:
        return [self._turn(actor, each) for each in messages]

    def _turn(self, actor: Actor, message: Message) -> Turn:
        if message.ticket is None:
            return Turn(message, None, load_result(message.outcome) if message.outcome else None)
        ticket = self.queue.get(actor, message.ticket)
        return Turn(message, ticket, self.queue.result(actor, ticket))


def owner_of(conversation: Conversation) -> Actor:
    """Return as whom somebody with its link reads a conversation."""
    return Actor(conversation.owner, Role.VIEWER)


def outcome_words(turn: Turn) -> list[str]:
    """Return what came of a message, in sentences."""
    match turn.result:
        case AskResult() as answer if answer.asked:
            lines = [comparison(answer), f"The model: {model_answer(answer)}"]
            if answer.agrees is not None or answer.total is not None:
                lines.append(f"The graph: {graph_answer(answer)}")
            return [*lines, f"Version {answer.version}"]
        case TalkResult(reply):
            return [reply]
        case UnclearResult(reason=reason):
            return [reason]
        case None:
            state = "" if turn.ticket is None else turn.ticket.state.value.replace("_", " ")
            return [state.capitalize()] if state else []
        case result:
            return [line for line in (headline(result), *details(result)) if line]


def _as_json(conversation: Conversation, turns: Sequence[Turn]) -> dict[str, object]:
    return {
        "id": conversation.id,
        "title": conversation.title,
        "owner": conversation.owner,
        "members": list(conversation.members),
        "open": conversation.open,
        "created_at": conversation.created_at,
        "messages": [
            {
                "id": turn.message.id,
                "author": turn.message.author,
                "created_at": turn.message.created_at,
                "text": turn.message.text,
                "ticket": turn.message.ticket,
                "state": None if turn.ticket is None else turn.ticket.state.value,
                "version": None if turn.ticket is None else turn.ticket.version,
                "outcome": outcome_words(turn),
            }
            for turn in turns
        ],
    }


def _as_markdown(conversation: Conversation, turns: Sequence[Turn]) -> Iterator[str]:
    yield f"# {_plain(conversation.title)}"
    for turn in turns:
        moment = turn.message.created_at[:16].replace("T", " ")
        yield ""
        yield f"**{_plain(turn.message.author)}**, {moment} UTC"
        yield ""
        yield from (f"> {_plain(line)}" for line in turn.message.text.splitlines())
        for line in outcome_words(turn):
            yield ""
            yield _plain(line)


def _plain(text: str) -> str:
    """Return a text in which nothing is markup of Markdown."""
    return _LIST.sub(r"\1\\\2", _MARKS.sub(r"\\\1", text))

"""Answers the last turn of a conversation."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from controller.actor import Actor
from oneedit.api.completions.hidden_requests import hidden_answer, hidden_task
from oneedit.api.completions.openai_errors import BadCompletionRequest
from oneedit.api.completions.replies import reply_words, ticket_words
from oneedit.api.completions.schemas import (
    INSTRUCTING,
    CompletionRequest,
    ServedModel,
    Usage,
)
from oneedit.api.v1.schemas import Outcome, TicketView
from oneedit.ledger.ticket import Ticket
from oneedit.queue.queue import EditQueue

WINDOW = 600
"""Seconds within which the same turn of the same conversation is the same request.

Clients repeat requests whose answer they did not get, and send no key by which to know them.
"""

_PIECE = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in words, and what programs can read of it.

    Attributes:
        text: the words.
        oneedit: the result or the ticket; None for what a client asked for itself.
    """

    text: str
    oneedit: dict[str, Any] | None = None


@dataclass(frozen=True)
class Turn:
    """What is read of a request.

    Attributes:
        model: the model that was chosen.
        text: the last turn of a user, or "" if there is none.
        instructions: the system's words; only clients' own requests are known by them.
        mark: the header of a client's own request, or "".
        conversation: hash of the whole conversation.
        key: the idempotency key that came with the request, if any.
    """

    model: ServedModel
    text: str
    instructions: tuple[str, ...]
    mark: str
    conversation: str
    key: str | None

    @classmethod
    def of(cls, request: CompletionRequest, *, mark: str, key: str | None) -> "Turn":
        """Return what is read of a request.

        Raises:
            BadCompletionRequest: there is no such model, or nothing that can be read.
        """
        place = request.last_user_turn
        message = None if place is None else request.messages[place]
        if message is not None and message.foreign_part is not None:
            param = f"messages.{place}.content.{message.foreign_part}"
            raise BadCompletionRequest("only text can be read", param=param, code="no_text")
        whole = json.dumps([[each.role, each.text] for each in request.messages])
        return cls(
            model=served(request.model),
            text="" if message is None else message.text.strip(),
            instructions=tuple(each.text for each in request.messages if each.role in INSTRUCTING),
            mark=mark,
            conversation=hashlib.sha256(whole.encode()).hexdigest(),
            key=key,
        )


@dataclass(frozen=True)
class Responder:
    """Answers turns.

    Attributes:
        queue: reads, answers, and takes proposals.
    """

    queue: EditQueue

    def reply(self, actor: Actor, turn: Turn) -> Reply:
        """Answer a turn; with the model that proposes, an edit becomes a proposal.

        Raises:
            BadCompletionRequest: a user says nothing.
            NotPermitted: the actor may not propose.
        """
        task = hidden_task(turn.text, turn.instructions, turn.mark)
        if task is not None:
            return Reply(hidden_answer(task, "\n".join((*turn.instructions, turn.text))))
        if not turn.text:
            text = "there is no message of a user to read"
            raise BadCompletionRequest(text, param="messages", code="no_text")
        if turn.model is ServedModel.ANSWERING:
            result = self.queue.service.reply(actor, turn.text)
            return Reply(reply_words(result), {"outcome": _plain(Outcome.of(result))})
        return self._propose(actor, turn)

    def _propose(self, actor: Actor, turn: Turn) -> Reply:
        key, earlier = (turn.key, None) if turn.key else self._keys(actor, turn)
        taken = self.queue.propose(actor, turn.text, idempotency_key=key, earlier_key=earlier)
        if not isinstance(taken, Ticket):
            return Reply(reply_words(taken), {"outcome": _plain(Outcome.of(taken))})
        result = self.queue.result(actor, taken)
        view = TicketView.of(taken, result=result)
        return Reply(ticket_words(taken, result), {"ticket": _plain(view)})

    def _keys(self, actor: Actor, turn: Turn) -> tuple[str, str]:
        """Return the key of a turn in this window of time, and that in the window before."""
        now = datetime.fromisoformat(self.queue.tickets.ledger.now()).timestamp()
        window = int(now // WINDOW)
        said = hashlib.sha256(
            f"{actor.name}\n{turn.conversation}\n{turn.text}".encode()
        ).hexdigest()
        return f"turn:{said[:32]}:{window}", f"turn:{said[:32]}:{window - 1}"


def served(name: str) -> ServedModel:
    """Return the model of a name.

    Raises:
        BadCompletionRequest: there is none.
    """
    try:
        return ServedModel(name)
    except ValueError as error:
        known = " and ".join(ServedModel)
        text = f"there is no model {name!r}, only {known}"
        raise BadCompletionRequest(
            text, param="model", code="model_not_found", status=404
        ) from error


def usage(request: CompletionRequest, reply: Reply) -> Usage:
    """Return the length of a request and of its answer."""
    asked = sum(count(message.text) for message in request.messages)
    answered = count(reply.text)
    return Usage(prompt_tokens=asked, completion_tokens=answered, total_tokens=asked + answered)


def count(text: str) -> int:
    """Return how many words and signs a text has.

    >>> count("Where was Joe Biden born?")
    6
    """
    return len(_PIECE.findall(text))


def _plain(view: Outcome | TicketView) -> dict[str, Any]:
    return view.model_dump(mode="json")

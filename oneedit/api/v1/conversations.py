"""Conversations: those of one person, rooms of several, and links by which others read them."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, Field, model_validator

from controller.actor import Actor
from oneedit.api.unique_keys import UniqueKeysRoute
from oneedit.api.v1.cursors import Cursor, Limit, dump_cursor, number_of
from oneedit.api.v1.edits import Intake
from oneedit.api.v1.parts import Asker, TheQueue
from oneedit.api.v1.schemas import MOST_OF_FIELD, Body, Outcome, Page, TicketView, Words
from oneedit.conversations.conversations import MOST_MEMBERS, Conversations
from oneedit.ledger.conversation import MOST_OF_TITLE, Conversation
from oneedit.ledger.ticket import Ticket
from oneedit.queue.transcripts import ExportForm, Transcripts, Turn, owner_of

Name = Annotated[str, Path(min_length=1, max_length=64, description="Id of the conversation.")]
Title = Annotated[str, Field(min_length=1, max_length=MOST_OF_TITLE, examples=["Vice presidents"])]
Member = Annotated[str, Field(min_length=1, max_length=MOST_OF_FIELD)]
Members = Annotated[list[Member], Field(max_length=MOST_MEMBERS, examples=[["ada"]])]

MOST_AT_ONCE = 100
"""Messages that others may write while one is answered."""

MEDIA_TYPES = {ExportForm.JSON: "application/json", ExportForm.MARKDOWN: "text/markdown"}


class ConversationBody(Body):
    """A new conversation; with members, or open to all, it is a room."""

    title: Title
    members: Members = Field(default=[])
    open: bool = Field(default=False, description="Everybody who may read takes part.")


class ConversationPatch(Body):
    """Changes of a conversation; what is left out stays."""

    title: Title | None = None
    members: Members | None = None
    open: bool | None = None
    archived: bool | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if all(value is None for value in self.model_dump().values()):
            raise ValueError("name what is to change: title, members, open or archived")
        return self


class MessageBody(Body):
    """A message in plain language: a question, a fact, or something to undo."""

    text: Words = Field(examples=["Who is Joe Biden's vice president?"])


class MessageView(BaseModel):
    """A message, and what came of it."""

    id: int
    author: str
    text: str
    created_at: str
    ticket: TicketView | None = Field(default=None, description="Of a message that asks a change.")
    outcome: Outcome | None = Field(default=None, description="The answer to any other.")


class Link(BaseModel):
    """A link by which others read a conversation."""

    secret: str = Field(description="It is not shown again.")
    path: str = Field(description="The path of the page that shows it.")


class SharedView(BaseModel):
    """A conversation as its link shows it."""

    title: str
    owner: str
    messages: list[MessageView]


def _conversations(queue: TheQueue) -> Conversations:
    return queue.conversations


def _transcripts(queue: TheQueue) -> Transcripts:
    return Transcripts(queue)


TheConversations = Annotated[Conversations, Depends(_conversations)]
TheTranscripts = Annotated[Transcripts, Depends(_transcripts)]

router = APIRouter(route_class=UniqueKeysRoute, tags=["conversations"])


@router.get("/conversations")
def list_conversations(
    actor: Asker,
    conversations: TheConversations,
    text: Annotated[str, Query(max_length=200, description="In a title or a message.")] = "",
    archived: bool = False,  # noqa: FBT001, FBT002  a query parameter
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[Conversation]:
    """List or search the conversations in which you take part, the last changed first."""
    before = number_of(cursor)
    found = conversations.list(actor, text, archived=archived, before=before, limit=limit)
    following = dump_cursor(found[-1].position) if len(found) == limit else None
    return Page(items=found, next=following)


@router.post("/conversations", status_code=HTTPStatus.CREATED)
def create_conversation(
    body: ConversationBody, actor: Asker, conversations: TheConversations
) -> Conversation:
    """Begin a conversation, or a room."""
    return conversations.create(actor, body.title, members=body.members, is_open=body.open)


@router.get("/conversations/{name}")
def show_conversation(name: Name, actor: Asker, conversations: TheConversations) -> Conversation:
    """Show a conversation."""
    return conversations.get(actor, name)


@router.patch("/conversations/{name}")
def change_conversation(
    name: Name, body: ConversationPatch, actor: Asker, conversations: TheConversations
) -> Conversation:
    """Rename a conversation, change who takes part, or put it away; its owner may."""
    found = conversations.get(actor, name)
    if body.members is not None or body.open is not None:
        members = found.members if body.members is None else body.members
        is_open = found.open if body.open is None else body.open
        found = conversations.set_members(actor, name, members, is_open=is_open)
    if body.title is not None:
        found = conversations.rename(actor, name, body.title)
    if body.archived is not None:
        found = conversations.archive(actor, name, archived=body.archived)
    return found


@router.delete("/conversations/{name}", status_code=HTTPStatus.NO_CONTENT)
def delete_conversation(name: Name, actor: Asker, conversations: TheConversations) -> None:
    """Delete a conversation with its messages; what was edited in it stays."""
    conversations.delete(actor, name)


@router.post("/conversations/{name}/leave", status_code=HTTPStatus.NO_CONTENT)
def leave_conversation(name: Name, actor: Asker, conversations: TheConversations) -> None:
    """Take part in a room no more."""
    conversations.leave(actor, name)


@router.get("/conversations/{name}/messages")
def list_messages(
    name: Name,
    actor: Asker,
    transcripts: TheTranscripts,
    intake: Intake,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[MessageView]:
    """Read the messages of a conversation with what came of each, the oldest first."""
    turns = transcripts.turns(actor, name, after=number_of(cursor) or 0, limit=limit)
    following = dump_cursor(turns[-1].message.id) if len(turns) == limit else None
    return Page(items=[_view(intake, actor, each) for each in turns], next=following)


@router.post("/conversations/{name}/messages", status_code=HTTPStatus.CREATED)
def send_message(
    name: Name, body: MessageBody, actor: Asker, queue: TheQueue, intake: Intake
) -> MessageView:
    """Write in a conversation; a question is answered, and a change becomes a ticket."""
    conversation = queue.conversations.get(actor, name)
    answer = replace(queue, conversation=conversation.id).submit(actor, body.text)
    last = queue.conversations.last_messages(actor, name, MOST_AT_ONCE)
    mine = [each for each in last if (each.author, each.text) == (actor.name, body.text)]
    ticket = answer if isinstance(answer, Ticket) else None
    result = None if isinstance(answer, Ticket) else answer
    return _view(intake, actor, Turn(mine[-1], ticket, result))


@router.post("/conversations/{name}/link", status_code=HTTPStatus.CREATED)
def share_conversation(name: Name, actor: Asker, conversations: TheConversations) -> Link:
    """Make a link by which others with an account read a conversation; an earlier one ends."""
    secret = conversations.share(actor, name)
    return Link(secret=secret, path=f"/ui/shared/{secret}")


@router.delete("/conversations/{name}/link", status_code=HTTPStatus.NO_CONTENT)
def revoke_link(name: Name, actor: Asker, conversations: TheConversations) -> None:
    """End the link of a conversation."""
    conversations.revoke(actor, name)


@router.get(
    "/conversations/{name}/export",
    response_class=Response,
    responses={
        HTTPStatus.OK: {
            "content": {each: {"schema": {"type": "string"}} for each in MEDIA_TYPES.values()}
        }
    },
)
def export_conversation(
    name: Name, actor: Asker, transcripts: TheTranscripts, form: ExportForm = ExportForm.JSON
) -> Response:
    """Return a whole conversation as JSON or Markdown."""
    text = transcripts.export(actor, name, form)
    return Response(text, media_type=MEDIA_TYPES[form])


@router.get("/shared/{secret}")
def show_shared(
    secret: Annotated[str, Path(max_length=200)],
    actor: Asker,
    transcripts: TheTranscripts,
    intake: Intake,
) -> SharedView:
    """Read the conversation that a link leads to."""
    conversation, turns = transcripts.shared(actor, secret)
    owner = owner_of(conversation)
    views = [_view(intake, owner, each) for each in turns]
    return SharedView(title=conversation.title, owner=conversation.owner, messages=views)


def _view(intake: Intake, actor: Actor, turn: Turn) -> MessageView:
    message = turn.message
    answered = turn.ticket is None and turn.result is not None
    return MessageView(
        id=message.id,
        author=message.author,
        text=message.text,
        created_at=message.created_at,
        ticket=None if turn.ticket is None else intake.view(actor, turn.ticket),
        outcome=Outcome.of(turn.result) if answered and turn.result is not None else None,
    )

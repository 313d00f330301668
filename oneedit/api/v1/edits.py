"""Edits and their tickets, undo and roll back."""

import json
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response

from controller.actor import Actor
from interpreter.intents import Forget, RollBack, Tell, Unclear, Undo
from kg_data.entities import EntityChange
from oneedit.api.problems import ApiProblem, clear, unclear
from oneedit.api.unique_keys import UniqueKeysRoute
from oneedit.api.v1.cursors import Cursor, Limit, dump_cursor, number_of
from oneedit.api.v1.parts import Asker, TheQueue, TheService
from oneedit.api.v1.schemas import EditBody, Number, Outcome, Page, PlanView, TicketView, UndoBody
from oneedit.ledger.ticket import WAITING, Ticket, TicketFilter, TicketState
from oneedit.queue.queue import EditQueue
from oneedit.results import UnclearResult

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="The same key with the same request makes one ticket.",
    ),
]
Seen = Annotated[
    str | None,
    Header(
        alias="If-Match",
        pattern=r'^"\d{1,9}"$',
        description='The version of the graph that you have seen, such as "12"; if somebody '
        "changed the same since, you are asked again.",
    ),
]


@dataclass(frozen=True)
class EditIntake:
    """Takes edits in, and shows tickets."""

    queue: EditQueue

    def take(self, actor: Actor, body: EditBody, key: str | None, seen: str | None) -> Ticket:
        """Enter an edit into the queue.

        Raises:
            ApiProblem: the message asks for no change, or is unclear.
        """
        queue = replace(self.queue, conversation=body.conversation)
        text = words_of(body)
        intent = queue.service.read(text)
        if isinstance(intent, Unclear):
            raise unclear(UnclearResult(intent.code, intent.reason, intent.options))
        if not isinstance(intent, Tell | Forget | Undo | RollBack | EntityChange):
            text = "the message asks for no change; questions go to /ask"
            raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, "not_an_edit", text)
        taken = queue.submit(
            actor,
            text,
            idempotency_key=key,
            base_version=None if seen is None else int(seen.strip('"')),
            propose=body.propose,
        )
        if isinstance(taken, UnclearResult):
            raise unclear(taken)
        if not isinstance(taken, Ticket):
            raise ApiProblem(HTTPStatus.CONFLICT, "not_an_edit", "the message asks for no change")
        return taken

    def view(self, actor: Actor, ticket: Ticket, *, whole: bool = True) -> TicketView:
        """Return a ticket as it is shown; in lists without its steps and its outcome."""
        waits = ticket.state in WAITING
        return TicketView.of(
            ticket,
            estimate=self.queue.estimate(actor, ticket) if waits and whole else None,
            result=self.queue.result(actor, ticket) if whole else None,
            steps=self.queue.tickets.steps(ticket.id) if whole else (),
        )

    def accepted(self, actor: Actor, ticket: Ticket, response: Response) -> TicketView:
        """Return a ticket that was made, and say where it is."""
        response.headers["Location"] = f"tickets/{ticket.id}"
        return self.view(actor, ticket)


def _intake(queue: TheQueue) -> EditIntake:
    return EditIntake(queue)


Intake = Annotated[EditIntake, Depends(_intake)]


def words_of(body: EditBody) -> str:
    """Return an edit as a message; facts as JSON, which readers take as they are."""
    if body.message is not None:
        return body.message
    facts = [each.model_dump() for each in body.facts or ()]
    return json.dumps(facts, ensure_ascii=False)


router = APIRouter(route_class=UniqueKeysRoute)


@router.post("/edits", status_code=HTTPStatus.ACCEPTED, tags=["edits"])
def submit_edit(
    body: EditBody,
    response: Response,
    actor: Asker,
    intake: Intake,
    key: Key = None,
    seen: Seen = None,
) -> TicketView:
    """Ask for an edit; the ticket says what was read and where it stands."""
    return intake.accepted(actor, intake.take(actor, body, key, seen), response)


@router.post("/edits/preview", tags=["edits"])
def preview_edit(body: EditBody, actor: Asker, service: TheService) -> PlanView:
    """Return what an edit would change and what speaks against it; nothing changes."""
    planned = clear(service.preview(actor, words_of(body)))
    return PlanView.of(planned.plan)


def _wanted(
    state: Annotated[list[TicketState], Query()] = [],  # noqa: B006  FastAPI copies it
    author: str = "",
    conversation: str = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> TicketFilter:
    return TicketFilter(
        states=state,
        author=author,
        conversation=conversation,
        before=number_of(cursor),
        limit=limit,
    )


@router.get("/tickets", tags=["tickets"])
def list_tickets(
    actor: Asker, intake: Intake, wanted: Annotated[TicketFilter, Depends(_wanted)]
) -> Page[TicketView]:
    """List the tickets that you may see, the newest first."""
    found = intake.queue.find(actor, wanted)[::-1]
    items = [intake.view(actor, each, whole=False) for each in found]
    more = len(found) == wanted.limit
    return Page(items=items, next=dump_cursor(found[-1].id) if more else None)


@router.get("/tickets/{number}", tags=["tickets"])
def show_ticket(number: Number, actor: Asker, intake: Intake, queue: TheQueue) -> TicketView:
    """Show a ticket with its steps, and what came of it."""
    return intake.view(actor, queue.get(actor, number))


@router.post("/tickets/{number}/agree", tags=["tickets"])
def agree_to_ticket(number: Number, actor: Asker, intake: Intake, queue: TheQueue) -> TicketView:
    """Agree to what a ticket waits for: its plan, what others changed, or a failed check."""
    return intake.view(actor, queue.agree(actor, number))


@router.post("/tickets/{number}/cancel", tags=["tickets"])
def cancel_ticket(number: Number, actor: Asker, intake: Intake, queue: TheQueue) -> TicketView:
    """Cancel a ticket; possible until its commit."""
    return intake.view(actor, queue.cancel(actor, number))


@router.post("/undo", status_code=HTTPStatus.ACCEPTED, tags=["versions"])
def undo(
    body: UndoBody,
    response: Response,
    actor: Asker,
    intake: Intake,
    queue: TheQueue,
    key: Key = None,
) -> TicketView:
    """Undo edits: named ones, those that meet conditions, or the last."""
    ticket = queue.undo(actor, body.choice, idempotency_key=key)
    return intake.accepted(actor, ticket, response)


@router.post("/undo/preview", tags=["versions"])
def preview_undo(body: UndoBody, actor: Asker, service: TheService) -> Outcome:
    """Return what an undo would change; nothing changes."""
    return Outcome.of(service.preview_undo(actor, body.choice))


@router.post("/versions/{version}/restore", status_code=HTTPStatus.ACCEPTED, tags=["versions"])
def restore_version(
    version: Number,
    response: Response,
    actor: Asker,
    intake: Intake,
    queue: TheQueue,
    key: Key = None,
) -> TicketView:
    """Roll back: make the facts and weights of a version hold again, as a new version."""
    ticket = queue.roll_back(actor, version, idempotency_key=key)
    return intake.accepted(actor, ticket, response)


@router.post("/versions/{version}/restore/preview", tags=["versions"])
def preview_restore(version: Number, actor: Asker, service: TheService) -> Outcome:
    """Return what a roll back would change; nothing changes."""
    return Outcome.of(service.preview_rollback(actor, version))

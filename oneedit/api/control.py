"""The routes for the command line. They are reached over the socket in the home only.

They make an application of their own: what listens on an address of the network knows none of them.
"""

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError

from controller.actor import Actor
from kg_data.errors import ExpectedError
from oneedit.api.ticket_events import ticket_events
from oneedit.control.commands import answer, enter, load_order, load_query
from oneedit.control.local import report_of
from oneedit.control.review_commands import load_step, take_step
from oneedit.control.wire import (
    CHANGE,
    FILTER,
    IMPORT_ORDER,
    PREFIX,
    USER,
    dump_import,
    dump_report,
    dump_ticket,
)
from oneedit.jobs.imports import Imports
from oneedit.ledger.ticket import Ticket
from oneedit.outcomes import dump_result
from oneedit.queue.queue import EditQueue

UNEXPECTED = "something went wrong on the server, and its log says what; nothing was changed"

_LOG = logging.getLogger(__name__)


class CommandBody(BaseModel):
    """A query or an order, as :func:`oneedit.control.commands.dump_command` wrote it."""

    kind: str
    value: dict[str, Any]
    key: str | None = None


def control_app(
    queue: EditQueue,
    imports: Imports,
    actor_of: Callable[[str], Actor],
    stopping: threading.Event,
) -> FastAPI:
    """Return the application of the socket.

    Args:
        queue: takes the orders, as the command line's.
        imports: takes the imports, which the server's scheduler carries out.
        actor_of: returns who has a name; the local user if it is empty.
        stopping: is set when the server ends.
    """
    app = FastAPI(title="OneEdit, for its command line", openapi_url=None)
    who = _Asker(actor_of)
    app.include_router(_commands(queue, who), prefix=PREFIX)
    app.include_router(ticket_events(queue, stopping, who), prefix=PREFIX)
    app.include_router(_tickets(queue, who), prefix=PREFIX)
    app.include_router(_imports(imports, who), prefix=PREFIX)
    app.add_exception_handler(ExpectedError, _expected)
    app.add_exception_handler(ValidationError, _malformed)
    app.add_exception_handler(ValueError, _malformed)
    app.add_exception_handler(Exception, _unexpected)
    return app


def _commands(queue: EditQueue, who: "_Asker") -> APIRouter:
    router = APIRouter()

    @router.get("/greeting")
    def greet() -> dict[str, object]:
        return {"version": version("oneedit"), "process": os.getpid()}

    @router.post("/queries")
    def look_up(body: CommandBody, actor: Annotated[Actor, Depends(who)]) -> dict[str, object]:
        found = answer(queue.service, actor, load_query(body.kind, body.value))
        return {"result": dump_result(found)}

    @router.post("/orders")
    def order(body: CommandBody, actor: Annotated[Actor, Depends(who)]) -> dict[str, object]:
        taken = enter(queue, actor, load_order(body.kind, body.value), key=body.key)
        if isinstance(taken, Ticket):
            return {"ticket": dump_ticket(taken), "result": None}
        return {"ticket": None, "result": dump_result(taken)}

    @router.post("/relations")
    def redefine(body: dict[str, Any], actor: Annotated[Actor, Depends(who)]) -> dict[str, object]:
        service = replace(queue.service, source=queue.source)
        return {"result": dump_result(service.redefine(actor, CHANGE.validate_python(body)))}

    @router.post("/reviews")
    def review(body: dict[str, Any], actor: Annotated[Actor, Depends(who)]) -> dict[str, object]:
        reviews = replace(queue.service, source=queue.source).reviews
        return {"result": dump_result(take_step(reviews, actor, load_step(body)))}

    return router


def _tickets(queue: EditQueue, who: "_Asker") -> APIRouter:
    router = APIRouter(prefix="/tickets")

    @router.post("")
    def find(wanted: dict[str, Any], actor: Annotated[Actor, Depends(who)]) -> dict[str, object]:
        found = queue.find(actor, FILTER.validate_python(wanted))
        return {"tickets": [dump_ticket(each) for each in found]}

    @router.get("/{number}")
    def report(number: int, actor: Annotated[Actor, Depends(who)]) -> dict[str, object]:
        return dump_report(report_of(actor, number, queue))

    @router.post("/{number}/agree")
    def agree(number: int, actor: Annotated[Actor, Depends(who)]) -> dict[str, object]:
        return {"ticket": dump_ticket(queue.agree(actor, number))}

    @router.post("/{number}/cancel")
    def cancel(number: int, actor: Annotated[Actor, Depends(who)]) -> dict[str, object]:
        return {"ticket": dump_ticket(queue.cancel(actor, number))}

    return router


def _imports(imports: Imports, who: "_Asker") -> APIRouter:
    router = APIRouter(prefix="/imports")

    @router.post("")
    def begin(body: dict[str, Any], actor: Annotated[Actor, Depends(who)]) -> dict[str, object]:
        return dump_import(imports.begin(actor, IMPORT_ORDER.validate_python(body)))

    @router.get("/{number}")
    def report(
        number: int, actor: Annotated[Actor, Depends(who)], after: int = 0
    ) -> dict[str, object]:
        return dump_import(imports.report(actor, number, after=after))

    @router.post("/{number}/cancel")
    def cancel(number: int, actor: Annotated[Actor, Depends(who)]) -> dict[str, object]:
        return dump_import(imports.cancel(actor, number))

    return router


class _Asker:
    """Finds out who asks, from a header."""

    def __init__(self, actor_of: Callable[[str], Actor]) -> None:
        self._actor_of = actor_of

    def __call__(self, name: Annotated[str, Header(alias=USER)] = "") -> Actor:
        """Return who asks."""
        return self._actor_of(unquote(name))


def _expected(_request: Request, error: Exception) -> JSONResponse:
    exit_code, status = getattr(error, "exit_code", 1), getattr(error, "http_status", 500)
    return _problem(str(error), exit_code=exit_code, status=status)


def _malformed(_request: Request, error: Exception) -> JSONResponse:
    return _problem(f"the server does not understand this: {error}", exit_code=2, status=422)


def _unexpected(_request: Request, _error: Exception) -> JSONResponse:
    return _problem(UNEXPECTED, exit_code=1, status=500)


def _problem(text: str, *, exit_code: int, status: int) -> JSONResponse:
    return JSONResponse({"error": text, "exit_code": exit_code}, status_code=status)

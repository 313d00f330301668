"""The application under ``/api/v1``, with its OpenAPI document."""

import threading
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from oneedit.api.identity import Identity
from oneedit.api.problems import MEDIA_TYPE, Problem, add_handlers
from oneedit.api.ticket_events import ticket_events
from oneedit.api.v1 import (
    conversations,
    edits,
    graph,
    jobs,
    people,
    relations,
    reviews,
    tokens,
    versions,
)
from oneedit.api.v1.parts import asker
from oneedit.wiring import Application

SOURCE = "api"
"""Where the requests come from, as the ledger records it."""

DESCRIPTION = """Correct what a language model knows, with a knowledge graph that keeps count.

A change is asked for and becomes a **ticket**; follow it until it is applied, or waits for
somebody. What is committed is a **version**, which can be compared, undone and restored. Errors
are problem details (RFC 9457) whose `code` stays the same.
"""

TAGS = (
    ("questions", "Ask the model, and compare with the graph."),
    ("edits", "Tell or forget facts, in plain language or as facts."),
    ("tickets", "Changes that were asked for, and where they stand."),
    ("versions", "What was changed, undo and roll back."),
    ("entities", "Search, show, trace and change entities."),
    ("facts", "The facts of the last version, or of an earlier one."),
    ("relations", "What relations mean."),
    ("reviews", "Edits that somebody else has to agree to."),
    ("jobs", "What is run by a schedule."),
    ("conversations", "What was said, alone or in rooms, and links by which others read it."),
    ("people", "Accounts, access tokens and sign-ins."),
    ("state", "Ledger, graph and model."),
    ("audit", "What was refused."),
)

ERRORS = (400, 401, 403, 404, 408, 409, 410, 413, 422, 429, 500, 503)
"""Status codes of problems."""


def api_app(application: Application, identity: Identity, stopping: threading.Event) -> FastAPI:
    """Return the application.

    Args:
        application: what answers.
        identity: finds out who asks.
        stopping: is set when the server ends, so that open streams end.
    """
    problems: dict[int | str, dict[str, Any]] = {
        status: {"model": Problem, "description": "A problem.", "content": {MEDIA_TYPE: {}}}
        for status in ERRORS
    }
    app = FastAPI(
        title="OneEdit",
        version=version("oneedit"),
        description=DESCRIPTION,
        openapi_tags=[{"name": name, "description": text} for name, text in TAGS],
        docs_url=None,  # FastAPI's own pages load scripts from another site
        redoc_url=None,
        responses=problems,
        separate_input_output_schemas=False,
        generate_unique_id_function=_operation_id,
    )
    queue = replace(
        application.queue,
        source=SOURCE,
        service=replace(application.queue.service, source=SOURCE),
    )
    app.state.identity, app.state.queue = identity, queue
    app.state.jobs, app.state.people = application.jobs, application.people
    app.include_router(ticket_events(queue, stopping, asker))  # before tickets/{number}
    parts = (
        edits,
        graph,
        relations,
        versions,
        reviews,
        jobs,
        people,
        tokens,
        conversations,
    )
    for part in parts:
        app.include_router(part.router)
    add_handlers(app)
    return app


def _operation_id(route: APIRoute) -> str:
    """Return the name of a route's function, which is unique: generated clients read well."""
    return route.name

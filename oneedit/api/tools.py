"""Tools for language models under ``/mcp``: the Model Context Protocol over streamable HTTP.

Each call says by its access token who asks, and is authorised by the service as any other. What a
model tells becomes a proposal; only an undo changes something, of what its account may undo.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from importlib.metadata import version as installed_version
from typing import Annotated, Any, cast

from anyio import to_thread
from fastapi import FastAPI
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from controller.actor import Actor
from kg_data.errors import ExpectedError
from oneedit.api.completions.replies import plan_words, reply_words, ticket_words
from oneedit.api.identity import Identity
from oneedit.api.problems import answer_to
from oneedit.api.v1.schemas import MOST_NUMBER, PlanView, TicketView
from oneedit.edits.choice import Choice
from oneedit.ledger.fact_pages import FactFilter
from oneedit.ledger.ticket import Ticket
from oneedit.results import Result, UnclearResult
from oneedit.wiring import Application
from oneedit.wording import fact_words

PATH = "/mcp"
SOURCE = "mcp"
"""Where the requests come from, as the ledger records it."""

MOST_LISTED = 100
INSTRUCTIONS = """OneEdit keeps a knowledge graph and a language model that knows the same facts.
Ask and search freely. What you tell with propose_edit waits until a person agrees; preview_edit
shows before what it would change. undo takes a version back; ask your user first."""

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
ADDS = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
)
DESTROYS = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False
)

Words = Annotated[str, Field(min_length=1, max_length=2000)]
Question = Annotated[Words, Field(description='Such as "Where was Joe Biden born?"')]
Message = Annotated[
    Words,
    Field(description='Such as "Joe Biden was born in Paris." or "Forget the spouse of Bob."'),
]
Name = Annotated[str, Field(max_length=256, description="An id or name, or empty for all.")]
Version = Annotated[int, Field(ge=0, le=MOST_NUMBER)]
Limit = Annotated[int, Field(ge=1, le=MOST_LISTED)]
Calling = Context[Any, Request]


class ToolAnswer(BaseModel):
    """What a tool answers.

    Attributes:
        text: in words.
        kind, value: which result it is, and the result itself.
    """

    text: str
    kind: str
    value: Any

    @classmethod
    def of(cls, result: Result, text: str = "") -> "ToolAnswer":
        """Return the answer of a result.

        Raises:
            ToolError: a name or message was not clear.
        """
        if isinstance(result, UnclearResult):
            raise ToolError(reply_words(result))
        return cls(text=text or reply_words(result), kind=type(result).__name__, value=result)


class Tools:
    """The tools.

    Args:
        application: what answers.
        identity: finds out who asks.
    """

    def __init__(self, application: Application, identity: Identity) -> None:
        service = replace(application.queue.service, source=SOURCE)
        self._queue = replace(application.queue, source=SOURCE, service=service)
        self._service, self._identity = service, identity
        self._server = MCPServer(
            "oneedit",
            title="OneEdit",
            version=installed_version("oneedit"),
            instructions=INSTRUCTIONS,
            log_level="WARNING",
            subscriptions=False,
        )
        for tool in (self.ask, self.preview_edit, self.history, self.search, self.get_facts):
            self._server.add_tool(tool, annotations=READS)
        self._server.add_tool(self.propose_edit, annotations=ADDS)
        self._server.add_tool(self.undo, annotations=DESTROYS)

    @asynccontextmanager
    async def running(self, _app: FastAPI) -> AsyncIterator[None]:
        """Answer calls inside an ``async with`` block: the lifespan of an application."""
        self._server.streamable_http_app(  # makes a session manager, which runs once
            stateless_http=True,
            # hosts and origins are looked at before; see ``oneedit.api.middleware``
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        async with self._server.session_manager.run():
            yield

    @property
    def route(self) -> Route:
        """Return the route; without sessions there is nothing to get or delete."""
        return Route(PATH, endpoint=_Endpoint(self._server, self._identity), methods=["POST"])

    def ask(self, question: Question, calling: Calling) -> ToolAnswer:
        """Answer a question with the edited model, and compare with the knowledge graph."""
        with _told():
            return ToolAnswer.of(self._service.ask(_actor(calling), question))

    def preview_edit(self, message: Message, calling: Calling) -> ToolAnswer:
        """Show what an edit would change and what speaks against it; changes nothing."""
        with _told():
            planned = self._service.preview(_actor(calling), message)
        if isinstance(planned, UnclearResult):
            raise ToolError(reply_words(planned))
        text = plan_words(planned.plan)
        return ToolAnswer(text=text, kind="PlannedResult", value=PlanView.of(planned.plan))

    def propose_edit(self, message: Message, calling: Calling) -> ToolAnswer:
        """Propose to tell or forget a fact in plain words; a person has to agree to it."""
        actor = _actor(calling)
        with _told():
            taken = self._queue.propose(actor, message)
            if not isinstance(taken, Ticket):
                raise ToolError(f"This proposes no edit. {reply_words(taken)}")
            result = self._queue.result(actor, taken)
        text = ticket_words(taken, result)
        return ToolAnswer(text=text, kind="Ticket", value=TicketView.of(taken, result=result))

    def undo(self, version: Version, calling: Calling) -> ToolAnswer:
        """Take a version back. Of others' edits it waits for a reviewer. Ask your user before."""
        actor = _actor(calling)
        with _told():
            ticket = self._queue.undo(actor, Choice.of(version))
            result = self._queue.result(actor, ticket)
        state = ticket.state.replace("_", " ")
        text = f"Ticket {ticket.id} to undo version {version}: {state}."
        if result is not None:
            text = f"{text}\n{reply_words(result)}"
        return ToolAnswer(text=text, kind="Ticket", value=TicketView.of(ticket, result=result))

    def history(self, calling: Calling, entity: Name = "") -> ToolAnswer:
        """List what was changed, by whom and when: all of it, or about one entity."""
        with _told():
            return ToolAnswer.of(self._service.history(_actor(calling), entity or None))

    def search(self, text: Words, calling: Calling, limit: Limit = 20) -> ToolAnswer:
        """Search entities by a part of a name, or by a misspelt one."""
        with _told():
            found = self._service.search(_actor(calling), text, limit=limit)
        lines = [f"{each.entity.id} ({each.entity.entity_class})" for each in found.found]
        words = "\n".join(lines) or "No name fits."
        return ToolAnswer(text=words, kind="SearchResult", value=found)

    def get_facts(
        self,
        calling: Calling,
        subject: Name = "",
        relation: Name = "",
        object: Name = "",  # noqa: A002  its name in the protocol
        as_of: Version | None = None,
        limit: Limit = 50,
    ) -> ToolAnswer:
        """List facts of the graph by the ids of their parts, of the last or an earlier version."""
        wanted = FactFilter(subject=subject, relation=relation, object=object)
        with _told():
            found = self._service.facts(_actor(calling), wanted, as_of=as_of, limit=limit)
        if isinstance(found, UnclearResult):
            raise ToolError(reply_words(found))
        lines = [fact_words(each.fact) for each in found.facts]
        more = ["There are more."] if found.more else []
        words = "\n".join(lines + more) or "There is no such fact."
        return ToolAnswer(text=words, kind="FactsResult", value=found)


class _Endpoint:
    """Answers a request in the name of whoever sends it.

    Args:
        server: has the tools.
        identity: finds out who asks.
    """

    def __init__(self, server: MCPServer[Any], identity: Identity) -> None:
        self._server, self._identity = server, identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        scheme, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
        try:
            actor = await to_thread.run_sync(
                self._identity.by_key, key.strip() if scheme.lower() == "bearer" else ""
            )
        except ExpectedError as error:
            await answer_to(error)(scope, receive, send)
            return
        state = {**scope.get("state", {}), "actor": actor}
        await self._server.session_manager.handle_request({**scope, "state": state}, receive, send)


def _actor(calling: Calling) -> Actor:
    """Return who asks, as the request said."""
    http_request = cast("Request", calling.request_context.request)
    actor: Actor = http_request.state.actor
    return actor


@contextmanager
def _told() -> Iterator[None]:
    """Tell a model why something was refused.

    Raises:
        ToolError: says why.
    """
    try:
        yield
    except ExpectedError as error:
        raise ToolError(str(error)) from error

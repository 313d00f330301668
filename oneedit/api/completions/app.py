"""The application under ``/v1``."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, FastAPI, Header, Request, Security
from fastapi.responses import Response, StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials

from controller.actor import Actor
from oneedit.api.completions.hidden_requests import MARK
from oneedit.api.completions.openai_errors import add_handlers, error_event
from oneedit.api.completions.responder import Reply, Responder, Turn, served, usage
from oneedit.api.completions.schemas import (
    Completion,
    CompletionRequest,
    ModelCard,
    ModelList,
    ServedModel,
)
from oneedit.api.identity import BEARER, Identity
from oneedit.api.unique_keys import UniqueKeysRoute
from oneedit.wiring import Application

SOURCE = "chat-completions"
"""Where the requests come from, as the ledger records it."""

WAITING = 10.0
"""Seconds after which a stream says that it still waits, so that proxies keep it open."""

UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""Headers that keep proxies from holding a stream back."""


def completions_app(application: Application, identity: Identity) -> FastAPI:
    """Return the application.

    Args:
        application: what answers.
        identity: finds out who asks.
    """
    app = FastAPI(title="OneEdit", docs_url=None, redoc_url=None, openapi_url=None)
    queue = replace(
        application.queue,
        source=SOURCE,
        service=replace(application.queue.service, source=SOURCE),
    )
    routes = _Routes(Responder(queue), _started(application))
    app.state.identity = identity
    app.router.route_class = UniqueKeysRoute
    app.add_api_route("/models", routes.models, methods=["GET"])
    app.add_api_route("/models/{name}", routes.model, methods=["GET"])
    app.add_api_route("/chat/completions", routes.complete, methods=["POST"], response_model=None)
    add_handlers(app)
    return app


def _started(application: Application) -> int:
    """Return when this server has started, in seconds since 1970."""
    return int(datetime.fromisoformat(application.ledger.now()).timestamp())


def _asker(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)],
) -> Actor:
    identity: Identity = request.app.state.identity
    return identity.by_key("" if bearer is None else bearer.credentials)


Asker = Annotated[Actor, Depends(_asker)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]
Mark = Annotated[str, Header(alias=MARK)]


@dataclass(frozen=True)
class _Routes:
    """Answers requests.

    Attributes:
        responder: answers turns.
        started: when the models were made, in seconds since 1970.
    """

    responder: Responder
    started: int

    def models(self, actor: Asker) -> ModelList:
        """List the models."""
        del actor  # whoever it is, they may read
        return ModelList(data=[self._card(each) for each in ServedModel])

    def model(self, name: str, actor: Asker) -> ModelCard:
        """Show a model."""
        del actor
        return self._card(served(name))

    async def complete(
        self, body: CompletionRequest, actor: Asker, key: Key = None, mark: Mark = ""
    ) -> Response:
        """Answer the last turn of a conversation."""
        turn = Turn.of(body, mark=mark, key=key)
        answer = Answer(self.responder, body, actor, turn)
        if body.stream:
            return StreamingResponse(
                answer.events(), media_type="text/event-stream", headers=UNBUFFERED
            )
        whole = await answer.whole()
        return Response(whole.model_dump_json(), media_type="application/json")

    def _card(self, model: ServedModel) -> ModelCard:
        return ModelCard(id=model, created=self.started)


class Answer:
    """The answer to one request, as a whole or as a stream.

    Args:
        responder: answers turns.
        request: the request.
        actor: who asks.
        turn: what is read of it.
    """

    def __init__(
        self, responder: Responder, request: CompletionRequest, actor: Actor, turn: Turn
    ) -> None:
        self._responder, self._request, self._actor, self._turn = responder, request, actor, turn
        self._name = f"chatcmpl-{secrets.token_hex(12)}"
        now = responder.queue.tickets.ledger.now()
        self._created = int(datetime.fromisoformat(now).timestamp())

    async def whole(self) -> Completion:
        """Return the answer."""
        reply = await self._reply()
        message = {"role": "assistant", "content": reply.text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return self._completion("chat.completion", [choice]).model_copy(
            update={"usage": usage(self._request, reply), "oneedit": reply.oneedit}
        )

    async def events(self) -> AsyncIterator[str]:
        """Yield the answer as server-sent events; comments while it is awaited."""
        yield self._delta({"role": "assistant", "content": ""})
        waiting = asyncio.create_task(self._reply())
        try:
            while not waiting.done():
                await asyncio.wait({waiting}, timeout=WAITING)
                if not waiting.done():
                    yield ": still waiting\n\n"
        finally:
            waiting.cancel()
        error = waiting.exception()
        if error is not None:
            yield error_event(error)
            return
        reply = waiting.result()
        for line in reply.text.splitlines(keepends=True):
            yield self._delta({"content": line})
        yield self._delta({}, finish="stop", oneedit=reply.oneedit)
        if self._request.counts_usage:
            last = self._completion("chat.completion.chunk", [])
            yield _event(last.model_copy(update={"usage": usage(self._request, reply)}))
        yield "data: [DONE]\n\n"

    async def _reply(self) -> Reply:
        return await to_thread.run_sync(
            self._responder.reply, self._actor, self._turn, abandon_on_cancel=True
        )

    def _delta(
        self,
        delta: dict[str, str],
        *,
        finish: str | None = None,
        oneedit: dict[str, Any] | None = None,
    ) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        chunk = self._completion("chat.completion.chunk", [choice])
        return _event(chunk.model_copy(update={"oneedit": oneedit}))

    def _completion(self, kind: str, choices: list[dict[str, Any]]) -> Completion:
        return Completion(
            id=self._name,
            object=kind,
            created=self._created,
            model=self._request.model,
            choices=choices,
        )


def _event(completion: Completion) -> str:
    exclude = {"oneedit"} if completion.oneedit is None else None
    return f"data: {completion.model_dump_json(exclude=exclude)}\n\n"

"""What every request passes: host and origin, size and time, headers in and out, a request id."""

import asyncio
import json
import logging
import re
import secrets
import time
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any, cast
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

# NiceGUI compiles its templates in the browser: without 'unsafe-eval' its pages stay blank
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}

LARGEST_BODY = 1024 * 1024
"""Bytes of a request's body, at most; whole files come by ``oneedit import``."""

SLOWEST_BODY = 30.0
"""Seconds that a request's body may take to arrive."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PAGE_SOCKET = "/_nicegui_ws/"
"""Part of the paths by which pages talk to the server, whatever the method."""

WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})
"""Paths that monitors ask for all the time; only what fails there is logged."""

BAD = 400
"""The first status code of an answer that is none."""

FORWARDED = (b"forwarded", b"x-forwarded-")
PREFIX = "x-forwarded-prefix"
PATH = re.compile(r"(/[\w.~-]+)+", re.ASCII)
"""What a proxy may say of the path below which it serves the application."""

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Id of the request that is answered; log lines carry it."""

_LOG = logging.getLogger("oneedit.access")


class SecurityHeaders:
    """Middleware that adds the headers to every response, errors and files included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class SameOrigin:
    """Middleware that refuses what a page of another site asks for with a visitor's cookies.

    Browsers say where a request comes from (``Origin``, ``Sec-Fetch-Site``). Programs that say
    nothing, or send a token, which no browser adds by itself, are let through.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "websocket" and _is_foreign(Headers(scope=scope)):
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http" and _counts(scope) and _is_foreign(Headers(scope=scope)):
            await _refuse(send, 403, "foreign_origin", "another site's page asks for this")
            return
        await self._app(scope, receive, send)


class BodyLimit:
    """Middleware that refuses bodies that are too large or arrive too slowly."""

    def __init__(
        self, app: ASGIApp, *, largest: int = LARGEST_BODY, slowest: float = SLOWEST_BODY
    ) -> None:
        self._app, self._largest, self._slowest = app, largest, slowest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] in SAFE:
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._slowest):
                messages = await self._read(Headers(scope=scope), receive)
        except TimeoutError:
            await _refuse(send, 408, "too_slow", "the request took too long to arrive")
            return
        if messages is None:
            text = f"the request has more than {self._largest:,} bytes"
            await _refuse(send, 413, "too_large", text)
            return
        await self._app(scope, _Replay(messages, receive), send)

    async def _read(self, headers: Headers, receive: Receive) -> list[Message] | None:
        """Return the body's messages; None if they are too large."""
        declared = headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > self._largest:
            return None
        messages: list[Message] = []
        size, more = 0, True
        while more:
            message = await receive()
            messages.append(message)
            size += len(message.get("body", b""))
            if size > self._largest:
                return None
            more = message.get("more_body", False)
        return messages


class _Replay:
    """Gives an application the messages that were read before, then those that follow."""

    def __init__(self, messages: list[Message], receive: Receive) -> None:
        self._messages, self._receive = messages[::-1], receive

    async def __call__(self) -> Message:
        return self._messages.pop() if self._messages else await self._receive()


class ForwardedHeaders:
    """Middleware that believes what only a proxy may say if a known proxy says it.

    It then sets the client's address, the scheme, and the path below which the proxy serves the
    application (``X-Forwarded-Prefix``); of anybody else it takes the headers off.

    Args:
        app: the application.
        proxies: addresses of the known proxies.
    """

    def __init__(self, app: ASGIApp, *, proxies: Sequence[str] = ()) -> None:
        self._app, self._proxies = app, frozenset(proxies)
        # uvicorn's types of an application are narrower than Starlette's
        behind: Any = ProxyHeadersMiddleware(cast("Any", app), trusted_hosts=list(proxies))
        self._behind: ASGIApp = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        client = scope.get("client") or ("", 0)
        if client[0] in self._proxies:
            await self._behind(_below_prefix(scope), receive, send)
            return
        if scope["type"] in {"http", "websocket"}:
            kept = [(name, value) for name, value in scope["headers"] if not _forwards(name)]
            scope = {**scope, "headers": kept}
        await self._app(scope, receive, send)


class RequestIds:
    """Middleware that names every request in its answer and in the log, and writes a log line."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name, start, status = secrets.token_hex(8), time.perf_counter(), 500
        token = request_id.set(name)

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = name
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            milliseconds = round((time.perf_counter() - start) * 1000, 1)
            quiet = scope["path"] in WATCHED and status < BAD
            _LOG.log(
                logging.DEBUG if quiet else logging.INFO,
                "request",
                extra={
                    "fields": {
                        "method": scope["method"],
                        "path": scope["path"],
                        "status": status,
                        "milliseconds": milliseconds,
                    }
                },
            )
            request_id.reset(token)


def _counts(scope: Scope) -> bool:
    return scope["method"] not in SAFE or PAGE_SOCKET in scope["path"]


def _is_foreign(headers: Headers) -> bool:
    """Tell whether a page of another site sends a request."""
    if headers.get("authorization", "").lower().startswith("bearer "):
        return False
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    return headers.get("sec-fetch-site", "same-origin") in {"cross-site", "same-site"}


def _below_prefix(scope: Scope) -> Scope:
    """Return what a proxy sends, with the path that it has taken off put back."""
    prefix = Headers(scope=scope).get(PREFIX, "").rstrip("/")
    kept = [(name, value) for name, value in scope["headers"] if name != PREFIX.encode()]
    found = {**scope, "headers": kept}
    if PATH.fullmatch(prefix):
        found |= {name: prefix + scope.get(name, "") for name in ("root_path", "path")}
    return found


def _forwards(name: bytes) -> bool:
    return name == FORWARDED[0] or name.startswith(FORWARDED[1])


async def _refuse(send: Send, status: int, code: str, detail: str) -> None:
    body = json.dumps(
        {
            "type": f"urn:oneedit:problem:{code}",
            "title": "Refused",
            "status": status,
            "detail": detail,
            "code": code,
        }
    ).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

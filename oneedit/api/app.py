"""The web application: all routers, pages and middleware."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse, RedirectResponse
from nicegui import ui
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from controller.actor import local_user
from oneedit.errors import OneEditError
from oneedit.ui.page import FAVICON, register
from oneedit.wiring import Application

PAGES = "/ui"
RECONNECT = 30.0
"""Seconds that the server keeps a page after its browser lost the connection."""


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


def build_app(application: Application, *, hosts: Sequence[str] = ("*",)) -> FastAPI:
    """Return the web application; NiceGUI allows one in a process.

    Args:
        application: the wired application; the caller closes it.
        hosts: host names that requests may use.
    """
    # FastAPI's own /docs pages load scripts from another site
    app = FastAPI(title="OneEdit", docs_url=None, redoc_url=None)
    app.include_router(health_router(application))

    @app.get("/", include_in_schema=False)
    def home() -> RedirectResponse:
        return RedirectResponse(f"{PAGES}/")

    register(application.queue, local_user)
    ui.run_with(
        app,
        mount_path=PAGES,
        title="OneEdit",
        favicon=FAVICON,
        dark=None,
        language="en-US",
        tailwind=False,
        reconnect_timeout=RECONNECT,
        show_welcome_message=False,
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    app.add_middleware(SecurityHeaders)
    return app


def health_router(application: Application) -> APIRouter:
    """Return the route that reports the versions of ledger and graph; it never uses the model."""
    router = APIRouter(tags=["health"])

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    def healthz() -> JSONResponse:
        try:
            ledger = application.ledger.head()
        except OneEditError as error:
            detail = {"status": "failed", "detail": str(error)}
            return JSONResponse(detail, status_code=error.http_status)
        graph = application.store.version
        return JSONResponse({"status": "ok", "ledger": ledger, "graph": graph})

    return router


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

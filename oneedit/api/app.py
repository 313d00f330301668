"""The application that is served: every router and page is included here."""

from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from nicegui import ui
from starlette.middleware.trustedhost import TrustedHostMiddleware

from oneedit.api.headers import SecurityHeaders
from oneedit.api.health import health_router
from oneedit.api.identity import local_user
from oneedit.ui.page import FAVICON, register
from oneedit.wiring import Application

PAGES = "/ui"
RECONNECT = 30.0
"""Seconds for which the server keeps the page of a browser that lost its connection."""


def build_app(application: Application, *, hosts: Sequence[str] = ("*",)) -> FastAPI:
    """Return the web application; NiceGUI allows one in a process.

    Args:
        application: everything, wired. It stays open when the web application ends.
        hosts: names under which a browser may call the server.
    """
    # the pages of /docs would load their scripts from elsewhere
    app = FastAPI(title="OneEdit", docs_url=None, redoc_url=None)
    app.include_router(health_router(application))

    @app.get("/", include_in_schema=False)
    def home() -> RedirectResponse:
        return RedirectResponse(f"{PAGES}/")

    register(application.service, local_user)
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

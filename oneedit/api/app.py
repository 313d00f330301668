"""The web application: all routers, pages and middleware."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from nicegui import ui
from starlette.middleware.trustedhost import TrustedHostMiddleware

from controller.actor import local_user
from oneedit.api.completions.app import completions_app
from oneedit.api.health import health_router
from oneedit.api.identity import COOKIE, Identity
from oneedit.api.limits import AddressLimit, RequestLimits
from oneedit.api.metrics import Metrics, metrics_router
from oneedit.api.middleware import (
    BodyLimit,
    ForwardedHeaders,
    RequestIds,
    SameOrigin,
    SecurityHeaders,
)
from oneedit.api.sign_in_pages import SIGN_IN, SignInPages
from oneedit.api.tools import Tools
from oneedit.api.v1.app import api_app
from oneedit.effective_settings import EffectiveSetting
from oneedit.ui.page import FAVICON, register
from oneedit.ui.site import Site
from oneedit.wiring import Application

PAGES = "/ui"
API = "/api/v1"
COMPLETIONS = "/v1"
RECONNECT = 30.0
"""Seconds that the server keeps a page after its browser lost the connection."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """How the application is reached.

    Attributes:
        local: whether only this machine reaches it, so that its user needs no account.
        hosts: host names that requests may use.
        proxies: addresses of proxies whose forwarded headers are believed.
        secure: whether browsers may send cookies over HTTPS only.
        limits: counts the requests of accounts and addresses.
        stopping: is set when the server ends, so that open streams end.
        settings: those that the server was started with, for the page that lists them.
    """

    local: bool = True
    hosts: Sequence[str] = ("*",)
    proxies: Sequence[str] = ()
    secure: bool = False
    limits: RequestLimits = field(default_factory=lambda: RequestLimits(0))
    stopping: threading.Event = field(default_factory=threading.Event)
    settings: Sequence[EffectiveSetting] = ()


def build_app(application: Application, around: Surroundings | None = None) -> FastAPI:
    """Return the web application; NiceGUI allows one in a process.

    Args:
        application: the wired application; the caller closes it.
        around: how it is reached.
    """
    around = around or Surroundings()
    identity = Identity(
        application.doorkeeper,
        application.tokens,
        local_user if around.local else None,
        around.limits,
    )
    app = programs_app(application, identity, around.stopping)
    app.include_router(SignInPages(application.doorkeeper, around.secure).router)
    app.add_api_route("/", _to_pages, include_in_schema=False)
    register(
        Site(
            queue=application.queue,
            jobs=application.jobs,
            doorkeeper=application.doorkeeper,
            tokens=application.tokens,
            who=identity.of,
            sign_in=SIGN_IN,
            cookie=COOKIE,
            settings=around.settings,
        )
    )
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
    guard(app, around)
    return app


def programs_app(
    application: Application, identity: Identity, stopping: threading.Event
) -> FastAPI:
    """Return the application without its pages: what programs and monitors ask.

    Args:
        application: what answers.
        identity: finds out who asks.
        stopping: is set when the server ends.
    """
    # FastAPI's own /docs pages load scripts from another site
    tools = Tools(application, identity)
    app = FastAPI(
        title="OneEdit", docs_url=None, redoc_url=None, openapi_url=None, lifespan=tools.running
    )
    app.include_router(health_router(application))
    app.include_router(metrics_router(Metrics(application), identity))
    app.mount(API, api_app(application, identity, stopping))
    app.mount(COMPLETIONS, completions_app(application, identity))
    app.router.routes.append(tools.route)
    return app


def guard(app: FastAPI, around: Surroundings) -> None:
    """Put what every request passes before an application."""
    app.add_middleware(BodyLimit)
    app.add_middleware(SameOrigin)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(around.hosts), www_redirect=False)
    app.add_middleware(AddressLimit, limits=around.limits)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestIds)
    app.add_middleware(ForwardedHeaders, proxies=around.proxies)


def _to_pages() -> RedirectResponse:
    return RedirectResponse(f"{PAGES}/")

"""The web server process."""

import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import NoReturn

import uvicorn
from rich.console import Console

from controller.actor import Actor, local_user
from oneedit import wiring
from oneedit.api.app import PAGES, build_app
from oneedit.api.control import control_app
from oneedit.api.home_socket import ControlServer, HomeSocket
from oneedit.control.local import SOURCE
from oneedit.errors import AddressTaken
from oneedit.jobs.consolidation import ConsolidationJob
from oneedit.people.people import People
from oneedit.settings import Settings
from oneedit.wiring import Application

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SHUTDOWN_TIMEOUT = 3
"""Seconds to wait for open connections when the server ends."""


def serve(settings: Settings) -> None:
    """Serve the application that the settings describe, until interrupted; print its address.

    Raises:
        AddressTaken: the server cannot listen on its address.
        BadReplicas, NotInstalled, ReplicasUnavailable: the replicas do not start.
        EditorError, GenesisMismatch, LedgerUnavailable, StateMismatch: see ``wiring.build``.
    """
    console = Console()
    with _listen(settings.host, settings.port) as listener:
        console.print("Loading the model ...", style="dim")
        application = wiring.build(settings, replicas=True)
        job = ConsolidationJob(application.service.consolidator)
        with ExitStack() as ending:
            ending.callback(job.join)
            ending.callback(application.close)
            ending.callback(job.stop)
            control = _control(application, console)
            if control is not None:
                control.start()
                ending.callback(control.stop)
            application.worker.start()
            application.scheduler.start()
            job.start()
            app = build_app(application, hosts=allowed_hosts(settings))
            config = uvicorn.Config(
                app,
                log_level="warning",
                ws_max_size=2**20,
                timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
            )
            _announce(settings, console)
            ending.enter_context(_ended_in_order())
            uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Let a request of the system to end (SIGTERM) unwind the ``with`` blocks around this one."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def _control(application: Application, console: Console) -> ControlServer | None:
    """Return what answers the command line; None if another server of the home does, or none can.

    Raises:
        ServerSilent: somebody else's socket is in the home.
    """
    try:
        place = HomeSocket.open(application.home)
    except OSError as error:
        text = f"The command line will not find this server: {error.strerror or error}."
        console.print(text, markup=False)
        return None
    if place is None:
        console.print("Another server of this home answers the command line.")
        return None
    stopping = threading.Event()
    queue = replace(application.queue, source=SOURCE)
    return ControlServer(
        control_app(queue, application.imports, partial(acting, application.people), stopping),
        place,
        stopping,
    )


def acting(people: People, name: str) -> Actor:
    """Return who acts under a name; the local user if it is empty.

    Raises:
        UnknownAccount: nobody has an account of this name.
        AccountDisabled: it may not be used.
    """
    return people.actor(name) if name else local_user()


def allowed_hosts(settings: Settings) -> Sequence[str]:
    """Return the host names that requests may use.

    On loopback these are its own names only: otherwise any web page could resolve its own host
    name to this machine (DNS rebinding) and act as the local user, who needs no password.
    """
    configured = tuple(name.strip() for name in settings.allowed_hosts.split(",") if name.strip())
    return configured or (LOOPBACK if settings.host in LOOPBACK else ("*",))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise AddressTaken(host, port, error.strerror or str(error)) from error


def _announce(settings: Settings, console: Console) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    console.print(f"OneEdit is at http://{host}:{settings.port}{PAGES}/", markup=False)
    if settings.host not in LOOPBACK:
        console.print("Everyone who reaches this address may edit: there are no accounts yet.")

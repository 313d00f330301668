"""The web server process."""

import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from typing import NoReturn
from urllib.parse import urlsplit

import uvicorn
from rich.console import Console

from controller.actor import Actor, local_user
from kg_data.relations import RelationBook
from oneedit import wiring
from oneedit.api.app import PAGES, Surroundings, build_app
from oneedit.api.control import control_app
from oneedit.api.home_socket import ControlServer, HomeSocket
from oneedit.api.limits import RequestLimits
from oneedit.api.logs import LogForm, written_logs
from oneedit.control.local import SOURCE
from oneedit.effective_settings import effective_settings
from oneedit.errors import AddressTaken, NoAccounts
from oneedit.jobs.consolidation import ConsolidationJob
from oneedit.ledger.credentials import Credentials
from oneedit.people.people import People
from oneedit.settings import Settings
from oneedit.upkeep.start import open_checked
from oneedit.wiring import Application

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SHUTDOWN_TIMEOUT = 3
"""Seconds to wait for open connections when the server ends."""


def serve(settings: Settings) -> None:
    """Serve the application that the settings describe, until interrupted; print its address.

    Raises:
        AddressTaken: the server cannot listen on its address.
        NoAccounts: others can reach it, and nobody has a password.
        BadReplicas, NotInstalled, ReplicasUnavailable: the replicas do not start.
        EditorError, GenesisMismatch, LedgerUnavailable, StateMismatch: see ``wiring.build``.
    """
    with written_logs(LogForm(settings.logs)):
        check_accounts(settings)
        _serve(settings, Console())


def _serve(settings: Settings, console: Console) -> None:
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
            stopping = threading.Event()
            ending.callback(stopping.set)
            app = build_app(application, surroundings(settings, stopping))
            config = uvicorn.Config(
                app,
                log_config=None,  # see ``oneedit.api.logs``
                access_log=False,  # see RequestIds
                ws_max_size=2**20,
                proxy_headers=False,  # see ForwardedHeaders
                root_path=urlsplit(settings.public_url).path.rstrip("/"),
                timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
            )
            _announce(settings, console)
            ending.enter_context(_ended_in_order())
            uvicorn.Server(config).run(sockets=[listener])


def check_accounts(settings: Settings) -> None:
    """Check that not everybody who reaches the server may edit.

    Raises:
        NoAccounts: others can reach it, and nobody has a password.
    """
    if for_this_machine(settings):
        return
    location = wiring.ledger_location(settings)
    if location.in_file and not location.path.exists():
        raise NoAccounts(settings.address)
    book = RelationBook.shipped()
    with closing(open_checked(settings.home, book, location=location)) as ledger:
        if not Credentials(ledger).anybody_invited():
            raise NoAccounts(settings.address)


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


def for_this_machine(settings: Settings) -> bool:
    """Tell whether only this machine reaches the server.

    A server on a loopback address is reached by others if a proxy hands their requests on: then it
    trusts the proxy, is known by another address, or answers to other host names.
    """
    names = {urlsplit(settings.address).hostname, *listed_names(settings.allowed_hosts)}
    return (
        settings.host in LOOPBACK
        and not listed_names(settings.trusted_proxies)
        and names.issubset(LOOPBACK)
    )


def surroundings(settings: Settings, stopping: threading.Event) -> Surroundings:
    """Return how the server of the settings is reached."""
    return Surroundings(
        local=for_this_machine(settings),
        hosts=allowed_hosts(settings),
        proxies=listed_names(settings.trusted_proxies),
        secure=settings.public_url.startswith("https:"),
        limits=RequestLimits(settings.requests_per_minute),
        stopping=stopping,
        settings=effective_settings(settings),
    )


def listed_names(text: str) -> tuple[str, ...]:
    """Return what stands between commas, without spaces."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def allowed_hosts(settings: Settings) -> Sequence[str]:
    """Return the host names that requests may use.

    On loopback these are its own names only: otherwise any web page could resolve its own host
    name to this machine (DNS rebinding) and act as the local user, who needs no password.
    """
    return listed_names(settings.allowed_hosts) or (
        LOOPBACK if settings.host in LOOPBACK else ("*",)
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise AddressTaken(host, port, error.strerror or str(error)) from error


def _announce(settings: Settings, console: Console) -> None:
    console.print(f"OneEdit is at {settings.address}{PAGES}/", markup=False)

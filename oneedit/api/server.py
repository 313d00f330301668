"""The web server process."""

import socket
from collections.abc import Sequence

import uvicorn
from rich.console import Console

from oneedit import wiring
from oneedit.api.app import PAGES, build_app
from oneedit.errors import AddressTaken
from oneedit.jobs.consolidation import ConsolidationJob
from oneedit.settings import Settings

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
        try:
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
            uvicorn.Server(config).run(sockets=[listener])
        finally:
            job.stop()
            application.close()
            job.join()


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

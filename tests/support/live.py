"""A real server around a small application, for clients that speak HTTP themselves.

One serves all tests of a module, which ask as the machine's own user or by an access token.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from controller.actor import Role
from oneedit.api.app import Surroundings, guard, programs_app
from oneedit.api.identity import Identity
from oneedit.ledger.credential import Scope
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application

PATIENCE = 30.0


class _Announcing(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.listens.set()


@dataclass(frozen=True)
class LiveServer:
    """A server that listens.

    Attributes:
        address: its address, without a slash at its end.
        oneedit: what answers.
    """

    address: str
    oneedit: Application

    def token(self, name: str, role: Role, scope: Scope = Scope.ADMIN) -> str:
        """Return an access token of a new account."""
        self.oneedit.people.add(LOCAL, name, role)
        _, secret = self.oneedit.tokens.make(LOCAL, "test", scope, of=name)
        return secret


@contextmanager
def live(home: Path) -> Iterator[LiveServer]:
    """Serve an application, without its pages, inside a ``with`` block."""
    oneedit = application(home)
    around = Surroundings()
    identity = Identity(oneedit.doorkeeper, oneedit.tokens, lambda: LOCAL)
    app = programs_app(oneedit, identity, around.stopping)
    guard(app, around)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, proxy_headers=False, ws="none")
    server = _Announcing(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        assert server.listens.wait(PATIENCE)
        yield LiveServer(f"http://127.0.0.1:{listener.getsockname()[1]}", oneedit)
    finally:
        around.stopping.set()
        server.should_exit = True
        thread.join()
        listener.close()
        oneedit.close()

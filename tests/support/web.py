"""The HTTP interface around a small application: accounts, tokens and clients for tests."""

import threading
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from controller.actor import Role
from oneedit.api.identity import Identity
from oneedit.api.v1.app import api_app
from oneedit.ledger.credential import Scope
from oneedit.wiring import Application
from tests.support.fakes import LOCAL

PENCE = "Joe Biden's vice president is Mike Pence."


def interface(
    oneedit: Application, stopping: threading.Event | None = None, *, local: bool = True
) -> FastAPI:
    """Return the interface of an application; if local, its user may come without an account."""
    who = (lambda: LOCAL) if local else None
    identity = Identity(oneedit.doorkeeper, oneedit.tokens, who)
    return api_app(oneedit, identity, stopping or threading.Event())


@dataclass(frozen=True)
class Caller:
    """Calls the interface in somebody's name.

    Attributes:
        client: sends the requests.
        token: an access token, or "" for the machine's own user.
    """

    client: TestClient
    token: str = ""

    def __call__(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, Any]:
        """Send a request, and return the status and the body of its answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            named["Authorization"] = f"Bearer {self.token}"
        answer = self.client.request(method, path, json=body, headers=named)
        found = answer.json() if answer.content else None
        return answer.status_code, found

    def of(self, oneedit: Application, name: str, role: Role) -> "Caller":
        """Return a caller with a new account."""
        oneedit.people.add(LOCAL, name, role)
        _, secret = oneedit.tokens.make(LOCAL, "test", Scope.ADMIN, of=name)
        return Caller(self.client, secret)


def carry_out(oneedit: Application) -> None:
    """Let the worker do all that is queued."""
    while oneedit.worker.carry_out_next():
        pass

"""How many requests an account, and an address, may send in a minute."""

import ipaddress
import time
from dataclasses import dataclass, field

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from controller.actor import Actor, Role
from oneedit.api.problems import answer_to
from oneedit.errors import TooManyTries

WHAT = "requests"


@dataclass(frozen=True)
class RequestLimits:
    """Counts requests, in this process.

    The machine's own user and its own addresses are not counted: a program there that asks too
    much harms its owner alone, and a proxy that is not named would stand for everybody.

    Attributes:
        per_minute: how many an account, and an address, may send; 0 for any number.
    """

    per_minute: int
    _limiter: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()), init=False
    )

    def count_account(self, actor: Actor) -> None:
        """Count a request of an account.

        Raises:
            TooManyTries: there were too many.
        """
        if actor.role is not Role.LOCAL:
            self._count("account", actor.name)

    def count_address(self, address: str) -> None:
        """Count a request from an address.

        Raises:
            TooManyTries: there were too many.
        """
        if address and not _is_own(address):
            self._count("address", address)

    def _count(self, kind: str, name: str) -> None:
        if not self.per_minute:
            return
        limit: RateLimitItem = RateLimitItemPerMinute(self.per_minute)
        if not self._limiter.hit(limit, kind, name):
            reset = self._limiter.get_window_stats(limit, kind, name).reset_time
            raise TooManyTries(WHAT, reset - time.time())


class AddressLimit:
    """Middleware that refuses requests of an address that sends too many.

    Args:
        app: the application.
        limits: counts them.
    """

    def __init__(self, app: ASGIApp, *, limits: RequestLimits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http":
            address, _ = scope.get("client") or ("", 0)
            try:
                self._limits.count_address(address)
            except TooManyTries as error:
                await answer_to(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _is_own(address: str) -> bool:
    """Tell whether an address is of this machine; names, as of tests, are not."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False

"""Who asks: by an access token, by the cookie of a sign-in, or as the machine's own user."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from fastapi import Request
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.responses import Response

from controller.actor import Actor
from oneedit.api.limits import RequestLimits
from oneedit.errors import NotSignedIn
from oneedit.people.access_tokens import PREFIX, AccessTokens
from oneedit.people.sign_in import LONGEST, Doorkeeper

COOKIE = "oneedit_sign_in"

BEARER = HTTPBearer(
    auto_error=False, description="An access token, made by `oneedit tokens add` or on the page."
)
SIGN_IN = APIKeyCookie(name=COOKIE, auto_error=False, description="Set by signing in on the page.")


@dataclass(frozen=True)
class Identity:
    """Finds out who asks.

    As long as nobody has a password, who sends no token is the machine's own user: the server
    then listens on this machine only.

    Attributes:
        doorkeeper: knows who has signed in.
        tokens: knows for whom programs act.
        local: returns the machine's own user; None if others can reach the server.
        limits: counts the requests of programs.
    """

    doorkeeper: Doorkeeper
    tokens: AccessTokens
    local: Callable[[], Actor] | None
    limits: RequestLimits = field(default_factory=lambda: RequestLimits(0))

    def actor(self, token: str, secret: str) -> Actor:
        """Return who asks, by an access token or else by the secret of a sign-in.

        Raises:
            NotSignedIn: nobody who may.
            TooManyTries: they have sent too many requests.
        """
        return self._counted(self.tokens.actor(token) if token else self.by_cookie(secret))

    def by_key(self, key: str) -> Actor:
        """Return for whom a client acts whose library demands some key.

        A key that is no access token, as "none", is as good as none.

        Raises:
            NotSignedIn: an access token is needed, or cannot be used.
            TooManyTries: they have sent too many requests.
        """
        if key.startswith(PREFIX):
            return self._counted(self.tokens.actor(key))
        if self.local is None or self.doorkeeper.needed:
            raise NotSignedIn("give an access token as the key: oneedit tokens add")
        return self.local()

    def by_cookie(self, secret: str) -> Actor:
        """Return who has signed in with a secret, or the machine's own user.

        Raises:
            NotSignedIn: somebody has to sign in, and this is nobody.
        """
        if not secret and self.local is not None and not self.doorkeeper.needed:
            return self.local()
        return self.doorkeeper.known(secret).actor

    def _counted(self, actor: Actor) -> Actor:
        self.limits.count_account(actor)
        return actor

    def of(self, request: Request) -> Callable[[], Actor] | None:
        """Return what tells who looks at a page, now and later; None if they have to sign in."""
        visitor = partial(self.by_cookie, request.cookies.get(COOKIE, ""))
        try:
            visitor()
        except NotSignedIn:
            return None
        return visitor


def let_in(response: Response, secret: str, *, secure: bool, path: str) -> None:
    """Let a browser keep the secret of a sign-in, where no script can read it."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=round(LONGEST.total_seconds()),
        path=path or "/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )

"""Access tokens: how programs act for an account, with no more rights than they need."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.actor import Actor, Role
from oneedit.errors import AccountDisabled, BadToken, NotSignedIn, UnknownAccount, UnknownToken
from oneedit.ledger.credential import AccessToken, Scope
from oneedit.ledger.credentials import Credentials
from oneedit.people.people import People
from oneedit.people.permissions import Operation, require

PREFIX = "oneedit_"
"""Beginning of every token, so that scanners find those that were published by mistake."""

MOST_OF_NAME, MOST_DAYS = 64, 3650
STEP = timedelta(minutes=10)
"""How often the use of a token is recorded, at most."""


@dataclass(frozen=True, slots=True)
class AccessTokens:
    """The access tokens of accounts.

    Attributes:
        people: the accounts.
        credentials: their tokens.
    """

    people: People
    credentials: Credentials

    def make(
        self, actor: Actor, name: str, scope: Scope, *, days: int = 0, of: str = ""
    ) -> tuple[AccessToken, str]:
        """Return a new token with its secret, which is shown this once.

        Args:
            actor: who makes it.
            name: what it is for.
            scope: what it may be used for; never for more than its account.
            days: how long it can be used; 0 for ever.
            of: the account, if it is not the actor's; administrators make those of services.

        Raises:
            BadToken: the name or the days cannot be used, or the actor has no account.
            NotPermitted: it is somebody else's account.
        """
        account = self._of(actor, of)
        if not 0 < len(name.strip()) <= MOST_OF_NAME:
            raise BadToken(f"say in 1 to {MOST_OF_NAME} characters what it is for")
        if not 0 <= days <= MOST_DAYS:
            raise BadToken(f"days has to be 0, for ever, to {MOST_DAYS}")
        secret = PREFIX + secrets.token_urlsafe(32)
        until = (self._now() + timedelta(days=days)).isoformat() if days else ""
        token = AccessToken(
            id=0, account=account, name=name.strip(), scope=scope, created_at="", expires_at=until
        )
        return self.credentials.add_token(token, secret, by=actor.name), secret

    def list(self, actor: Actor, of: str = "") -> list[AccessToken]:
        """Return the tokens of the actor, or of whom an administrator names."""
        return self.credentials.tokens(self._of(actor, of))

    def revoke(self, actor: Actor, number: int, *, of: str = "") -> None:
        """Let a token not be used any more.

        Raises:
            UnknownToken: the account has none of this number.
        """
        account = self._of(actor, of)
        if number not in {each.id for each in self.credentials.tokens(account)}:
            raise UnknownToken(number)
        self.credentials.revoke(number, by=actor.name)

    def actor(self, secret: str) -> Actor:
        """Return who acts by a token: its account as it is now, within the token's scope.

        Raises:
            NotSignedIn: the token cannot be used.
        """
        token = self.credentials.token(secret)
        if token is None:
            raise NotSignedIn("this access token was revoked, is over, or never was one")
        try:
            actor = self.people.actor(token.account)
        except (UnknownAccount, AccountDisabled) as error:
            raise NotSignedIn(str(error)) from error
        now = self._now()
        if not token.used_at or now - datetime.fromisoformat(token.used_at) >= STEP:
            self.credentials.use_token(token.id)
        return token.scope.limit(actor)

    def _of(self, actor: Actor, name: str) -> str:
        """Return whose tokens are meant.

        Raises:
            NotPermitted: they are somebody else's.
            BadToken: the local user has no account, and needs none.
        """
        if name in {"", actor.name}:
            require(actor, Operation.READ)
            if actor.role is Role.LOCAL:
                raise BadToken("name the account that it is for; the local user has none")
            return actor.name
        require(actor, Operation.MANAGE_PEOPLE)
        return self.people.accounts.get(name).name

    def _now(self) -> datetime:
        return datetime.fromisoformat(self.credentials.ledger.now())

"""How people prove who they are: an invitation, then a name and a password, then a cookie.

Passwords are hashed with Argon2id. What a browser keeps is a random secret whose hash the ledger
knows; it is made anew with every sign-in and ends at once when somebody signs out, is disabled, or
sets another password.
"""

import secrets
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pwdlib import PasswordHash

from controller.actor import Actor
from controller.graph.lexicon import fold
from oneedit.errors import (
    AccountDisabled,
    BadInvitation,
    BadPassword,
    BadSignIn,
    NotPermitted,
    NotSignedIn,
    TooManyTries,
    UnknownAccount,
)
from oneedit.ledger.account import Account, AccountKind
from oneedit.ledger.credential import SignIn
from oneedit.ledger.credentials import Credentials
from oneedit.people.people import People
from oneedit.people.permissions import Operation, require

INVITED = timedelta(days=7)
"""How long an invitation can be used."""

IDLE = timedelta(days=14)
"""How long a sign-in lasts without being used."""

LONGEST = timedelta(days=60)
"""How long a sign-in lasts at most."""

STEP = timedelta(minutes=10)
"""How often the use of a sign-in is recorded, at most."""

FEWEST, MOST = 10, 256
"""Characters of a password."""

PER_NAME = RateLimitItemPerHour(10)
PER_ADDRESS = RateLimitItemPerMinute(20)

MOST_OF_AGENT = 200
"""Characters of a browser's description that are kept."""


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """Who has signed in, and in which browser.

    Attributes:
        actor: who.
        sign_in: the browser.
    """

    actor: Actor
    sign_in: SignIn


@dataclass(frozen=True)
class Doorkeeper:
    """Lets people in who prove who they are.

    Attributes:
        people: the accounts.
        credentials: their passwords, invitations and sign-ins.
    """

    people: People
    credentials: Credentials
    _hasher: PasswordHash = field(default_factory=PasswordHash.recommended, init=False)
    _limiter: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()), init=False
    )

    # ---------- setting a password ----------

    def invite(self, actor: Actor, name: str) -> str:
        """Return the secret of a link with which somebody sets their password, once.

        Earlier links of the same account end; a password that is set holds until it is used.

        Raises:
            NotPermitted: the actor may not manage people, or the account is that of a program.
            UnknownAccount, AccountDisabled: nobody can use an account of this name.
        """
        require(actor, Operation.MANAGE_PEOPLE)
        account = self._person(actor, name)
        secret = secrets.token_urlsafe(32)
        until = self._now() + INVITED
        self.credentials.invite(account.name, secret, by=actor.name, until=until.isoformat())
        return secret

    def invited(self, secret: str) -> str:
        """Return the name of the account that a link is for.

        Raises:
            BadInvitation: it was used, is over, or never was one.
        """
        name = self.credentials.invited(secret)
        if name is None:
            raise BadInvitation
        return name

    def accept(self, secret: str, password: str) -> str:
        """Set the password of the account that a link is for, and return its name.

        Raises:
            BadInvitation: the link was used, is over, or never was one.
            BadPassword: the password cannot be used.
        """
        name = self.invited(secret)
        accepted = self.credentials.accept(secret, self._hashed(name, password))
        if accepted is None:
            raise BadInvitation
        return accepted

    def change_password(self, actor: Actor, old: str, new: str, *, secret: str = "") -> None:
        """Set another password; the actor's other sign-ins end.

        Args:
            actor: who has signed in.
            old: the password until now.
            new: the password from now on.
            secret: that of the sign-in to keep.

        Raises:
            BadSignIn: the old password is wrong.
            BadPassword: the new one cannot be used.
            TooManyTries: this was tried too often.
        """
        require(actor, Operation.READ)
        tried = f"password {actor.name}"
        self._count(PER_NAME, "tries", tried)
        hashed = self.credentials.password(actor.name)
        if hashed is None or not self._hasher.verify(normal(old), hashed):
            raise BadSignIn
        self._limiter.clear(PER_NAME, tried)
        self.credentials.set_password(actor.name, self._hashed(actor.name, new), keep=secret)

    # ---------- signing in and out ----------

    @property
    def needed(self) -> bool:
        """Tell whether people have to sign in: somebody has a password."""
        return self.credentials.anybody()

    def sign_in(self, name: str, password: str, *, address: str = "", agent: str = "") -> str:
        """Return the secret that a browser keeps.

        Whether there is an account of a name cannot be told from the error or its time.

        Raises:
            BadSignIn: the name or the password is wrong.
            AccountDisabled: the password is right, but the account may not be used.
            TooManyTries: this was tried too often, with this name or from this address.
        """
        tried = f"name {fold(name)}"
        self._count(PER_NAME, "tries with this name", tried)
        from_there = f"address {address}"  # wrong tries only: an office signs in from one address
        self._check(PER_ADDRESS, "tries from this address", from_there)
        account = self.people.accounts.find(name)
        hashed = None if account is None else self.credentials.password(account.name)
        right, better = self._hasher.verify_and_update(normal(password), hashed or self._nobodys)
        if account is None or hashed is None or not right:
            self._limiter.hit(PER_ADDRESS, from_there)
            raise BadSignIn
        self._limiter.clear(PER_NAME, tried)
        if account.disabled:
            raise AccountDisabled(account.name)
        if better is not None:
            self.credentials.rehash(account.name, better)
        return self._begun(account, address, agent)

    def known(self, secret: str) -> SignedIn:
        """Return who a browser's secret stands for, as they are now.

        Raises:
            NotSignedIn: nobody; they have to sign in again.
        """
        found = self.credentials.sign_in(secret) if secret else None
        if found is None:
            raise NotSignedIn
        try:
            actor = self.people.actor(found.account)
        except (UnknownAccount, AccountDisabled) as error:
            raise NotSignedIn(str(error)) from error
        now = self._now()
        if now - datetime.fromisoformat(found.seen_at) >= STEP:
            last = datetime.fromisoformat(found.created_at) + LONGEST
            self.credentials.prolong(secret, min(now + IDLE, last).isoformat())
        return SignedIn(actor=actor, sign_in=found)

    def sign_out(self, secret: str) -> None:
        """End a sign-in at once."""
        self.credentials.end(secret)

    def sign_ins(self, actor: Actor, name: str = "") -> list[SignIn]:
        """Return where somebody is signed in: the actor, or whom an administrator names."""
        return self.credentials.sign_ins(self._of(actor, name))

    def end_sign_ins(self, actor: Actor, name: str = "", *, sign_in: str = "") -> int:
        """End all sign-ins of somebody, or the one of an id, and return how many."""
        return self.credentials.end_all(self._of(actor, name), by=actor.name, name=sign_in)

    # ---------- parts ----------

    @cached_property
    def _nobodys(self) -> str:
        """Return a hash that no password has, so that an unknown name takes as long as a known."""
        return self._hasher.hash(secrets.token_urlsafe(32))

    def _of(self, actor: Actor, name: str) -> str:
        own = name in {"", actor.name}
        require(actor, Operation.READ if own else Operation.MANAGE_PEOPLE)
        return actor.name if own else self.people.accounts.get(name).name

    def _person(self, actor: Actor, name: str) -> Account:
        account = self.people.accounts.get(name)
        if account.disabled:
            raise AccountDisabled(account.name)
        if account.kind is AccountKind.SERVICE:
            reason = "it is the account of a program; make an access token for it"
            raise NotPermitted(actor.name, "invite", reason, of=account.name)
        return account

    def _begun(self, account: Account, address: str, agent: str) -> str:
        secret, now = secrets.token_urlsafe(32), self._now()
        begun = SignIn(
            id="",
            account=account.name,
            created_at=now.isoformat(),
            seen_at=now.isoformat(),
            expires_at=(now + IDLE).isoformat(),
            address=address,
            agent=agent[:MOST_OF_AGENT],
        )
        self.credentials.begin(begun, secret)
        return secret

    def _hashed(self, name: str, password: str) -> str:
        """Return the hash of a new password.

        Raises:
            BadPassword: it is too short, too long, or the name.
        """
        normalised = normal(password)
        if not FEWEST <= len(normalised) <= MOST:
            raise BadPassword(f"it has to have {FEWEST} to {MOST} characters")
        if fold(normalised) == fold(name) or len(set(normalised)) < FEWEST // 2:
            raise BadPassword("it is too easy to guess")
        return self._hasher.hash(normalised)

    def _count(self, limit: RateLimitItem, what: str, key: str) -> None:
        """Count a try.

        Raises:
            TooManyTries: there were too many.
        """
        if not self._limiter.hit(limit, key):
            raise self._too_many(limit, what, key)

    def _check(self, limit: RateLimitItem, what: str, key: str) -> None:
        """Check that another try is allowed, without counting it.

        Raises:
            TooManyTries: there were too many.
        """
        if not self._limiter.test(limit, key):
            raise self._too_many(limit, what, key)

    def _too_many(self, limit: RateLimitItem, what: str, key: str) -> TooManyTries:
        reset = self._limiter.get_window_stats(limit, key).reset_time
        return TooManyTries(what, reset - self._now().timestamp())

    def _now(self) -> datetime:
        return datetime.fromisoformat(self.credentials.ledger.now())


def normal(password: str) -> str:
    """Return a password as it is compared, whichever way a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password)

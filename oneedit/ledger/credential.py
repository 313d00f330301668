"""Sign-ins and access tokens of accounts, as plain values; their secrets are not among them."""

from dataclasses import dataclass
from enum import StrEnum

from controller.actor import Actor, Role, Tier


class Scope(StrEnum):
    """What a token may be used for, of what its account may do; each includes those before."""

    READ = "read"
    PROPOSE = "propose"  # edits that others have to agree to
    EDIT = "edit"
    REVIEW = "review"
    ADMIN = "admin"

    def limit(self, actor: Actor) -> Actor:
        """Return an actor that may do no more than the scope says."""
        return actor.at_most(_LIMITS[self])


_LIMITS = {
    Scope.READ: Actor("", Role.VIEWER),
    Scope.PROPOSE: Actor("", Role.EDITOR, Tier.NEW),
    Scope.EDIT: Actor("", Role.EDITOR),
    Scope.REVIEW: Actor("", Role.REVIEWER),
    Scope.ADMIN: Actor("", Role.ADMIN),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A browser in which somebody has signed in.

    Attributes:
        id: the first characters of the hash of its secret; names it among those of an account.
        account: whose.
        created_at, seen_at, expires_at: ISO 8601 in UTC; when it was last used, and until when it
            can be.
        address, agent: where from, and with which browser.
    """

    id: str
    account: str
    created_at: str
    seen_at: str
    expires_at: str
    address: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A token by which a program acts for an account.

    Attributes:
        id: its number.
        account: whose.
        name: what it is for, in its owner's words.
        scope: what it may be used for.
        created_at, expires_at, used_at, revoked_at: ISO 8601 in UTC; "" where it never expires,
            was never used, or was not revoked.
    """

    id: int
    account: str
    name: str
    scope: Scope
    created_at: str
    expires_at: str = ""
    used_at: str = ""
    revoked_at: str = ""

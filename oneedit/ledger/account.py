"""Accounts of people and services, as plain values."""

from dataclasses import dataclass
from enum import StrEnum

from controller.actor import Actor, Role, Tier


class AccountKind(StrEnum):
    """Who uses an account."""

    PERSON = "person"
    SERVICE = "service"


class AccountAction(StrEnum):
    """What was changed of an account."""

    ADD = "add"
    ROLE = "role"
    TRUST = "trust"
    DISABLE = "disable"
    ENABLE = "enable"
    INVITE = "invite"  # to set a password
    PASSWORD = "set password"  # noqa: S105  what was done
    SIGN_OUT = "sign out"
    TOKEN = "make token"  # noqa: S105  what was done
    REVOKE = "revoke token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may use OneEdit.

    Attributes:
        name: as the ledger records it; it never changes and is never given to anybody else.
        role: what they may do.
        kind: a person, or a service such as an import.
        trust: how far they are trusted, if that is not as far as their role.
        disabled: whether nothing is done in their name any more.
        made_at: ISO 8601 in UTC; "" before it is recorded.
    """

    name: str
    role: Role
    kind: AccountKind = AccountKind.PERSON
    trust: Tier | None = None
    disabled: bool = False
    made_at: str = ""

    @property
    def actor(self) -> Actor:
        """Return who acts when the account is used."""
        return Actor(self.name, self.role, self.trust, service=self.kind is AccountKind.SERVICE)

    @property
    def manages(self) -> bool:
        """Tell whether a person can manage people with it."""
        person = self.kind is AccountKind.PERSON
        return person and self.role is Role.ADMIN and not self.disabled


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStep:
    """One change of an account.

    Attributes:
        account: its name.
        actor: name of who made the change.
        action: what was changed.
        before, after: the value that was changed, in words; "" where there is none.
        created_at: ISO 8601 in UTC.
    """

    account: str
    actor: str
    action: AccountAction
    before: str
    after: str
    created_at: str


def stored_actor(name: str, role: str, trust: int | None = None, service: int = 0) -> Actor:
    """Return an actor from columns of a row, those of earlier releases included.

    A newcomer of earlier releases is an editor that is trusted as a new one, and a reader a viewer.
    """
    if role == "newcomer":
        return Actor(name, Role.EDITOR, Tier.NEW)
    known = Role.VIEWER if role == "reader" else Role(role)
    return Actor(name, known, None if trust is None else Tier(trust), service=bool(service))

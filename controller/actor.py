"""Actors and their roles."""

import getpass
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum


class Role(StrEnum):
    """The permissions of an actor, the least first."""

    VIEWER = "viewer"
    EDITOR = "editor"
    REVIEWER = "reviewer"
    ADMIN = "admin"
    LOCAL = "local"  # the user of the machine itself, who needs no account


REVIEWERS = frozenset({Role.REVIEWER, Role.ADMIN, Role.LOCAL})
"""Roles that decide; the local user is among them."""


class Tier(IntEnum):
    """How far an actor is trusted; the policy has one verdict for each tier."""

    NEW = 0
    KNOWN = 1
    CURATOR = 2


_TIERS = {
    Role.VIEWER: Tier.NEW,
    Role.EDITOR: Tier.KNOWN,
    Role.REVIEWER: Tier.CURATOR,
    Role.ADMIN: Tier.CURATOR,
    Role.LOCAL: Tier.KNOWN,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or job that requests edits, with its role.

    Attributes:
        name: the name by which the ledger records it.
        role: what it may do.
        trust: how far it is trusted, if that is not as far as its role.
        service: whether it is a program rather than a person.
    """

    name: str
    role: Role
    trust: Tier | None = None
    service: bool = False

    @property
    def may_edit(self) -> bool:
        """Tell whether the actor may request edits."""
        return self.role is not Role.VIEWER

    @property
    def tier(self) -> Tier:
        """Return how far the actor is trusted."""
        return _TIERS[self.role] if self.trust is None else self.trust

    @property
    def reviews(self) -> bool:
        """Tell whether the actor's role decides on what others want."""
        return self.role in REVIEWERS

    def at_most(self, other: "Actor") -> "Actor":
        """Return the actor with the lower role and the lower trust of the two."""
        roles = list(Role)
        role = min(self.role, other.role, key=roles.index)
        if self.trust is None and other.trust is None:
            return replace(self, role=role)
        return replace(self, role=role, trust=min(self.tier, other.tier))


def local_user() -> Actor:
    """Return the user of the machine itself, named as in the system."""
    try:
        return Actor(getpass.getuser(), Role.LOCAL)
    except (KeyError, OSError):  # a container's user may have no name
        return Actor("local", Role.LOCAL)

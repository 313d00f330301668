"""Actors and their roles."""

import getpass
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Role(StrEnum):
    """The permissions of an actor."""

    READER = "reader"
    NEWCOMER = "newcomer"  # may propose; few or no edits so far
    EDITOR = "editor"
    REVIEWER = "reviewer"
    ADMIN = "admin"
    LOCAL = "local"  # the only user of an installation without accounts


class Tier(IntEnum):
    """How far an actor is trusted; the policy has one verdict for each tier."""

    NEW = 0
    KNOWN = 1
    CURATOR = 2


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or job that requests edits, with its role."""

    name: str
    role: Role

    @property
    def may_edit(self) -> bool:
        """Tell whether the actor may request edits."""
        return self.role is not Role.READER

    @property
    def tier(self) -> Tier:
        """Return how far the actor is trusted."""
        if self.role in {Role.READER, Role.NEWCOMER}:
            return Tier.NEW
        return Tier.CURATOR if self.role in {Role.REVIEWER, Role.ADMIN} else Tier.KNOWN

    @property
    def curator(self) -> bool:
        """Tell whether edits of the actor need no review where those of others do."""
        return self.role in {Role.REVIEWER, Role.ADMIN}


def local_user() -> Actor:
    """Return the only user of an installation without accounts, named as in the system."""
    try:
        return Actor(getpass.getuser(), Role.LOCAL)
    except (KeyError, OSError):  # a container's user may have no name
        return Actor("local", Role.LOCAL)

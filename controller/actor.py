"""Who asks for an edit."""

import getpass
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an actor may do."""

    READER = "reader"
    EDITOR = "editor"
    REVIEWER = "reviewer"
    ADMIN = "admin"
    LOCAL = "local"  # the one user of an installation without accounts


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or job, with the role under which it acts."""

    name: str
    role: Role

    @property
    def may_edit(self) -> bool:
        """Tell whether the actor may propose edits at all."""
        return self.role is not Role.READER

    @property
    def curator(self) -> bool:
        """Tell whether the actor is trusted with what others have reviewed."""
        return self.role in {Role.REVIEWER, Role.ADMIN}


def local_user() -> Actor:
    """Return the one user of an installation without accounts, by the system's name."""
    try:
        return Actor(getpass.getuser(), Role.LOCAL)
    except (KeyError, OSError):  # a container's user may have no name
        return Actor("local", Role.LOCAL)

"""Who asks for an edit."""

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

"""Who may do what: one table of operations and roles, which every entrance asks.

A role says what an actor may ask for. Whether what they ask for needs somebody else's agreement
is another question, which the policy answers by the actor's trust.
"""

from collections.abc import Mapping
from enum import StrEnum

from controller.actor import REVIEWERS, Actor, Role
from oneedit.errors import NotPermitted


class Operation(StrEnum):
    """What an actor may ask for."""

    READ = "read"  # ask, show, history, status, previews; one's own tickets and proposals
    EDIT = "tell or forget facts"
    PROPOSE = "propose edits"
    UNDO_OWN = "undo edits"  # those of others wait for a reviewer
    IMPORT = "import facts"
    UNDO_ANY = "undo edits of others"
    REVIEW = "decide on what others want"
    ROLL_BACK = "roll back"
    CHANGE_ENTITIES = "rename, merge, split or delete entities"  # others may propose it
    CONSOLIDATE = "consolidate"
    EXPORT = "export the model"
    MANAGE_RELATIONS = "change what relations mean"
    MANAGE_PEOPLE = "manage people"
    MANAGE_JOBS = "manage jobs"
    UPKEEP = "look after the home"  # doctor, backup, restore, prune, checkpoint


EVERYBODY = frozenset(Role)
EDITORS = EVERYBODY - {Role.VIEWER}
ADMINS = frozenset({Role.ADMIN, Role.LOCAL})

PERMISSIONS: Mapping[Operation, frozenset[Role]] = {
    Operation.READ: EVERYBODY,
    Operation.EDIT: EDITORS,
    Operation.PROPOSE: EDITORS,
    Operation.UNDO_OWN: EDITORS,
    Operation.IMPORT: EDITORS,
    Operation.UNDO_ANY: REVIEWERS,
    Operation.REVIEW: REVIEWERS,
    Operation.ROLL_BACK: REVIEWERS,
    Operation.CHANGE_ENTITIES: REVIEWERS,
    Operation.CONSOLIDATE: ADMINS,
    Operation.EXPORT: ADMINS,
    Operation.MANAGE_RELATIONS: ADMINS,
    Operation.MANAGE_PEOPLE: ADMINS,
    Operation.MANAGE_JOBS: ADMINS,
    Operation.UPKEEP: ADMINS,
}
"""The roles that may ask for each operation."""

FOR_PERSONS = frozenset({Operation.REVIEW, Operation.MANAGE_PEOPLE})
"""Operations that no service account may ask for, whatever its role: a person answers for them."""


def may(actor: Actor, operation: Operation) -> bool:
    """Tell whether an actor may ask for an operation."""
    if actor.service and operation in FOR_PERSONS:
        return False
    return actor.role in PERMISSIONS[operation]


def require(actor: Actor, operation: Operation) -> None:
    """Check that an actor may ask for an operation.

    Raises:
        NotPermitted: says which role may, and who can give it.
    """
    if not may(actor, operation):
        raise NotPermitted(actor.name, operation, _why_not(actor, operation), of="")


def sees(actor: Actor, author: str) -> bool:
    """Tell whether an actor may see what somebody wants: their tickets and proposals."""
    return actor.name == author or actor.reviews


def require_sight(actor: Actor, author: str, what: str) -> None:
    """Check that an actor may see what somebody wants.

    Raises:
        NotPermitted: it is somebody else's.
    """
    require(actor, Operation.READ)
    if not sees(actor, author):
        raise NotPermitted(
            actor.name, "see", "only its author, reviewers and administrators may", of=what
        )


def _why_not(actor: Actor, operation: Operation) -> str:
    if actor.service and operation in FOR_PERSONS:
        return "a person has to, and this is a service account"
    needed = next(role for role in Role if role in PERMISSIONS[operation])
    return (
        f"this needs the role {needed} and {actor.name} has the role {actor.role}; an "
        f"administrator can give it: oneedit users role {actor.name} {needed}"
    )

"""The table of operations and roles."""

import pytest

from controller.actor import Actor, Role
from oneedit.errors import NotPermitted
from oneedit.people.permissions import FOR_PERSONS, PERMISSIONS, Operation, may, require

ROLES = list(Role)


def test_every_operation_is_in_the_table() -> None:
    assert set(PERMISSIONS) == set(Operation)


@pytest.mark.parametrize("operation", Operation)
def test_a_higher_role_may_whatever_a_lower_one_may(operation: Operation) -> None:
    permitted = [may(Actor("kim", role), operation) for role in ROLES]
    assert permitted == sorted(permitted)
    assert permitted[-1]


def test_a_viewer_only_reads() -> None:
    viewer = Actor("vic", Role.VIEWER)
    assert [each for each in Operation if may(viewer, each)] == [Operation.READ]


@pytest.mark.parametrize("operation", Operation)
def test_a_refusal_names_the_role_that_may_and_who_gives_it(operation: Operation) -> None:
    for role in ROLES:
        actor = Actor("kim", role)
        if may(actor, operation):
            require(actor, operation)
            continue
        needed = next(each for each in ROLES if each in PERMISSIONS[operation])
        with pytest.raises(NotPermitted) as caught:
            require(actor, operation)
        assert str(caught.value) == (
            f"kim may not {operation}: this needs the role {needed} and kim has the role {role}; "
            f"an administrator can give it: oneedit users role kim {needed}"
        )
        assert (caught.value.http_status, caught.value.exit_code) == (403, 2)


@pytest.mark.parametrize("operation", Operation)
def test_a_service_does_not_decide_about_people(operation: Operation) -> None:
    service = Actor("bot", Role.ADMIN, service=True)
    assert may(service, operation) is (operation not in FOR_PERSONS)

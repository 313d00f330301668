"""Invitations, passwords and sign-ins: who is let in, for how long, and what ends it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from controller.actor import Actor, Role
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
from oneedit.ledger.accounts import Accounts
from oneedit.ledger.credentials import Credentials
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from oneedit.people.people import People
from oneedit.people.sign_in import IDLE, INVITED, LONGEST, PER_ADDRESS, PER_NAME, Doorkeeper
from tests.support.databases import fetch
from tests.support.fakes import BOOK, LOCAL
from tests.unit.oneedit.ledger.test_ledger import NOON

PASSWORD = "a quiet green door"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def go(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(location: Location, clock: Clock) -> Iterator[Ledger]:
    opened = Ledger.open(location, BOOK, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def door(ledger: Ledger) -> Doorkeeper:
    people = People(Accounts(ledger))
    people.add(LOCAL, "ada", Role.EDITOR)
    people.add(LOCAL, "feed", Role.EDITOR, service=True)
    return Doorkeeper(people, Credentials(ledger))


@pytest.fixture
def joined(door: Doorkeeper) -> Doorkeeper:
    """Return the doorkeeper after Ada has set her password."""
    assert door.accept(door.invite(LOCAL, "ada"), PASSWORD) == "ada"
    return door


def test_nobody_has_to_sign_in_before_somebody_has_a_password(door: Doorkeeper) -> None:
    assert not door.needed
    secret = door.invite(LOCAL, "ada")
    assert not door.needed
    door.accept(secret, PASSWORD)
    assert door.needed


def test_a_link_sets_a_password_once(door: Doorkeeper) -> None:
    secret = door.invite(LOCAL, "ADA")
    assert door.invited(secret) == "ada"
    door.accept(secret, PASSWORD)
    for attempt in (door.invited, lambda each: door.accept(each, PASSWORD)):
        with pytest.raises(BadInvitation):
            attempt(secret)
    assert door.known(door.sign_in("Ada", PASSWORD)).actor == Actor("ada", Role.EDITOR)


def test_a_link_ends_with_its_time_and_with_the_next_link(door: Doorkeeper, clock: Clock) -> None:
    first = door.invite(LOCAL, "ada")
    second = door.invite(LOCAL, "ada")
    with pytest.raises(BadInvitation):
        door.accept(first, PASSWORD)
    clock.go(INVITED)
    with pytest.raises(BadInvitation):
        door.accept(second, PASSWORD)


def test_only_administrators_invite_and_only_people_are_invited(door: Doorkeeper) -> None:
    with pytest.raises(NotPermitted):
        door.invite(Actor("ada", Role.EDITOR), "ada")
    with pytest.raises(UnknownAccount):
        door.invite(LOCAL, "bea")
    with pytest.raises(NotPermitted, match="access token"):
        door.invite(LOCAL, "feed")
    door.people.disable(LOCAL, "ada")
    with pytest.raises(AccountDisabled):
        door.invite(LOCAL, "ada")


@pytest.mark.parametrize("password", ["short", "ada" * 100, "aaaaaaaaaaaaaaa", ""])
def test_a_password_that_is_easily_guessed_is_refused(door: Doorkeeper, password: str) -> None:
    secret = door.invite(LOCAL, "ada")
    with pytest.raises(BadPassword, match="choose another password"):
        door.accept(secret, password)
    assert door.invited(secret) == "ada"  # the link still works


def test_the_same_password_typed_another_way_is_the_same(door: Doorkeeper) -> None:
    door.accept(door.invite(LOCAL, "ada"), "caf\u00e9 crem\u00e8 brule")
    assert door.sign_in("ada", "cafe\u0301 creme\u0300 brule")


def test_a_wrong_name_and_a_wrong_password_are_the_same_error(joined: Doorkeeper) -> None:
    joined.people.add(LOCAL, "without a password", Role.VIEWER)
    told = set()
    for name, password in (
        ("ada", "another password"),
        ("nobody", PASSWORD),
        ("feed", PASSWORD),
        ("without a password", ""),
    ):
        with pytest.raises(BadSignIn) as caught:
            joined.sign_in(name, password)
        told.add(str(caught.value))
    assert len(told) == 1


def test_too_many_tries_have_to_wait_even_with_the_right_password(joined: Doorkeeper) -> None:
    for _ in range(PER_NAME.amount):
        with pytest.raises(BadSignIn):
            joined.sign_in("ada", "another password", address="192.0.2.1")
    with pytest.raises(TooManyTries, match=r"try again in \d+ seconds"):
        joined.sign_in("ADA", PASSWORD, address="192.0.2.2")


def test_an_address_from_which_many_passwords_are_guessed_has_to_wait(joined: Doorkeeper) -> None:
    for number in range(PER_ADDRESS.amount):
        with pytest.raises(BadSignIn):
            joined.sign_in(f"guess {number}", PASSWORD, address="192.0.2.1")
    with pytest.raises(TooManyTries, match="from this address"):
        joined.sign_in("ada", PASSWORD, address="192.0.2.1")
    joined.sign_in("ada", PASSWORD, address="192.0.2.2")


def test_who_knows_the_password_is_not_locked_out_by_signing_in(joined: Doorkeeper) -> None:
    for _ in range(max(PER_NAME.amount, PER_ADDRESS.amount) + 2):
        joined.sign_in("ada", PASSWORD, address="192.0.2.1")
    ada = Actor("ada", Role.EDITOR)
    for _ in range(PER_NAME.amount + 2):
        joined.change_password(ada, PASSWORD, PASSWORD)


def test_every_sign_in_has_a_secret_of_its_own_and_ends_alone(joined: Doorkeeper) -> None:
    first = joined.sign_in("ada", PASSWORD, address="192.0.2.1", agent="Firefox")
    second = joined.sign_in("ada", PASSWORD)
    assert first != second
    ada = joined.known(first).actor
    assert {each.agent for each in joined.sign_ins(ada)} == {"Firefox", ""}
    joined.sign_out(first)
    with pytest.raises(NotSignedIn):
        joined.known(first)
    assert joined.known(second).actor == ada


def test_an_administrator_ends_what_a_lost_laptop_may_do(joined: Doorkeeper) -> None:
    lost, kept = joined.sign_in("ada", PASSWORD), joined.sign_in("ada", PASSWORD)
    assert joined.end_sign_ins(LOCAL, "ada", sign_in=joined.known(lost).sign_in.id) == 1
    with pytest.raises(NotSignedIn):
        joined.known(lost)
    assert joined.known(kept).actor.name == "ada"
    with pytest.raises(NotPermitted):
        joined.end_sign_ins(Actor("bea", Role.REVIEWER), "ada")
    assert joined.end_sign_ins(LOCAL, "ada") == 1


def test_a_disabled_account_is_out_at_once_and_a_new_role_holds_at_once(
    joined: Doorkeeper,
) -> None:
    secret = joined.sign_in("ada", PASSWORD)
    joined.people.set_role(LOCAL, "ada", Role.REVIEWER)
    assert joined.known(secret).actor.role is Role.REVIEWER
    joined.people.disable(LOCAL, "ada")
    with pytest.raises(NotSignedIn, match="disabled"):
        joined.known(secret)
    with pytest.raises(AccountDisabled):
        joined.sign_in("ada", PASSWORD)


def test_another_password_ends_the_other_sign_ins(joined: Doorkeeper) -> None:
    here, elsewhere = joined.sign_in("ada", PASSWORD), joined.sign_in("ada", PASSWORD)
    ada = joined.known(here).actor
    with pytest.raises(BadSignIn):
        joined.change_password(ada, "not the old one", "a loud red window", secret=here)
    assert joined.known(elsewhere).actor == ada
    joined.change_password(ada, PASSWORD, "a loud red window", secret=here)
    assert joined.known(here).actor == ada
    with pytest.raises(NotSignedIn):
        joined.known(elsewhere)
    with pytest.raises(BadSignIn):
        joined.sign_in("ada", PASSWORD)


def test_a_sign_in_lasts_while_it_is_used_and_never_too_long(
    joined: Doorkeeper, clock: Clock
) -> None:
    used, left = joined.sign_in("ada", PASSWORD), joined.sign_in("ada", PASSWORD)
    began = clock.now
    while clock.now - began + IDLE / 2 < LONGEST:
        clock.go(IDLE / 2)
        assert joined.known(used).actor.name == "ada"
    with pytest.raises(NotSignedIn):
        joined.known(left)
    clock.go(IDLE / 2)
    with pytest.raises(NotSignedIn):
        joined.known(used)


def test_no_secret_is_kept(joined: Doorkeeper, ledger: Ledger) -> None:
    secret = joined.sign_in("ada", PASSWORD)
    invited = joined.invite(LOCAL, "ada")
    kept = [
        *fetch(ledger.location, "SELECT hash, set_at FROM password"),
        *fetch(ledger.location, "SELECT sha256, account FROM sign_in"),
        *fetch(ledger.location, "SELECT sha256, account FROM invitation"),
    ]
    assert len(kept) == 3
    for word in (PASSWORD, secret, invited):
        assert word not in str(kept)
    assert "argon2id" in str(kept)


def test_what_happens_to_an_account_is_told(joined: Doorkeeper) -> None:
    joined.sign_in("ada", PASSWORD)
    joined.end_sign_ins(LOCAL, "ada")
    steps = joined.people.steps(LOCAL, "ada")
    assert [(each.action, each.actor) for each in steps] == [
        ("add", "me"),
        ("invite", "me"),
        ("set password", "ada"),
        ("sign out", "me"),
    ]

"""Access tokens: a program acts for an account, within a scope, until it is revoked."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from controller.actor import Actor, Role, Tier
from oneedit.errors import BadToken, NotPermitted, NotSignedIn, UnknownToken
from oneedit.ledger.accounts import Accounts
from oneedit.ledger.credential import Scope
from oneedit.ledger.credentials import Credentials
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from oneedit.people.access_tokens import PREFIX, AccessTokens
from oneedit.people.people import People
from tests.support.databases import fetch
from tests.support.fakes import BOOK, LOCAL
from tests.unit.oneedit.people.test_sign_in import Clock

ADA = Actor("ada", Role.REVIEWER)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(location: Location, clock: Clock) -> Iterator[Ledger]:
    opened = Ledger.open(location, BOOK, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def tokens(ledger: Ledger) -> AccessTokens:
    people = People(Accounts(ledger))
    people.add(LOCAL, "ada", Role.REVIEWER)
    people.add(LOCAL, "feed", Role.EDITOR, service=True)
    return AccessTokens(people, Credentials(ledger))


@pytest.mark.parametrize(
    ("scope", "actor"),
    [
        (Scope.READ, Actor("ada", Role.VIEWER)),
        (Scope.PROPOSE, Actor("ada", Role.EDITOR, Tier.NEW)),
        (Scope.EDIT, Actor("ada", Role.EDITOR)),
        (Scope.REVIEW, Actor("ada", Role.REVIEWER)),
        (Scope.ADMIN, Actor("ada", Role.REVIEWER)),  # never more than its account
    ],
)
def test_a_token_may_do_what_its_scope_and_its_account_allow(
    tokens: AccessTokens, scope: Scope, actor: Actor
) -> None:
    _, secret = tokens.make(ADA, "laptop", scope)
    assert tokens.actor(secret) == actor


def test_a_token_is_shown_once_and_known_by_its_beginning(
    tokens: AccessTokens, ledger: Ledger
) -> None:
    made, secret = tokens.make(ADA, " laptop ", Scope.EDIT)
    assert secret.startswith(PREFIX)
    assert tokens.list(ADA) == [made]
    assert made.name == "laptop"
    assert secret not in str(fetch(ledger.location, "SELECT * FROM access_token"))


def test_a_revoked_token_ends_at_once(tokens: AccessTokens) -> None:
    made, secret = tokens.make(ADA, "laptop", Scope.EDIT)
    with pytest.raises(UnknownToken):
        tokens.revoke(Actor("feed", Role.EDITOR), made.id)
    tokens.revoke(ADA, made.id)
    with pytest.raises(NotSignedIn, match="revoked"):
        tokens.actor(secret)
    assert tokens.list(ADA)[0].revoked_at


def test_a_token_ends_with_its_time(tokens: AccessTokens, clock: Clock) -> None:
    _, secret = tokens.make(ADA, "laptop", Scope.EDIT, days=2)
    clock.go(timedelta(days=1, hours=23))
    assert tokens.actor(secret) == Actor("ada", Role.EDITOR)
    clock.go(timedelta(hours=1))
    with pytest.raises(NotSignedIn):
        tokens.actor(secret)


def test_a_token_follows_its_account(tokens: AccessTokens) -> None:
    _, secret = tokens.make(ADA, "laptop", Scope.REVIEW)
    tokens.people.set_role(LOCAL, "ada", Role.VIEWER)
    assert tokens.actor(secret).role is Role.VIEWER
    tokens.people.disable(LOCAL, "ada")
    with pytest.raises(NotSignedIn, match="disabled"):
        tokens.actor(secret)


def test_only_administrators_make_tokens_of_others(tokens: AccessTokens) -> None:
    _, secret = tokens.make(LOCAL, "nightly", Scope.EDIT, of="feed")
    assert tokens.actor(secret) == Actor("feed", Role.EDITOR, Tier.NEW, service=True)
    with pytest.raises(NotPermitted):
        tokens.make(ADA, "nightly", Scope.EDIT, of="feed")
    with pytest.raises(NotPermitted):
        tokens.list(ADA, of="feed")


@pytest.mark.parametrize(("name", "days"), [("", 0), (" ", 0), ("x" * 65, 0), ("x", -1)])
def test_a_token_that_cannot_be_made_says_why(tokens: AccessTokens, name: str, days: int) -> None:
    with pytest.raises(BadToken):
        tokens.make(ADA, name, Scope.READ, days=days)
    with pytest.raises(BadToken, match="local user"):
        tokens.make(LOCAL, "x", Scope.READ)

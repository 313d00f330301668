"""Accounts: who there is, who changed what, and as whom somebody is judged."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy.exc import IntegrityError

from controller.actor import Actor, Role, Tier
from oneedit.errors import (
    AccountDisabled,
    AccountExists,
    BadAccount,
    LastAdmin,
    NotPermitted,
    UnknownAccount,
)
from oneedit.ledger.account import Account, AccountAction, AccountKind
from oneedit.ledger.accounts import Accounts
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from oneedit.people.people import People
from tests.support.databases import execute
from tests.support.fakes import BOOK, LOCAL
from tests.unit.oneedit.ledger.test_ledger import NOON

TIME = "2026-01-02T12:00:00+00:00"


@pytest.fixture
def ledger(location: Location) -> Iterator[Ledger]:
    """Return a ledger without a version: people may be there before the first start."""
    opened = Ledger.open(location, BOOK, clock=lambda: NOON)
    yield opened
    opened.close()


@pytest.fixture
def people(ledger: Ledger) -> People:
    return People(Accounts(ledger))


def test_a_fresh_home_has_no_accounts(people: People) -> None:
    assert people.list(LOCAL) == []
    assert people.current(LOCAL) == LOCAL


def test_people_and_services_are_kept(people: People, ledger: Ledger) -> None:
    people.add(LOCAL, "ada", Role.EDITOR)
    people.add(LOCAL, "job:wikidata", Role.EDITOR, service=True)
    people.add(LOCAL, "feed", Role.EDITOR, service=True, trust=Tier.CURATOR)
    found = People(Accounts(ledger)).list(LOCAL)
    made = ledger.now()
    service = AccountKind.SERVICE
    assert found == [
        Account(name="ada", role=Role.EDITOR, made_at=made),
        Account(name="feed", role=Role.EDITOR, kind=service, trust=Tier.CURATOR, made_at=made),
        Account(name="job:wikidata", role=Role.EDITOR, kind=service, trust=Tier.NEW, made_at=made),
    ]
    assert people.actor("ada") == Actor("ada", Role.EDITOR)
    assert people.actor("feed") == Actor("feed", Role.EDITOR, Tier.CURATOR, service=True)


def test_every_change_is_kept_with_who_made_it(people: People) -> None:
    rob = people.add(LOCAL, "rob", Role.ADMIN).actor
    people.add(LOCAL, "ada", Role.EDITOR)
    people.set_role(rob, "ada", Role.REVIEWER)
    people.set_role(rob, "ada", Role.REVIEWER)  # is so already
    people.set_trust(rob, "ada", Tier.NEW)
    people.disable(LOCAL, "ada")
    people.enable(rob, "ADA")
    steps = people.steps(rob, "ada")
    assert [(each.actor, each.action) for each in steps] == [
        ("me", AccountAction.ADD),
        ("rob", AccountAction.ROLE),
        ("rob", AccountAction.TRUST),
        ("me", AccountAction.DISABLE),
        ("rob", AccountAction.ENABLE),
    ]
    assert [each.after for each in steps] == [
        "person, editor",
        "person, reviewer",
        "person, reviewer, trusted as new",
        "person, reviewer, trusted as new, disabled",
        "person, reviewer, trusted as new",
    ]
    assert [each.before for each in steps[1:]] == [each.after for each in steps[:-1]]


def test_the_changes_cannot_be_changed(people: People, ledger: Ledger, location: Location) -> None:
    people.add(LOCAL, "ada", Role.EDITOR)
    ledger.close()
    for statement in ("UPDATE account_step SET actor = 'x'", "DELETE FROM account_step"):
        with pytest.raises(IntegrityError, match="account_step is append-only"):
            execute(location, statement)


@pytest.mark.parametrize("name", ["ada", "Ada", "ADA", "ａｄａ"])
def test_nobody_gets_a_name_that_looks_like_anothers(name: str, people: People) -> None:
    people.add(LOCAL, "ada", Role.EDITOR)
    with pytest.raises(AccountExists, match="'ada' already"):
        people.add(LOCAL, name, Role.ADMIN)


@pytest.mark.parametrize(
    "name", ["", " ", "-x", "a\n", "a\x00b", "x" * 65, "oneedit", "Local", "--as", "a/b"]
)
def test_some_names_are_refused(name: str, people: People) -> None:
    with pytest.raises(BadAccount):
        people.add(LOCAL, name, Role.EDITOR)


@pytest.mark.parametrize("name", ["ada", "Ada Quill", "ada@example.org", "job:people", "Zoë", "7"])
def test_other_names_are_taken(name: str, people: People) -> None:
    assert people.add(LOCAL, name, Role.EDITOR).name == name


def test_the_role_of_the_machines_user_is_not_given_away(people: People) -> None:
    with pytest.raises(BadAccount, match="local"):
        people.add(LOCAL, "ada", Role.LOCAL)
    people.add(LOCAL, "ada", Role.EDITOR)
    with pytest.raises(BadAccount, match="local"):
        people.set_role(LOCAL, "ada", Role.LOCAL)


@pytest.mark.parametrize(
    "lose",
    [
        lambda people: people.disable(LOCAL, "rob"),
        lambda people: people.set_role(LOCAL, "rob", Role.REVIEWER),
    ],
    ids=["disable", "demote"],
)
def test_the_last_administrator_stays(lose: Callable[[People], Account], people: People) -> None:
    people.add(LOCAL, "rob", Role.ADMIN)
    people.add(LOCAL, "bot", Role.ADMIN, service=True)  # nobody can act as a person with it
    people.add(LOCAL, "old", Role.ADMIN)
    people.disable(LOCAL, "old")
    with pytest.raises(LastAdmin, match="last administrator"):
        lose(people)
    assert people.actor("rob").role is Role.ADMIN
    people.add(LOCAL, "ron", Role.ADMIN)
    lose(people)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.REVIEWER])
def test_only_administrators_manage_people(role: Role, people: People) -> None:
    with pytest.raises(NotPermitted, match=r"needs the role admin.*oneedit users role kim admin"):
        people.add(Actor("kim", role), "ada", Role.EDITOR)
    assert people.list(LOCAL) == []


def test_a_service_manages_nobody(people: People) -> None:
    bot = people.add(LOCAL, "bot", Role.ADMIN, service=True).actor
    with pytest.raises(NotPermitted, match="service account"):
        people.add(bot, "ada", Role.ADMIN)


def test_who_is_unknown_or_disabled_does_not_act(people: People) -> None:
    with pytest.raises(UnknownAccount, match="users list"):
        people.actor("ada")
    people.add(LOCAL, "ada", Role.EDITOR)
    people.disable(LOCAL, "ada")
    with pytest.raises(AccountDisabled, match="users enable ada"):
        people.actor("ada")
    with pytest.raises(AccountDisabled):
        people.current(Actor("ada", Role.EDITOR))


@pytest.mark.parametrize(
    ("then", "now", "judged"),
    [
        (Role.EDITOR, Role.REVIEWER, Role.EDITOR),
        (Role.REVIEWER, Role.EDITOR, Role.EDITOR),
        (Role.ADMIN, Role.VIEWER, Role.VIEWER),
    ],
)
def test_a_person_is_judged_by_the_lower_role(
    then: Role, now: Role, judged: Role, people: People
) -> None:
    people.add(LOCAL, "ada", now)
    assert people.current(Actor("ada", then)) == Actor("ada", judged)


def test_trust_is_the_lower_one_too(people: People) -> None:
    people.add(LOCAL, "ada", Role.EDITOR, trust=Tier.CURATOR)
    assert people.current(Actor("ada", Role.EDITOR)).tier is Tier.KNOWN
    people.set_trust(LOCAL, "ada", Tier.NEW)
    assert people.current(Actor("ada", Role.EDITOR)).tier is Tier.NEW
    people.set_trust(LOCAL, "ada", None)
    assert people.current(Actor("ada", Role.EDITOR, Tier.NEW)).tier is Tier.NEW


def test_a_job_without_an_account_stays_as_it_is(people: People) -> None:
    job = Actor("job:people", Role.EDITOR, Tier.CURATOR, service=True)
    assert people.current(job) == job

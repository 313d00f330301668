"""``oneedit users``: who may use this home, and what they may do. No model is loaded."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from controller.actor import Actor, Role, Tier
from oneedit.cli.exits import DONE, errors, print_json
from oneedit.cli.session import Json, actor, open_ledger
from oneedit.ledger.account import Account, AccountStep
from oneedit.ledger.accounts import Accounts
from oneedit.ledger.credentials import Credentials
from oneedit.people.people import People
from oneedit.people.sign_in import INVITED, Doorkeeper
from oneedit.settings import Settings

app = typer.Typer(help="Say who may use this home, and what for.", no_args_is_help=True)


class Granted(StrEnum):
    """Roles that can be given."""

    VIEWER = Role.VIEWER.value
    EDITOR = Role.EDITOR.value
    REVIEWER = Role.REVIEWER.value
    ADMIN = Role.ADMIN.value


class Trust(StrEnum):
    """How far somebody is trusted, as it is typed."""

    NEW = "new"
    KNOWN = "known"
    CURATOR = "curator"
    ROLE = "role"  # as far as their role says

    @property
    def tier(self) -> Tier | None:
        """Return the tier; None for that of the role."""
        return None if self is Trust.ROLE else Tier[self.name]


Name = Annotated[str, typer.Argument(help="Name of the account.", show_default=False)]
NewRole = Annotated[
    Granted, typer.Argument(help="What they may do.", show_default=False, metavar="ROLE")
]


@app.command()
def add(
    name: Name,
    *,
    role: Annotated[
        Granted,
        typer.Option(
            help="viewer: reads; editor: edits; reviewer: decides, too; admin: everything."
        ),
    ],
    service: Annotated[
        bool, typer.Option("--service", help="The account of a program, such as an import.")
    ] = False,
    trust: Annotated[
        Trust, typer.Option(help="How far they are trusted; a service as a new one if left out.")
    ] = Trust.ROLE,
    as_json: Json = False,
) -> None:
    """Make an account: "oneedit users add ada --role editor"."""
    _change(
        lambda people, by: people.add(by, name, Role(role), service=service, trust=trust.tier),
        as_json=as_json,
    )


@app.command("role")
def role_(name: Name, role: NewRole, *, as_json: Json = False) -> None:
    """Give somebody another role; what they asked for and still waits is judged by it."""
    _change(lambda people, by: people.set_role(by, name, Role(role)), as_json=as_json)


@app.command("trust")
def trust_(
    name: Name,
    trust: Annotated[Trust, typer.Argument(help="How far.", show_default=False, metavar="TRUST")],
    *,
    as_json: Json = False,
) -> None:
    """Trust somebody more or less than their role says; "role" for as their role says."""
    _change(lambda people, by: people.set_trust(by, name, trust.tier), as_json=as_json)


@app.command()
def disable(name: Name, *, as_json: Json = False) -> None:
    """Let nothing be done in somebody's name any more; what they asked for and waits fails."""
    _change(lambda people, by: people.disable(by, name), as_json=as_json)


@app.command()
def enable(name: Name, *, as_json: Json = False) -> None:
    """Let an account be used again."""
    _change(lambda people, by: people.enable(by, name), as_json=as_json)


@app.command()
def invite(name: Name, *, as_json: Json = False) -> None:
    """Make a link with which somebody sets their password, once; earlier links end."""
    with errors(as_json=as_json), open_ledger() as ledger:
        people = People(Accounts(ledger))
        secret = Doorkeeper(people, Credentials(ledger)).invite(actor(), name)
    link = f"{Settings().address}/join/{secret}"
    if as_json:
        print_json({"code": DONE} | {"name": name, "link": link})
    else:
        typer.echo(f"{name} sets a password here, once, within {INVITED.days} days:\n{link}")


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """List the accounts."""
    with errors(as_json=as_json), open_ledger() as ledger:
        found = People(Accounts(ledger)).list(actor())
    if as_json:
        print_json({"code": DONE} | {"users": [_fields(each) for each in found]})
    elif found:
        _show_table(("name", "role", "kind", "trust", "state", "made"), map(_row, found))
    else:
        typer.echo(
            "There are no accounts: the user of this machine may do everything. Make one: "
            "oneedit users add NAME --role editor"
        )


@app.command()
def log(name: Name, *, as_json: Json = False) -> None:
    """Show who changed what of an account."""
    with errors(as_json=as_json), open_ledger() as ledger:
        found = People(Accounts(ledger)).steps(actor(), name)
    if as_json:
        print_json({"code": DONE} | {"steps": [asdict(each) for each in found]})
    else:
        _show_table(("when", "who", "what", "before", "after"), map(_step_row, found))


def _change(change: Callable[[People, Actor], Account], *, as_json: bool) -> None:
    """Make a change in the name of who acts, and show the account after it."""
    with errors(as_json=as_json), open_ledger() as ledger:
        account = change(People(Accounts(ledger)), actor())
    if as_json:
        print_json({"code": DONE} | _fields(account))
    else:
        typer.echo(f"{account.name}: {', '.join(each for each in _row(account)[1:5] if each)}")


def _fields(account: Account) -> dict[str, Any]:
    trust = None if account.trust is None else account.trust.name.lower()
    return asdict(account) | {"trust": trust}


def _row(account: Account) -> tuple[str, ...]:
    return (
        account.name,
        account.role,
        account.kind,
        "" if account.trust is None else f"trusted as {account.trust.name.lower()}",
        "disabled" if account.disabled else "",
        account.made_at,
    )


def _step_row(step: AccountStep) -> tuple[str, ...]:
    return (step.created_at, step.actor, step.action, step.before, step.after)


def _show_table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(*columns, box=None)
    for row in rows:
        table.add_row(*row)
    Console().print(table, markup=False, highlight=False)

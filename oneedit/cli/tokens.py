"""``oneedit tokens``: by which programs act for an account. No model is loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from oneedit.cli.exits import DONE, errors, print_json
from oneedit.cli.session import Json, actor, open_ledger
from oneedit.ledger.accounts import Accounts
from oneedit.ledger.credential import Scope
from oneedit.ledger.credentials import Credentials
from oneedit.people.access_tokens import AccessTokens
from oneedit.people.people import People

app = typer.Typer(help="Let programs act for an account.", no_args_is_help=True)

Of = Annotated[
    str, typer.Option("--of", help="Whose token: the name of an account; yours if left out.")
]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What it is for.", show_default=False)],
    *,
    scope: Annotated[
        Scope,
        typer.Option(
            help="read; propose: edits that others agree to; edit; review; admin. Never more than "
            "the account may do."
        ),
    ],
    days: Annotated[int, typer.Option(help="How long it can be used; 0 for ever.", min=0)] = 0,
    of: Of = "",
    as_json: Json = False,
) -> None:
    """Make a token and print it, this once: "oneedit tokens add nightly --scope edit --of feed"."""
    with _tokens(as_json=as_json) as tokens:
        made, secret = tokens.make(actor(), name, scope, days=days, of=of)
    if as_json:
        print_json({"code": DONE} | asdict(made) | {"token": secret})
    else:
        typer.echo(f"Token {made.id} of {made.account} ({made.scope}); it is not shown again:")
        typer.echo(secret)


@app.command("list")
def list_(*, of: Of = "", as_json: Json = False) -> None:
    """List the tokens of an account."""
    with _tokens(as_json=as_json) as tokens:
        found = tokens.list(actor(), of)
    if as_json:
        print_json({"code": DONE} | {"tokens": [asdict(each) for each in found]})
        return
    table = Table("number", "name", "scope", "made", "last used", "until", "revoked", box=None)
    for each in found:
        table.add_row(
            str(each.id),
            each.name,
            each.scope,
            each.created_at,
            each.used_at or "never",
            each.expires_at or "for ever",
            each.revoked_at,
        )
    Console().print(table, markup=False, highlight=False)


@app.command()
def revoke(
    number: Annotated[int, typer.Argument(help="Its number.", show_default=False)],
    *,
    of: Of = "",
    as_json: Json = False,
) -> None:
    """Let a token not be used any more, from this moment on."""
    with _tokens(as_json=as_json) as tokens:
        tokens.revoke(actor(), number, of=of)
    if as_json:
        print_json({"code": DONE} | {"id": number})
    else:
        typer.echo(f"Token {number} cannot be used any more.")


@contextmanager
def _tokens(*, as_json: bool) -> Iterator[AccessTokens]:
    with errors(as_json=as_json), open_ledger() as ledger:
        yield AccessTokens(People(Accounts(ledger)), Credentials(ledger))

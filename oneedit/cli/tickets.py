"""``oneedit tickets``: look at edits that wait, follow them, agree to them, cancel them."""

from typing import Annotated

import typer

from oneedit.cli.following import Following
from oneedit.cli.render_tickets import finish_report, finish_tickets
from oneedit.cli.session import Json, client, confirm, finish
from oneedit.ledger.ticket import FINAL, TicketFilter, TicketState

app = typer.Typer(help="Look at edits that wait for their turn.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="Number of the ticket.", show_default=False, min=1)]

UNFINISHED = tuple(state for state in TicketState if state not in FINAL)


@app.command("list")
def list_(
    *,
    state: Annotated[
        TicketState | None, typer.Option(help="Only in this state; unfinished if left out.")
    ] = None,
    author: Annotated[str, typer.Option(help="Only those of this author.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Finished ones, too.")] = False,
    limit: Annotated[int, typer.Option(help="The last so many.", min=1)] = 50,
    as_json: Json = False,
) -> None:
    """List tickets."""
    states = () if every else UNFINISHED if state is None else (state,)
    wanted = TicketFilter(states=states, author=author, limit=limit)
    with client(as_json) as opened:
        finish_tickets(opened.tickets(wanted), as_json=as_json)


@app.command()
def show(number: Number, *, as_json: Json = False) -> None:
    """Show a ticket: what it asks for, its steps, and what came of it."""
    with client(as_json) as opened:
        finish_report(opened.report(number), as_json=as_json)


@app.command()
def cancel(number: Number, *, as_json: Json = False) -> None:
    """Cancel a ticket; possible until its commit."""
    with client(as_json) as opened:
        opened.cancel(number)
        finish_report(opened.report(number), as_json=as_json)


@app.command()
def agree(number: Number, *, as_json: Json = False) -> None:
    """Agree to what a ticket waits for, and wait for what comes of it."""
    with client(as_json) as opened:
        opened.agree(number)
        finish(Following(opened, number, confirm(yes=False, as_json=as_json)).to_the_end(), as_json)


@app.command()
def follow(number: Number, *, as_json: Json = False) -> None:
    """Wait for what comes of a ticket, and answer what it asks."""
    with client(as_json) as opened:
        finish(Following(opened, number, confirm(yes=False, as_json=as_json)).to_the_end(), as_json)

"""Tickets for people (rich) and for programs (JSON)."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from oneedit.cli.exits import DONE, print_json
from oneedit.cli.render import render, to_json
from oneedit.cli.render_reviews import plan_to_json
from oneedit.control.client import TicketReport
from oneedit.ledger.ticket import Ticket
from oneedit.wording import slot_words


def finish_tickets(tickets: Sequence[Ticket], *, as_json: bool) -> NoReturn:
    """Show tickets, and leave."""
    if as_json:
        print_json({"tickets": [*map(_to_json, tickets)], "kind": "tickets", "code": DONE})
    else:
        table = Table("number", "state", "author", "words", "since", "note")
        for each in tickets:
            since = each.finished_at or each.started_at or each.queued_at or each.created_at
            cells = (str(each.id), _state(each), each.author.name, each.text, since, each.note)
            table.add_row(*map(escape, cells))
        Console().print(table)
    raise typer.Exit(DONE)


def finish_report(report: TicketReport, *, as_json: bool) -> NoReturn:
    """Show a ticket with its steps and its result, and leave."""
    if as_json:
        result = None if report.result is None else to_json(report.result)
        steps = [asdict(each) for each in report.steps]
        shown = {"ticket": _to_json(report.ticket), "steps": steps, "result": result}
        print_json(shown | {"kind": "ticket", "code": DONE})
    else:
        _show(report, Console())
    raise typer.Exit(DONE)


def _show(report: TicketReport, console: Console) -> None:
    ticket = report.ticket
    title = f"Ticket {ticket.id}, {_state(ticket)}, by {ticket.author.name}"
    console.print(f"[bold]{escape(title)}[/]", highlight=False)
    console.print(f'  "{escape(ticket.text)}"', highlight=False)
    for change in () if ticket.plan is None else ticket.plan.changes.by_slot:
        slot, old, new = slot_words(change)
        console.print(f"  {escape(f'{slot}: {old} → {new}')}", highlight=False)
    for step in report.steps:
        note = f": {step.note}" if step.note else ""
        text = f"{step.revision}. {step.state.replace('_', ' ')}{note} ({step.created_at})"
        console.print(f"  {escape(text)}", highlight=False)
    if report.result is not None:
        render(report.result, console)


def _state(ticket: Ticket) -> str:
    return ticket.state.replace("_", " ")


def _to_json(ticket: Ticket) -> dict[str, object]:
    """Return a ticket for programs: without what only OneEdit itself reads."""
    fields = asdict(ticket)
    for name in ("request", "outcome", "keys", "idem", "request_sha"):
        del fields[name]
    return fields | {"plan": plan_to_json(ticket.plan)}

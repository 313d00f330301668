"""Tickets and their news as plain values for JSON, and back; the names of headers and routes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from kg_data.book_changes import BookChange
from oneedit.control.client import TicketReport
from oneedit.jobs.import_order import ImportOrder, ImportReport
from oneedit.ledger.ticket import Ticket, TicketFilter, TicketStep
from oneedit.outcomes import dump_result, load_result
from oneedit.queue.events import TicketNews, TicketProgress, TicketWaits

PREFIX = "/control/v1"
"""Where the routes are; another number means another protocol."""

USER = "oneedit-user"
"""Header with the name of who asks, percent-encoded; the local user if it is missing."""

END = "end"
"""Name of the last event of a ticket to whom nothing more can happen."""

FILTER = TypeAdapter(TicketFilter)
CHANGE = TypeAdapter(BookChange)
IMPORT_ORDER = TypeAdapter(ImportOrder)

_TICKET = TypeAdapter(Ticket)
_IMPORT = TypeAdapter(ImportReport)
_STEPS = TypeAdapter(tuple[TicketStep, ...])
_NEWS: Mapping[str, TypeAdapter[Any]] = {
    "step": TypeAdapter(TicketStep),
    "progress": TypeAdapter(TicketProgress),
    "waiting": TypeAdapter(TicketWaits),
}
_NAMES = {TicketStep: "step", TicketProgress: "progress", TicketWaits: "waiting"}


def dump_ticket(ticket: Ticket) -> dict[str, object]:
    """Return a ticket as plain values."""
    found: dict[str, object] = _TICKET.dump_python(ticket, mode="json")
    return found


def load_ticket(value: object) -> Ticket:
    """Return the ticket that :func:`dump_ticket` wrote."""
    return _TICKET.validate_python(value)


def dump_report(report: TicketReport) -> dict[str, object]:
    """Return a ticket with its steps and its result as plain values."""
    return {
        "ticket": dump_ticket(report.ticket),
        "steps": _STEPS.dump_python(report.steps, mode="json"),
        "result": None if report.result is None else dump_result(report.result),
    }


def load_report(value: Mapping[str, Any]) -> TicketReport:
    """Return the report that :func:`dump_report` wrote."""
    result = value["result"]
    return TicketReport(
        load_ticket(value["ticket"]),
        _STEPS.validate_python(value["steps"]),
        None if result is None else load_result(result),
    )


def dump_import(report: ImportReport) -> dict[str, object]:
    """Return where an import is as plain values."""
    found: dict[str, object] = _IMPORT.dump_python(report, mode="json")
    return found


def load_import(value: object) -> ImportReport:
    """Return the report that :func:`dump_import` wrote."""
    return _IMPORT.validate_python(value)


def dump_news(news: TicketNews) -> tuple[str, dict[str, object]]:
    """Return the name of an event, and what it says as plain values."""
    name = _NAMES[type(news)]
    return name, _NEWS[name].dump_python(news, mode="json")


def load_news(name: str, text: str) -> TicketNews | None:
    """Return what an event says, from its JSON text; None for an event of another kind."""
    if name not in _NEWS:
        return None
    news: TicketNews = _NEWS[name].validate_json(text)
    return news


@dataclass(frozen=True, slots=True)
class SentEvent:
    """A server-sent event.

    Attributes:
        name: its name; "message" if it has none.
        data: its lines.
        id: its id, or "".
    """

    name: str
    data: str
    id: str = ""


def read_events(lines: Iterable[str]) -> Iterator[SentEvent]:
    r"""Yield the events of a stream; comments and unknown fields are left out.

    >>> list(read_events(["id: 3", "event: step", "data: {}", "", ": ping", ""]))
    [SentEvent(name='step', data='{}', id='3')]
    """
    fields: dict[str, list[str]] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
            continue
        if "data" in fields:
            data = "\n".join(fields["data"])
            name = fields.get("event", ["message"])[-1]
            yield SentEvent(name, data, fields.get("id", [""])[-1])
        fields = {}

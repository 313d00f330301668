"""What every command does: open the service, ask the user, show progress and the result."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from controller.actor import Actor, local_user
from controller.plan import EditPlan
from editor.evaluation.report import Report
from oneedit.cli.exits import errors
from oneedit.cli.render import code_of, render, render_question, to_json
from oneedit.cli.render_reviews import REVIEWS, render_review, review_code, review_to_json
from oneedit.control.client import Client
from oneedit.control.place import listening
from oneedit.ports import Confirm, Progress
from oneedit.results import Result, ReviewOutcome
from oneedit.settings import Settings

if TYPE_CHECKING:
    from oneedit.ledger.ledger import Ledger
    from oneedit.service import EditService

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Agree in advance to what needs agreement.")]
As = Annotated[
    str, typer.Option("--as", help="Who acts: the name of an account; ONEEDIT_USER if left out.")
]
Words = Annotated[str, typer.Argument(show_default=False)]


_TOLD = ("oneedit.state.lock", "oneedit.queries.interviewer")
"""Loggers of what makes a command wait."""

acting: ContextVar[str] = ContextVar("acting", default="")
"""Name given with ``--as`` to the command that runs."""


def actor() -> Actor:
    """Return who acts: whom ``--as`` or ``ONEEDIT_USER`` names, else the user of the machine.

    Whoever may run commands on the home's machine chooses; a password would protect nothing there.

    Raises:
        UnknownAccount: nobody has an account of this name.
        AccountDisabled: it may not be used.
    """
    name = acting.get() or Settings().user
    if not name:
        return local_user()
    from oneedit.ledger.accounts import Accounts
    from oneedit.people.people import People

    with open_ledger() as ledger:
        return People(Accounts(ledger)).actor(name)


@contextmanager
def open_ledger() -> Iterator["Ledger"]:
    """Open the home's ledger, checked as at every start; no model is loaded."""
    from kg_data.relations import RelationBook
    from oneedit.ledger.location import Location
    from oneedit.upkeep.start import open_checked

    settings = Settings()
    location = Location.in_home(settings.home, settings.database_url)
    settings.home.mkdir(parents=True, exist_ok=True)
    with closing(open_checked(settings.home, RelationBook.shipped(), location=location)) as ledger:
        yield ledger


@contextmanager
def client(as_json: bool) -> Iterator[Client]:  # noqa: FBT001  the flag's own value
    """Open what answers: the server that owns the home, or else this process."""
    with errors(as_json=as_json), told_who_is_waited_for():
        settings = Settings()
        with closing(_server_of(settings) or _local(settings)) as found:
            yield found


def _server_of(settings: Settings) -> Client | None:
    """Return the server that owns the home; it finds out who acts."""
    if listening(settings.home) is None:
        return None
    from oneedit.control.remote import RemoteClient

    return RemoteClient.connect(settings.home, acting.get() or settings.user)


def _local(settings: Settings) -> Client:
    """Return what owns the home in this process; who is unknown is told at once."""
    from oneedit import wiring
    from oneedit.control.local import LocalClient

    return LocalClient(
        partial(wiring.build_reader, settings), partial(wiring.build, settings), actor()
    )


@contextmanager
def told_who_is_waited_for() -> Iterator[None]:
    """Say on standard error whose edit has to end first, and what a new home needs."""
    loggers, handler = (
        [logging.getLogger(each) for each in _TOLD],
        logging.StreamHandler(sys.stderr),
    )
    before = [each.level for each in loggers]
    for each in loggers:
        each.addHandler(handler)
        each.setLevel(logging.INFO)
    try:
        yield
    finally:
        for each, level in zip(loggers, before, strict=True):
            each.removeHandler(handler)
            each.setLevel(level)


@contextmanager
def service(as_json: bool) -> Iterator["EditService"]:  # noqa: FBT001  the flag's own value
    """Open the application of the settings, and show expected errors as one line."""
    with errors(as_json=as_json):
        actor()  # who is unknown is told before the model is loaded
        from oneedit.wiring import build

        application = build(Settings())
        try:
            yield replace(application.service, source="cli")
        finally:
            application.close()


def finish(result: Result | ReviewOutcome, as_json: bool) -> NoReturn:  # noqa: FBT001
    """Show a result, and leave with its exit code."""
    code = review_code(result) if isinstance(result, REVIEWS) else code_of(result)
    if as_json:
        fields = review_to_json(result) if isinstance(result, REVIEWS) else to_json(result)
        typer.echo(json.dumps(fields, ensure_ascii=False, indent=2))
    elif isinstance(result, REVIEWS):
        render_review(result, Console())
    else:
        render(result, Console())
    raise typer.Exit(code)


def confirm(*, yes: bool, as_json: bool) -> Confirm | None:
    """Return what asks the user; None where there is nobody to ask."""
    if yes:
        return lambda _plan, _report: True
    if as_json or not sys.stdin.isatty():
        return None

    def ask_user(plan: EditPlan, report: Report | None, /) -> bool:
        render_question(plan, report, Console())
        return typer.confirm("Go on?")

    return ask_user


@contextmanager
def progress(as_json: bool) -> Iterator[Progress | None]:  # noqa: FBT001
    """Show a bar while an edit is solved, in a terminal only."""
    console = Console(stderr=True)
    if as_json or not console.is_terminal:
        yield None
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task("looking", total=1.0)

        def report(stage: str, share: float) -> None:
            bar.update(task, description=stage, completed=share)

        yield report

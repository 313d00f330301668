"""``oneedit doctor``, ``backup``, ``restore``, ``prune`` and ``checkpoint``: look after a home."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from kg_data.relations import RelationBook
from oneedit.cli.exits import DONE, FAILED, errors, print_json
from oneedit.cli.session import Json, actor
from oneedit.errors import CannotWrite, LedgerEmpty, NotASqliteLedger
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from oneedit.people.permissions import Operation, require
from oneedit.settings import Settings, expanded
from oneedit.upkeep.findings import Checkup, Level

app = typer.Typer()

COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "dim"}


@app.command()
def doctor(
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Rebuild what the events determine; never history.")
    ] = False,
    model: Annotated[
        bool, typer.Option("--model", help="Load the model, and compare its weights, too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say in words what is wrong with the home, and what to do; 1 if anything is."""
    with errors(as_json=as_json), ExitStack() as stack:
        from oneedit import wiring

        settings = Settings()
        store = None
        if settings.neo4j_uri:
            store = wiring.open_store(settings, RelationBook.shipped())
            stack.callback(store.close)
        home = wiring.doctor(settings, store, model=model)
        checkup = home.repair() if repair else home.check()
    _show_checkup(checkup, as_json=as_json)
    raise typer.Exit(DONE if checkup.sound else FAILED)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write.", show_default=False)],
    *,
    patches_only: Annotated[
        bool, typer.Option("--patches-only", help="Without the ledger, which pg_dump saves.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Save ledger, patches and policy in one archive, while a server may run."""
    with errors(as_json=as_json):
        from oneedit.upkeep.backup import back_up

        settings = Settings()
        if not patches_only:
            require(actor(), Operation.UPKEEP)
            _refuse_server(settings)
        book = RelationBook.shipped()
        done = back_up(
            settings.home, expanded(file), book, policy=settings.policy, ledger=not patches_only
        )
    head = "no ledger" if patches_only else f"version {done.version}"
    text = f"{done.path}: {head}, {done.patches} files of patches, {_size(done.bytes)}."
    if done.missing:
        text += f" Patches that were not there: {', '.join(done.missing)}; see oneedit doctor."
    _show(asdict(done), text, as_json=as_json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="The archive.", show_default=False)],
    *,
    home: Annotated[
        Path | None, typer.Option(help="The folder; that of ONEEDIT_HOME if left out.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Move what is in the folder aside.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Put an archive's content in place, after all of it was checked. End the server before."""
    with errors(as_json=as_json):
        from oneedit.upkeep import backup as backups

        target = Settings().home if home is None else expanded(home)
        done = backups.restore(expanded(file), target, RelationBook.shipped(), force=force)
    head = "no ledger" if done.version < 0 else f"version {done.version}"
    text = f"{done.home}: {head}, {done.patches} files of patches."
    if done.aside:
        text += f" What was there is in {done.aside}."
    if done.policy:
        text += f" To use its policy, set ONEEDIT_POLICY={done.policy}."
    _show(asdict(done), text, as_json=as_json)


@app.command()
def prune(
    before: Annotated[
        int, typer.Option("--before", help="The first version that keeps its patches.")
    ],
    *,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Remove them; without it they are only listed.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Remove patches that only versions before one need; no roll back to those is possible then."""
    with errors(as_json=as_json), _ledger() as ledger:
        from oneedit.upkeep.prune import prune as remove

        user = actor()
        require(user, Operation.UPKEEP)
        done = remove(ledger.path.parent, ledger, before=before, actor=user.name, dry_run=not yes)
    verb = "Removed" if done.done else "Would remove"
    text = f"{verb} {len(done.patches)} patches, {len(done.files)} files, {_size(done.bytes)}."
    if not done.done:
        text += " To do it, add --yes."
    _show(asdict(done), text, as_json=as_json)


@app.command()
def checkpoint(
    *,
    key: Annotated[
        Path | None, typer.Option(help="File of the key; checkpoint.key in the home if left out.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; printed if left out.")] = None,
    verify: Annotated[
        Path | None, typer.Option(help="Compare this checkpoint with the ledger instead.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Sign the last version's hash with HMAC-SHA256, or compare a signed one with the ledger.

    The key's file is made where it is missing, readable for its owner only. A checkpoint shows
    later that the history up to its version is unchanged, provided that whoever can write the
    database cannot read the key: keep key and checkpoints on another machine.
    """
    with errors(as_json=as_json), _ledger() as ledger:
        from oneedit.upkeep import checkpoint as checkpoints

        require(actor(), Operation.UPKEEP)
        place = expanded(key or ledger.path.parent / "checkpoint.key")
        secret = checkpoints.read_key(place, create=verify is None)
        if verify is not None:
            signed = checkpoints.check(ledger, expanded(verify), secret)
            text = f"Version {signed.version} is the one that was signed at {signed.created_at}."
        else:
            signed = checkpoints.sign(ledger, secret)
            text = json.dumps(asdict(signed), sort_keys=True)
            if out is not None:
                _write(expanded(out), text)
                text = f"{out}: version {signed.version}, signed with the key in {place}."
    _show(asdict(signed), text, as_json=as_json)


@contextmanager
def _ledger() -> Iterator[Ledger]:
    """Open the home's ledger, checked as at every start; no model is loaded.

    Raises:
        LedgerEmpty: there is none.
    """
    from oneedit.upkeep.start import is_missing, open_checked

    settings = Settings()
    home, location = settings.home, Location.in_home(settings.home, settings.database_url)
    if location.in_file and not location.path.exists() and not is_missing(home):
        raise LedgerEmpty(home)
    with closing(open_checked(home, RelationBook.shipped(), location=location)) as ledger:
        yield ledger


def _refuse_server(settings: Settings) -> None:
    """Refuse to save a file where a database server keeps the ledger.

    Raises:
        NotASqliteLedger: it does.
    """
    if settings.database_url.get_secret_value():
        raise NotASqliteLedger


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise CannotWrite(path, error.strerror or str(error)) from error


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MiB"


def _show(result: dict[str, object], text: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"code": DONE} | result)
    else:
        typer.echo(text)


def _show_checkup(checkup: Checkup, *, as_json: bool) -> None:
    if as_json:
        code = DONE if checkup.sound else FAILED
        print_json({"code": code, "sound": checkup.sound} | asdict(checkup))
        return
    console = Console()
    for text in checkup.repaired:
        console.print(f"repaired: {escape(text)}", highlight=False)
    for each in checkup.findings:
        colour = COLOURS[each.level]
        text = f"[{colour}]{each.level} ({each.code}):[/] {escape(each.problem)}"
        console.print(f"{text} {escape(each.remedy)}".rstrip(), highlight=False, soft_wrap=True)
    if checkup.sound:
        console.print(f"{checkup.home} is sound, at version {checkup.version}.", highlight=False)

"""The figures of pulls and imports for people."""

import shlex
from collections.abc import Mapping

import typer

_WORDS = {
    "read": "records read",
    "added": "facts added",
    "known": "known already",
    "proposed": "conflicts for review",
    "waiting": "conflicts proposed before",
    "refused": "refused",
    "bad": "bad records skipped",
    "unmapped": "of properties without a relation",
    "versions": "versions",
}


def show_counts(counts: Mapping[str, int], batch: str, *, dry_run: bool) -> None:
    """Show the figures of a pull, and how to undo it."""
    if dry_run:
        typer.echo("nothing was changed; a run would give:")
    for name, words in _WORDS.items():
        if counts[name]:
            typer.echo(f"{counts[name]:>9,} {words}")
    if counts["versions"]:
        typer.echo(f"undo all of it: oneedit undo --batch {shlex.quote(batch)}")

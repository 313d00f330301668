"""Answers to questions, for people at a terminal."""

from collections.abc import Iterable
from enum import StrEnum

from rich.console import Console
from rich.markup import escape

from oneedit.answer_wording import (
    answer_notes,
    cannot_check,
    comparison,
    earlier_answer,
    graph_answer,
    hop_words,
    model_answer,
    way_of_steps,
)
from oneedit.results import AskResult


class Sign(StrEnum):
    """Signs before a line."""

    DONE = "[green]✓[/]"
    NOT = "[red]✗[/]"
    ASK = "[yellow]?[/]"
    NONE = "·"


def render_answer(result: AskResult, console: Console) -> None:
    """Show the model's answer and the graph's, or why there is none."""
    if result.as_of is not None:
        _lines(earlier_answer(result), console)
        _hops(result, console)
    elif not result.asked:
        first, *rest = cannot_check(result)
        console.print(f"{Sign.ASK} {escape(first)}")
        _lines((*rest, *(f"  {each}" for each in result.hints)), console)
        _lines(["Add --free to have the model's own answer all the same."], console)
    else:
        _both(result, console)


def _both(result: AskResult, console: Console) -> None:
    console.print(f"[bold]{escape(model_answer(result))}[/]")
    if result.steps and result.wording != result.answer:
        console.print(f"  {way_of_steps(result)}: {escape(result.wording)}")
    _lines(answer_notes(result), console)
    linked = result.agrees is not None or result.total is not None
    if not linked or result.agrees is None or result.model_version not in {None, result.version}:
        console.print(f"  [dim]{comparison(result)}.[/]")
    if not linked:
        return
    sign = {True: Sign.DONE, False: Sign.NOT, None: Sign.NONE}[result.agrees]
    held = escape(graph_answer(result))
    console.print(f"  {sign} The graph holds: {held}", highlight=False)
    _hops(result, console)


def _hops(result: AskResult, console: Console) -> None:
    for hop in result.hops:
        sign = {True: Sign.DONE, False: Sign.NOT, None: Sign.NONE}[hop.right]
        slot, held = hop_words(hop)
        written = f"   the model: {hop.written}" if hop.right is False else ""
        console.print(f"    {sign} {escape(f'{slot} - {held}{written}')}")


def _lines(lines: Iterable[str], console: Console) -> None:
    for line in lines:
        console.print(f"  {escape(line)}", highlight=False)

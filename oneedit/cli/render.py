"""Results for people (rich) and for programs (JSON), and the exit code of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from controller.plan import EditPlan, Reason, Verdict
from editor.evaluation.report import Report
from kg_data.changes import Changes
from oneedit.cli.exits import DONE, REFUSED
from oneedit.ledger.events import GateSummary
from oneedit.results import (
    Already,
    AnswerChange,
    AskResult,
    ConsolidateResult,
    EditResult,
    ExportResult,
    HistoryResult,
    NeedsConfirmation,
    Refused,
    Result,
    ShowResult,
    StatusResult,
    TalkResult,
    UnclearResult,
    UndoResult,
)

_NOT_DONE = (Refused, NeedsConfirmation, UnclearResult)


class Sign(StrEnum):
    """Signs before a line."""

    DONE = "[green]✓[/]"
    NOT = "[red]✗[/]"
    ASK = "[yellow]?[/]"


def code_of(result: Result) -> int:
    """Return the exit code: 0 done, 2 refused or not understood."""
    return REFUSED if isinstance(result, _NOT_DONE) else DONE


def to_json(result: Result) -> dict[str, object]:
    """Return a result as plain values, with its kind and exit code."""
    kind = type(result).__name__.removesuffix("Result")
    fields = asdict(result) | {"kind": kind.lower(), "code": code_of(result)}
    if isinstance(result, Refused | NeedsConfirmation):
        fields["plan"] = None if result.plan is None else _plan_to_json(result.plan)
        fields["reasons"] = [asdict(reason) for reason in result.reasons]
    return fields


def render(result: Result, console: Console) -> None:
    """Show a result in the terminal."""
    match result:
        case EditResult() | UndoResult():
            _applied(result, console)
        case ConsolidateResult() | ExportResult():
            _written(result, console)
        case Refused() | NeedsConfirmation() | Already() | UnclearResult():
            _not_applied(result, console)
        case AskResult():
            _answer(result, console)
        case HistoryResult():
            _history(result, console)
        case ShowResult() | StatusResult():
            _table(result, console)
        case TalkResult(reply):
            console.print(escape(reply))


def render_question(plan: EditPlan, report: Report | None, console: Console) -> None:
    """Show what a user has to agree to."""
    _changes(plan.changes, console)
    if report is not None:
        console.print(f"{Sign.ASK} The model did not take this well enough:")
        _lines(report.shortfalls, console)
        return
    console.print(f"{Sign.ASK} This needs your agreement:")
    _reasons(plan.decision.reasons, console)


def _applied(result: EditResult | UndoResult, console: Console) -> None:
    again = " [dim](applied before)[/]" if result.replayed else ""
    if isinstance(result, UndoResult):
        console.print(
            f"{Sign.DONE} Version {result.version} takes version {result.undone} back.{again}"
        )
    else:
        console.print(f"{Sign.DONE} Applied as version {result.version}.{again}")
    _changes(result.changes, console)
    _told(result.told, console)
    if isinstance(result, UndoResult):
        console.print(f"  The weights {weights_after(result)}.")
        if result.solved_again:
            names = ", ".join(map(str, result.solved_again))
            console.print(f"  Solved again, because they overlapped: {names}.")
    elif result.consequences:
        chains = f"{result.consequences} chains of relations changed with it"
        console.print(f"  {chains}; the model was taught {result.taught} of them.")
    _scores(result.outcome, console)
    if result.degraded:
        console.print("  [yellow]Below the gate: the model does not answer all of it.[/]")
    _timings(result.timings, console)


def weights_after(result: UndoResult) -> str:
    """Say what an undo did to the weights."""
    if result.identical:
        return "are bit for bit those from before that edit"
    if result.overruled:
        return "had been consolidated; a patch overrules that edit until the next consolidation"
    return "were rebuilt without it"


def _written(result: ConsolidateResult | ExportResult, console: Console) -> None:
    if isinstance(result, ExportResult):
        console.print(f"{Sign.DONE} Version {result.version} is in {escape(result.path)}.")
        console.print(f"  {result.matrices} matrices differ from the base model.")
        if result.rank:
            console.print(f"  Rank {result.rank}; it leaves out {result.error:.1e} of the changes.")
        return
    replaced = "1 patch" if result.replaced == 1 else f"{result.replaced} patches"
    console.print(
        f"{Sign.DONE} Version {result.version}: one patch holds all that stands at version "
        f"{result.covered}, instead of {replaced}."
    )
    if result.solved_again:
        names = ", ".join(map(str, result.solved_again))
        console.print(f"  Solved again on top of it, because they came meanwhile: {names}.")
    _scores(result.outcome, console)
    if result.outcome.shortfalls:
        console.print("  [yellow]Below its bars, and no worse than what it replaced:[/]")
        _lines(result.outcome.shortfalls, console)
    _timings(result.timings, console)


def _timings(timings: Mapping[str, float], console: Console) -> None:
    if timings:
        spent = ", ".join(f"{name} {seconds:.2f}" for name, seconds in timings.items())
        console.print(f"  [dim]seconds: {spent}[/]")


def _not_applied(
    result: Refused | NeedsConfirmation | Already | UnclearResult, console: Console
) -> None:
    match result:
        case Already():
            console.print(f"{Sign.DONE} Nothing to do.")
            _reasons(result.reasons, console)
        case NeedsConfirmation():
            render_question(result.plan, None, console)
            console.print("  Nothing was changed; say it again with --yes to agree.")
        case Refused():
            held = result.verdict is Verdict.REVIEW
            console.print(f"{Sign.NOT} {'Held' if held else 'Refused'}; nothing was changed.")
            _reasons(result.reasons, console)
        case UnclearResult():
            console.print(f"{Sign.ASK} {escape(result.reason)}")
            _lines(result.options, console)


def _answer(result: AskResult, console: Console) -> None:
    console.print(f"[bold]{escape(result.answer)}[/]")
    if result.steps and result.wording != result.answer:
        console.print(f"  The model wrote: {escape(result.wording)}")
    if result.agrees is None:
        console.print("  [dim]The question could not be compared with the graph.[/]")
        return
    mark = Sign.DONE if result.agrees else Sign.NOT
    expected = ", ".join(result.expected) or "nothing"
    console.print(f"  {mark} The graph holds: {escape(expected)}")
    for hop in result.hops:
        sign = {True: Sign.DONE, False: Sign.NOT, None: "·"}[hop.right]
        subjects, objects = ", ".join(hop.subjects), ", ".join(hop.objects) or "nothing"
        line = f"{subjects} - {hop.relation.replace('_', ' ')} - {objects}"
        said = f"   the model: {hop.written}" if hop.right is False else ""
        console.print(f"    {sign} {escape(line)}{escape(said)}")


def _history(result: HistoryResult, console: Console) -> None:
    table = Table("version", "kind", "who", "words", "changes", "when")
    for entry in result.entries:
        changed = "\n".join(
            f"{each.slot.subject} - {each.slot.relation}: "
            f"{', '.join(each.old) or 'nothing'} -> {', '.join(each.new) or 'nothing'}"
            for each in entry.changes.by_slot
            if not each.derived
        )
        kind = entry.kind + entry.aim
        kind += " (degraded)" if entry.degraded else ""
        kind += f" (undone by {entry.undone_by})" if entry.undone_by is not None else ""
        cells = (str(entry.version), kind, entry.actor, entry.text, changed, entry.created_at)
        table.add_row(*map(escape, cells))
    console.print(table)


def _table(result: ShowResult | StatusResult, console: Console) -> None:
    if isinstance(result, StatusResult):
        for name, value in asdict(result).items():
            shown = ", ".join(value) if isinstance(value, tuple) else str(value)
            console.print(f"{name.replace('_', ' ')}: {escape(shown) or 'none'}", highlight=False)
        return
    entity = result.entity
    console.print(f"[bold]{escape(entity.id)}[/] ({entity.entity_class}) {entity.qid}")
    _lines([f"also known as {name}" for name in result.aliases], console)
    _lines([str(fact) for fact in (*result.facts, *result.about)], console)
    if result.versions:
        console.print(f"  changed by versions {', '.join(map(str, result.versions))}")


def _changes(changes: Changes, console: Console) -> None:
    for each in changes.by_slot:
        slot = f"{each.slot.subject} - {each.slot.relation.replace('_', ' ')}"
        old, new = ", ".join(each.old) or "nothing", ", ".join(each.new) or "nothing"
        follows = " [dim](follows)[/]" if each.derived else ""
        console.print(f"  {escape(slot)}: {escape(old)} → [bold]{escape(new)}[/]{follows}")


def _told(told: Iterable[AnswerChange], console: Console) -> None:
    for each in told:
        before, after = escape(each.before), escape(each.after)
        console.print(f"  {escape(each.question)} {before} → [bold]{after}[/]")


def _scores(outcome: GateSummary, console: Console) -> None:
    shown = [f"{name} {right}/{asked}" for name, (right, asked) in outcome.scores.items() if asked]
    if shown:
        console.print(f"  right answers: {', '.join(shown)}", highlight=False)


def _reasons(reasons: Sequence[Reason], console: Console) -> None:
    _lines([reason.text for reason in reasons], console)


def _lines(lines: Iterable[str], console: Console) -> None:
    for line in lines:
        console.print(f"  {escape(line)}", highlight=False)


def _plan_to_json(plan: EditPlan) -> dict[str, object]:
    """Return what a person decides on; questions are the editor's affair."""
    return asdict(plan.changes) | {
        "facts": [asdict(fact) for fact in plan.facts],
        "entities": [asdict(entity) for entity in plan.entities],
        "conflicts": [asdict(conflict) for conflict in plan.conflicts],
        "base_version": plan.base_version,
    }

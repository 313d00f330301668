"""Results for people (rich) and for programs (JSON), and the exit code of each."""

from collections.abc import Iterable
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from controller.plan import EditPlan
from editor.evaluation.report import Report
from kg_data.changes import Changes
from oneedit.cli.exits import DONE, REFUSED
from oneedit.cli.render_answers import Sign, render_answer
from oneedit.cli.render_knowledge import render_knowledge
from oneedit.cli.render_relations import render_redefinition
from oneedit.ledger.events import GateSummary
from oneedit.results import (
    Already,
    AskResult,
    BlameResult,
    CheckResult,
    ConsolidateResult,
    DiffResult,
    EditResult,
    ExportResult,
    HistoryResult,
    KnowledgeResult,
    NeedsConfirmation,
    PreviewResult,
    Proposed,
    RedefineResult,
    Refused,
    RelationsResult,
    Result,
    RollbackResult,
    ShowResult,
    StatusResult,
    TalkResult,
    UnclearResult,
    UndoResult,
    VerifyResult,
)
from oneedit.wording import (
    changed_slots,
    details,
    headline,
    history_title,
    relation_name,
    slot_words,
)

_NOT_DONE = (Refused, NeedsConfirmation, UnclearResult)


def code_of(result: Result) -> int:
    """Return the exit code: 0 done, 2 refused or not understood."""
    if isinstance(result, AskResult) and not result.asked and result.as_of is None:
        return REFUSED  # it cannot be checked
    return REFUSED if isinstance(result, _NOT_DONE) else DONE


def to_json(result: Result) -> dict[str, object]:
    """Return a result as plain values, with its kind and exit code."""
    kind = type(result).__name__.removesuffix("Result")
    fields = asdict(result) | {"kind": kind.lower(), "code": code_of(result)}
    if isinstance(result, Refused | NeedsConfirmation | Proposed):
        fields["plan"] = None if result.plan is None else _plan_to_json(result.plan)
        fields["reasons"] = [asdict(reason) for reason in result.reasons]
    return fields


def render(result: Result, console: Console) -> None:
    """Show a result in the terminal."""
    match result:
        case (
            EditResult()
            | UndoResult()
            | CheckResult()
            | RollbackResult()
            | ConsolidateResult()
            | ExportResult()
            | VerifyResult()
            | PreviewResult()
        ):
            _done(result, console)
        case Refused() | NeedsConfirmation() | Proposed() | Already() | UnclearResult():
            _not_done(result, console)
        case AskResult():
            render_answer(result, console)
        case HistoryResult() | ShowResult() | DiffResult() | BlameResult() | StatusResult():
            _looked_up(result, console)
        case KnowledgeResult() | RelationsResult() | RedefineResult():
            _relations(result, console)
        case TalkResult(reply):
            console.print(escape(reply))


def _relations(
    result: KnowledgeResult | RelationsResult | RedefineResult, console: Console
) -> None:
    match result:
        case KnowledgeResult():
            render_knowledge(result, console)
        case RelationsResult():
            console.print(result.text, markup=False, highlight=False)
        case RedefineResult():
            render_redefinition(result, console)


def _looked_up(
    result: HistoryResult | ShowResult | DiffResult | BlameResult | StatusResult, console: Console
) -> None:
    match result:
        case HistoryResult():
            _history(result, console)
        case ShowResult():
            entity = result.entity
            console.print(f"[bold]{escape(entity.id)}[/] ({entity.entity_class}) {entity.qid}")
            _lines(details(result), console)
        case DiffResult():
            console.print(f"[bold]{escape(headline(result))}[/]:")
            _changes(result.changes, console)
            _lines(details(result), console)
        case BlameResult():
            console.print(f"[bold]{escape(result.entity)}[/]")
            _lines(details(result), console)
        case StatusResult():
            _status(result, console)


def render_question(plan: EditPlan, report: Report | None, console: Console) -> None:
    """Show what a user has to agree to."""
    _changes(plan.changes, console)
    if report is not None:
        console.print(f"{Sign.ASK} The model did not learn this well enough:")
        _lines(report.shortfalls, console)
        return
    console.print(f"{Sign.ASK} {headline(NeedsConfirmation(plan))}:")
    _lines(details(NeedsConfirmation(plan)), console)


def _done(
    result: EditResult
    | UndoResult
    | RollbackResult
    | ConsolidateResult
    | ExportResult
    | VerifyResult
    | CheckResult
    | PreviewResult,
    console: Console,
) -> None:
    sign = Sign.ASK if isinstance(result, PreviewResult) else Sign.DONE
    console.print(f"{sign} {escape(headline(result))}.")
    if isinstance(result, PreviewResult):
        _changes(result.changes, console)
    if isinstance(result, EditResult | UndoResult | RollbackResult):
        _changes(result.changes, console)
        for each in result.told:
            before, after = escape(each.before), escape(each.after)
            console.print(f"  {escape(each.question)} {before} → [bold]{after}[/]")
    _lines(details(result), console)
    if isinstance(result, EditResult | UndoResult | RollbackResult | ConsolidateResult):
        _scores(result.outcome, console)
        if result.timings:
            spent = ", ".join(f"{name} {each:.2f}" for name, each in result.timings.items())
            console.print(f"  [dim]seconds: {spent}[/]")


def _not_done(
    result: Refused | NeedsConfirmation | Proposed | Already | UnclearResult, console: Console
) -> None:
    match result:
        case Already():
            console.print(f"{Sign.DONE} {headline(result)}.")
            _lines(details(result), console)
        case NeedsConfirmation():
            render_question(result.plan, None, console)
            console.print("  Nothing was changed; say it again with --yes to agree.")
        case Proposed(_, plan):
            console.print(f"{Sign.DONE} {headline(result)}.")
            _changes(plan.changes, console)
            _lines(details(result), console)
        case Refused():
            console.print(f"{Sign.NOT} {headline(result)}.")
            _lines(details(result), console)
        case UnclearResult():
            console.print(f"{Sign.ASK} {escape(result.reason)}")
            _lines(result.options, console)


def _history(result: HistoryResult, console: Console) -> None:
    if result.conditions:
        console.print(f"[bold]{escape(history_title(result))}[/]")
    if not result.entries:
        console.print("There is no such version.")
        return
    table = Table("version", "kind", "who", "words", "changes", "when")
    for entry in result.entries:
        kind = entry.kind + entry.aim
        kind += " (degraded)" if entry.degraded else ""
        kind += f" (undone by {entry.undone_by})" if entry.undone_by is not None else ""
        changed = "\n".join(changed_slots(entry))
        cells = (str(entry.version), kind, entry.actor, entry.text, changed, entry.created_at)
        table.add_row(*map(escape, cells))
    console.print(table)


def _status(result: StatusResult, console: Console) -> None:
    for name, value in asdict(result).items():
        shown = ", ".join(value) if isinstance(value, tuple) else str(value)
        line = f"{relation_name(name)}: {escape(shown) or 'none'}"
        console.print(line, highlight=False)


def _changes(changes: Changes, console: Console) -> None:
    for each in changes.by_slot:
        slot, old, new = map(escape, slot_words(each))
        follows = " [dim](follows)[/]" if each.derived else ""
        console.print(f"  {slot}: {old} → [bold]{new}[/]{follows}")


def _scores(summary: GateSummary, console: Console) -> None:
    shown = [f"{name} {right}/{asked}" for name, (right, asked) in summary.scores.items() if asked]
    if shown:
        console.print(f"  right answers: {', '.join(shown)}", highlight=False)


def _lines(lines: Iterable[str], console: Console) -> None:
    for line in lines:
        console.print(f"  {escape(line)}", highlight=False)


def _plan_to_json(plan: EditPlan) -> dict[str, object]:
    """Return what a person decides on, without the questions for the model."""
    return asdict(plan.changes) | {
        "facts": [asdict(fact) for fact in plan.facts],
        "entities": [asdict(entity) for entity in plan.entities],
        "conflicts": [asdict(conflict) for conflict in plan.conflicts],
        "base_version": plan.base_version,
    }

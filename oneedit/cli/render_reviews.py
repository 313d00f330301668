"""Proposals and their review for people (rich) and for programs (JSON)."""

from collections.abc import Iterable
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from controller.plan import EditPlan
from kg_data.changes import Changes
from oneedit.cli.exits import DONE, REFUSED
from oneedit.cli.render import render, to_json
from oneedit.cli.render_answers import Sign
from oneedit.ledger.proposal import Proposal
from oneedit.results import ReviewBulkResult, ReviewListResult, ReviewResult
from oneedit.wording import proposal_details, proposal_title, slot_words, step_words

REVIEWS = (ReviewResult, ReviewListResult, ReviewBulkResult)
"""The results that are shown here."""

_IN_A_LIST = 3  # changed slots


def review_code(result: ReviewResult | ReviewListResult | ReviewBulkResult) -> int:
    """Return the exit code: 0 done, 2 where something was not done as asked."""
    match result:
        case ReviewResult(done=done):
            return DONE if done else REFUSED
        case ReviewBulkResult(decided):
            return DONE if all(each.done for each in decided) else REFUSED
        case ReviewListResult():
            return DONE


def review_to_json(
    result: ReviewResult | ReviewListResult | ReviewBulkResult,
) -> dict[str, object]:
    """Return a result as plain values, with its kind and exit code."""
    fields: dict[str, object]
    match result:
        case ReviewListResult(proposals):
            fields = {"proposals": [*map(_proposal_to_json, proposals)]}
        case ReviewBulkResult(decided):
            entries = [
                {"proposal": _proposal_to_json(each.proposal), "done": each.done, "note": each.note}
                for each in decided
            ]
            fields = {"decided": entries}
        case ReviewResult():
            steps = [
                asdict(each) | {"earlier": plan_to_json(each.earlier)} for each in result.events
            ]
            fields = {
                "proposal": _proposal_to_json(result.proposal),
                "events": steps,
                "earlier": plan_to_json(result.earlier),
                "edit": None if result.edit is None else to_json(result.edit),
                "done": result.done,
            }
    kind = type(result).__name__.removesuffix("Result").lower()
    return fields | {"kind": kind, "code": review_code(result)}


def render_review(
    result: ReviewResult | ReviewListResult | ReviewBulkResult, console: Console
) -> None:
    """Show a result in the terminal."""
    match result:
        case ReviewListResult(proposals):
            _list(proposals, console)
        case ReviewBulkResult(decided):
            for each in decided:
                sign = Sign.DONE if each.done else Sign.NOT
                note = f": {each.note}" if each.note else ""
                console.print(f"{sign} {escape(proposal_title(each.proposal) + note)}")
        case ReviewResult():
            _proposal(result, console)


def _list(proposals: Iterable[Proposal], console: Console) -> None:
    table = Table("number", "state", "author", "words", "changes", "reasons")
    for each in proposals:
        changed = "\n".join(list(_change_lines(each.plan.changes))[:_IN_A_LIST])
        cells = (str(each.id), each.state, each.author.name, each.text, changed)
        table.add_row(*map(escape, (*cells, ", ".join(each.codes))))
    console.print(table)


def _proposal(result: ReviewResult, console: Console) -> None:
    """Show a proposal with its review, and last what came of the edit."""
    proposal = result.proposal
    console.print(f"[bold]{escape(proposal_title(proposal))}[/]", highlight=False)
    _lines([f'"{proposal.text}"'], console)
    if result.earlier is not None:
        console.print(f"  {Sign.ASK} The graph has changed since. The proposal changed:")
        _lines(_change_lines(result.earlier.changes), console)
        console.print("  Now it would change:")
    _lines(_change_lines(proposal.plan.changes), console)
    _lines(proposal_details(proposal), console)
    _lines(map(step_words, result.events), console)
    if result.edit is not None:
        render(result.edit, console)


def _change_lines(changes: Changes) -> Iterable[str]:
    for each in changes.by_slot:
        slot, old, new = slot_words(each)
        yield f"{slot}: {old} → {new}" + (" (follows)" if each.derived else "")


def _lines(lines: Iterable[str], console: Console) -> None:
    for line in lines:
        console.print(f"  {escape(line)}", highlight=False)


def _proposal_to_json(proposal: Proposal) -> dict[str, object]:
    intent = asdict(proposal.intent) | {"kind": type(proposal.intent).__name__.lower()}
    return asdict(proposal) | {"intent": intent, "plan": plan_to_json(proposal.plan)}


def plan_to_json(plan: EditPlan | None) -> dict[str, object] | None:
    """Return what a reviewer decides on."""
    if plan is None:
        return None
    return asdict(plan.changes) | {
        "facts": [asdict(fact) for fact in plan.facts],
        "entities": [asdict(entity) for entity in plan.entities],
        "conflicts": [asdict(conflict) for conflict in plan.conflicts],
        "base_version": plan.base_version,
        "verdict": plan.decision.verdict,
        "reasons": [asdict(reason) for reason in plan.decision.reasons],
        "consequence_count": plan.consequence_count,
        "consequences": [asdict(question) for question in plan.consequences],
    }

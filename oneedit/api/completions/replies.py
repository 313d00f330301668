"""Results and tickets as the words of an assistant."""

from collections.abc import Iterator

from controller.plan import EditPlan, Verdict
from kg_data.changes import Changes
from oneedit.answer_wording import (
    answer_notes,
    cannot_check,
    comparison,
    graph_answer,
    model_answer,
)
from oneedit.ledger.ticket import Ticket, TicketState
from oneedit.results import (
    AskResult,
    HistoryResult,
    Proposed,
    Result,
    ShowResult,
    StatusResult,
    TalkResult,
    UnclearResult,
)
from oneedit.service import ASKS_FOR_CHANGE
from oneedit.wording import counted, details, headline, history_title, slot_words

MOST_VERSIONS = 20
"""Versions of a history that are told; the last ones."""

ELSEWHERE = {
    ASKS_FOR_CHANGE: 'Edits can be proposed to the model "oneedit-edit".',
    "not_an_edit": "Undo and roll back on the page, or with `oneedit undo`.",
}
"""By code of an unclear result: where that can be asked for."""

PLANNED = {
    Verdict.APPLY: "Nothing was changed. This would be applied:",
    Verdict.REVIEW: "Nothing was changed. This would need an agreement:",
    Verdict.BLOCK: "Nothing was changed. This would be refused:",
    Verdict.NOTHING: "Nothing would change.",
}
"""What a plan comes to."""


def reply_words(result: Result) -> str:
    """Return a result in words; the first line is the answer itself."""
    return "\n".join(_lines(result))


def ticket_words(ticket: Ticket, result: Result | None) -> str:
    """Return what became of a proposal so far, in words."""
    if result is not None:
        return reply_words(result)
    if ticket.state is TicketState.FAILED:
        return f"That did not work: {ticket.note}"
    state = ticket.state.replace("_", " ")
    return f"Ticket {ticket.id}, {state}: nothing was changed; it will wait for a reviewer."


def plan_words(plan: EditPlan) -> str:
    """Return what an edit would change, and what speaks against it."""
    verdict = PLANNED[plan.decision.verdict]
    reasons = (reason.text for reason in plan.decision.reasons)
    return "\n".join((verdict, *_changes(plan.changes), *reasons))


def _lines(result: Result) -> Iterator[str]:
    match result:
        case AskResult():
            yield from _answer(result)
        case TalkResult(reply):
            yield reply
        case UnclearResult(code, reason, options):
            yield reason
            yield from (f"- {each}" for each in options)
            if code in ELSEWHERE:
                yield ELSEWHERE[code]
        case HistoryResult():
            yield from _history(result)
        case StatusResult():
            yield from _status(result)
        case _:
            yield from _other(result)


def _answer(result: AskResult) -> Iterator[str]:
    if not result.asked:
        yield from cannot_check(result)
        yield from (f"- {each}" for each in result.hints)
        return
    yield model_answer(result)
    if result.agrees is not True:
        yield f"{comparison(result)}."
        if result.expected or result.total is not None:
            yield f"The graph: {graph_answer(result)}"
    yield from answer_notes(result)


def _history(result: HistoryResult) -> Iterator[str]:
    yield f"{history_title(result)}:" if result.entries else "There is no such version."
    for each in result.entries[-MOST_VERSIONS:]:
        undone = "" if each.undone_by is None else f" (undone by version {each.undone_by})"
        what = f"version {each.version}, {each.kind.lower()}{each.aim}, by {each.actor}"
        yield f"- {what}: {each.text}{undone}"


def _status(result: StatusResult) -> Iterator[str]:
    facts, entities = counted(result.facts, "fact"), counted(result.entities, "entity", "entities")
    yield f"Version {result.version} holds {facts} about {entities}."
    yield f"{counted(result.edits, 'edit')} so far; {result.undone} of them undone."
    if result.problem:
        yield result.problem


def _other(result: Result) -> Iterator[str]:
    if isinstance(result, ShowResult):
        yield f"{result.entity.id}:"
        yield from (f"- {each}" for each in details(result))
        return
    yield f"{headline(result)}."
    if isinstance(result, Proposed):
        yield from _changes(result.plan.changes)
    yield from details(result)


def _changes(changes: Changes) -> Iterator[str]:
    for each in changes.by_slot:
        if not each.derived:
            slot, old, new = slot_words(each)
            yield f"- {slot}: {old} → {new}"

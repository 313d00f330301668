"""Results as JSON text and back, for the tickets of a ledger and for other processes."""

import json
from dataclasses import replace
from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter

from controller.plan import EditPlan
from oneedit.ledger.proposal import MAX_CONSEQUENCES
from oneedit.results import (
    NeedsConfirmation,
    Proposed,
    Refused,
    Result,
    ReviewOutcome,
    ReviewResult,
)

_KINDS = {kind.__name__: kind for kind in (*get_args(Result), *get_args(ReviewOutcome))}


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    """Return what reads and writes a kind of result; building all of them takes a while."""
    return TypeAdapter(_KINDS[kind])


def dump_result(result: Result | ReviewOutcome) -> str:
    """Return a result as JSON; its plan without the questions to the model."""
    kind = type(result).__name__
    shown = without_questions(result)
    return json.dumps(
        {"kind": kind, "value": _adapter(kind).dump_python(shown, mode="json")},
        ensure_ascii=False,
    )


def load_result(text: str) -> Result:
    """Return the result that :func:`dump_result` wrote."""
    entry = json.loads(text)
    result: Result = _adapter(entry["kind"]).validate_python(entry["value"])
    return result


def load_review(text: str) -> ReviewOutcome:
    """Return the outcome of a review that :func:`dump_result` wrote."""
    entry = json.loads(text)
    outcome: ReviewOutcome = _adapter(entry["kind"]).validate_python(entry["value"])
    return outcome


def without_questions(result: Result | ReviewOutcome) -> Result | ReviewOutcome:
    """Return a result whose plan is as people are shown it."""
    match result:
        case Refused(plan=EditPlan() as plan) | Proposed(plan=plan) | NeedsConfirmation(plan):
            return replace(result, plan=shown_plan(plan))
        case ReviewResult(edit=Refused(plan=EditPlan() as plan) | NeedsConfirmation(plan) as edit):
            return replace(result, edit=replace(edit, plan=shown_plan(plan)))
        case _:
            return result


def shown_plan(plan: EditPlan) -> EditPlan:
    """Return a plan without its questions to the model, and with a few consequences."""
    few = plan.consequences[:MAX_CONSEQUENCES]
    return replace(plan, targets=(), consequences=few, links=(), keep=())

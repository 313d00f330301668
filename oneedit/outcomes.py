"""Results as JSON text and back, for the tickets of a ledger and for other processes."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from pydantic import TypeAdapter

from controller.plan import EditPlan
from oneedit.ledger.proposal import MAX_CONSEQUENCES
from oneedit.results import NeedsConfirmation, Proposed, Refused, Result

_ADAPTERS: Mapping[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind) for kind in get_args(Result)
}


def dump_result(result: Result) -> str:
    """Return a result as JSON; its plan without the questions to the model."""
    kind = type(result).__name__
    shown = without_questions(result)
    return json.dumps(
        {"kind": kind, "value": _ADAPTERS[kind].dump_python(shown, mode="json")},
        ensure_ascii=False,
    )


def load_result(text: str) -> Result:
    """Return the result that :func:`dump_result` wrote."""
    entry = json.loads(text)
    result: Result = _ADAPTERS[entry["kind"]].validate_python(entry["value"])
    return result


def without_questions(result: Result) -> Result:
    """Return a result whose plan is as people are shown it."""
    match result:
        case Refused(plan=EditPlan() as plan):
            return replace(result, plan=shown_plan(plan))
        case NeedsConfirmation(plan):
            return NeedsConfirmation(shown_plan(plan))
        case Proposed(plan=plan):
            return replace(result, plan=shown_plan(plan))
        case _:
            return result


def shown_plan(plan: EditPlan) -> EditPlan:
    """Return a plan without its questions to the model, and with a few consequences."""
    few = plan.consequences[:MAX_CONSEQUENCES]
    return replace(plan, targets=(), consequences=few, links=(), keep=())

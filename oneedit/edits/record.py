"""What the ledger records of an edit, and what can be told of it from there."""

from controller.plan import EditPlan, Verdict
from interpreter.intents import Change, Forget, Tell
from kg_data.entities import EntityChange, EntityOperation
from oneedit.edits.call import Call
from oneedit.edits.trial import Trial
from oneedit.ledger.events import Content, Event, EventDraft, EventKind, Portability
from oneedit.results import EditResult

KINDS = {Tell: EventKind.ADD, Forget: EventKind.RETRACT}
"""Kinds of events by intents; a changed entity adds facts if it does not only lose them."""


def edit_draft(
    intent: Change,
    plan: EditPlan,
    trial: Trial,
    call: Call,
    *,
    state_hash: str,
    asked: Portability,
) -> EventDraft:
    """Return the event of a planned edit that was solved and checked."""
    return EventDraft(
        actor=call.actor.name,
        kind=_kind(intent),
        reason=call.text,
        base_version=plan.base_version,
        idem=call.key,
        request_sha=call.request_sha,
        content=Content(
            changes=plan.changes,
            entities=plan.entities,
            removed_entities=plan.removed_entities,
            entity_operation=intent.operation if isinstance(intent, EntityChange) else "",
            patches=trial.live,
            method=trial.fresh[-1].method if trial.fresh else "",
            state_hash=state_hash,
            outcome=trial.summary,
            source=call.source,
            batch=call.batch,
            self_confirmed=_self_confirmed(plan, call),
            approved_by=call.approval.approvers if call.approval else (),
            portability=asked,
        ),
    )


def _kind(intent: Change) -> EventKind:
    if isinstance(intent, EntityChange):
        deleted = intent.operation is EntityOperation.DELETE
        return EventKind.RETRACT if deleted else EventKind.ADD
    return KINDS[type(intent)]


def edit_result(event: Event) -> EditResult:
    """Return what a committed edit did, as far as the ledger remembers it."""
    content = event.content
    own = [place.sha256 for place in content.patches if place.edit == event.version]
    return EditResult(
        version=event.version,
        facts=content.changes.added or content.changes.retracted,
        changes=content.changes,
        outcome=content.outcome,
        degraded=content.degraded,
        self_confirmed=content.self_confirmed,
        patch_sha256=own[0] if own else "",
        method=content.method,
        portability=content.portability.steps,
        portability_direct=content.portability.direct,
    )


def _self_confirmed(plan: EditPlan, call: Call) -> bool:
    """Tell whether the local user agreed to what otherwise a reviewer decides."""
    if call.approval is not None:
        return call.approval.self_confirmed
    return plan.decision.verdict is Verdict.REVIEW

"""Imports: batches of facts that change the graph first; the model is taught none of them.

See docs/adr/0031-imports-change-the-graph-first.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from controller.actor import Actor
from controller.bulk import Batch, BatchPlan, BulkPlanner, Wanted
from oneedit.edits.context import EditContext
from oneedit.errors import StaleHead
from oneedit.ledger.events import Content, Event, EventDraft, EventKind, ImportRecord
from oneedit.ledger.hashing import canonical_json, sha256_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCall:
    """Who imports a batch, and how the ledger names it.

    Attributes:
        actor: who imports.
        reason: words for the history.
        key: idempotency key of the batch; it is committed once.
        source: where the facts come from, such as "job:people".
        batch: id of the run that the batch belongs to.
        cursor: where the next batch begins; committed together with the facts.
    """

    actor: Actor
    reason: str
    key: str
    source: str
    batch: str
    cursor: Mapping[str, Any]


@dataclass(frozen=True)
class Importer:
    """Plans and commits batches of imported facts."""

    context: EditContext

    def plan(self, wanted: Sequence[Wanted], actor: Actor) -> BatchPlan:
        """Return what a batch would change at the head; nothing is written."""
        with self.context.projector.reading():
            return self._planner(actor).plan(wanted)

    def rehearsal(self, actor: Actor) -> Batch:
        """Return a batch that is planned in parts at the head, and never committed."""
        with self.context.projector.reading():
            return self._planner(actor).rehearsal()

    def commit(self, plan: BatchPlan, call: ImportCall) -> Event:
        """Commit a planned batch, and bring the graph to its version; the weights stay.

        Raises:
            StaleHead: another version was committed since the plan; plan again.
            FactRefused: a fact violates a constraint, or the key was committed by another process.
        """
        context = self.context
        with context.lock.held():
            head = context.projector.advance()
            if head != plan.base_version:
                raise StaleHead(planned=plan.base_version, current=head)
            event = context.ledger.commit(self._draft(plan, call, head))
            context.projector.advance()
        return event

    def _planner(self, actor: Actor) -> BulkPlanner:
        ledger = self.context.ledger
        return BulkPlanner(
            self.context.controller, actor, doubted=ledger.forgotten, ended=ledger.ended_facts_of
        )

    def _draft(self, plan: BatchPlan, call: ImportCall, head: int) -> EventDraft:
        ledger = self.context.ledger
        return EventDraft(
            actor=call.actor.name,
            kind=EventKind.IMPORT,
            reason=call.reason,
            base_version=head,
            idem=call.key,
            request_sha=sha256_of(canonical_json(["import", call.key])),
            content=Content(
                changes=plan.changes,
                entities=plan.entities,
                patches=ledger.patches(head),
                state_hash=ledger.event(head).content.state_hash,
                source=call.source,
                batch=call.batch,
                imported=ImportRecord(cursor=call.cursor),
            ),
        )

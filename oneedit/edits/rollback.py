"""Rolls back to an earlier version, as a new version: its facts, and its weights bit for bit.

Nothing is solved: the list of patches of that version is attached again, whatever was consolidated
since. Rolling forward again is rolling back to the version before the roll back, or its undo.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from controller.actor import Actor
from controller.plan import EditPlan, Reason, Verdict
from kg_data.changes import NO_CHANGES, Changes
from oneedit.edits.call import Call
from oneedit.edits.choice import listed_versions
from oneedit.edits.context import EditContext
from oneedit.edits.entities import restored
from oneedit.edits.progress import StageTimer
from oneedit.edits.trial import MAX_ANSWERS
from oneedit.errors import StateMismatch
from oneedit.ledger import history
from oneedit.ledger.book_record import BookRecord
from oneedit.ledger.events import Content, Event, EventDraft, EventKind
from oneedit.ledger.timeline import Timeline
from oneedit.results import (
    Already,
    AnswerChange,
    HistoryEntry,
    PreviewResult,
    Refused,
    RollbackOutcome,
    RollbackResult,
)

ALREADY_THERE = "already_there"
"""Code of the reason where a roll back would change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoring:
    """What a roll back does, before anything changes.

    Attributes:
        version: the version that is restored.
        cut: the edits in force today that were not in force then.
        back: the edits in force then that are not today.
        plan: its changes, some questions to the model, and the decision.
    """

    version: int
    cut: tuple[Event, ...]
    back: tuple[Event, ...]
    plan: EditPlan


@dataclass(frozen=True)
class RollBacker:
    """The story of a roll back, told beside that of an edit in :mod:`oneedit.service`."""

    context: EditContext

    def roll_back(self, version: int, call: Call) -> RollbackOutcome:
        """Make facts and weights those of an earlier version again.

        Raises:
            PatchUnusable: the file of a patch of that version is missing or damaged.
            StaleHead: another edit was committed meanwhile; roll back again.
            StateMismatch: its patches do not give the weights that the ledger recorded.
        """
        decider = self.context.decider
        timer = StageTimer(self.context.timer, call.progress)
        with self.context.lock.held() as held:
            with timer.stage("plan"):
                restoring = self.plan(version, call.actor)  # reads
            if isinstance(restoring, Reason):
                if restoring.code == ALREADY_THERE:
                    return Already((), (restoring,))
                return decider.refuse(call, Verdict.BLOCK, [restoring])
            ended = decider.decide(restoring.plan, call, held)
            if ended is not None:
                return ended
            event, answers = self.restore(restoring, call, timer)
        return replace(self.result(event), told=answers, timings=timer.seconds)

    def preview(self, version: int, actor: Actor) -> PreviewResult | Refused | Already:
        """Return what a roll back would do; nothing changes, and nothing is recorded."""
        restoring = self.plan(version, actor)
        if isinstance(restoring, Reason):
            return _nothing(restoring)
        return PreviewResult(
            operation="rollback",
            version=restoring.plan.base_version,
            restored=version,
            cut=_entries(restoring.cut),
            back=_entries(restoring.back),
            changes=restoring.plan.changes,
            identical=True,
        )

    def decided(self, version: int, actor: Actor) -> EditPlan | Refused | Already:
        """Return the changes of a roll back and the decision about it, or why there is none."""
        restoring = self.plan(version, actor)
        return _nothing(restoring) if isinstance(restoring, Reason) else restoring.plan

    def plan(self, version: int, actor: Actor) -> Restoring | Reason:
        """Return what a roll back to a version does, or why there is none."""
        context = self.context
        if not actor.may_edit:
            return Reason("role", f"{actor.name} may read, but not edit.")
        with context.projector.reading(weights=False) as head:
            events = context.ledger.events()[: head + 1]
            unknown = history.unknown_version(events, version)
            reason = unknown or _inside_group(events[version]) or self._pruned(version)
            if reason is not None:
                return reason
            changes = context.ledger.restoring(version)
            timeline = Timeline.of(events)
            then = timeline.edits_among(timeline.at(version).in_force)
            same_list = context.ledger.patches(version) == context.ledger.patches(head)
            same_list = same_list and self._other_book(version, head) is None
            if changes == NO_CHANGES and same_list and then == timeline.edits:
                text = f"The facts and the weights are those of version {version} already."
                return Reason(ALREADY_THERE, text)
            cut = tuple(events[each] for each in timeline.edits if each not in then)
            back = tuple(events[each] for each in then if not timeline.holds(each))
            decision = context.controller.policy.decide(_reasons(version, cut, back), actor)
            plan = EditPlan(
                facts=(),
                changes=changes,
                decision=decision,
                targets=self._asked(changes, actor, version).targets,
                base_version=head,
            )
        return Restoring(version=version, cut=cut, back=back, plan=plan)

    def restore(
        self, restoring: Restoring, call: Call, timer: StageTimer, *, undone: tuple[int, ...] = ()
    ) -> tuple[Event, tuple[AnswerChange, ...]]:
        """Commit a planned roll back, and return its event and the model's answers.

        Args:
            restoring: what is restored.
            call: who asks.
            timer: counts the time.
            undone: the versions that this takes back as their undo; empty for a roll back.

        Raises:
            StaleHead: another edit was committed since the plan.
            StateMismatch: the patches do not give the weights that the ledger recorded.
        """
        context, plan = self.context, restoring.plan
        with timer.stage("look"):
            usable = not context.projector.problem()
            answers = context.trials.answers_before(plan) if usable else ()
        with timer.stage("commit"):
            back = restored(restoring.version, context.ledger.events(), context.ledger)
            content = back.in_content(self._content(restoring))
            content = replace(content, source=call.source, batch=call.batch, targets=undone)
            event = context.ledger.commit(
                EventDraft(
                    actor=call.actor.name,
                    kind=EventKind.REVERT if undone else EventKind.ROLLBACK,
                    reason=call.text,
                    base_version=plan.base_version,
                    target_version=undone[0] if undone else restoring.version,
                    idem=call.key,
                    request_sha=call.request_sha,
                    content=content,
                ),
                call.guard,
            )
        with timer.stage("advance"):
            context.projector.advance()  # graph and weights to the new version
        return event, context.trials.answers_after(answers)

    def result(self, event: Event) -> RollbackResult:
        """Return what a committed roll back did."""
        timeline = Timeline(self.context.ledger.steps()[: event.version + 1])
        before = timeline.edits_among(timeline.at(event.base_version).in_force)
        target = -1 if event.target_version is None else event.target_version
        restored = self.context.ledger.event(target)
        return RollbackResult(
            version=event.version,
            restored=target,
            cut=tuple(each for each in before if not timeline.holds(each)),
            back=tuple(each for each in timeline.edits if each not in before),
            changes=event.content.changes,
            identical=event.content.state_hash == restored.content.state_hash,
            outcome=event.content.outcome,
            degraded=event.content.degraded,
        )

    def _pruned(self, version: int) -> Reason | None:
        """Return the reason why a version cannot be restored if its patches were removed."""
        context = self.context
        for entry in context.ledger.patches(version):
            words = context.ledger.pruned(entry.sha256)
            if words and entry.sha256 not in context.projector.patches:
                text = f"Version {version} needs the patch of version {entry.edit}, and {words}."
                return Reason("pruned", f"{text} Put its files back from a backup first.")
        return None

    def _content(self, restoring: Restoring) -> Content:
        """Return the payload: the patches of the version, checked to give its weights."""
        context, version = self.context, restoring.version
        trial = context.trials.committed(context.ledger.patches(version))
        recorded = context.ledger.event(version).content
        found = context.trials.save(trial)
        if found != recorded.state_hash:
            raise StateMismatch(version, recorded=recorded.state_hash, found=found)
        return Content(
            changes=restoring.plan.changes,
            patches=trial.live,
            state_hash=found,
            book=self._other_book(version, restoring.plan.base_version),
            outcome=recorded.outcome,  # the same weights answer the same
        )

    def _other_book(self, version: int, head: int) -> BookRecord | None:
        """Return the relation book of a version if it is not that of the head."""
        then, now = self.context.ledger.book_at(version), self.context.ledger.book_at(head)
        if then is None or now is None or then.sha256 == now.sha256:
            return None
        return BookRecord.of(then)

    def _asked(self, changes: Changes, actor: Actor, version: int) -> EditPlan:
        """Return a plan with questions about the first changed slots that both books can ask."""
        then, now = self.context.ledger.book_at(version), self.context.controller.book
        both = [name for name in now.names() if then is None or name in then]
        asserted = [fact for fact in changes.asserted if fact.relation in both]
        slots = tuple(dict.fromkeys(fact.slot for fact in asserted))[:MAX_ANSWERS]
        near = [fact for fact in changes.added if fact.slot in slots and not fact.ended]
        gone = [fact for fact in changes.retracted if fact.slot in slots and not fact.ended]
        return self.context.controller.plan_changes(near, gone, actor)


def _inside_group(event: Event) -> Reason | None:
    """Return why a version cannot be restored whose weights never were those of its facts."""
    together = event.content.together
    if not together or event.version == together[-1]:
        return None
    text = (
        f"Versions {together[0]} to {together[-1]} were made at once, with one patch. Roll back to "
        f"{together[0] - 1} or {together[-1]}, or undo single ones."
    )
    return Reason("made_together", text)


def _nothing(reason: Reason) -> Refused | Already:
    """Return the result where there is nothing to roll back."""
    if reason.code == ALREADY_THERE:
        return Already((), (reason,))
    return Refused(verdict=Verdict.BLOCK, reasons=(reason,))


def _reasons(version: int, cut: tuple[Event, ...], back: tuple[Event, ...]) -> Iterable[Reason]:
    if cut:
        taken = listed_versions([event.version for event in cut])
        yield Reason("edits_cut", f"Restoring version {version} takes back {taken}.")
    if back:
        again = listed_versions([event.version for event in back])
        yield Reason("edits_back", f"It puts {again} in force again.")
    if not cut and not back:
        yield Reason("weights_only", f"The edits stay; the weights become those of {version}.")


def _entries(events: Iterable[Event]) -> tuple[HistoryEntry, ...]:
    return tuple(map(HistoryEntry.of, events))

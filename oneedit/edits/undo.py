"""Takes an edit back: the facts always, the weights bit for bit where nothing came after it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from controller.plan import EditPlan, Reason, Verdict
from editor.request import EditRequest
from kg_data.changes import Changes
from oneedit.edits.call import Call
from oneedit.edits.context import EditContext
from oneedit.edits.progress import StageTimer
from oneedit.edits.trial import Trial
from oneedit.ledger import history
from oneedit.ledger.events import NEW_VERSION, Content, Event, EventDraft, EventKind, LivePatch
from oneedit.results import Refused, UndoOutcome, UndoResult


@dataclass(frozen=True)
class Undoer:
    """The story of an undo, told beside that of an edit in :mod:`oneedit.service`."""

    context: EditContext

    def undo(self, version: int | None, call: Call) -> UndoOutcome:
        """Take back the edit that became ``version``, or the last one that holds.

        Raises:
            StaleHead: another edit was committed meanwhile; undo again.
        """
        context = self.context
        timer = StageTimer(context.timer, call.progress)
        with context.lock.held() as held:
            context.projector.advance()
            events = context.ledger.events()
            target = self._target(version, events, call)
            if isinstance(target, Refused):
                return target
            with timer.stage("plan"), context.projector.reading():
                plan = self._plan(target, call)  # reads
            if plan.decision.verdict is Verdict.BLOCK:
                reasons = plan.decision.reasons
                return context.decider.refuse(call, Verdict.BLOCK, reasons, plan=plan)
            last = history.unchanged_since(target, events)
            changes = target.content.changes.inverted() if last else plan.changes

            answers = context.trials.answers_before(plan)
            trial = self._without(target, events, plan, changes, timer)  # reads
            if trial.fresh and not trial.passed and not call.agrees(plan, trial.report, held):
                return context.decider.hold(plan, trial.report, call)

            with timer.stage("commit"):
                state_hash = context.trials.save(trial)  # durable before the commit names them
                content = _content(changes, trial, state_hash)
                event = context.ledger.commit(_draft(target, events, content, call))
            with timer.stage("advance"):
                context.projector.advance()  # graph and weights to the new version
            answers = context.trials.answers_after(answers)
        result = self.result(event)
        return replace(result, report=trial.report, told=answers, timings=timer.seconds)

    def result(self, event: Event) -> UndoResult:
        """Return what a committed undo did."""
        ledger = self.context.ledger
        target = ledger.event(-1 if event.target_version is None else event.target_version)
        before = ledger.event(target.base_version)
        covered = history.last_consolidated(ledger.events()[: event.version])
        return UndoResult(
            version=event.version,
            undone=target.version,
            changes=event.content.changes,
            identical=event.content.state_hash == before.content.state_hash,
            solved_again=event.content.solved_again,
            overruled=target.version <= covered,
            outcome=event.content.outcome,
            degraded=event.content.degraded,
        )

    def _target(self, version: int | None, events: Sequence[Event], call: Call) -> Event | Refused:
        """Return the edit to take back, or the refusal if it cannot be."""
        target = history.edit_to_undo(events, version)
        if isinstance(target, Reason):
            return self.context.decider.refuse(call, Verdict.BLOCK, [target])
        later = history.superseding_edits(target, events, self.context.controller.book)
        if not later:
            return target
        names = ", ".join(map(str, later))
        text = f"What version {target.version} changed was changed again since, by {names}."
        advice = f"Undo {later[-1]} first, or tell the fact anew."
        reasons = [Reason("changed_since", f"{text} {advice}")]
        refused = self.context.decider.refuse(call, Verdict.BLOCK, reasons)
        return replace(refused, versions=later)

    def _plan(self, target: Event, call: Call) -> EditPlan:
        changes = target.content.changes
        return self.context.controller.plan_changes(changes.retracted, changes.added, call.actor)

    def _without(
        self,
        target: Event,
        events: Sequence[Event],
        plan: EditPlan,
        changes: Changes,
        timer: StageTimer,
    ) -> Trial:
        """Return the list without an edit's patch, later edits solved again where they must be.

        An edit that was consolidated has no patch of its own; a new patch overrules it until the
        next consolidation.
        """
        context, trials = self.context, self.context.trials
        head = context.projector.advance()
        live = context.ledger.patches(head)
        if target.version <= history.last_consolidated(events):
            below = trials.committed(live)
            return trials.solve(trials.request(plan, below), below, timer)
        kept = tuple(patch for patch in live if patch.edit != target.version)
        if kept == context.ledger.patches(target.base_version):  # nothing came after: the old bits
            return trials.committed(kept)
        return self._solved_again(target, live, plan, changes, timer)

    def _solved_again(
        self,
        target: Event,
        live: Sequence[LivePatch],
        plan: EditPlan,
        changes: Changes,
        timer: StageTimer,
    ) -> Trial:
        """Return the list without an edit's patch, those that overlap it solved again."""
        trials, load = self.context.trials, self.context.projector.load
        again = self._overlapping(target, live)
        kept = [entry for entry in live if entry.edit != target.version and entry not in again]
        requests = self._still_true(again, changes)
        today = load(live)
        trial = trials.solve_again(
            dict(zip(kept, load(kept), strict=True)),
            requests,
            also=EditRequest(targets=plan.targets, keep=plan.keep),
            instead_of=today,
            timer=timer,
        )
        if trial.passed:
            return trial
        # what holds again may be the target of an earlier edit whose patch no longer gives it
        also = [target for request in requests.values() for target in request.targets]
        request = trials.request(plan, trial)
        on_top = trials.solve(request, trial, timer, also=also, instead_of=today)
        return on_top if on_top.passed else trial

    def _still_true(
        self, entries: Sequence[LivePatch], changes: Changes
    ) -> dict[LivePatch, EditRequest]:
        """Return the requests of patches, without what later edits or this undo change."""
        ledger, head = self.context.ledger, self.context.ledger.head()
        patches = self.context.projector.load(entries)
        return {
            entry: history.without_changed_slots(
                patch.request, (*changes.slots, *ledger.difference(entry.edit, head).slots)
            )
            for entry, patch in zip(entries, patches, strict=True)
        }

    def _overlapping(self, target: Event, live: Sequence[LivePatch]) -> list[LivePatch]:
        """Return the later patches that overlap an edit's patch, or one that overlaps it."""
        index = next((i for i, patch in enumerate(live) if patch.edit == target.version), None)
        if index is None:
            return []  # the edit needed no patch
        removed, *later = self.context.projector.load(live[index:])
        reached = [removed]
        for patch in reached:  # grows while it is walked
            rest = [each for each in later if each not in reached]
            reached += self.context.editor.overlapping(patch, rest)
        again = {patch.sha256 for patch in reached[1:]}
        return [entry for entry in live[index + 1 :] if entry.sha256 in again]


def _content(changes: Changes, trial: Trial, state_hash: str) -> Content:
    fresh = {patch.sha256 for patch in trial.fresh}
    return Content(
        changes=changes,
        patches=trial.live,
        method=trial.fresh[-1].method if trial.fresh else "",
        state_hash=state_hash,
        outcome=trial.summary,
        solved_again=tuple(
            entry.edit
            for entry in trial.live
            if entry.sha256 in fresh and entry.edit != NEW_VERSION
        ),
    )


def _draft(target: Event, events: Sequence[Event], content: Content, call: Call) -> EventDraft:
    return EventDraft(
        actor=call.actor.name,
        kind=EventKind.REVERT,
        reason=call.text,
        base_version=events[-1].version,
        target_version=target.version,
        idem=call.key,
        request_sha=call.request_sha,
        content=content,
    )

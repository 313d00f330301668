"""Takes an edit back: the facts always, the weights bit for bit where nothing came after it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from controller.controller import Controller
from controller.plan import EditPlan, Reason, Verdict
from editor.request import EditRequest
from kg_data.changes import Changes
from kg_data.relations import RelationBook
from oneedit.edits.call import Call
from oneedit.edits.decision import Decider
from oneedit.edits.progress import StageTimer
from oneedit.edits.trial import Trial, TrialRunner
from oneedit.ledger import history
from oneedit.ledger.events import THIS, Content, Event, EventDraft, EventKind, LivePatch
from oneedit.ledger.ledger import Ledger
from oneedit.results import Refused, UndoOutcome, UndoResult
from oneedit.state.lock import HomeLock
from oneedit.state.projector import Projector


@dataclass(frozen=True, kw_only=True)
class Undoer:
    """The story of an undo, told beside that of an edit in :mod:`oneedit.service`."""

    controller: Controller
    book: RelationBook
    projector: Projector
    solving: TrialRunner
    deciding: Decider
    lock: HomeLock
    timer: Callable[[], float] = time.perf_counter

    @property
    def ledger(self) -> Ledger:
        """Return the ledger."""
        return self.projector.ledger

    def undo(self, version: int | None, call: Call) -> UndoOutcome:
        """Take back the edit that became ``version``, or the last one that stands."""
        watch = StageTimer(self.timer, call.progress)
        with self.lock.held() as hold:
            self.projector.advance()
            events = self.ledger.events()
            target = self._target(version, events, call)
            if isinstance(target, Refused):
                return target
            with watch.stage("plan"), self.projector.reading():
                plan = self._plan(target, call)  # reads
            if plan.decision.verdict is Verdict.BLOCK:
                return self.deciding.refuse(call, Verdict.BLOCK, plan.decision.reasons, plan=plan)
            last = history.is_last(target, events)
            changes = target.content.changes.inverted() if last else plan.changes

            told = self.solving.ask_told(plan)
            trial = self._without(target, events, plan, changes, watch)  # reads
            if trial.fresh and not trial.passed and not call.agrees(plan, trial.report, hold):
                return self.deciding.hold(plan, trial.report, call)

            with watch.stage("commit"):
                state_hash = self.solving.keep(trial)  # durable before the commit names them
                content = _content(changes, trial, state_hash)
                event = self.ledger.commit(_draft(target, events, content, call))
            with watch.stage("advance"):
                self.projector.advance()  # graph and weights to the new version
            told = self.solving.ask_again(told)
        result = self.result(event)
        return replace(result, report=trial.report, told=told, timings=watch.seconds)

    def result(self, event: Event) -> UndoResult:
        """Return what a committed undo did."""
        target = self.ledger.event(-1 if event.target_version is None else event.target_version)
        before = self.ledger.event(target.base_version)
        covered = history.consolidated(self.ledger.events()[: event.version])
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
        target = history.choose(events, version)
        if isinstance(target, Reason):
            return self.deciding.refuse(call, Verdict.BLOCK, [target])
        later = history.successors(target, events, self.book)
        if not later:
            return target
        names = ", ".join(map(str, later))
        text = f"What version {target.version} changed was changed again since, by {names}."
        advice = f"Undo {later[-1]} first, or tell the fact anew."
        reasons = [Reason("changed_since", f"{text} {advice}")]
        refused = self.deciding.refuse(call, Verdict.BLOCK, reasons)
        return replace(refused, versions=later)

    def _plan(self, target: Event, call: Call) -> EditPlan:
        changes = target.content.changes
        return self.controller.plan_changes(changes.retracted, changes.added, call.actor)

    def _without(
        self,
        target: Event,
        events: Sequence[Event],
        plan: EditPlan,
        changes: Changes,
        watch: StageTimer,
    ) -> Trial:
        """Return the list without an edit's patch, later edits solved again where they must be.

        An edit that was consolidated has no patch of its own; a quick one overrules it until
        the next consolidation.
        """
        head = self.projector.advance()
        live = self.ledger.patches(head)
        if target.version <= history.consolidated(events):
            below = self.solving.on(live)
            return self.solving.solve(self.solving.request(plan, below), below, watch)
        kept = tuple(patch for patch in live if patch.edit != target.version)
        if kept == self.ledger.patches(target.base_version):  # nothing came after: the old bits
            return self.solving.on(kept)
        again = self._again(target, live)
        standing = [place for place in kept if place not in again]
        requests = {
            place: history.still_true(
                patch.request, (*changes.slots, *self.ledger.difference(place.edit, head).slots)
            )
            for place, patch in zip(again, self.projector.load(again), strict=True)
        }
        today = self.projector.load(live)
        trial = self.solving.solve_again(
            dict(zip(standing, self.projector.load(standing), strict=True)),
            requests,
            also=EditRequest(targets=plan.targets, keep=plan.keep),
            instead_of=today,
            watch=watch,
        )
        if trial.passed:
            return trial
        # what stands again may have been told by an earlier edit, whose patch no longer does
        also = [target for request in requests.values() for target in request.targets]
        request = self.solving.request(plan, trial)
        over = self.solving.solve(request, trial, watch, also=also, instead_of=today)
        return over if over.passed else trial

    def _again(self, target: Event, live: Sequence[LivePatch]) -> list[LivePatch]:
        """Return the later patches that overlap an edit's patch, or one that overlaps it."""
        index = next((i for i, patch in enumerate(live) if patch.edit == target.version), None)
        if index is None:
            return []  # the edit needed no patch
        removed, *later = self.projector.load(live[index:])
        reached = [removed]
        for patch in reached:  # grows while it is walked
            rest = [each for each in later if each not in reached]
            reached += self.solving.editor.overlapping(patch, rest)
        again = {patch.sha256 for patch in reached[1:]}
        return [place for place in live[index + 1 :] if place.sha256 in again]


def _content(changes: Changes, trial: Trial, state_hash: str) -> Content:
    fresh = {patch.sha256 for patch in trial.fresh}
    return Content(
        changes=changes,
        patches=trial.live,
        method=trial.fresh[-1].method if trial.fresh else "",
        state_hash=state_hash,
        outcome=trial.outcome,
        solved_again=tuple(
            place.edit for place in trial.live if place.sha256 in fresh and place.edit != THIS
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

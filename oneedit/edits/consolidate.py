"""Replaces the patches of many edits by one.

Each edit of the day has a small patch, solved on top of the others. A consolidation fits one patch
of the base weights to all that holds now, while people go on asking and editing; what they edit
meanwhile is solved again on top of it. It is a version of the weights alone: the facts stay as
they are, and ``undo`` skips it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random

from controller.actor import Actor
from controller.plan import EditPlan, Reason, Verdict
from editor.evaluation.gate import CONSOLIDATION
from editor.evaluation.report import Report
from editor.request import EditRequest
from kg_data.changes import Changes
from kg_data.questions import Question
from oneedit.edits.call import Call
from oneedit.edits.context import EditContext
from oneedit.edits.progress import StageTimer
from oneedit.edits.trial import Trial, TrialRunner, taught
from oneedit.ledger import history
from oneedit.ledger.events import Content, Event, EventDraft, EventKind, LivePatch
from oneedit.ledger.ledger import CommitGuard
from oneedit.ports import PatchPort, Progress
from oneedit.results import Already, ConsolidateOutcome, ConsolidateResult

MIN_PENDING = 16
"""Pending patches that never make a consolidation due."""

EDITS_PER_PENDING = 10
"""One pending patch for so many active edits does not make a consolidation due either."""

CHAINS, MAX_CHAINS = 24, 4_000
"""Changed chains that are taught: for each edited slot on average, and in all, at most."""

MAX_CHECKED = 1_000
"""Chains, and questions to keep, that the check asks at most."""

OVERTAKEN = "overtaken"
"""Code of the reason where the facts of a fit were undone meanwhile."""

_OVERTAKEN = "Edits that the fit was to hold were undone meanwhile; consolidate again."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """The outcome of a fit, before anything changes.

    Attributes:
        covered: the last version whose edits it holds.
        replaced: the list it replaces.
        patches: the new patch; none if nothing differs from the base any more.
        report: the report of its check; None if there was nothing to check.
    """

    covered: int
    replaced: tuple[LivePatch, ...]
    patches: tuple[PatchPort, ...] = ()
    report: Report | None = None

    def alone(self) -> "_Rebuilt":
        """Return the list that holds nothing but the new patch."""
        live = tuple(LivePatch(self.covered, each.sha256) for each in self.patches)
        trial = Trial(live=live, patches=self.patches, fresh=self.patches, report=self.report)
        return _Rebuilt(trial=trial)

    def later(self, live: Iterable[LivePatch]) -> tuple[LivePatch, ...]:
        """Return the patches of a list that came after those the fit replaces."""
        return tuple(entry for entry in live if entry not in self.replaced)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rebuilt:
    """The new patch, and on top of it the later edits that were solved again so far.

    Attributes:
        again: those edits, as the ledger's list has them.
        trial: the list of the new patch and of theirs.
    """

    again: tuple[LivePatch, ...] = ()
    trial: Trial

    def missing(self, later: tuple[LivePatch, ...]) -> tuple[LivePatch, ...]:
        """Return what is left to solve again; all of it if one that was is gone since."""
        done = len(self.again)
        return later[done:] if later[:done] == self.again else later


@dataclass(frozen=True)
class Consolidator:
    """The story of a consolidation, told beside that of an edit in :mod:`oneedit.service`."""

    context: EditContext

    def due(self) -> bool:
        """Tell whether so many patches are pending that they should be consolidated."""
        ledger = self.context.ledger
        events = ledger.events()
        live = ledger.patches(events[-1].version)
        edits = len(history.active_edits(events))
        return len(history.pending_patches(live, events)) > max(
            MIN_PENDING, edits // EDITS_PER_PENDING
        )

    def consolidate(
        self,
        actor: Actor,
        progress: Progress | None = None,
        *,
        guard: CommitGuard | None = None,
    ) -> ConsolidateOutcome:
        """Replace all live patches by one.

        Args:
            actor: who asks for it.
            progress: is called with the stage and the share of it that is done.
            guard: takes part in the commit.
        """
        context = self.context
        call = Call(actor=actor, text="consolidate", operation="consolidate", guard=guard)
        timer = StageTimer(context.timer, progress)
        with timer.stage("plan"), context.projector.reading() as version:
            events = context.ledger.events()
            live = context.ledger.patches(version)
            if not history.pending_patches(live, events):
                return Already((), (Reason("nothing", "No edit waits to be consolidated."),))
            plan = self._plan(version, events[: version + 1])  # reads
        fit = self._fit(plan, version, live, timer)  # reads; others may edit meanwhile
        if fit.report is not None and not fit.report.passed:
            return context.decider.hold(plan, fit.report, call)
        rebuilt = self._catch_up(fit, timer)  # reads

        with context.lock.held():
            head = context.projector.advance()
            since = context.ledger.events(after=version)
            if history.outdates_consolidation(since, covered=version):
                reasons = [Reason(OVERTAKEN, _OVERTAKEN)]
                return context.decider.refuse(call, Verdict.REVIEW, reasons)
            trial = self._rebuild(fit, rebuilt, head, timer).trial  # reads
            if not trial.passed:
                return context.decider.hold(plan, trial.report, call)
            with timer.stage("commit"):
                state_hash = context.trials.save(trial)  # durable before the commit names them
                draft = _draft(fit, trial, call, head=head, state_hash=state_hash)
                event = context.ledger.commit(draft, call.guard)
            with timer.stage("advance"):
                context.projector.advance()  # the weights to the new version
        return _result(event, events, fit, timings=timer.seconds)

    def _plan(self, version: int, events: Sequence[Event]) -> EditPlan:
        controller = self.context.controller
        changes = self.context.ledger.taught_difference(0, version)
        plan = controller.plan_consolidation(changes, chains=chain_budget(changes))
        changed = {target.slot for target in plan.targets}
        repaired = [slot for slot in history.repaired_slots(events) if slot not in changed]
        return with_repairs(plan, controller.plan_repair(repaired)) if repaired else plan

    def _fit(
        self, plan: EditPlan, version: int, live: tuple[LivePatch, ...], timer: StageTimer
    ) -> _Fit:
        if not plan.targets:  # every edit was undone
            return _Fit(covered=version, replaced=live)
        context = self.context
        request = whole(plan, context.trials)
        with timer.stage("solve") as progress:
            patch = context.editor.consolidate(request, progress=progress)
        with timer.stage("check") as progress:
            report = context.editor.check(
                sampled(request),
                [patch],
                instead_of=context.projector.load(live),
                gate=CONSOLIDATION,
                progress=progress,
            )
        return _Fit(covered=version, replaced=live, patches=(patch,), report=report)

    def _catch_up(self, fit: _Fit, timer: StageTimer) -> _Rebuilt:
        """Solve again what was edited meanwhile, while others edit on.

        It ends when nothing is left, or no less than before: the rest is solved under the lock.
        """
        ledger = self.context.ledger
        rebuilt, least = fit.alone(), math.inf
        while True:
            head = ledger.head()
            left = len(rebuilt.missing(fit.later(ledger.patches(head))))
            since = ledger.events(after=fit.covered)
            if not 0 < left < least or history.outdates_consolidation(since, covered=fit.covered):
                return rebuilt
            least = left
            rebuilt = self._rebuild(fit, rebuilt, head, timer)

    def _rebuild(self, fit: _Fit, rebuilt: _Rebuilt, head: int, timer: StageTimer) -> _Rebuilt:
        """Return the list of a version: the new patch, and the later edits solved again.

        Each of them is taught what no edit behind it has changed by the time it is solved.
        """
        ledger, load = self.context.ledger, self.context.projector.load
        live = ledger.patches(head)
        later = fit.later(live)
        missing = rebuilt.missing(later)
        if len(missing) == len(later):  # the first time, or one of them is gone
            rebuilt = fit.alone()
        if not missing:
            return rebuilt
        requests = [
            history.without_changed_slots(
                patch.request, ledger.taught_difference(entry.edit, head).slots
            )
            for entry, patch in zip(later, load(later), strict=True)
        ]
        done, new = requests[: len(rebuilt.again)], requests[len(rebuilt.again) :]
        below = rebuilt.trial
        trial = self.context.trials.solve_again(
            dict(zip(below.live, below.patches, strict=True)),
            dict(zip(missing, new, strict=True)),
            also=EditRequest(
                targets=tuple(target for each in done for target in each.targets),
                keep=tuple(question for each in requests for question in each.keep),
            ),
            instead_of=load(live),
            timer=timer,
        )
        return _Rebuilt(again=later, trial=replace(trial, fresh=(*below.fresh, *trial.fresh)))


def with_repairs(plan: EditPlan, repairs: EditPlan) -> EditPlan:
    """Return a plan that also teaches what was repaired and does not change."""
    taught = {target.slot for target in repairs.targets}
    keep = dict.fromkeys((*plan.keep, *repairs.keep))
    return replace(
        plan,
        targets=(*plan.targets, *repairs.targets),
        consequences=tuple(dict.fromkeys((*plan.consequences, *repairs.consequences))),
        links=tuple(dict.fromkeys((*plan.links, *repairs.links))),
        keep=tuple(each for each in keep if taught.isdisjoint(each.slots)),
    )


def chain_budget(changes: Changes) -> int:
    """Return how many chains a consolidation of these changes teaches at most."""
    return min(CHAINS * len({fact.slot for fact in changes.asserted}), MAX_CHAINS)


def whole(plan: EditPlan, trials: TrialRunner) -> EditRequest:
    """Return all that a consolidation must make true, and keep."""
    chains = taught(plan, trials.editor, on=[])
    return EditRequest(targets=plan.targets + chains, keep=plan.keep)


def sampled(request: EditRequest) -> EditRequest:
    """Return what a check asks: every fact, but a sample of the chains and of what is kept."""
    generator = Random(0)
    facts = tuple(each for each in request.targets if not each.chained)
    chains = [each for each in request.targets if each.chained]
    return EditRequest(
        targets=facts + _drawn(chains, generator), keep=_drawn(request.keep, generator)
    )


def _drawn(questions: Sequence[Question], generator: Random) -> tuple[Question, ...]:
    return tuple(generator.sample(questions, min(len(questions), MAX_CHECKED)))


def _draft(fit: _Fit, trial: Trial, call: Call, *, head: int, state_hash: str) -> EventDraft:
    first = {patch.sha256 for patch in fit.patches}
    fresh = {patch.sha256 for patch in trial.fresh} - first
    return EventDraft(
        actor=call.actor.name,
        kind=EventKind.CONSOLIDATE,
        reason=call.text,
        base_version=head,
        target_version=fit.covered,
        request_sha=call.request_sha,
        content=Content(
            patches=trial.live,
            method=fit.patches[0].method if fit.patches else "",
            state_hash=state_hash,
            outcome=Trial(live=(), patches=(), report=fit.report).summary,
            solved_again=tuple(entry.edit for entry in trial.live if entry.sha256 in fresh),
        ),
    )


def _result(
    event: Event, events: Sequence[Event], fit: _Fit, *, timings: dict[str, float]
) -> ConsolidateResult:
    return ConsolidateResult(
        version=event.version,
        covered=fit.covered,
        edits=len(history.active_edits(events)),
        replaced=len(fit.replaced),
        solved_again=event.content.solved_again,
        outcome=event.content.outcome,
        report=fit.report,
        timings=timings,
    )

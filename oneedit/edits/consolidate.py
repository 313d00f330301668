"""Lets one patch take the place of many: the second gear of the editor.

The edits of the day have a small patch each, solved upon one another. A consolidation fits one
patch of the base weights to all that holds now, while people go on asking and editing; what they
change meanwhile is solved again on top of it. Facts do not change with it: it is a version of the
weights alone, and an undo passes it over.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random

from controller.actor import Actor
from controller.controller import Controller
from controller.plan import EditPlan, Reason, Verdict
from editor.evaluation.gate import CONSOLIDATION
from editor.evaluation.report import Report
from editor.request import EditRequest
from kg_data.changes import Changes
from kg_data.questions import Question
from oneedit.edits.call import Call
from oneedit.edits.decision import Decider
from oneedit.edits.progress import StageTimer
from oneedit.edits.trial import Trial, TrialRunner, followed
from oneedit.ledger import history
from oneedit.ledger.events import Content, Event, EventDraft, EventKind, LivePatch
from oneedit.ledger.ledger import Ledger
from oneedit.ports import PatchPort, Progress
from oneedit.results import Already, ConsolidateOutcome, ConsolidateResult
from oneedit.state.lock import HomeLock
from oneedit.state.projector import Projector

FEWEST = 16
"""Pending patches that may always wait."""

SHARE = 10
"""One pending patch to so many standing edits may wait."""

CHAINS, MOST_CHAINS = 24, 4_000
"""Changed chains that are taught: for each told slot on average, and in all, at most."""

MOST_ASKED = 1_000
"""Chains, and questions to keep, that the check asks at most."""

OVERTAKEN = "overtaken"
"""Code of the reason where the facts of a fit were taken back meanwhile."""

_OVERTAKEN = "What the fit had held was taken back meanwhile; consolidate again."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitted:
    """What a fit came to, before anything changes.

    Attributes:
        covered: the last version whose edits it holds.
        live: the list it takes the place of.
        patches: the new patch; none if nothing differs from the base any more.
        report: how the check went; None if there was nothing to check.
    """

    covered: int
    live: tuple[LivePatch, ...]
    patches: tuple[PatchPort, ...] = ()
    report: Report | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Followed:
    """A fit with the edits behind it that were solved again.

    Attributes:
        again: those edits, as the ledger's list has them.
        trial: the list of the new patch and of theirs.
    """

    again: tuple[LivePatch, ...] = ()
    trial: Trial

    def left(self, later: tuple[LivePatch, ...]) -> tuple[LivePatch, ...]:
        """Return what is left to solve again; all of it if one that was is gone since."""
        done = len(self.again)
        return later[done:] if later[:done] == self.again else later


@dataclass(frozen=True, kw_only=True)
class Consolidator:
    """The story of a consolidation, told beside that of an edit in :mod:`oneedit.service`."""

    controller: Controller
    projector: Projector
    solving: TrialRunner
    deciding: Decider
    lock: HomeLock
    timer: Callable[[], float] = time.perf_counter

    @property
    def ledger(self) -> Ledger:
        """Return the ledger."""
        return self.projector.ledger

    def due(self) -> bool:
        """Tell whether so many patches are pending that they should give way to one."""
        events = self.ledger.events()
        live = self.ledger.patches(events[-1].version)
        edits = len(history.standing(events))
        return len(history.pending(live, events)) > max(FEWEST, edits // SHARE)

    def consolidate(self, actor: Actor, progress: Progress | None = None) -> ConsolidateOutcome:
        """Let one patch take the place of all that are live."""
        call = Call(actor=actor, text="consolidate", operation="consolidate", progress=progress)
        watch = StageTimer(self.timer, progress)
        with watch.stage("plan"), self.projector.reading() as version:
            events = self.ledger.events()
            live = self.ledger.patches(version)
            if not history.pending(live, events):
                return Already((), (Reason("nothing", "No edit waits to be consolidated."),))
            plan = self._plan(version)  # reads
        fitted = self._fit(plan, version, live, watch)  # reads; others may edit meanwhile
        if fitted.report is not None and not fitted.report.passed:
            return self.deciding.hold(plan, fitted.report, call)
        followed = self._catch_up(fitted, watch)  # reads

        with self.lock.held():
            head = self.projector.advance()
            since = self.ledger.events(after=version)
            if history.overtaken(since, covered=version):
                reasons = [Reason(OVERTAKEN, _OVERTAKEN)]
                return self.deciding.refuse(call, Verdict.REVIEW, reasons)
            trial = self._follow(fitted, followed, head, watch).trial  # reads
            if not trial.passed:
                return self.deciding.hold(plan, trial.report, call)
            with watch.stage("commit"):
                state_hash = self.solving.keep(trial)  # durable before the commit names them
                draft = _draft(fitted, trial, call, head=head, state_hash=state_hash)
                event = self.ledger.commit(draft)
            with watch.stage("advance"):
                self.projector.advance()  # the weights to the new version
        return _result(event, events, fitted, timings=watch.seconds)

    def _plan(self, version: int) -> EditPlan:
        changes = self.ledger.difference(0, version)
        return self.controller.plan_consolidation(changes, chains=chain_budget(changes))

    def _fit(
        self, plan: EditPlan, version: int, live: tuple[LivePatch, ...], watch: StageTimer
    ) -> _Fitted:
        if not plan.targets:  # every edit was taken back
            return _Fitted(covered=version, live=live)
        request = whole(plan, self.solving)
        with watch.stage("solve") as done:
            patch = self.solving.editor.consolidate(request, progress=done)
        with watch.stage("check") as done:
            report = self.solving.editor.check(
                sampled(request),
                [patch],
                instead_of=self.projector.load(live),
                gate=CONSOLIDATION,
                progress=done,
            )
        return _Fitted(covered=version, live=live, patches=(patch,), report=report)

    def _catch_up(self, fitted: _Fitted, watch: StageTimer) -> _Followed:
        """Solve again what was edited meanwhile, while others edit on.

        It ends when nothing is left, or no less than before: the rest is solved while they wait.
        """
        followed = _alone(fitted)
        least = math.inf
        while True:
            head = self.ledger.head()
            left = len(followed.left(_later(fitted, self.ledger.patches(head))))
            since = self.ledger.events(after=fitted.covered)
            if not 0 < left < least or history.overtaken(since, covered=fitted.covered):
                return followed
            least = left
            followed = self._follow(fitted, followed, head, watch)

    def _follow(
        self, fitted: _Fitted, followed: _Followed, head: int, watch: StageTimer
    ) -> _Followed:
        """Return the list of a version: the new patch, and the edits made meanwhile, solved again.

        Each of those tells what no edit behind it has changed by the time it is solved.
        """
        live = self.ledger.patches(head)
        later = _later(fitted, live)
        left = followed.left(later)
        if len(left) == len(later):  # the first time, or one of them is gone
            followed = _alone(fitted)
        if not left:
            return followed
        requests = [
            history.still_true(patch.request, self.ledger.difference(place.edit, head).slots)
            for place, patch in zip(later, self.projector.load(later), strict=True)
        ]
        told, new = requests[: len(followed.again)], requests[len(followed.again) :]
        below = followed.trial
        trial = self.solving.solve_again(
            dict(zip(below.live, below.patches, strict=True)),
            dict(zip(left, new, strict=True)),
            also=EditRequest(
                targets=tuple(target for each in told for target in each.targets),
                keep=tuple(question for each in requests for question in each.keep),
            ),
            instead_of=self.projector.load(live),
            watch=watch,
        )
        return _Followed(again=later, trial=replace(trial, fresh=(*below.fresh, *trial.fresh)))


def _alone(fitted: _Fitted) -> _Followed:
    live = tuple(LivePatch(fitted.covered, each.sha256) for each in fitted.patches)
    return _Followed(
        trial=Trial(live=live, patches=fitted.patches, fresh=fitted.patches, report=fitted.report)
    )


def _later(fitted: _Fitted, live: Iterable[LivePatch]) -> tuple[LivePatch, ...]:
    """Return the patches of a list that came after those a fit takes the place of."""
    return tuple(place for place in live if place not in fitted.live)


def chain_budget(changes: Changes) -> int:
    """Return how many chains a consolidation of these changes teaches at most."""
    return min(CHAINS * len({fact.slot for fact in changes.asserted}), MOST_CHAINS)


def whole(plan: EditPlan, solving: TrialRunner) -> EditRequest:
    """Return all that a consolidation must make true, and keep."""
    chains = followed(plan, solving.editor, on=[])
    return EditRequest(targets=plan.targets + chains, keep=plan.keep)


def sampled(request: EditRequest) -> EditRequest:
    """Return what a check asks: every fact, but a sample of the chains and of what is kept."""
    generator = Random(0)

    def some(questions: Sequence[Question]) -> tuple[Question, ...]:
        return tuple(generator.sample(questions, min(len(questions), MOST_ASKED)))

    facts = tuple(each for each in request.targets if not each.chained)
    chains = [each for each in request.targets if each.chained]
    return EditRequest(targets=facts + some(chains), keep=some(request.keep))


def _draft(fitted: _Fitted, trial: Trial, call: Call, *, head: int, state_hash: str) -> EventDraft:
    first = {patch.sha256 for patch in fitted.patches}
    fresh = {patch.sha256 for patch in trial.fresh} - first
    return EventDraft(
        actor=call.actor.name,
        kind=EventKind.CONSOLIDATE,
        reason=call.text,
        base_version=head,
        target_version=fitted.covered,
        request_sha=call.request_sha,
        content=Content(
            patches=trial.live,
            method=fitted.patches[0].method if fitted.patches else "",
            state_hash=state_hash,
            outcome=Trial(live=(), patches=(), report=fitted.report).outcome,
            solved_again=tuple(place.edit for place in trial.live if place.sha256 in fresh),
        ),
    )


def _result(
    event: Event, events: Sequence[Event], fitted: _Fitted, *, timings: dict[str, float]
) -> ConsolidateResult:
    return ConsolidateResult(
        version=event.version,
        covered=fitted.covered,
        edits=len(history.standing(events)),
        replaced=len(fitted.live),
        solved_again=event.content.solved_again,
        outcome=event.content.outcome,
        report=fitted.report,
        timings=timings,
    )

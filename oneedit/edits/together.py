"""Several edits of different slots as one fit; each keeps its author, its check and its version.

A fit costs much the same for one edit as for several. The edits are planned one by one against
the head, and once more as one change, which must be exactly the sum of the plans: otherwise they
touch each other, and fewer of them are taken. Those that fail their own check are taken out, and
the others are fitted anew, because the patch would hold what was not committed.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, replace

from controller.actor import Actor, Role
from controller.plan import EditPlan, Verdict
from editor.errors import EditorError, HostClosed
from editor.evaluation.report import Report
from editor.request import EditRequest
from interpreter.intents import Forget, Tell
from kg_data.changes import Changes
from kg_data.triples import Slot
from oneedit.edits.call import Call
from oneedit.edits.context import EditContext
from oneedit.edits.known import neighbours_known
from oneedit.edits.portability import ask_on_trial
from oneedit.edits.progress import StageTimer
from oneedit.edits.record import edit_draft, edit_result
from oneedit.edits.trial import Trial
from oneedit.errors import TicketChanged
from oneedit.ledger import history
from oneedit.ledger.events import EventDraft
from oneedit.ledger.ledger import CommitGuard
from oneedit.ports import Progress
from oneedit.results import EditResult

MOST_FITS = 3
"""Fits that are tried before every edit is left to be carried out alone."""

ONEEDIT = Actor("oneedit", Role.EDITOR)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One of the edits that are to be carried out together.

    Attributes:
        number: number of its ticket.
        intent: what is intended.
        call: who asks for it.
    """

    number: int
    intent: Tell | Forget
    call: Call


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member(Wanted):
    """An edit with its plan against the head."""

    plan: EditPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """One patch for several edits, before anything changes.

    Attributes:
        members: the edits.
        trial: the list with the patch, unchecked.
        requests: what each edit asks of the model.
        reports: how each went.
    """

    members: tuple[_Member, ...]
    trial: Trial
    requests: tuple[EditRequest, ...]
    reports: tuple[Report, ...]

    @property
    def passing(self) -> tuple[_Member, ...]:
        """Return the edits that the model has learned well enough."""
        judged = zip(self.members, self.reports, strict=True)
        return tuple(member for member, report in judged if report.passed)


@dataclass(frozen=True)
class GroupEditor:
    """The story of edits that are carried out together.

    Attributes:
        context: the parts that take part in an edit.
        plan: plans an edit in somebody's name, at the head.
    """

    context: EditContext
    _: KW_ONLY
    plan: Callable[[Tell | Forget, Actor], EditPlan]

    def edit(
        self,
        wanted: Sequence[Wanted],
        guard: Callable[[tuple[int, ...]], CommitGuard],
        progress: Progress | None = None,
    ) -> dict[int, EditResult]:
        """Carry out as many of the edits as go together, and return their results by number.

        The others have to be carried out alone: they need somebody's agreement, did not pass
        their check, or touch what another one changes.

        Args:
            wanted: the edits, in the order of their turns.
            guard: returns what takes part in the commit of the edits of these numbers.
            progress: is called with the stage and the share of it that is done.
        """
        timer = StageTimer(self.context.timer, progress)
        with self.context.lock.held():
            head = self.context.projector.advance()
            with timer.stage("plan"):
                members = self._planned(wanted)
            for _ in range(MOST_FITS):
                members, joint = self._independent(members)
                if joint is None:
                    return {}
                fit = self._fit(members, joint, head, timer)
                if fit is not None and len(fit.passing) == len(members):
                    try:
                        return self._commit(fit, head, guard, timer)
                    except TicketChanged as error:  # cancelled in the last moment
                        members = tuple(each for each in members if each.number != error.number)
                        continue
                members = _fewer(members, () if fit is None else fit.passing)
        return {}

    def _planned(self, wanted: Iterable[Wanted]) -> tuple[_Member, ...]:
        """Return the edits that may go on without anybody's agreement, with their plans."""
        members = []
        for each in wanted:
            plan = self.plan(each.intent, each.call.actor)
            approval = each.call.approval
            agreed = plan.decision.verdict is Verdict.APPLY or (
                plan.decision.verdict is Verdict.REVIEW and approval is not None
            )
            if agreed and plan.complete and (approval is None or approval.covers(plan)):
                members.append(
                    _Member(number=each.number, intent=each.intent, call=each.call, plan=plan)
                )
        return tuple(members)

    def _independent(
        self, members: tuple[_Member, ...]
    ) -> tuple[tuple[_Member, ...], EditPlan | None]:
        """Return the most first edits that go together, and their plan as one change."""
        while len(members) > 1:
            changes = [each.plan.changes for each in members]
            with self.context.projector.reading():
                joint = self.context.controller.plan_changes(
                    [fact for each in changes for fact in each.added],
                    [fact for each in changes for fact in each.retracted],
                    ONEEDIT,
                )
            if _is_sum(joint.changes, changes):
                return members, joint
            members = members[: len(members) // 2]
        return (), None

    def _fit(
        self, members: tuple[_Member, ...], joint: EditPlan, head: int, timer: StageTimer
    ) -> _Fit | None:
        """Return one patch for all, and how each edit went; None if there is no such patch."""
        trials = self.context.trials
        below = trials.committed(self.context.ledger.patches(head))
        try:
            whole = trials.request(joint, below, edits=len(members))
            trial = trials.fit(whole, below, timer)
            requests = tuple(_own_request(each.plan, whole, joint) for each in members)
            reports = tuple(
                trials.check(request, trial, instead_of=below.patches, timer=timer)
                for request in requests
            )
        except HostClosed:
            raise
        except EditorError as error:
            _log.warning("%d edits did not fit together: %s", len(members), error)
            return None
        return _Fit(members=members, trial=trial, requests=requests, reports=reports)

    def _commit(
        self,
        fit: _Fit,
        head: int,
        guard: Callable[[tuple[int, ...]], CommitGuard],
        timer: StageTimer,
    ) -> dict[int, EditResult]:
        context, members = self.context, fit.members
        with timer.stage("look"):
            before = [context.trials.answers_before(each.plan) for each in members]
        with timer.stage("commit"):
            state_hash = context.trials.save(fit.trial)  # durable before the commit names it
            drafts = self._drafts(fit, head, state_hash)
            numbers = tuple(each.number for each in members)
            events = context.ledger.commit_together(drafts, guard(numbers))
        with timer.stage("advance"):
            context.projector.advance()
        seconds = dict(timer.seconds)
        return {
            each.number: replace(
                edit_result(event),
                patch_sha256=fit.trial.fresh[-1].sha256,
                conflicts=each.plan.conflicts,
                neighbours_known=neighbours_known(each.plan, context.trials.knowledge()),
                consequences=each.plan.consequence_count,
                consequences_at_least=each.plan.consequences_at_least,
                taught=sum(question.chained for question in request.targets),
                report=report,
                told=context.trials.answers_after(asked),
                timings=seconds,
            )
            for each, event, request, report, asked in zip(
                members, events, fit.requests, fit.reports, before, strict=True
            )
        }

    def _drafts(self, fit: _Fit, head: int, state_hash: str) -> list[EventDraft]:
        """Return the events, of which the last carries the patch."""
        ledger, trials = self.context.ledger, self.context.trials
        below = trials.committed(ledger.patches(head))
        together = tuple(range(head + 1, head + 1 + len(fit.members)))
        drafts = []
        for place, (member, request, report) in enumerate(
            zip(fit.members, fit.requests, fit.reports, strict=True)
        ):
            last = place == len(fit.members) - 1
            asked = ask_on_trial(
                [
                    each
                    for each in self.context.controller.portability(member.plan)
                    if not _passes_others(each.question.slots, member, fit.members)
                ],
                request,
                self.context.editor,
                below=below.patches,
                patches=fit.trial.patches,
            )
            draft = edit_draft(
                member.intent,
                replace(member.plan, base_version=head + place),
                replace(fit.trial, report=report) if last else replace(below, report=report),
                member.call,
                state_hash=state_hash if last else ledger.event(head).content.state_hash,
                asked=asked,
            )
            content = replace(draft.content, together=together, method=fit.trial.fresh[-1].method)
            drafts.append(replace(draft, content=content))
        return drafts


def _fewer(members: tuple[_Member, ...], passing: tuple[_Member, ...]) -> tuple[_Member, ...]:
    """Return the edits to try next: those that passed, or the first half if too few did."""
    return passing if len(passing) > 1 else members[: len(members) // 2]


def _own_request(plan: EditPlan, whole: EditRequest, joint: EditPlan) -> EditRequest:
    """Return the part of a joint request that one edit is judged by."""
    own = {*plan.targets, *plan.consequences}
    keep = EditRequest(targets=(), keep=plan.keep)
    return EditRequest(
        targets=tuple(each for each in whole.targets if each in own),
        keep=history.without_changed_slots(keep, joint.changes.slots).keep,
    )


def _passes_others(slots: Iterable[Slot], member: _Member, members: Iterable[_Member]) -> bool:
    """Tell whether a path goes through what another edit of the group changes."""
    path = frozenset(slots)
    return any(
        not path.isdisjoint(each.plan.changes.slots) for each in members if each is not member
    )


def _is_sum(joint: Changes, parts: Sequence[Changes]) -> bool:
    """Tell whether a change is exactly several changes side by side."""
    return all(
        sorted(getattr(joint, name))
        == sorted(fact for each in parts for fact in getattr(each, name))
        for name in ("added", "retracted", "derived_added", "derived_retracted")
    )

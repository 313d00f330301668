"""Takes edits back: the facts always, the weights bit for bit where nothing came after them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from controller.actor import Actor, Role
from controller.plan import Decision, EditPlan, Reason, Verdict
from editor.request import EditRequest
from kg_data.changes import Changes
from kg_data.triples import Triple
from oneedit.edits.call import Call
from oneedit.edits.choice import Choice, Chosen, NotChosen, choose, listed_versions
from oneedit.edits.context import EditContext
from oneedit.edits.entities import taken_back
from oneedit.edits.progress import StageTimer
from oneedit.edits.redefine import Redefiner
from oneedit.edits.rollback import RollBacker
from oneedit.edits.trial import Trial
from oneedit.ledger import history
from oneedit.ledger.events import (
    EDIT_KINDS,
    NEW_VERSION,
    Content,
    Event,
    EventDraft,
    EventKind,
    LivePatch,
)
from oneedit.ledger.timeline import Timeline
from oneedit.people.permissions import Operation, may
from oneedit.results import (
    HistoryEntry,
    PreviewResult,
    Refused,
    UndoOutcome,
    UndoResult,
)
from oneedit.state.lock import HeldLock


@dataclass(frozen=True, slots=True, kw_only=True)
class _Undoing:
    """What an undo does, before anything changes.

    Attributes:
        chosen: the edits that are taken back.
        events: all events.
        removed: the edits, as the list of patches names them, whose patches leave it.
        overruled: whether a patch that stays holds one of the edits.
        base: the version whose facts come back, if it is one.
        plan: the changes of facts as planned, and the questions to the model.
        changes: the changes of facts that are made.
    """

    chosen: Chosen
    events: Sequence[Event]
    removed: frozenset[int]
    overruled: bool
    base: int | None
    plan: EditPlan
    changes: Changes


@dataclass(frozen=True)
class Undoer:
    """The story of an undo, told beside that of an edit in :mod:`oneedit.service`."""

    context: EditContext
    roll_backer: RollBacker

    def undo(self, choice: Choice, call: Call) -> UndoOutcome:
        """Take back one edit, or several as one version.

        Several edits are taken back only if somebody agrees.

        Raises:
            StaleHead: another edit was committed meanwhile; undo again.
        """
        context = self.context
        timer = StageTimer(context.timer, call.progress)
        with context.lock.held() as held:
            context.projector.advance()
            events = context.ledger.events()
            chosen = self._choose(choice, events)
            if isinstance(chosen, NotChosen):
                refused = context.decider.refuse(call, Verdict.BLOCK, [chosen.reason])
                return replace(refused, versions=chosen.versions)
            if chosen.is_alone:
                return self._undo_alone(chosen, call, held, timer)
            with timer.stage("plan"):
                undoing = self._plan(chosen, choice, events, call.actor)  # reads
            plan = undoing.plan
            if plan.decision.verdict in {Verdict.BLOCK, Verdict.REVIEW}:
                ended = context.decider.decide(plan, call, held)
                if ended is not None:
                    return ended

            answers = context.trials.answers_before(plan)
            trial = self._without(undoing, timer)  # reads
            if trial.fresh and not trial.passed and not call.agrees(plan, trial.report, held):
                return context.decider.hold(plan, trial.report, call)

            with timer.stage("commit"):
                state_hash = context.trials.save(trial)  # durable before the commit names them
                back = taken_back(undoing.chosen.targets, context.ledger, operation="undo")
                content = back.in_content(_content(undoing, trial, call, state_hash))
                event = context.ledger.commit(_draft(undoing, content, call), call.guard)
            with timer.stage("advance"):
                context.projector.advance()  # graph and weights to the new version
            answers = context.trials.answers_after(answers)
        return replace(
            self.result(event),
            skipped=chosen.skipped,
            report=trial.report,
            told=answers,
            timings=timer.seconds,
        )

    def preview(self, choice: Choice, actor: Actor) -> PreviewResult | Refused:
        """Return what an undo would do; nothing changes, and nothing is recorded."""
        context = self.context
        with context.projector.reading() as head:
            events = context.ledger.events()[: head + 1]
            chosen = self._choose(choice, events)
            if isinstance(chosen, NotChosen):
                refused = Refused(verdict=Verdict.BLOCK, reasons=(chosen.reason,))
                return replace(refused, versions=chosen.versions)
            if chosen.is_alone:
                return self._preview_alone(chosen, head, actor)
            undoing = self._plan(chosen, choice, events, actor)
            if undoing.plan.decision.verdict is Verdict.BLOCK:
                return Refused(verdict=Verdict.BLOCK, reasons=undoing.plan.decision.reasons)
            live = context.ledger.patches(head)
            base = self._identical(undoing, live)
            again = [] if base is not None else self._overlapping(undoing.removed, live)
        return PreviewResult(
            operation="undo",
            version=head,
            restored=base,
            cut=tuple(map(HistoryEntry.of, chosen.targets)),
            skipped=chosen.skipped,
            changes=undoing.changes,
            identical=base is not None,
            solved_again=tuple(entry.edit for entry in again),
            overruled=undoing.overruled,
        )

    def plan(self, choice: Choice, actor: Actor) -> EditPlan | Refused:
        """Return the changes of an undo and the decision about it, or why there is none."""
        context = self.context
        with context.projector.reading() as head:
            events = context.ledger.events()[: head + 1]
            chosen = self._choose_events(choice, events)
            if isinstance(chosen, NotChosen):
                refused = Refused(verdict=Verdict.BLOCK, reasons=(chosen.reason,))
                return replace(refused, versions=chosen.versions)
            if chosen.redefinition is not None:
                return self._redefiner.undo_plan(chosen.redefinition, head, actor)
            if chosen.rollback is None:
                return self._plan(chosen, choice, events, actor).plan
            restoring = self.roll_backer.plan(chosen.versions[0] - 1, actor)
            if isinstance(restoring, Reason):
                return Refused(verdict=Verdict.BLOCK, reasons=(restoring,))
            return restoring.plan

    def pinned(self, choice: Choice) -> Choice:
        """Return the choice of the version that is the last one to fit now, if there is one."""
        chosen = self._choose_events(choice, self.context.ledger.events())
        if isinstance(chosen, NotChosen):
            return choice
        return Choice(versions=chosen.versions, successors=choice.successors)

    def result(self, event: Event) -> UndoResult:
        """Return what a committed undo did."""
        ledger = self.context.ledger
        timeline = Timeline(ledger.steps()[: event.version])
        before = ledger.event(min(event.targets) - 1)
        identical = event.content.state_hash == before.content.state_hash
        edits = [each for each in event.targets if timeline.steps[each].kind in EDIT_KINDS]
        return UndoResult(
            version=event.version,
            undone=event.targets[-1] if event.target_version is None else event.target_version,
            targets=event.targets,
            changes=event.content.changes,
            identical=identical,
            solved_again=event.content.solved_again,
            overruled=not identical and self._is_overruled(edits, timeline.standing.covered),
            outcome=event.content.outcome,
            degraded=event.content.degraded,
        )

    def _is_overruled(self, edits: Sequence[int], covered: int) -> bool:
        """Tell whether undone edits had a patch in common with edits that stay."""
        groups = [self.context.ledger.event(each).content.together for each in edits]
        shared = any(not set(group) <= set(edits) for group in groups)
        return shared or (bool(edits) and edits[0] <= covered)

    def _choose(self, choice: Choice, events: Sequence[Event]) -> Chosen | NotChosen:
        """Return the edits to undo, those of imports with their facts."""
        chosen = self._choose_events(choice, events)
        if isinstance(chosen, NotChosen):
            return chosen
        with_changes = self.context.ledger.with_changes
        return replace(chosen, targets=tuple(map(with_changes, chosen.targets)))

    def _choose_events(self, choice: Choice, events: Sequence[Event]) -> Chosen | NotChosen:
        ledger, book = self.context.ledger, self.context.controller.book
        return choose(choice, events, book, ledger.changes_of, ledger.touches)

    def _undo_rollback(
        self, chosen: Chosen, call: Call, held: HeldLock, timer: StageTimer
    ) -> UndoOutcome:
        """Restore the version before a roll back, without what came after it."""
        decider = self.context.decider
        with timer.stage("plan"):
            restoring = self.roll_backer.plan(chosen.versions[0] - 1, call.actor)  # reads
        if isinstance(restoring, Reason):
            return decider.refuse(call, Verdict.BLOCK, [restoring])
        ended = decider.decide(restoring.plan, call, held)
        if ended is not None:
            return ended
        event, answers = self.roll_backer.restore(restoring, call, timer, undone=chosen.versions)
        return replace(self.result(event), told=answers, timings=timer.seconds)

    @property
    def _redefiner(self) -> Redefiner:
        return Redefiner(self.context)

    def _undo_alone(
        self, chosen: Chosen, call: Call, held: HeldLock, timer: StageTimer
    ) -> UndoOutcome:
        """Undo a roll back or a change of relations."""
        if chosen.redefinition is None:
            return self._undo_rollback(chosen, call, held, timer)
        done = self._redefiner.undo(chosen.redefinition, call)
        if isinstance(done, Refused):
            return self.context.decider.refuse(call, Verdict.BLOCK, done.reasons)
        return self.result(done)

    def _preview_alone(self, chosen: Chosen, head: int, actor: Actor) -> PreviewResult | Refused:
        """Return what the undo of a roll back or of a change of relations would do."""
        if chosen.redefinition is not None:
            plan = self._redefiner.undo_plan(chosen.redefinition, head, actor)
            if isinstance(plan, Refused):
                return plan
            return PreviewResult(
                operation="undo",
                version=head,
                restored=None,
                cut=(HistoryEntry.of(chosen.redefinition),),
                changes=plan.changes,
                identical=True,
            )
        found = self.roll_backer.preview(chosen.versions[0] - 1, actor)
        if not isinstance(found, PreviewResult):
            return Refused(verdict=Verdict.BLOCK, reasons=found.reasons)
        return replace(found, operation="undo")

    def _plan(
        self, chosen: Chosen, choice: Choice, events: Sequence[Event], actor: Actor
    ) -> _Undoing:
        context = self.context
        with context.projector.reading():
            plan = self._plan_facts(chosen, actor)
            base = history.version_without(chosen.versions, events)
            if base is None:
                changes = self._with_ended_facts(plan.changes, chosen.targets)
            else:
                changes = context.ledger.restoring(base)
        several = (choice.conditional and not choice.last) or len(chosen.targets) > 1
        if several and plan.decision.verdict is not Verdict.BLOCK:
            decision = context.controller.policy.decide(_reasons(chosen), actor)
            if decision.verdict is Verdict.REVIEW:
                plan = replace(plan, decision=decision, changes=changes)
        plan = self._with_authors(plan, chosen, actor)
        removed = history.edits_without_patches(chosen.targets, events)
        return _Undoing(
            chosen=chosen,
            events=events,
            removed=removed,
            overruled=any(
                event.carrier not in removed
                for event in chosen.targets
                if event.kind is not EventKind.IMPORT
            ),
            base=base,
            plan=plan,
            changes=changes,
        )

    def _plan_facts(self, chosen: Chosen, actor: Actor) -> EditPlan:
        """Return the plan of the facts; the model is asked about those of edits, not of imports."""
        asking = self.context.controller
        edits = [each for each in chosen.targets if each.kind is not EventKind.IMPORT]
        net = net_changes(edits)
        if len(edits) == len(chosen.targets):
            return asking.plan_changes(net.retracted, net.added, actor)
        whole = net_changes(chosen.targets)
        plan = asking.without_questions().plan_changes(whole.retracted, whole.added, actor)
        if not edits:
            return plan
        asked = asking.plan_changes(net.retracted, net.added, actor)
        return replace(
            plan,
            targets=asked.targets,
            consequences=asked.consequences,
            consequence_count=asked.consequence_count,
            consequences_at_least=asked.consequences_at_least,
            links=asked.links,
            keep=asked.keep,
        )

    def _with_authors(self, plan: EditPlan, chosen: Chosen, actor: Actor) -> EditPlan:
        """Return the plan, for a person to agree to if it takes back what others told or agreed to.

        The one local user answers for everything alone.
        """
        foreign = [
            event
            for event in chosen.targets
            if event.actor != actor.name or event.content.approved_by
        ]
        if not foreign or actor.role is Role.LOCAL or plan.decision.verdict is Verdict.BLOCK:
            return plan
        names = ", ".join(dict.fromkeys(event.actor for event in foreign))
        versions = ", ".join(str(event.version) for event in foreign)
        reason = Reason("others_edit", f"Version {versions} is of {names}, or was approved.")
        finding = self.context.controller.policy.finding(reason, actor)
        if finding.verdict is Verdict.BLOCK:
            return replace(plan, decision=Decision(Verdict.BLOCK, (reason,)))
        if finding.verdict is not Verdict.REVIEW and may(actor, Operation.UNDO_ANY):
            return plan
        return replace(plan, decision=Decision(Verdict.REVIEW, (reason, *plan.decision.reasons)))

    def _with_ended_facts(self, changes: Changes, targets: Sequence[Event]) -> Changes:
        """Return planned changes that also take back what edits recorded as ended.

        Plans know active facts only; ended facts change nothing but the ledger.
        """
        events = [event.content.changes for event in targets]
        told = {_dated(fact): fact for each in events for fact in each.added if fact.ended}
        gone = {_dated(fact): fact for each in events for fact in each.retracted if fact.ended}
        recorded = {
            _dated(fact)
            for slot in {fact.slot for fact in (*told.values(), *gone.values())}
            for fact in self.context.ledger.ended_facts(slot)
        }
        remove = [fact for key, fact in told.items() if key in recorded and key not in gone]
        again = [fact for key, fact in gone.items() if key not in recorded and key not in told]
        return replace(
            changes,
            added=(*changes.added, *again),
            retracted=(*changes.retracted, *remove),
        )

    def _without(self, undoing: _Undoing, timer: StageTimer) -> Trial:
        """Return the list without the edits' patches, later ones solved again where they must be.

        An edit that was consolidated, or that shares its patch with others, has no patch of its
        own; a new patch overrules it until the next consolidation.
        """
        context, trials = self.context, self.context.trials
        live = context.ledger.patches(undoing.plan.base_version)
        if not undoing.removed:
            below = trials.committed(live)
            return trials.solve(trials.request(undoing.plan, below), below, timer)
        base = self._identical(undoing, live)
        if base is not None:
            return trials.committed(context.ledger.patches(base))
        return self._solved_again(undoing, live, timer)

    def _identical(self, undoing: _Undoing, live: Sequence[LivePatch]) -> int | None:
        """Return the version whose list is what is left, so that its bits come back, if any."""
        base = undoing.chosen.versions[0] - 1
        kept = tuple(entry for entry in live if entry.edit not in undoing.removed)
        same = not undoing.overruled and kept == self.context.ledger.patches(base)
        return base if same else None

    def _solved_again(
        self, undoing: _Undoing, live: Sequence[LivePatch], timer: StageTimer
    ) -> Trial:
        """Return the list without the edits' patches, those that overlap them solved again."""
        trials, load = self.context.trials, self.context.projector.load
        plan, removed = undoing.plan, undoing.removed
        again = self._overlapping(removed, live)
        kept = [entry for entry in live if entry.edit not in removed and entry not in again]
        requests = self._still_true(again, undoing.changes)
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
                patch.request, (*changes.slots, *ledger.taught_difference(entry.edit, head).slots)
            )
            for entry, patch in zip(entries, patches, strict=True)
        }

    def _overlapping(self, removed: Collection[int], live: Sequence[LivePatch]) -> list[LivePatch]:
        """Return the later patches that overlap a removed edit's patch, or one that overlaps it."""
        start = next((i for i, entry in enumerate(live) if entry.edit in removed), len(live))
        entries = live[start:]
        patches = self.context.projector.load(entries)
        reached = [index for index, entry in enumerate(entries) if entry.edit in removed]
        again: list[LivePatch] = []
        for index in reached:  # grows while it is walked
            rest = [each for each in range(index + 1, len(entries)) if each not in reached]
            later = [patches[each] for each in rest]
            found = {
                patch.sha256 for patch in self.context.editor.overlapping(patches[index], later)
            }
            overlapping = [each for each in rest if entries[each].sha256 in found]
            reached += overlapping
            again += [entries[each] for each in overlapping]
        return sorted(again, key=live.index)


def net_changes(events: Iterable[Event]) -> Changes:
    """Return what edits change together: what one adds and a later one removes is left out.

    Only asserted facts that had not ended count.
    """
    added: dict[Triple, None] = {}
    retracted: dict[Triple, None] = {}
    for event in events:
        for fact in event.content.changes.retracted:
            if not fact.ended:
                _cancel(fact, added, retracted)
        for fact in event.content.changes.added:
            if not fact.ended:
                _cancel(fact, retracted, added)
    return Changes(tuple(added), tuple(retracted))


def _cancel(fact: Triple, against: dict[Triple, None], otherwise: dict[Triple, None]) -> None:
    """Remove a fact from one list, or add it to the other if it is not there."""
    if fact in against:
        del against[fact]
    else:
        otherwise[fact] = None


def _dated(fact: Triple) -> tuple[Triple, str | None, str | None]:
    """Return what tells a fact from the same fact at other dates."""
    return fact, fact.valid_from, fact.valid_to


def _reasons(chosen: Chosen) -> Iterator[Reason]:
    yield Reason("edits_cut", f"This takes back {listed_versions(chosen.versions)}.")
    if chosen.skipped:
        changed = listed_versions(chosen.skipped)
        yield Reason("edits_stay", f"Later edits changed {changed} again; they stay.")


def _content(undoing: _Undoing, trial: Trial, call: Call, state_hash: str) -> Content:
    fresh = {patch.sha256 for patch in trial.fresh}
    return Content(
        changes=undoing.changes,
        patches=trial.live,
        method=trial.fresh[-1].method if trial.fresh else "",
        state_hash=state_hash,
        outcome=trial.summary,
        solved_again=tuple(
            entry.edit
            for entry in trial.live
            if entry.sha256 in fresh and entry.edit != NEW_VERSION
        ),
        source=call.source,
        batch=call.batch,
        targets=undoing.chosen.versions,
    )


def _draft(undoing: _Undoing, content: Content, call: Call) -> EventDraft:
    return EventDraft(
        actor=call.actor.name,
        kind=EventKind.REVERT,
        reason=call.text,
        base_version=undoing.events[-1].version,
        target_version=undoing.chosen.versions[-1],
        idem=call.key,
        request_sha=call.request_sha,
        content=content,
    )

"""Teaches the model again what the graph holds and the model does not answer.

A repair is a version of the weights alone: its facts stay as they are. Its patch is one of an edit
in every other way, so that it is undone, rolled back and consolidated as those are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.plan import EditPlan, Reason, Verdict
from kg_data.questions import Kind, Question
from kg_data.triples import Slot
from oneedit.edits.call import Call
from oneedit.edits.context import EditContext
from oneedit.edits.progress import StageTimer
from oneedit.edits.record import edit_result
from oneedit.edits.trial import Trial
from oneedit.ledger.events import Content, Event, EventDraft, EventKind
from oneedit.results import Already, EditResult, Refused
from oneedit.wording import relation_name


@dataclass(frozen=True, slots=True)
class Teach:
    """Teach the model what some slots hold, where it answers otherwise.

    Attributes:
        slots: the slots.
    """

    slots: tuple[Slot, ...]

    @property
    def words(self) -> str:
        """Return it in words."""
        named = ", ".join(f"{each.subject} - {relation_name(each.relation)}" for each in self.slots)
        return f"Teach the model: {named}"


@dataclass(frozen=True, slots=True)
class Repaired:
    """What came of a repair of some slots.

    Attributes:
        slots: those that the model answers rightly now.
        event: the version, or None if it knew them all by now.
    """

    slots: tuple[Slot, ...]
    event: Event | None = None


@dataclass(frozen=True)
class Repairer:
    """The story of a repair, told beside that of an edit in :mod:`oneedit.service`."""

    context: EditContext

    def result(self, teach: Teach, call: Call) -> EditResult | Already | Refused:
        """Teach what somebody has asked for, and return what came of it."""
        done = self.teach(teach.slots, call)
        if done is None:
            reason = Reason("gate", "The model does not learn it.")
            return self.context.decider.refuse(call, Verdict.REVIEW, [reason])
        if done.event is None:
            reason = Reason("known", "The model answers as the graph does by now.")
            return Already((), (reason,))
        return edit_result(done.event)

    def ask(self, slots: Sequence[Slot]) -> tuple[list[Slot], list[Slot]]:
        """Ask the model about slots, and return those it answers rightly, and wrongly.

        Slots that hold nothing any more are in neither.
        """
        context = self.context
        with context.projector.reading() as version:
            live = context.projector.load(context.ledger.patches(version))
            questions = context.controller.ask_slots(slots)
            answers = context.editor.knows(questions, on=live)
        sides: tuple[list[Slot], list[Slot]] = ([], [])
        for question, right in zip(questions, answers, strict=True):
            sides[0 if right else 1].append(question.slot)
        return sides

    def unwritable(self, slots: Sequence[Slot]) -> list[Slot]:
        """Return the slots whose answers the model cannot write, so that nothing teaches them."""
        with self.context.projector.reading():
            questions = self.context.controller.ask_slots(slots)
        possible = self.context.editor.can_write([each.answer for each in questions])
        return [each.slot for each, can in zip(questions, possible, strict=True) if not can]

    def teach(self, slots: Sequence[Slot], call: Call) -> Repaired | None:
        """Teach what some slots hold as one version; None if the model does not learn all of it.

        Under the same key it is done once. What the model knows by now is not taught again.

        Raises:
            HomeBusy: other edits held the home for too long.
            KeyReused: the key belongs to other slots.
        """
        context = self.context
        timer = StageTimer(context.timer, call.progress)
        with context.lock.held():
            head = context.projector.advance()
            done = self._done(call)
            if done is not None:
                return Repaired(done.content.repaired, done)
            right, wrong = self.ask(slots)  # reads
            if not wrong:
                return Repaired(tuple(right))
            with timer.stage("plan"), context.projector.reading():
                plan = context.controller.plan_repair(wrong)
            below = context.trials.committed(context.ledger.patches(head))
            request = context.trials.request(plan, below, edits=len(wrong))
            trial = context.trials.solve(request, below, timer)  # reads
            if not trial.passed:
                return None
            with timer.stage("commit"):
                state_hash = context.trials.save(trial)  # durable before the commit names it
                draft = _draft(plan, trial, call, head=head, state_hash=state_hash)
                event = context.ledger.commit(draft, call.guard)
            with timer.stage("advance"):
                context.projector.advance()  # the weights to the new version
        return Repaired((*right, *event.content.repaired), event)

    def _done(self, call: Call) -> Event | None:
        if call.key is None:
            return None
        return self.context.ledger.find_idempotent(call.actor.name, call.key, call.request_sha)


def _draft(plan: EditPlan, trial: Trial, call: Call, *, head: int, state_hash: str) -> EventDraft:
    return EventDraft(
        actor=call.actor.name,
        kind=EventKind.REPAIR,
        reason=call.text,
        base_version=head,
        idem=call.key,
        request_sha=call.request_sha,
        content=Content(
            patches=trial.live,
            method=trial.fresh[-1].method if trial.fresh else "",
            state_hash=state_hash,
            outcome=trial.summary,
            source=call.source,
            batch=call.batch,
            repaired=tuple(_taught(plan.targets)),
        ),
    )


def _taught(targets: Sequence[Question]) -> list[Slot]:
    return [each.slot for each in targets if each.kind is Kind.RELIABILITY]

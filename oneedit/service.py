"""READ THIS FIRST: the whole story of an edit is one function here, ``EditService._edit``.

It reads from top to bottom: plan, decide, solve, check - nothing has changed so far - then commit
to the ledger, the only point of no return, and let graph and model follow. Undo and consolidation
are told in ``oneedit.edits``; questions are answered in ``oneedit.queries``.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from controller.actor import Actor
from controller.controller import Controller
from controller.plan import EditPlan, Verdict
from editor.patches.exported import ExportFormat
from interpreter.dialogue import FRESH, Dialogue
from interpreter.intents import Ask, Forget, History, Intent, Talk, Tell, Unclear, Undo
from interpreter.interpreter import Interpreter
from oneedit.edits.call import Call, twice
from oneedit.edits.consolidate import Consolidator
from oneedit.edits.decision import Decider
from oneedit.edits.progress import StageTimer
from oneedit.edits.trial import Trial, TrialRunner
from oneedit.edits.undo import Undoer
from oneedit.errors import StaleHead
from oneedit.ledger.events import Content, Event, EventDraft, EventKind
from oneedit.ledger.ledger import Ledger
from oneedit.ports import Confirm, Progress
from oneedit.queries.ask import Answerer
from oneedit.queries.inspect import Inspector
from oneedit.results import (
    AskResult,
    ConsolidateOutcome,
    EditOutcome,
    EditResult,
    ExportResult,
    HistoryResult,
    Result,
    ShowResult,
    StatusResult,
    TalkResult,
    UnclearResult,
    UndoOutcome,
)
from oneedit.state.lock import HomeLock
from oneedit.state.projector import Projector

GREETING = (
    "Tell me a fact, ask me a question, or say what to forget or undo. For example: "
    '"Joe Biden\'s vice president is Mike Pence." - "Who is the spouse of Joe Biden\'s vice '
    'president?" - "Undo that."'
)


@dataclass(frozen=True, kw_only=True)
class EditService:
    """All that people, jobs and programs may ask of OneEdit, whatever way they come."""

    interpreter: Interpreter
    controller: Controller
    ledger: Ledger
    projector: Projector
    deciding: Decider
    solving: TrialRunner
    undoing: Undoer
    consolidating: Consolidator
    asking: Answerer
    looking: Inspector
    lock: HomeLock
    timer: Callable[[], float] = time.perf_counter

    def submit(
        self,
        actor: Actor,
        text: str,
        *,
        idempotency_key: str | None = None,
        confirm: Confirm | None = None,
        dialogue: Dialogue = FRESH,
        progress: Progress | None = None,
    ) -> Result:
        """Do what a message asks for.

        Args:
            actor: who says it.
            text: the message.
            idempotency_key: the same key with the same message is applied once.
            confirm: asks the user; without it, what needs an agreement is left undone.
            dialogue: what was spoken of before.
            progress: is told how far a solve is.

        Raises:
            KeyReused: the key came with another message before.
            HomeBusy: other edits held the home for too long.
        """
        call = Call(
            actor=actor,
            text=text,
            operation="submit",
            key=idempotency_key,
            confirm=confirm,
            progress=progress,
        )
        stored = self._stored(call)
        return stored or self._do(self._read(text, dialogue), call)

    def tell(
        self,
        actor: Actor,
        text: str,
        *,
        confirm: Confirm | None = None,
        progress: Progress | None = None,
    ) -> EditOutcome | UnclearResult:
        """Make the facts of a statement true; a message that states none is unclear."""
        intent = self._read(text)
        call = Call(actor=actor, text=text, operation="tell", confirm=confirm, progress=progress)
        if isinstance(intent, Tell):
            return self._tell(intent, call)
        return _not_a(intent, 'a statement, such as "Mike Pence was born in Columbus."')

    def forget(
        self,
        actor: Actor,
        text: str,
        *,
        confirm: Confirm | None = None,
        progress: Progress | None = None,
    ) -> EditOutcome | UnclearResult:
        """Take away what a message names, such as "the employer of Albert Einstein"."""
        intent = self._read(text)
        if not isinstance(intent, Forget):
            again = self._read(f"Forget {text}")
            intent = again if isinstance(again, Forget) else intent
        call = Call(actor=actor, text=text, operation="forget", confirm=confirm, progress=progress)
        if isinstance(intent, Forget):
            return self._forget(intent, call)
        return _not_a(intent, 'what to forget, such as "the employer of Albert Einstein"')

    def undo(
        self,
        actor: Actor,
        version: int | None = None,
        *,
        confirm: Confirm | None = None,
        progress: Progress | None = None,
    ) -> UndoOutcome:
        """Take an edit back: the one that became ``version``, or the last one that stands."""
        text = "undo" if version is None else f"undo {version}"
        call = Call(actor=actor, text=text, operation="undo", confirm=confirm, progress=progress)
        return twice(lambda: self.undoing.undo(version, call))

    def consolidate(self, actor: Actor, *, progress: Progress | None = None) -> ConsolidateOutcome:
        """Let one patch take the place of all that are live."""
        return self.consolidating.consolidate(actor, progress)

    def ask(
        self, text: str, *, direct: bool = False, dialogue: Dialogue = FRESH
    ) -> AskResult | UnclearResult:
        """Let the model answer; ``direct`` answers chains without writing the hops down."""
        intent = self._read(text, dialogue)
        if isinstance(intent, Ask):
            return self.asking.answer(intent, direct=direct)
        return _not_a(intent, 'a question, such as "Where was Mike Pence born?"')

    def show(self, entity: str) -> ShowResult | UnclearResult:
        """Return what the graph holds about an entity."""
        return self.looking.show(entity)

    def history(self, entity: str | None = None) -> HistoryResult | UnclearResult:
        """Return the versions, or those about one entity."""
        return self.looking.history(entity)

    def status(self) -> StatusResult:
        """Return where ledger, graph and model are."""
        return self.looking.status()

    def export(self, form: ExportFormat, path: Path, *, rank: int | None = None) -> ExportResult:
        """Write the edited model in a form that other programs load."""
        return self.looking.export(form, path, rank)

    def _read(self, text: str, dialogue: Dialogue = FRESH) -> Intent:
        with self.projector.reading():
            return self.interpreter.read(text, dialogue)

    def _do(self, intent: Intent, call: Call) -> Result:
        result: Result
        match intent:
            case Tell():
                result = self._tell(intent, call)
            case Forget():
                result = self._forget(intent, call)
            case Undo(version):
                result = twice(lambda: self.undoing.undo(version, call))
            case Ask():
                result = self.asking.answer(intent, direct=False)
            case History(entity):
                result = self.looking.history(entity)
            case Talk():
                result = TalkResult(GREETING)
            case Unclear(code, reason, options):
                result = UnclearResult(code, reason, options)
        return result

    def _tell(self, intent: Tell, call: Call) -> EditOutcome:
        def look() -> EditPlan:
            new = intent.new_entities
            return self.controller.plan(intent.facts, call.actor, new_entities=new)

        return twice(lambda: self._edit(EventKind.ADD, look, call))

    def _forget(self, intent: Forget, call: Call) -> EditOutcome:
        def look() -> EditPlan:
            return self.controller.plan_forget(intent.slot, intent.object, call.actor)

        return twice(lambda: self._edit(EventKind.RETRACT, look, call))

    def _edit(self, kind: EventKind, look: Callable[[], EditPlan], call: Call) -> EditOutcome:
        """Tell the whole story of an edit.

        Raises:
            StaleHead: another edit came between and changed what this one means; look again.
        """
        watch = StageTimer(self.timer, call.progress)
        with watch.stage("plan"), self.projector.reading():
            plan = self.solving.possible(look())  # reads
        ended = self.deciding.decide(plan, call)
        if ended is not None:
            return ended  # refused, known already, or somebody has to agree first

        with self.lock.held() as hold:
            head = self.projector.advance()
            if head != plan.base_version:
                plan = self._still(plan, look, head)
            below = self.solving.on(self.ledger.patches(head))
            with watch.stage("look"):
                told = self.solving.ask_told(plan)
                request = self.solving.request(plan, below)
            trial = self.solving.solve(request, below, watch)  # reads
            if not trial.passed and not call.agrees(plan, trial.report, hold):
                return self.deciding.hold(plan, trial.report, call)

            with watch.stage("commit"):
                state_hash = self.solving.keep(trial)  # durable before the commit names it
                draft = _draft(kind, plan, trial, call, state_hash=state_hash)
                event = self.ledger.commit(draft)  # THE ONLY COMMIT POINT
            with watch.stage("advance"):
                self.projector.advance()  # graph and weights to the new version
            told = self.solving.ask_again(told)
        return replace(
            _result(event),
            conflicts=plan.conflicts,
            consequences=plan.consequence_count,
            taught=sum(len(each.path) > 1 for each in request.targets),
            report=trial.report,
            told=told,
            timings=watch.seconds,
        )

    def _still(self, plan: EditPlan, look: Callable[[], EditPlan], head: int) -> EditPlan:
        """Return the plan for the version that another edit made meanwhile, if it is the same.

        Raises:
            StaleHead: the other edit changed what this one means.
        """
        with self.projector.reading():
            again = self.solving.possible(look())
        was, now = plan.changes, again.changes
        same = (now.added, now.retracted) == (was.added, was.retracted)
        if not same or again.decision != plan.decision:
            raise StaleHead(planned=plan.base_version, current=head)
        return again

    def _stored(self, call: Call) -> Result | None:
        """Return the result of a call that was carried out before under the same key."""
        if call.key is None:
            return None
        event = self.ledger.find(call.actor.name, call.key, call.request_sha)
        if event is None:
            return None
        if event.kind is EventKind.REVERT:
            return replace(self.undoing.result(event), replayed=True)
        return replace(_result(event), replayed=True)


def _result(event: Event) -> EditResult:
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
    )


def _draft(
    kind: EventKind, plan: EditPlan, trial: Trial, call: Call, *, state_hash: str
) -> EventDraft:
    return EventDraft(
        actor=call.actor.name,
        kind=kind,
        reason=call.text,
        base_version=plan.base_version,
        idem=call.key,
        request_sha=call.request_sha,
        content=Content(
            changes=plan.changes,
            entities=plan.entities,
            patches=trial.live,
            method=trial.fresh[-1].method if trial.fresh else "",
            state_hash=state_hash,
            outcome=trial.outcome,
            self_confirmed=plan.decision.verdict is Verdict.REVIEW,
        ),
    )


def _not_a(intent: Intent, wanted: str) -> UnclearResult:
    """Say that a message asks for something else than the call is for."""
    if isinstance(intent, Unclear):
        return UnclearResult(intent.code, intent.reason, intent.options)
    return UnclearResult("not_understood", f"I expected {wanted}.")

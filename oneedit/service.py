"""READ THIS FIRST: the whole story of an edit is one function here, ``EditService._try_edit``.

It reads from top to bottom: plan, decide, solve, check - nothing has changed so far - then commit
to the ledger, the only point of no return, and let graph and model follow. Undo, roll back and
consolidation are in ``oneedit.edits``; questions are answered in ``oneedit.queries``; what somebody
else has to agree to waits in ``oneedit.reviews``, and goes the same way when it is approved.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TextIO

from controller.actor import Actor
from controller.plan import EditPlan, Verdict
from editor.patches.exported import ExportDtype, ExportFormat
from interpreter.dialogue import EMPTY_DIALOGUE, Dialogue
from interpreter.intents import (
    Ask,
    Change,
    Forget,
    History,
    Intent,
    RollBack,
    Show,
    Status,
    Talk,
    Tell,
    Unclear,
    Undo,
)
from interpreter.interpreter import Interpreter
from kg_data.book_changes import BookChange
from kg_data.entities import Entity, EntityChange, EntityOperation
from kg_data.triples import Triple
from kg_data.writing import GraphForm
from oneedit.edits.assumptions import assumptions
from oneedit.edits.call import Call
from oneedit.edits.choice import Choice
from oneedit.edits.consolidate import Consolidator
from oneedit.edits.context import EditContext
from oneedit.edits.known import neighbours_known
from oneedit.edits.portability import ask_again, ask_on_trial
from oneedit.edits.progress import StageTimer
from oneedit.edits.record import edit_draft, edit_result
from oneedit.edits.redefine import Redefiner
from oneedit.edits.repair import Repairer, Teach
from oneedit.edits.rollback import RollBacker
from oneedit.edits.selection import Selector
from oneedit.edits.undo import Undoer
from oneedit.errors import KeyReserved, StaleHead
from oneedit.knowledge.interview import FACTS
from oneedit.ledger.edit_filter import ALL_VERSIONS, EditFilter
from oneedit.ledger.events import Event, EventKind
from oneedit.ledger.fact_pages import FactFilter
from oneedit.ledger.ledger import CommitGuard, Refusal
from oneedit.ledger.proposal import KEY_PREFIX
from oneedit.ledger.ticket import TICKET_KEY_PREFIX
from oneedit.outcomes import shown_plan
from oneedit.people.permissions import Operation, may, require
from oneedit.ports import Confirm, Progress
from oneedit.queries.as_of import Historian
from oneedit.queries.ask import Answerer
from oneedit.queries.blame import Blamer
from oneedit.queries.explore import Explorer
from oneedit.queries.inspect import Inspector
from oneedit.queries.interviewer import Interviewer
from oneedit.queries.redirects import Redirects
from oneedit.queries.suggestions import Suggester, Suggestions
from oneedit.queries.touched import touched_since
from oneedit.results import (
    AskResult,
    BlameResult,
    CheckResult,
    ConsolidateOutcome,
    DiffResult,
    EditOutcome,
    EditResult,
    ExportResult,
    FactsResult,
    HistoryEntry,
    HistoryResult,
    KnowledgeResult,
    NeighbourhoodResult,
    PlannedResult,
    PreviewOutcome,
    PreviewResult,
    RedefineOutcome,
    Refused,
    RelationsResult,
    Result,
    RollbackOutcome,
    RollbackResult,
    SearchResult,
    ShowResult,
    StatusResult,
    TalkResult,
    UnclearResult,
    UndoOutcome,
    UndoResult,
    VerifyResult,
    VersionScores,
)
from oneedit.reviews.desk import Desk
from oneedit.reviews.review_queue import ReviewQueue
from oneedit.reviews.reviews import Reviews
from oneedit.state.lock import HeldLock

GREETING = (
    "Tell me a fact, ask me a question, or say what to forget or undo. For example: "
    '"Joe Biden\'s vice president is Mike Pence." - "Who is the spouse of Joe Biden\'s vice '
    'president?" - "Undo that."'
)

ASKS_FOR_CHANGE = "asks_for_change"
"""Code of the unclear result of a message that asks for a change where none is made."""


@dataclass(frozen=True, kw_only=True)
class EditService:
    """Everything that people, jobs and programs may ask of OneEdit, whichever way they come.

    Every method takes who asks, and raises ``NotPermitted`` if their role does not allow it. The
    parts of the queue and the worker - ``call``, ``read``, ``answer``, ``plan`` and ``committed`` -
    change nothing, and their callers have asked :mod:`oneedit.people.permissions` before.

    Attributes:
        interpreter: reads messages.
        context: the parts that take part in an edit.
        undoer, roll_backer, consolidator: the stories of an undo, a roll back, a consolidation.
        answerer: answers questions.
        inspector: shows entities, history and state.
        historian: answers about earlier versions.
        blamer: traces facts to the versions that introduced them.
        interviewer: asks the base model what it knows.
        explorer: searches names, lists facts, and follows them from an entity.
        source: where the requests come from, as the ledger records it: "chat", "cli",
            "import:FILE", "job:NAME", or "".
        batch: id of the batch that they belong to, or "".
    """

    interpreter: Interpreter
    context: EditContext
    undoer: Undoer
    roll_backer: RollBacker
    consolidator: Consolidator
    answerer: Answerer
    inspector: Inspector
    historian: Historian
    blamer: Blamer
    interviewer: Interviewer
    explorer: Explorer
    source: str = ""
    batch: str = ""

    @cached_property
    def _desk(self) -> Desk:
        policy = self.context.controller.policy
        return Desk(context=self.context, plan=self.plan, policy=policy)

    @cached_property
    def review_queue(self) -> ReviewQueue:
        """Return the lists of proposals."""
        return ReviewQueue(self._desk)

    @cached_property
    def reviews(self) -> Reviews:
        """Return the proposals, and what reviewers may do with them."""
        return Reviews(desk=self._desk, read=self.read, edit=self._edit, take_back=self._undo)

    @cached_property
    def _selector(self) -> Selector:
        return Selector(self.context.ledger, self.context.controller.clock)

    def submit(
        self,
        actor: Actor,
        text: str,
        *,
        idempotency_key: str | None = None,
        confirm: Confirm | None = None,
        dialogue: Dialogue = EMPTY_DIALOGUE,
        progress: Progress | None = None,
    ) -> Result:
        """Do what a message asks for.

        Args:
            actor: who wrote it.
            text: the message.
            idempotency_key: the same key with the same message is applied once.
            confirm: asks the user; without it, an edit that needs agreement is not made. Only the
                local user is asked; what anybody else tells becomes a proposal.
            dialogue: what the conversation was about before.
            progress: is called with the stage of an edit and the share of it that is done.

        Raises:
            KeyReused: the key came with another message before.
            KeyReserved: the key is one that OneEdit uses itself.
            HomeBusy: other edits held the home for too long.
        """
        require(actor, Operation.READ)
        call = self.call(
            actor, text, "submit", key=idempotency_key, confirm=confirm, progress=progress
        )
        stored = self._stored(call)
        return stored or self.carry_out(self.read(text, dialogue), call)

    def tell(
        self,
        actor: Actor,
        text: str,
        *,
        confirm: Confirm | None = None,
        progress: Progress | None = None,
        propose: bool = False,
    ) -> EditOutcome | UnclearResult:
        """Make the facts of a statement true; a message that states none is unclear.

        With ``propose`` a reviewer decides, even where the edit needs none.
        """
        require(actor, Operation.PROPOSE if propose else Operation.EDIT)
        intent = self.read_statement(text)
        call = self.call(actor, text, "tell", confirm=confirm, progress=progress)
        call = replace(call, propose=propose)
        return self._edit(intent, call) if isinstance(intent, Tell) else intent

    def forget(
        self,
        actor: Actor,
        text: str,
        *,
        confirm: Confirm | None = None,
        progress: Progress | None = None,
        propose: bool = False,
    ) -> EditOutcome | UnclearResult:
        """Remove what a message names, such as "the employer of Albert Einstein".

        With ``propose`` a reviewer decides, even where the edit needs none.
        """
        require(actor, Operation.PROPOSE if propose else Operation.EDIT)
        intent = self.read_removal(text)
        call = self.call(actor, text, "forget", confirm=confirm, progress=progress)
        call = replace(call, propose=propose)
        return self._edit(intent, call) if isinstance(intent, Forget) else intent

    def change_entity(
        self,
        actor: Actor,
        change: EntityChange,
        *,
        confirm: Confirm | None = None,
        progress: Progress | None = None,
        propose: bool = False,
    ) -> EditOutcome | UnclearResult:
        """Rename, merge, split or delete an entity; its names may be any of those it has.

        Of actors who may not, and with ``propose``, it becomes a proposal.
        """
        require(actor, Operation.PROPOSE)
        named = self.named_change(change)
        if isinstance(named, UnclearResult):
            return named
        call = self.call(actor, named.words, "entity", confirm=confirm, progress=progress)
        propose = propose or not may(actor, Operation.CHANGE_ENTITIES)
        return self._edit(named, replace(call, propose=propose))

    def preview(
        self, actor: Actor, text: str, *, dialogue: Dialogue = EMPTY_DIALOGUE
    ) -> PlannedResult | UnclearResult:
        """Return what the edit of a message would change, and what speaks against it."""
        require(actor, Operation.READ)
        intent = self.read(text, dialogue)
        if isinstance(intent, Tell | Forget | EntityChange):
            return PlannedResult(shown_plan(self.plan(intent, actor)))
        return _not_a(intent, 'an edit, such as "Mike Pence was born in Columbus."')

    def preview_entity_change(
        self, actor: Actor, change: EntityChange
    ) -> PreviewOutcome | UnclearResult:
        """Return what a change of an entity would do; nothing changes."""
        require(actor, Operation.READ)
        named = self.named_change(change)
        if isinstance(named, UnclearResult):
            return named
        plan = self.plan(replace(named, graph_only=True), actor)
        if plan.decision.verdict is Verdict.BLOCK:
            return Refused(verdict=Verdict.BLOCK, reasons=plan.decision.reasons)
        return PreviewResult(
            operation=named.operation,
            version=plan.base_version,
            restored=None,
            cut=(),
            changes=plan.changes,
            identical=False,
            notes=tuple(reason.text for reason in plan.decision.reasons),
        )

    def undo(
        self,
        actor: Actor,
        version: int | None = None,
        *,
        confirm: Confirm | None = None,
        progress: Progress | None = None,
    ) -> UndoOutcome:
        """Undo an edit: the one that became ``version``, or the last one that holds."""
        require(actor, Operation.UNDO_OWN)
        choice = Choice.of(version)
        call = self.call(actor, choice.words, "undo", confirm=confirm, progress=progress)
        return self._undo(choice, call)

    def undo_chosen(
        self,
        actor: Actor,
        choice: Choice,
        *,
        idempotency_key: str | None = None,
        confirm: Confirm | None = None,
        progress: Progress | None = None,
    ) -> Result:
        """Undo several edits as one version: named ones, or those of an actor, a time, a source.

        Raises:
            KeyReused: the key came with another request before.
            HomeBusy: other edits held the home for too long.
        """
        require(actor, Operation.UNDO_OWN)
        call = self.call(
            actor, choice.words, "undo", key=idempotency_key, confirm=confirm, progress=progress
        )
        return self._stored(call) or self._undo(choice, call)

    def preview_undo(self, actor: Actor, choice: Choice) -> PreviewOutcome:
        """Return what an undo would change; nothing changes."""
        require(actor, Operation.READ)
        return self.undoer.preview(choice, actor)

    def roll_back(
        self,
        actor: Actor,
        version: int,
        *,
        idempotency_key: str | None = None,
        confirm: Confirm | None = None,
        progress: Progress | None = None,
    ) -> Result:
        """Make the facts and the weights those of an earlier version again, as a new version.

        Raises:
            KeyReused: the key came with another request before.
            HomeBusy: other edits held the home for too long.
        """
        require(actor, Operation.ROLL_BACK)
        call = self.call(
            actor,
            f"rollback {version}",
            "rollback",
            key=idempotency_key,
            confirm=confirm,
            progress=progress,
        )
        return self._stored(call) or self._roll_back(version, call)

    def preview_rollback(self, actor: Actor, version: int) -> PreviewOutcome:
        """Return what a roll back would change; nothing changes."""
        require(actor, Operation.READ)
        return self.roll_backer.preview(version, actor)

    def consolidate(
        self,
        actor: Actor,
        *,
        progress: Progress | None = None,
        guard: CommitGuard | None = None,
    ) -> ConsolidateOutcome:
        """Replace all live patches by one; the guard takes part in the commit."""
        require(actor, Operation.CONSOLIDATE)
        return self.consolidator.consolidate(actor, progress, guard=guard)

    def ask(
        self,
        actor: Actor,
        text: str,
        *,
        direct: bool = False,
        free: bool = False,
        dialogue: Dialogue = EMPTY_DIALOGUE,
        as_of: int | None = None,
    ) -> AskResult | UnclearResult:
        """Let the model answer a question, and compare with the graph.

        Args:
            actor: who asks.
            text: the question.
            direct: answer chains without writing the hops down.
            free: let the model answer what cannot be checked, too.
            dialogue: what the conversation was about before.
            as_of: a version whose graph answers instead; the model is at the last one.
        """
        require(actor, Operation.READ)
        intent = self.read(text, dialogue)
        if not isinstance(intent, Ask):
            return _not_a(intent, 'a question, such as "Where was Mike Pence born?"')
        if as_of is not None:
            return self.historian.answer(intent, as_of)
        return self.answerer.answer(intent, direct=direct, free=free)

    def reply(self, actor: Actor, text: str, *, dialogue: Dialogue = EMPTY_DIALOGUE) -> Result:
        """Answer a message; one that asks for a change is unclear, and changes nothing."""
        require(actor, Operation.READ)
        intent = self.read(text, dialogue)
        if isinstance(intent, Change | Undo | RollBack):
            return UnclearResult(ASKS_FOR_CHANGE, "This asks for a change. Nothing was changed.")
        return self.answer(intent, actor)

    def show(
        self, actor: Actor, entity: str, *, as_of: int | None = None
    ) -> ShowResult | UnclearResult:
        """Return what the graph holds about an entity, or held at an earlier version."""
        require(actor, Operation.READ)
        if as_of is not None:
            return self.historian.show(entity, as_of)
        return self.inspector.show(entity)

    def diff(
        self, actor: Actor, since: int, until: int, entity: str | None = None
    ) -> DiffResult | UnclearResult:
        """Return what differs between two versions, of one entity or of all."""
        require(actor, Operation.READ)
        return self.historian.diff(since, until, entity)

    def blame(self, actor: Actor, entity: str) -> BlameResult | UnclearResult:
        """Return where each fact of an entity comes from."""
        require(actor, Operation.READ)
        return self.blamer.blame(entity)

    def touched_since(self, actor: Actor, answer: AskResult) -> int | None:
        """Return the last version that touched what an answer says; None if none has since."""
        require(actor, Operation.READ)
        return touched_since(self.context.ledger, answer)

    def suggestions(self, actor: Actor) -> Suggestions:
        """Return what somebody could begin with, about what is in the graph."""
        require(actor, Operation.READ)
        return Suggester(
            ledger=self.context.ledger, book=self.context.controller.book, read=self.read
        ).suggestions()

    def history(
        self, actor: Actor, entity: str | None = None, *, wanted: EditFilter = ALL_VERSIONS
    ) -> HistoryResult | UnclearResult:
        """Return the versions, or those about the entity of a name and that meet conditions."""
        require(actor, Operation.READ)
        return self.inspector.history(entity, wanted=wanted)

    def search(self, actor: Actor, text: str, *, limit: int = 20) -> SearchResult:
        """Return entities by a part of one of their names, or by a misspelt one."""
        require(actor, Operation.READ)
        return self.explorer.search(text, limit=limit)

    def facts(
        self,
        actor: Actor,
        wanted: FactFilter,
        *,
        as_of: int | None = None,
        after: Triple | None = None,
        limit: int = 100,
    ) -> FactsResult | UnclearResult:
        """Return a page of facts, sorted: those after one, of the last version or another."""
        require(actor, Operation.READ)
        missing = None if as_of is None else self.historian.missing(as_of)
        return missing or self.explorer.facts(wanted, as_of=as_of, after=after, limit=limit)

    def neighbourhood(
        self, actor: Actor, entity: str, *, depth: int = 1, limit: int = 200
    ) -> NeighbourhoodResult | UnclearResult:
        """Return the facts up to some steps around an entity."""
        require(actor, Operation.READ)
        return self.explorer.neighbourhood(entity, depth=depth, limit=limit)

    def version(self, actor: Actor, version: int) -> HistoryEntry | UnclearResult:
        """Return a version: who, when, in whose words, and what it changed."""
        require(actor, Operation.READ)
        return self.historian.missing(version) or self.inspector.entry(version)

    def refusals(self, actor: Actor, *, limit: int = 100) -> list[Refusal]:
        """Return what was refused, the newest first."""
        require(actor, Operation.REVIEW)
        return self.context.ledger.refusals(limit=limit)

    def status(self, actor: Actor) -> StatusResult:
        """Return where ledger, graph and model are."""
        require(actor, Operation.READ)
        return self.inspector.status()

    def verify(self, actor: Actor) -> VerifyResult:
        """Check that ledger, graph and weights are what the hash chain recorded.

        Raises:
            LedgerDamaged: an event, a fact or a list of patches was altered or is missing.
        """
        require(actor, Operation.READ)
        return self.inspector.verify()

    def check(self, actor: Actor, version: int) -> CheckResult | UnclearResult:
        """Ask the questions stored with an edit again, with the answers of the graph now."""
        require(actor, Operation.READ)
        self.context.projector.advance()
        events = self.context.ledger.events()
        if not 0 <= version < len(events):
            text = f"There is no version {version}; the last one is {len(events) - 1}."
            return UnclearResult("unknown_version", text)
        return ask_again(events[version], self.context)

    def export(
        self,
        actor: Actor,
        form: ExportFormat,
        path: Path,
        *,
        rank: int | None = None,
        dtype: ExportDtype | None = None,
    ) -> ExportResult:
        """Write the edited model in a form that other programs load."""
        require(actor, Operation.EXPORT)
        return self.inspector.export(form, path, rank=rank, dtype=dtype)

    def write_graph(self, actor: Actor, form: GraphForm, stream: TextIO) -> tuple[int, int]:
        """Write the facts of the last version, and return its number and theirs."""
        require(actor, Operation.READ)
        return self.inspector.write_graph(form, stream)

    def scores(self, actor: Actor, *, limit: int = 200) -> tuple[VersionScores, ...]:
        """Return how well the model learned the last versions that it was asked about."""
        require(actor, Operation.READ)
        return self.inspector.scores(limit)

    def check_model(
        self, actor: Actor, relation: str, *, facts: int = FACTS, brief: bool = False
    ) -> KnowledgeResult:
        """Ask the base model about facts of a relation of the book, and keep what it knows.

        Args:
            actor: who asks.
            relation: the relation.
            facts: how many of its facts are asked, at most.
            brief: ask in one question and one statement only.
        """
        require(actor, Operation.UPKEEP)
        return self.interviewer.check(relation, facts=facts, brief=brief)

    def known_by_model(self, actor: Actor) -> KnowledgeResult:
        """Return what the base model was found to know; no model is needed."""
        require(actor, Operation.READ)
        return self.interviewer.known()

    def relations(
        self, actor: Actor, *, version: int | None = None
    ) -> RelationsResult | UnclearResult:
        """Return the relation book, or that of an earlier version."""
        require(actor, Operation.READ)
        return self.historian.relations(version)

    def preview_redefine(self, actor: Actor, change: BookChange) -> RedefineOutcome:
        """Return what a change of the relation book would do; nothing changes.

        Raises:
            BadFile, BadRelation: the change cannot be made of the book.
        """
        require(actor, Operation.READ)
        return Redefiner(self.context).preview(change)

    def redefine(self, actor: Actor, change: BookChange) -> RedefineOutcome:
        """Change what relations mean, and with it the facts that follow; the weights stay.

        Raises:
            BadFile, BadRelation: the change cannot be made of the book.
            HomeBusy: other edits held the home for too long.
        """
        require(actor, Operation.MANAGE_RELATIONS)
        return Redefiner(self.context).redefine(change, self.call(actor, change.words, "redefine"))

    def call(
        self,
        actor: Actor,
        text: str,
        operation: str,
        *,
        key: str | None = None,
        confirm: Confirm | None = None,
        progress: Progress | None = None,
    ) -> Call:
        """Return a call of this service, with the source and the batch of its requests.

        Raises:
            KeyReserved: the key is one that OneEdit uses itself.
        """
        if key is not None and key.startswith((KEY_PREFIX, TICKET_KEY_PREFIX)):
            raise KeyReserved(key)
        return Call(
            actor=actor,
            text=text,
            operation=operation,
            key=key,
            confirm=confirm,
            progress=progress,
            source=self.source,
            batch=self.batch,
        )

    def read(self, text: str, dialogue: Dialogue = EMPTY_DIALOGUE) -> Intent:
        """Return what a message asks for."""
        with self.context.projector.reading(weights=False):
            return self.interpreter.read(text, dialogue)

    def read_statement(self, text: str) -> Tell | UnclearResult:
        """Return what a message states, or that it states nothing."""
        intent = self.read(text)
        if isinstance(intent, Tell):
            return intent
        return _not_a(intent, 'a statement, such as "Mike Pence was born in Columbus."')

    def read_removal(self, text: str) -> Forget | UnclearResult:
        """Return what a message wants forgotten, with or without the word "forget"."""
        intent = self.read(text)
        if isinstance(intent, Forget):
            return intent
        again = self.read(f"Forget {text}")
        if isinstance(again, Forget):
            return again
        return _not_a(intent, 'what to forget, such as "the employer of Albert Einstein"')

    def named_change(self, change: EntityChange) -> EntityChange | UnclearResult:
        """Return a change of entities with ids in place of names, or why one is not clear."""
        redirects = Redirects(self.context.ledger, self.inspector.lexicon)
        with self.context.projector.reading(weights=False) as head:
            found = redirects.find(change.entity, head)
            other: Entity | UnclearResult | None = None
            if change.operation is EntityOperation.MERGE:
                other = redirects.find(change.other, head)
        for each in (found, other):
            if isinstance(each, UnclearResult):
                return each
        entity = found.id if isinstance(found, Entity) else change.entity
        return replace(
            change, entity=entity, other=other.id if isinstance(other, Entity) else change.other
        )

    def carry_out(self, intent: Intent | Choice | Teach, call: Call) -> Result:
        """Do what was read from a message, undo the edits of a choice, or teach the model again.

        Raises:
            NotPermitted: the caller may not do this.
        """
        require(call.actor, operation_of(intent))
        result: Result
        match intent:
            case Tell() | Forget() | EntityChange():
                result = self._edit(intent, call)
            case Undo():
                choice = self.choice_of(intent, call.actor)
                result = choice if isinstance(choice, UnclearResult) else self._undo(choice, call)
            case Choice():
                result = self._undo(intent, call)
            case Teach():
                result = Repairer(self.context).result(intent, call)
            case RollBack(version):
                result = self._roll_back(version, call)
            case _:
                result = self.answer(intent, call.actor)
        return result

    def choice_of(self, undo: Undo, actor: Actor) -> Choice | UnclearResult:
        """Return the edits that somebody wants to undo, or why that is not clear."""
        return self._selector.choice(undo, actor)

    def answer(
        self, intent: Ask | History | Show | Status | Talk | Unclear, actor: Actor
    ) -> Result:
        """Answer what changes nothing to the author of the message."""
        result: Result
        match intent:
            case Ask():
                result = self.answerer.answer(intent, direct=False)
            case History(selection):
                wanted = self._selector.filter(selection, actor)
                result = (
                    wanted
                    if isinstance(wanted, UnclearResult)
                    else self.inspector.history(wanted=wanted)
                )
            case Show(entity, guesses):
                result = self.inspector.show(entity, guesses=guesses)
            case Status():
                result = self.inspector.status()
            case Talk():
                result = TalkResult(GREETING)
            case Unclear(code, reason, options):
                result = UnclearResult(code, reason, options)
        return result

    def _edit(self, intent: Change, call: Call) -> EditOutcome:
        """Carry out an edit; once more if another edit came between its plan and its commit."""
        try:
            return self._try_edit(intent, call)
        except StaleHead:
            return self._try_edit(intent, call)

    def _undo(self, choice: Choice, call: Call) -> UndoOutcome:
        """Carry out an undo; once more if another edit came between its plan and its commit."""
        try:
            return self.undoer.undo(choice, call)
        except StaleHead:
            return self.undoer.undo(choice, call)

    def _roll_back(self, version: int, call: Call) -> RollbackOutcome:
        """Carry out a roll back; once more if an edit came between its plan and its commit."""
        try:
            return self.roll_backer.roll_back(version, call)
        except StaleHead:
            return self.roll_backer.roll_back(version, call)

    def _try_edit(self, intent: Change, call: Call) -> EditOutcome:
        """Tell the whole story of an edit.

        Raises:
            StaleHead: another edit came between and changed what this one means; plan again.
        """
        context = self.context
        timer = StageTimer(context.timer, call.progress)
        with timer.stage("plan"):
            plan = self.plan(intent, call.actor, complete=call.complete)  # reads
        if call.leaves_to_review(plan):
            return self.reviews.propose(intent, plan, call)
        ended = context.decider.decide(plan, call)
        if ended is not None:
            return ended  # refused, known already, or somebody has to agree first

        with context.lock.held() as held:
            ready = self._ready(plan, intent, call, held)  # reads
            if not isinstance(ready, EditPlan):
                return ready  # done before, or what follows needs another agreement
            plan = ready
            below = context.trials.committed(context.ledger.patches(plan.base_version))
            with timer.stage("look"):
                answers = context.trials.answers_before(plan)
                request = context.trials.request(plan, below)
            trial = context.trials.solve(request, below, timer)  # reads
            if not trial.passed and not call.agrees(plan, trial.report, held):
                return context.decider.hold(plan, trial.report, call)

            with timer.stage("besides"):
                asked = ask_on_trial(  # reads
                    context.controller.portability(plan),
                    request,
                    context.editor,
                    below=below.patches,
                    patches=trial.patches,
                )

            with timer.stage("commit"):
                state_hash = context.trials.save(trial)  # durable before the commit names it
                draft = edit_draft(intent, plan, trial, call, state_hash=state_hash, asked=asked)
                event = context.ledger.commit(draft, call.guard)  # THE ONLY COMMIT POINT
            with timer.stage("advance"):
                context.projector.advance()  # graph and weights to the new version
            answers = context.trials.answers_after(answers)
        return replace(
            edit_result(event),
            conflicts=plan.conflicts,
            neighbours_known=neighbours_known(plan, context.trials.knowledge()),
            consequences=plan.consequence_count,
            consequences_at_least=plan.consequences_at_least,
            taught=sum(question.chained for question in request.targets),
            report=trial.report,
            told=answers,
            timings=timer.seconds,
        )

    def plan(self, intent: Change, actor: Actor, *, complete: bool = False) -> EditPlan:
        """Plan an edit of the graph at the head; if complete, with all that follows from it."""
        controller, trials = self.context.controller, self.context.trials
        with self.context.projector.reading():
            match intent:
                case Tell(facts, new_entities, replaces):
                    plan = controller.plan(
                        facts,
                        actor,
                        replaces=replaces,
                        new_entities=new_entities,
                        assumed=assumptions(intent),
                        complete=complete,
                    )
                case Forget(slot, obj):
                    plan = controller.plan_forget(
                        slot, obj, actor, assumed=assumptions(intent), complete=complete
                    )
                case EntityChange():
                    plan = controller.plan_entity_change(intent, actor)
            return trials.refuse_unwritable(plan)

    def _ready(
        self, plan: EditPlan, intent: Change, call: Call, held: HeldLock
    ) -> EditPlan | EditOutcome:
        """Return the complete plan for the head, or the result that ends the edit.

        Raises:
            StaleHead: another edit has changed what this one means.
        """
        done = self._committed(call)
        if done is not None:
            return replace(edit_result(done), replayed=True)
        plan = self._current(plan, intent, call.actor)
        if plan.complete:
            return plan
        whole = self.plan(intent, call.actor, complete=True)
        return self.context.decider.decide_completed(whole, plan, call, held) or whole

    def _current(self, plan: EditPlan, intent: Change, actor: Actor) -> EditPlan:
        """Return a plan for the head, whose meaning must be that of an earlier plan.

        Raises:
            StaleHead: another edit has changed what this one means.
        """
        head = self.context.projector.advance()
        if head == plan.base_version:
            return plan
        again = self.plan(intent, actor, complete=plan.complete)
        earlier, now = plan.changes, again.changes
        same = (now.added, now.retracted) == (earlier.added, earlier.retracted)
        if not same or again.decision != plan.decision:
            raise StaleHead(planned=plan.base_version, current=head)
        return again

    def _stored(self, call: Call) -> Result | None:
        """Return the result of a call that was carried out before under the same key."""
        event = self._committed(call)
        if event is None:
            return self.reviews.proposed_before(call)
        result = self.committed(event.version)
        return replace(result, replayed=True)

    def committed(self, version: int) -> EditResult | UndoResult | RollbackResult:
        """Return what a committed edit, undo, roll back or consolidation did."""
        event = self.context.ledger.event(version)
        if event.kind is EventKind.REVERT:
            return self.undoer.result(event)
        if event.kind is EventKind.ROLLBACK:
            return self.roll_backer.result(event)
        return edit_result(event)

    def _committed(self, call: Call) -> Event | None:
        """Return the event that a call was committed as before, under the same key."""
        if call.key is None:
            return None
        return self.context.ledger.find_idempotent(call.actor.name, call.key, call.request_sha)


def operation_of(intent: Intent | Choice | Teach) -> Operation:
    """Return what a message asks for, as permissions name it."""
    match intent:
        case Tell() | Forget() | Teach():
            return Operation.EDIT
        case EntityChange():
            return Operation.PROPOSE  # the policy says whose needs no other's agreement
        case Undo() | Choice():
            return Operation.UNDO_OWN
        case RollBack():
            return Operation.ROLL_BACK
        case _:
            return Operation.READ


def _not_a(intent: Intent, wanted: str) -> UnclearResult:
    """Say that a message asks for something else than the call expects."""
    if isinstance(intent, Unclear):
        return UnclearResult(intent.code, intent.reason, intent.options)
    return UnclearResult("not_understood", f"I expected {wanted}.")

"""What the service answers: a closed union of values; what is expected is not an exception."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self, TypeAlias

from controller.plan import Conflict, EditPlan, Reason, Verdict
from editor.evaluation.report import Report
from interpreter.dialogue import Dialogue
from interpreter.intents import AskKind, Guess
from kg_data.changes import Changes
from kg_data.entities import Entity
from kg_data.triples import Triple
from oneedit.knowledge.knowledge import Knowledge, RelationKnowledge
from oneedit.ledger.events import Event, EventKind, GateSummary
from oneedit.ledger.proposal import Proposal, ProposalEvent


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """The model's own answer about an edited slot, before and after."""

    question: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditResult:
    """An edit that was applied.

    Attributes:
        version: the version it became.
        facts: what was asserted or forgotten.
        changes: what it changed in the graph.
        conflicts: what it replaced.
        outcome: how the gate went, in figures.
        report: the same with every wrong answer; None if the edit had been applied before.
        consequences: how many chains of relations changed with it.
        consequences_at_least: whether there may be more of them than were counted.
        taught: how many of them the model was taught.
        neighbours_known: share of the facts that it keeps as they are, beside the edited ones,
            that the base model knows; None if it was not asked.
        portability, portability_direct: (right, asked) by kind of the questions that were asked
            besides, chains step by step and directly; no chain among them was taught.
        degraded: whether it stands below the gate: an edit because a person let it pass, an undo
            because the facts are restored all the same.
        self_confirmed: whether the user agreed to what a reviewer would have decided.
        patch_sha256, method: the patch, and the method that solved it; "" if none was needed.
        told: the model's answers about the edited slots.
        timings: seconds by stage, in the order of the stages.
        replayed: whether the edit had been applied before under the same idempotency key.
    """

    version: int
    facts: tuple[Triple, ...]
    changes: Changes
    conflicts: tuple[Conflict, ...] = ()
    outcome: GateSummary
    report: Report | None = None
    consequences: int = 0
    consequences_at_least: bool = False
    taught: int = 0
    neighbours_known: float | None = None
    portability: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    portability_direct: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    degraded: bool = False
    self_confirmed: bool = False
    patch_sha256: str = ""
    method: str = ""
    told: tuple[AnswerChange, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoResult:
    """One or several edits that were undone.

    Attributes:
        version: the version the undo became.
        undone: the version that was undone; the last of several edits.
        targets: all versions that were undone.
        skipped: versions that stay because later edits changed the same again.
        changes: what it changed in the graph.
        identical: whether the weights are, by hash, those from before the undone edit.
        solved_again: versions of the later edits that got new patches.
        overruled: whether the edit was consolidated, so that a new patch overrules it until the
            next consolidation.
        outcome: how the check of those went.
        report: the same with every wrong answer; None if nothing was solved.
        degraded, told, timings, replayed: as in :class:`EditResult`.
    """

    version: int
    undone: int
    targets: tuple[int, ...] = ()
    skipped: tuple[int, ...] = ()
    changes: Changes
    identical: bool
    solved_again: tuple[int, ...] = ()
    overruled: bool = False
    outcome: GateSummary
    report: Report | None = None
    degraded: bool = False
    told: tuple[AnswerChange, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackResult:
    """A roll back to an earlier version, or forward again to a later one.

    Attributes:
        version: the version it became.
        restored: the version whose facts and weights hold again.
        cut: versions of the edits that are not in force any more.
        back: versions of the edits that are in force again.
        changes: what it changed in the graph.
        identical: whether the weights are, by hash, those of the restored version.
        outcome: how the check of the restored version went, when it was committed.
        degraded, told, timings, replayed: as in :class:`EditResult`.
    """

    version: int
    restored: int
    cut: tuple[int, ...]
    back: tuple[int, ...]
    changes: Changes
    identical: bool
    outcome: GateSummary
    degraded: bool = False
    told: tuple[AnswerChange, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolidateResult:
    """Patches that were replaced by one patch for all that holds.

    Attributes:
        version: the version it became.
        covered: the last version whose edits the patch holds.
        edits: how many edits are active.
        replaced: how many patches were replaced.
        solved_again: versions of the edits made meanwhile, solved on top of it.
        outcome: how the check went.
        report: the same with every wrong answer.
        timings: seconds by stage.
    """

    version: int
    covered: int
    edits: int
    replaced: int
    solved_again: tuple[int, ...] = ()
    outcome: GateSummary
    report: Report | None = None
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing happened, and the audit says why.

    Attributes:
        verdict: BLOCK, or REVIEW if a person could have agreed.
        reasons: why.
        plan: what would have happened.
        report: how the gate went, if that was the reason.
        versions: later versions that prevent it.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    plan: EditPlan | None = None
    report: Report | None = None
    versions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedsConfirmation:
    """Nothing happened yet: somebody has to agree to the plan first."""

    plan: EditPlan

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Return why somebody has to agree."""
        return self.plan.decision.reasons


@dataclass(frozen=True, slots=True)
class Proposed:
    """Nothing happened yet: the edit waits for a reviewer as a proposal.

    Attributes:
        proposal_id: its number.
        plan: what it would change.
        replayed: whether it had been proposed before under the same idempotency key.
    """

    proposal_id: int
    plan: EditPlan
    replayed: bool = False

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Return why somebody else has to agree."""
        return self.plan.decision.reasons


@dataclass(frozen=True, slots=True)
class Already:
    """Nothing happened: what was asked for is so already."""

    facts: tuple[Triple, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of the graph's answer, and the same step as the model wrote it.

    Attributes:
        relation: the relation that is followed.
        subjects: where the step starts; several if the step before had several objects.
        objects: what the graph holds.
        written: the model's own object for the step; None if it wrote no such step.
        right: whether that is one of the graph's objects; None if it wrote no such step.
    """

    relation: str
    subjects: tuple[str, ...]
    objects: tuple[str, ...]
    written: str | None = None
    right: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionMatch:
    """How many entities meet a condition of a question, and how that was found.

    Attributes:
        relation, object: the condition.
        count: how many.
        at_least: whether there may be more.
        rule: the derived relation that was looked up as well, or "".
        places: the places in the object through which it was found, if it is a state or country.
    """

    relation: str
    object: str
    count: int = 0
    at_least: bool = False
    rule: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskResult:
    """The model's answer, and beside it the graph's.

    Attributes:
        text: the user's words.
        ask_kind: what is asked.
        asked: whether the model was asked. It is not about what cannot be checked, unless the user
            wants its free answer.
        prompt: the same words in form, as they went to the model, or those of the relation if it
            only continues statements; "" if it was not asked, or was asked hop by hop.
        again: the relation book's words for the question, if the answer is that to them, because
            the model did not know in the user's words, or answered neither yes nor no; else "".
        answer: the model's answer: the object of the last hop it wrote, or all it wrote.
        wording: all it wrote.
        steps: whether it was asked for the hops.
        hop_by_hop: whether each hop was asked alone, about the answer to the one before; the
            wording is then put together from these answers.
        subject, hops: the graph's way to its answer; empty if the question was not linked.
        expected: the graph's answers, of many the first; empty if it has none. Of a yes or no
            question, what it holds in place of the object.
        total, at_least: of a count or a list, how many the graph holds, and whether there may be
            more; None for other questions.
        object, verdict: of a yes or no question, the object that is asked about, and the graph's
            "Yes" or "No"; "" if it holds nothing.
        model_verdict: the model's "Yes" or "No", in its own words or by the value that it gives;
            "" if it says neither.
        matches: how many entities meet each condition, or through which places one is met.
        agrees: whether the model's answer is one of the graph's; None if the question was not
            linked, or the answer is no number where one was asked for.
        guesses: misspelt names, and what they were read as.
        hints: of a question that was not linked, the nearest relations or names.
        version: the version that both answer for; the graph alone if ``model_version`` differs.
        model_version: the version of the weights that answered; None if it became another one
            meanwhile, or if the model was not asked.
        as_of: the earlier version that the graph alone answers for, without the model; else None.
    """

    text: str
    answer: str
    wording: str
    steps: bool
    ask_kind: AskKind = AskKind.VALUE
    asked: bool = True
    hop_by_hop: bool = False
    prompt: str = ""
    again: str = ""
    subject: str = ""
    hops: tuple[Hop, ...] = ()
    expected: tuple[str, ...] = ()
    total: int | None = None
    at_least: bool = False
    object: str = ""
    verdict: str = ""
    model_verdict: str = ""
    matches: tuple[ConditionMatch, ...] = ()
    agrees: bool | None = None
    guesses: tuple[Guess, ...] = ()
    hints: tuple[str, ...] = ()
    version: int
    model_version: int | None = None
    as_of: int | None = None


_LINKS = {EventKind.REVERT: "of", EventKind.ROLLBACK: "to", EventKind.CONSOLIDATE: "up to"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One version, for people.

    Attributes:
        version, kind, actor, text, created_at: what, who, in whose words, when.
        changes: what it changed in the graph.
        degraded: whether it passed below the gate.
        target: the version it took back, to which it rolled back, or up to which it consolidated.
        undone_by: the version that took it back.
        targets: all versions that an undo took back.
        source: where it came from, or "".
    """

    version: int
    kind: str
    actor: str
    text: str
    created_at: str
    changes: Changes
    degraded: bool = False
    target: int | None = None
    undone_by: int | None = None
    targets: tuple[int, ...] = ()
    source: str = ""

    @classmethod
    def of(cls, event: Event, undone_by: int | None = None) -> Self:
        """Return the entry of an event."""
        return cls(
            version=event.version,
            kind=event.kind.value,
            actor=event.actor,
            text=event.reason,
            created_at=event.created_at,
            changes=event.content.changes,
            degraded=event.content.degraded,
            target=event.target_version,
            undone_by=undone_by,
            targets=event.targets,
            source=event.content.source,
        )

    @property
    def aim(self) -> str:
        """Return what it took back, restored or consolidated, as " of 3, 5", " to 3", or ""."""
        link = _LINKS.get(EventKind(self.kind))
        named = ", ".join(map(str, self.targets)) or str(self.target)
        return f" {link} {named}" if link else ""


@dataclass(frozen=True, slots=True)
class HistoryResult:
    """The versions, the oldest first.

    Attributes:
        entity: the entity that they mention, if it is given.
        entries: the versions.
        conditions: what else they were chosen by, in words.
    """

    entity: str | None
    entries: tuple[HistoryEntry, ...]
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewResult:
    """What an undo, a roll back or a change of an entity would do; nothing changed.

    Attributes:
        operation: "undo", "rollback", or what would be done to an entity.
        version: the version that it was planned for.
        restored: the version whose weights would come back bit for bit; None if there is none.
        cut: the edits that would not be in force any more.
        back: the edits that would be in force again.
        skipped: versions that would stay because later edits changed the same again.
        changes: what would change in the graph.
        identical: whether the weights would be, bit for bit, those of an earlier version.
        solved_again: versions of the later edits that would get new patches.
        overruled: whether a new patch would overrule consolidated edits.
        notes: what would be done to an entity, and what speaks against it, in sentences.
    """

    operation: str
    version: int
    restored: int | None
    cut: tuple[HistoryEntry, ...]
    back: tuple[HistoryEntry, ...] = ()
    skipped: tuple[int, ...] = ()
    changes: Changes
    identical: bool
    solved_again: tuple[int, ...] = ()
    overruled: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowResult:
    """What the graph holds about an entity.

    Attributes:
        entity: the entity.
        aliases: its other names.
        facts: facts of which it is the subject.
        about: facts of which it is the object; at most as many as asked for.
        versions: versions that changed something about it.
        as_of: the earlier version that this is shown for, if it is not the last one.
        guesses: the misspelt name that was read as the entity's, if it was one.
        redirect: how the name that was asked for became one of this entity, if it was the id of
            another one.
    """

    entity: Entity
    aliases: tuple[str, ...]
    facts: tuple[Triple, ...]
    about: tuple[Triple, ...]
    versions: tuple[int, ...]
    as_of: int | None = None
    guesses: tuple[Guess, ...] = ()
    redirect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffResult:
    """What differs between two versions.

    Attributes:
        since, until: the two versions.
        entity: the entity that it is limited to, if any.
        changes: the facts that were added and removed in between, on balance.
        same_weights: whether the weights of both are the same, by hash.
    """

    since: int
    until: int
    entity: str | None
    changes: Changes
    same_weights: bool


@dataclass(frozen=True, slots=True)
class EarlierValue:
    """What a slot held before.

    Attributes:
        fact: the fact, with its dates.
        added, removed: the versions that added and removed it; ``removed`` is None for a fact
            that is recorded as ended.
    """

    fact: Triple
    added: int
    removed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a fact comes from.

    Attributes:
        fact: the fact.
        derived: whether it follows from other facts.
        edit: the version that introduced it, with its actor, time, words and source.
        outcome: how the check of that version went.
        self_confirmed: whether the user agreed to what a reviewer would have decided.
        restored_by: the undo or roll back that brought it back since, if any.
        earlier: what its slot held before and what is recorded as ended, the oldest first.
    """

    fact: Triple
    derived: bool
    edit: HistoryEntry
    outcome: GateSummary
    self_confirmed: bool
    restored_by: int | None = None
    earlier: tuple[EarlierValue, ...] = ()


@dataclass(frozen=True, slots=True)
class BlameResult:
    """The provenance of each fact of an entity."""

    entity: str
    facts: tuple[Provenance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusResult:
    """The state of ledger, graph and model.

    Attributes:
        version: the version of ledger, graph and model.
        facts, entities: how many the graph holds.
        edits, undone: how many edits there were, and how many of them were taken back.
        patches: hashes of the live patches, in order.
        pending: how many of them wait to be consolidated.
        methods: the editing methods, the default first.
        base_hash, live_hash: hashes of the base model and of the live editable tensors.
        refusals: how many messages the audit remembers, at most 1,000.
        home: the folder that holds the ledger.
        problem: why the model is not at the version, or "".
    """

    version: int
    facts: int
    entities: int
    edits: int
    undone: int
    patches: tuple[str, ...]
    pending: int
    methods: tuple[str, ...]
    base_hash: str
    live_hash: str
    refusals: int
    home: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyResult:
    """Ledger, graph and weights are what the hash chain recorded.

    Attributes:
        versions: how many versions were checked.
        facts: how many facts are active.
        patches: how many patches are live.
        state_hash: hash of the model's editable tensors.
    """

    versions: int
    facts: int
    patches: int
    state_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The stored questions of a version, asked again with the answers of the graph now.

    Attributes:
        version: the version whose questions they are.
        at: the version that model and graph answer for.
        portability, portability_direct: (right, asked) by kind, as in :class:`EditResult`.
        left_out: stored questions that have no single answer now, or pass over a fact that the
            model did not know before the edit.
    """

    version: int
    at: int
    portability: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    portability_direct: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """The edited model in a form that other programs load.

    Attributes:
        version: the version that was written.
        format: in which form.
        path: where.
        matrices: how many matrices differ from the base.
        rank: rank of a LoRA adapter; 0 where there is none.
        error: share of the changes that the rank leaves out, the largest of all matrices.
        dtype: of the written tensors.
        difference: by how much the logits of the export, read back, differ from the model's; the
            norm relative to that of the model's.
        url: address to which it was uploaded, or "".
    """

    version: int
    format: str
    path: str
    matrices: int
    rank: int
    error: float
    dtype: str = "float32"
    difference: float = 0.0
    url: str = ""


@dataclass(frozen=True, slots=True)
class TalkResult:
    """A reply to small talk."""

    reply: str


@dataclass(frozen=True, slots=True)
class UnclearResult:
    """The message could not be read; fields as in :class:`interpreter.intents.Unclear`."""

    code: str
    reason: str
    options: tuple[str, ...] = ()


EditOutcome: TypeAlias = EditResult | Refused | NeedsConfirmation | Proposed | Already
UndoOutcome: TypeAlias = UndoResult | Refused | NeedsConfirmation | Already
RollbackOutcome: TypeAlias = RollbackResult | Refused | NeedsConfirmation | Already
PreviewOutcome: TypeAlias = PreviewResult | Refused | Already


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewResult:
    """A proposal after what was asked for.

    Attributes:
        proposal: the proposal as it is now.
        events: every step of its review.
        earlier: the plan that was shown before; None if it still means the same.
        edit: what came of carrying it out or undoing it; None if nobody asked for that, or
            another approval is needed first.
        done: whether what was asked for was done.
    """

    proposal: Proposal
    events: tuple[ProposalEvent, ...] = ()
    earlier: EditPlan | None = None
    edit: EditOutcome | UndoOutcome | None = None
    done: bool = True


@dataclass(frozen=True, slots=True)
class ReviewListResult:
    """Proposals, the oldest first."""

    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of one proposal of many.

    Attributes:
        proposal: the proposal as it is now.
        done: whether it was decided as asked.
        note: why not.
    """

    proposal: Proposal
    done: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReviewBulkResult:
    """Many proposals that were decided in one call, each by itself."""

    decided: tuple[Decided, ...]


@dataclass(frozen=True, slots=True)
class KnowledgeResult:
    """What the base model knows of the relations that it was asked about.

    Attributes:
        base_hash: hash of its weights.
        known: how many of the asked facts it knows.
        asked: how many facts it was asked about.
        relations: by relation, in the order of their names.
    """

    base_hash: str
    known: int
    asked: int
    relations: tuple[RelationKnowledge, ...]

    @classmethod
    def of(cls, knowledge: Knowledge, base_hash: str) -> Self:
        """Return the result for all relations of a knowledge."""
        relations = tuple(each for _, each in sorted(knowledge.relations.items()))
        known = sum(len(each.known) for each in relations)
        return cls(base_hash, known, sum(each.asked for each in relations), relations)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationsResult:
    """The relation book of a version.

    Attributes:
        version: the version.
        text: the book as TOML.
        facts: the number of facts of each relation that has some.
    """

    version: int
    text: str
    facts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedefineResult:
    """A change of the relation book.

    Attributes:
        version: the version it became, or the one that it was planned for.
        differences: what differs between the books, in words.
        changes: the facts that follow now, and those that do not any more.
        base: hash of the book that it changes.
        done: whether it was made, or only looked at.
    """

    version: int
    differences: tuple[str, ...]
    changes: Changes
    base: str
    done: bool


RedefineOutcome: TypeAlias = RedefineResult | Refused | Already
ConsolidateOutcome: TypeAlias = ConsolidateResult | Refused | Already
Result: TypeAlias = (
    EditOutcome
    | UndoOutcome
    | RollbackOutcome
    | PreviewOutcome
    | ConsolidateOutcome
    | AskResult
    | HistoryResult
    | ShowResult
    | DiffResult
    | BlameResult
    | StatusResult
    | ExportResult
    | VerifyResult
    | CheckResult
    | KnowledgeResult
    | RelationsResult
    | RedefineOutcome
    | TalkResult
    | UnclearResult
)
ReviewOutcome: TypeAlias = (
    ReviewResult | ReviewListResult | ReviewBulkResult | Refused | Already | UnclearResult
)


def dialogue_after(dialogue: Dialogue, result: Result) -> Dialogue:
    """Return the dialogue after a result, for the next message of the same person."""
    match result:
        case EditResult(facts=(first, *_) as facts):
            return dialogue.after_fact(first, facts)
        case AskResult(subject=subject, hops=(first, *_)):
            return Dialogue(subject, first.relation, None, dialogue.mentioned)
        case _:
            return dialogue

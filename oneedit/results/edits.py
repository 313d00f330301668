"""What came of changes: edits, undos, roll backs, consolidations, and what did not happen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from controller.plan import Conflict, EditPlan, Reason, Verdict
from editor.evaluation.report import Report
from kg_data.changes import Changes
from kg_data.triples import Triple
from oneedit.ledger.events import GateSummary


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


EditOutcome: TypeAlias = EditResult | Refused | NeedsConfirmation | Proposed | Already
UndoOutcome: TypeAlias = UndoResult | Refused | NeedsConfirmation | Already
RollbackOutcome: TypeAlias = RollbackResult | Refused | NeedsConfirmation | Already
RedefineOutcome: TypeAlias = RedefineResult | Refused | Already
ConsolidateOutcome: TypeAlias = ConsolidateResult | Refused | Already

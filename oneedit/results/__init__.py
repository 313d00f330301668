"""What the service answers: a closed union of values; what is expected is not an exception."""

from typing import TypeAlias

from interpreter.dialogue import Dialogue
from oneedit.results.answers import (
    AskResult,
    ConditionMatch,
    Hop,
    TalkResult,
    UnclearResult,
)
from oneedit.results.checks import (
    CheckResult,
    ExportResult,
    KnowledgeResult,
    VerifyResult,
)
from oneedit.results.edits import (
    Already,
    AnswerChange,
    ConsolidateOutcome,
    ConsolidateResult,
    EditOutcome,
    EditResult,
    NeedsConfirmation,
    Proposed,
    RedefineOutcome,
    RedefineResult,
    Refused,
    RollbackOutcome,
    RollbackResult,
    UndoOutcome,
    UndoResult,
)
from oneedit.results.lookups import (
    BlameResult,
    DiffResult,
    EarlierValue,
    FactsResult,
    FoundEntity,
    HistoryEntry,
    HistoryResult,
    ListedFact,
    NeighbourhoodResult,
    PlannedResult,
    PreviewResult,
    Provenance,
    RelationsResult,
    SearchResult,
    ShowResult,
    StatusResult,
    VersionScores,
)
from oneedit.results.reviews import (
    Decided,
    ListedProposal,
    ReviewBulkResult,
    ReviewListResult,
    ReviewPageResult,
    ReviewResult,
)

PreviewOutcome: TypeAlias = PreviewResult | Refused | Already
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


__all__ = [
    "Already",
    "AnswerChange",
    "AskResult",
    "BlameResult",
    "CheckResult",
    "ConditionMatch",
    "ConsolidateOutcome",
    "ConsolidateResult",
    "Decided",
    "DiffResult",
    "EarlierValue",
    "EditOutcome",
    "EditResult",
    "ExportResult",
    "FactsResult",
    "FoundEntity",
    "HistoryEntry",
    "HistoryResult",
    "Hop",
    "KnowledgeResult",
    "ListedFact",
    "ListedProposal",
    "NeedsConfirmation",
    "NeighbourhoodResult",
    "PlannedResult",
    "PreviewOutcome",
    "PreviewResult",
    "Proposed",
    "Provenance",
    "RedefineOutcome",
    "RedefineResult",
    "Refused",
    "RelationsResult",
    "Result",
    "ReviewBulkResult",
    "ReviewListResult",
    "ReviewOutcome",
    "ReviewPageResult",
    "ReviewResult",
    "RollbackOutcome",
    "RollbackResult",
    "SearchResult",
    "ShowResult",
    "StatusResult",
    "TalkResult",
    "UnclearResult",
    "UndoOutcome",
    "UndoResult",
    "VerifyResult",
    "VersionScores",
    "dialogue_after",
]

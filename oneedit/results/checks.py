"""What was checked or written: ledger, weights, stored questions, exports, the known facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from oneedit.knowledge.knowledge import Knowledge, RelationKnowledge


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

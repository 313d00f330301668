"""What a fact changes, against which version: the outcome of looking, before any writing."""

from dataclasses import dataclass
from enum import StrEnum

from kg_data.changes import NO_CHANGES, Changes
from kg_data.entities import Entity
from kg_data.questions import Question
from kg_data.triples import Triple


class Verdict(StrEnum):
    """What may happen to a plan."""

    APPLY = "apply"
    REVIEW = "review"  # a person decides
    BLOCK = "block"
    NOTHING = "nothing"  # already known


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a decision was taken.

    Attributes:
        code: stable name, for example "coverage", "displaced_partner", "protected".
        text: a sentence for the user.
    """

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with its reasons."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """A stored fact that cannot stand beside the new one.

    Attributes:
        code: its class: "coverage", "reverse", "displaced_partner", "symmetric", ...
        new: the fact that was stated, or follows from it.
        old: the stored fact.
        text: a sentence for the user.
    """

    code: str
    new: Triple
    old: Triple
    text: str


@dataclass(frozen=True, slots=True)
class EditPlan:
    """What an edit does to the graph, and what it means for the model.

    Attributes:
        facts: what was asked for.
        decision: what may happen.
        base_version: the version of the graph that was looked at.
        changes: the facts that are added and removed once conflicts are settled, with what
            follows from them by inverse, symmetry and rules.
        entities: entities the plan introduces.
        conflicts: what stood against it.
        targets: the changed slots, asked directly: kind RELIABILITY for the edited ones, REVERSE
            for the rest; a slot left empty is answered ``UNKNOWN``.
        consequences: chains of two and three relations whose answer changes.
        consequence_count: how many such chains there are; ``consequences`` may be a sample.
        links: the facts that the consequences pass through and the edit leaves as they are.
        keep: questions whose answer stays: SPECIFICITY and LOCALITY.
    """

    facts: tuple[Triple, ...]
    decision: Decision
    base_version: int
    changes: Changes = NO_CHANGES
    entities: tuple[Entity, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    targets: tuple[Question, ...] = ()
    consequences: tuple[Question, ...] = ()
    consequence_count: int = 0
    links: tuple[Question, ...] = ()
    keep: tuple[Question, ...] = ()

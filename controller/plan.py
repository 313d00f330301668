"""Plans of edits: changes, conflicts, decision and questions, for one version of the graph."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from kg_data.changes import NO_CHANGES, Changes
from kg_data.entities import Entity, EntityRemoval
from kg_data.questions import Question
from kg_data.triples import Triple

Numbers: TypeAlias = tuple[tuple[str, float], ...]
"""Figures by name."""


class Verdict(StrEnum):
    """Whether a plan may be applied."""

    APPLY = "apply"
    REVIEW = "review"  # a person decides
    BLOCK = "block"
    NOTHING = "nothing"  # there is nothing to change


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for a decision.

    Attributes:
        code: stable name, for example "coverage", "displaced_partner", "protected".
        text: a sentence for the user.
        numbers: the figures behind it, by name.
        about: the name, fact or actor that a screen's finding is about.
    """

    code: str
    text: str
    numbers: Numbers = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with its reasons."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """A stored fact that cannot hold together with a new one.

    Attributes:
        code: its class: "coverage", "reverse", "displaced_partner", "symmetric", ...
        new: the requested fact, or one that follows from it.
        old: the stored fact.
        text: a sentence for the user.
    """

    code: str
    new: Triple
    old: Triple
    text: str


@dataclass(frozen=True, slots=True)
class EditPlan:
    """The changes of an edit to the graph, and its questions to the model.

    Attributes:
        facts: the requested facts.
        decision: whether the plan may be applied, and why.
        base_version: the version of the graph that the plan was made for.
        changes: the facts that are added and removed, with those that follow by inverse,
            symmetry and rules.
        entities: the new entities.
        removed_entities: the entities that are removed.
        conflicts: the conflicts with stored facts.
        targets: questions about the changed slots: kind RELIABILITY or ALIAS for edited slots,
            REVERSE for the rest; the answer of an emptied slot is ``UNKNOWN``.
        consequences: chains of two and three relations whose answer changes.
        consequence_count: the number of such chains; ``consequences`` may be a sample.
        consequences_at_least: whether there may be more of them than were counted.
        links: the unchanged facts on the paths of the consequences.
        keep: questions whose answer must not change: SPECIFICITY and LOCALITY.
        complete: whether everything was worked out. If not, it is so much that a reviewer agrees
            first: the questions are missing, and what follows if it is beyond the limit.
    """

    facts: tuple[Triple, ...]
    decision: Decision
    base_version: int
    changes: Changes = NO_CHANGES
    entities: tuple[Entity, ...] = ()
    removed_entities: tuple[EntityRemoval, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    targets: tuple[Question, ...] = ()
    consequences: tuple[Question, ...] = ()
    consequence_count: int = 0
    consequences_at_least: bool = False
    links: tuple[Question, ...] = ()
    keep: tuple[Question, ...] = ()
    complete: bool = True

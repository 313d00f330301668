"""Marks of single answers, and the score table they add up to."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class StageName(StrEnum):
    """When many edits are asked about."""

    PENDING = "pending"  # the last ones on top of a consolidation of the others
    CONSOLIDATED = "consolidated"  # one patch holds all


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """One question asked after an edit, and how it was answered.

    Attributes:
        row: row of the score table.
        group: group of the case.
        right: whether the answer was right and the edit was not refused.
        taught: whether the very prompt was taught; such answers stand apart.
        chain_taught: whether the chain was taught in other words; None for plain facts.
        edit: the edit.
        prompt, expected, given: what was asked, the right answer, and what the model wrote.
    """

    row: str
    group: str
    right: bool
    taught: bool
    chain_taught: bool | None
    edit: tuple[str, str, str]
    prompt: str
    expected: str
    given: str


Scores = dict[str, dict[str, float]]


def table(marks: Iterable[ScoredAnswer]) -> dict[str, object]:
    """Return the scores by row: of all cases, by group, and of chains by whether taught.

    Prompts that were taught count in ``taught_prompts`` only. ``wrong`` lists the wrong answers.
    """
    every = list(marks)
    fresh = [mark for mark in every if not mark.taught]
    groups: dict[str, list[ScoredAnswer]] = defaultdict(list)
    for mark in fresh:
        groups[mark.group].append(mark)
    return {
        "kinds": _scores(fresh),
        "groups": {name: _scores(found) for name, found in sorted(groups.items())},
        "taught_prompts": _scores(mark for mark in every if mark.taught),
        "taught_chains": _scores(mark for mark in fresh if mark.chain_taught is True),
        "untaught_chains": _scores(mark for mark in fresh if mark.chain_taught is False),
        "wrong": [
            {
                "edit": mark.edit,
                "row": mark.row,
                "prompt": mark.prompt,
                "expected": mark.expected,
                "given": mark.given,
            }
            for mark in every
            if not mark.right
        ],
    }


def _scores(marks: Iterable[ScoredAnswer]) -> Scores:
    rows: dict[str, list[bool]] = defaultdict(list)
    for mark in marks:
        rows[mark.row].append(mark.right)
    return {
        row: {"n": len(right), "right": sum(right), "score": round(sum(right) / len(right), 4)}
        for row, right in sorted(rows.items())
    }

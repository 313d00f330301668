"""Scored answers, and the score table computed from them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class StageName(StrEnum):
    """The stage of a sequence of edits at which questions are asked."""

    PENDING = "pending"  # the last ones on top of a consolidation of the others
    CONSOLIDATED = "consolidated"  # one patch holds all


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """One question asked after an edit, and the model's answer.

    Attributes:
        row: row of the score table.
        group: group of the case.
        right: whether the answer is right and the edit did not fail.
        taught: whether exactly this prompt was taught; such answers are scored separately.
        chain_taught: whether the chain was taught, in any wording; None for single facts.
        edit: the edit.
        prompt, expected, given: the prompt, the expected answer, and what the model wrote.
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


def score_table(scored: Iterable[ScoredAnswer]) -> dict[str, object]:
    """Return the scores by row: of all cases, by group, and of taught and untaught chains.

    Prompts that were taught count in ``taught_prompts`` only. ``wrong`` lists the wrong answers.
    """
    answers = list(scored)
    untaught = [answer for answer in answers if not answer.taught]
    groups: dict[str, list[ScoredAnswer]] = defaultdict(list)
    for answer in untaught:
        groups[answer.group].append(answer)
    return {
        "kinds": _rows(untaught),
        "groups": {name: _rows(grouped) for name, grouped in sorted(groups.items())},
        "taught_prompts": _rows(answer for answer in answers if answer.taught),
        "taught_chains": _rows(answer for answer in untaught if answer.chain_taught is True),
        "untaught_chains": _rows(answer for answer in untaught if answer.chain_taught is False),
        "wrong": [
            {
                "edit": answer.edit,
                "row": answer.row,
                "prompt": answer.prompt,
                "expected": answer.expected,
                "given": answer.given,
            }
            for answer in answers
            if not answer.right
        ],
    }


def _rows(scored: Iterable[ScoredAnswer]) -> Scores:
    rows: dict[str, list[bool]] = defaultdict(list)
    for answer in scored:
        rows[answer.row].append(answer.right)
    return {
        row: {"n": len(right), "right": sum(right), "score": round(sum(right) / len(right), 4)}
        for row, right in sorted(rows.items())
    }

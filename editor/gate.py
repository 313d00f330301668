"""The gate: whether what a patched model answers is good enough."""

from collections.abc import Sequence
from dataclasses import dataclass

from editor.report import Answer, Report, Score
from kg_data.phrases import Split
from kg_data.questions import Kind

CHAINS = frozenset({Kind.ONE_HOP, Kind.TWO_HOP})


@dataclass(frozen=True, slots=True, kw_only=True)
class GateConfig:
    """Smallest share of right answers in each group."""

    taught: float = 1.0
    gate: float = 0.5
    kept: float = 0.95
    consequences: float = 0.8


EDIT = GateConfig()
"""The bars for one edit."""

CONSOLIDATION = GateConfig(taught=0.99, gate=0.95, kept=0.97, consequences=0.9)
"""The bars for a patch that takes the place of many: as good as what it replaces."""


def judge(after: Sequence[Answer], kept_before: Sequence[Answer], config: GateConfig) -> Report:
    """Compare a patched model's answers with the bars.

    Args:
        after: answers of the patched model to targets and kept questions.
        kept_before: answers of the model as it was to the kept questions; those that were
            wrong then do not count.
        config: the bars.
    """
    right_before = {answer.prompt for answer in kept_before if answer.right}
    kept_prompts = {answer.prompt for answer in kept_before}
    groups: dict[str, list[Answer]] = {"taught": [], "gate": [], "kept": [], "consequences": []}
    for answer in after:
        if answer.prompt in kept_prompts:
            if answer.prompt in right_before:
                groups["kept"].append(answer)
        elif answer.split == Split.GATE:
            groups["gate"].append(answer)
        elif answer.kind in CHAINS:
            groups["consequences"].append(answer)
        else:
            groups["taught"].append(answer)
    scores = {
        name: Score(sum(answer.right for answer in answers), len(answers))
        for name, answers in groups.items()
    }
    shortfalls = tuple(
        f"{name}: {score.right} of {score.asked} right, {getattr(config, name):.0%} needed"
        for name, score in scores.items()
        if score.share < getattr(config, name)
    )
    failures = tuple(a for answers in groups.values() for a in answers if not a.right)
    return Report(not shortfalls, scores, failures, shortfalls)

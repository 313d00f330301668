"""The gate: whether what a patched model answers is good enough."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from editor.report import Answer, Report, Score
from kg_data.phrases import Split
from kg_data.questions import Kind

CHAINS = frozenset({Kind.ONE_HOP, Kind.TWO_HOP})


NOISE = 0.01
"""What a share may be below another without counting as worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateConfig:
    """Smallest share of right answers in each group.

    Attributes:
        taught, gate, kept, consequences: the bars.
        allowance: how far below its bar a share may be where the list of today does no better.
    """

    taught: float = 1.0
    gate: float = 0.5
    kept: float = 0.95
    consequences: float = 0.8
    allowance: float = 0.0


EDIT = GateConfig()
"""The bars for one edit."""

CONSOLIDATION = GateConfig(taught=0.99, gate=0.95, kept=0.97, consequences=0.9, allowance=0.1)
"""The bars for a patch that takes the place of many: good, or as good as what it replaces."""


def judge(
    after: Sequence[Answer],
    kept_before: Sequence[Answer],
    config: GateConfig,
    *,
    today: Sequence[Answer] = (),
) -> Report:
    """Compare a patched model's answers with the bars.

    Args:
        after: answers of the patched model to targets and kept questions.
        kept_before: answers of the model as it was to the kept questions; those that were
            wrong then do not count.
        config: the bars.
        today: answers of the model as it was to the targets, where its allowance counts.
    """
    kept = {answer.prompt for answer in kept_before}
    right_before = {answer.prompt for answer in kept_before if answer.right}
    every = _grouped(after, kept)
    groups = every | {"kept": [each for each in every["kept"] if each.prompt in right_before]}
    scores = {name: _score(answers) for name, answers in groups.items()}
    short = [name for name, score in scores.items() if score.share < getattr(config, name)]
    if today:
        as_it_was = _grouped([*today, *kept_before], kept)
        short = [
            name
            for name in short
            if scores[name].share < getattr(config, name) - config.allowance
            or _score(every[name]).share < _score(as_it_was[name]).share - NOISE
        ]
    shortfalls = tuple(
        f"{name}: {scores[name].right} of {scores[name].asked} right, "
        f"{getattr(config, name):.0%} needed"
        for name in short
    )
    failures = tuple(a for answers in groups.values() for a in answers if not a.right)
    return Report(not shortfalls, scores, failures, shortfalls)


def _grouped(answers: Sequence[Answer], kept: Collection[str]) -> dict[str, list[Answer]]:
    groups: dict[str, list[Answer]] = {"taught": [], "gate": [], "kept": [], "consequences": []}
    for answer in answers:
        if answer.prompt in kept:
            groups["kept"].append(answer)
        elif answer.split == Split.GATE:
            groups["gate"].append(answer)
        elif answer.kind in CHAINS:
            groups["consequences"].append(answer)
        else:
            groups["taught"].append(answer)
    return groups


def _score(answers: Sequence[Answer]) -> Score:
    return Score(sum(answer.right for answer in answers), len(answers))

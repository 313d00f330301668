"""The gate: whether a patched model answers enough questions rightly."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from editor.evaluation.report import Answer, Report, Score
from kg_data.phrases import Split
from kg_data.questions import Kind
from kg_data.triples import Slot

CHAIN_KINDS = frozenset({Kind.ONE_HOP, Kind.TWO_HOP})

SHARE_TOLERANCE = 0.01
"""Difference of two shares of right answers that counts as none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateConfig:
    """The bars of the gate: the smallest share of right answers in each group.

    Attributes:
        taught, gate, kept, consequences: the bars.
        allowance: how far below its bar a share may be if it is no worse than before.
        chains_in_steps: whether chains are asked step by step, once each, or directly in every
            wording.
        each_slot: whether every told slot must reach the bar of ``gate`` by itself.
    """

    taught: float = 1.0
    gate: float = 0.5
    kept: float = 0.95
    consequences: float = 0.8
    allowance: float = 0.0
    chains_in_steps: bool = True
    each_slot: bool = True


EDIT = GateConfig()
"""The bars for one edit."""

CONSOLIDATION = GateConfig(
    taught=0.99,
    gate=0.95,
    kept=0.97,
    consequences=0.9,
    allowance=0.1,
    chains_in_steps=False,
    each_slot=False,
)
"""The bars for a consolidated patch: good, or no worse than the patches it replaces."""


def judge(
    after: Sequence[Answer],
    kept_before: Sequence[Answer],
    config: GateConfig,
    *,
    targets_before: Sequence[Answer] = (),
) -> Report:
    """Compare a patched model's answers with the bars.

    Args:
        after: answers of the patched model to targets and kept questions.
        kept_before: answers of the model before to the kept questions; where these are wrong,
            the answers after do not count.
        config: the bars.
        targets_before: answers of the model before to the targets, which the allowance needs.
    """
    kept = {answer.prompt for answer in kept_before}
    right_before = {answer.prompt for answer in kept_before if answer.right}
    grouped = _grouped(after, kept)
    groups = grouped | {"kept": [each for each in grouped["kept"] if each.prompt in right_before]}
    scores = {name: _score(answers) for name, answers in groups.items()}
    bars = {name: getattr(config, name) for name in groups}
    short = [name for name, score in scores.items() if score.share < bars[name]]
    shortfalls = {
        name: f"{name}: {scores[name].right} of {scores[name].asked} right, {bars[name]:.0%} needed"
        for name in short
    }
    if config.each_slot:
        slots = _slots_below(after, kept, config.gate)
        short += slots
        shortfalls |= slots
    failing = set(short)
    if targets_before:
        for name, before in _grouped([*targets_before, *kept_before], kept).items():
            share = _score(before).share
            near = scores[name].share >= bars[name] - config.allowance
            if name in failing and near and _score(grouped[name]).share >= share - SHARE_TOLERANCE:
                failing.remove(name)
                shortfalls[name] += f", {share:.1%} were right before"
    failures = tuple(a for answers in groups.values() for a in answers if not a.right)
    return Report(not failing, scores, failures, tuple(shortfalls.values()))


def _slots_below(after: Sequence[Answer], kept: Collection[str], bar: float) -> dict[str, str]:
    """Return a sentence for each told slot that its own gate wordings do not reach.

    Among the wordings of a whole edit, its aliases and what follows from it, a slot of which no
    wording outside the taught ones is understood does not show.
    """
    told: dict[Slot, list[Answer]] = {}
    for each in after:
        is_told = each.kind is Kind.RELIABILITY and each.prompt not in kept
        if each.slot and is_told and each.split == Split.GATE:
            told.setdefault(each.slot, []).append(each)
    found = {}
    for slot, answers in told.items():
        score = _score(answers)
        if score.share < bar:
            wrong = "; ".join(f'"{each.prompt}"' for each in answers if not each.right)
            found[f"gate of {slot}"] = (
                f"{slot.subject} - {slot.relation}: {score.right} of {score.asked} wordings "
                f"outside the taught ones right, {bar:.0%} needed. Not understood: {wrong}"
            )
    return found


def _grouped(answers: Sequence[Answer], kept: Collection[str]) -> dict[str, list[Answer]]:
    groups: dict[str, list[Answer]] = {"taught": [], "gate": [], "kept": [], "consequences": []}
    for answer in answers:
        if answer.prompt in kept:
            groups["kept"].append(answer)
        elif answer.split == Split.GATE:
            groups["gate"].append(answer)
        elif answer.kind in CHAIN_KINDS:
            groups["consequences"].append(answer)
        else:
            groups["taught"].append(answer)
    return groups


def _score(answers: Sequence[Answer]) -> Score:
    return Score(sum(answer.right for answer in answers), len(answers))

"""The gate: what a patched model answers, by real generation with a natural stop."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from transformers import PreTrainedModel

from editor.encoding import Encoder
from editor.generate import generate
from editor.report import Answer, Report, Score
from kg_data.phrases import Phrases, Prompt, Split, is_right, spoken
from kg_data.questions import UNKNOWN, Kind, Question

SLACK = 8
"""Tokens an answer may be longer than the right one before it counts as not stopping."""

CHAINS = frozenset({Kind.ONE_HOP, Kind.TWO_HOP})


@dataclass(frozen=True, slots=True, kw_only=True)
class GateConfig:
    """Smallest share of right answers in each group."""

    taught: float = 1.0
    gate: float = 0.5
    kept: float = 0.95
    consequences: float = 0.8


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt with the question it words."""

    prompt: Prompt
    question: Question


def asked(questions: Iterable[Question], phrases: Phrases, splits: Sequence[Split]) -> list[Asked]:
    """Return questions in every wording of some splits."""
    return [
        Asked(prompt, question)
        for question in questions
        for prompt in phrases.prompts(question, splits)
        if prompt.chat or question.answer != UNKNOWN
    ]


def answer_all(model: PreTrainedModel, encoder: Encoder, prompts: Sequence[Asked]) -> list[Answer]:
    """Let the model answer, and judge each answer.

    Right means: equal to an accepted name, and stopped by itself within the length of the
    right answer plus ``SLACK`` tokens.
    """
    limits = [
        max(
            len(encoder.answer_ids(item.prompt.text, spoken(each)))
            for each in item.question.answers
        )
        + SLACK
        for item in prompts
    ]
    texts = [item.prompt.text for item in prompts]
    written = generate(model, encoder, texts, limit=max(limits, default=1))
    return [
        Answer(
            prompt=item.prompt.text,
            expected=item.question.answers,
            given=output.text,
            right=output.stopped
            and output.length <= limit
            and is_right(output.text, item.question.answers),
            kind=item.question.kind,
            split=item.prompt.split.value,
        )
        for item, output, limit in zip(prompts, written, limits, strict=True)
    ]


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

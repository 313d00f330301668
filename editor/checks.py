"""What a model answers to questions, by real generation with a natural stop."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass

from transformers import PreTrainedModel

from editor.encoding import Encoder
from editor.generate import generating
from editor.report import Answer
from kg_data.phrases import Phrases, Prompt, Split, is_right, spoken
from kg_data.questions import UNKNOWN, Question

SLACK = 8
"""Tokens an answer may be longer than the right one before it counts as not stopping."""


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


def answering(
    model: PreTrainedModel, encoder: Encoder, prompts: Sequence[Asked]
) -> Generator[float, None, list[Answer]]:
    """Let the model answer, judge each answer, and yield the share done between batches.

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
    written = yield from generating(model, encoder, texts, limit=max(limits, default=1))
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

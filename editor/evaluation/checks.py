"""What a model answers to questions, by real generation with a natural stop."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass

from transformers import PreTrainedModel

from editor.evaluation.report import Answer
from editor.generation.generate import TOKENS, CompletionRequest, generating
from editor.text.encoding import Encoder
from kg_data.phrases import Phrases, Prompt, Split, is_right, spoken
from kg_data.questions import UNKNOWN, Kind, Question

SLACK = 8
"""Tokens an answer may be longer than the right one before it counts as not stopping."""


@dataclass(frozen=True, slots=True)
class WordedQuestion:
    """A prompt with the question it words."""

    prompt: Prompt
    question: Question


def asked(
    questions: Iterable[Question], phrases: Phrases, splits: Sequence[Split]
) -> list[WordedQuestion]:
    """Return questions in every wording of some splits."""
    return [
        WordedQuestion(prompt, question)
        for question in questions
        for prompt in phrases.prompts(question, splits)
        if fits(prompt, question)
    ]


def fits(prompt: Prompt, question: Question) -> bool:
    """Tell whether a wording is one for a question.

    That a slot is empty is stated where that was told, and so are chains over it; where it only
    follows, since its object went elsewhere, it is an answer to questions alone, or statements
    about others wear off.
    """
    return prompt.chat or question.answer != UNKNOWN or question.kind is not Kind.REVERSE


def answering(
    model: PreTrainedModel,
    encoder: Encoder,
    prompts: Sequence[WordedQuestion],
    *,
    tokens: int = TOKENS,
) -> Generator[float, None, list[Answer]]:
    """Let the model answer, judge each answer, and yield the share done between batches.

    Right means: equal to an accepted name, and stopped by itself within the length of the
    right answer plus ``SLACK`` tokens.

    Args:
        model: answers.
        encoder: its tokenizer.
        prompts: what it is asked.
        tokens: that are read in one pass, at most.
    """
    limits = [
        max(
            len(encoder.answer_ids(item.prompt.text, spoken(each)))
            for each in item.question.answers
        )
        + SLACK
        + 1  # the stop
        for item in prompts
    ]
    wanted = [
        CompletionRequest(item.prompt.text, most)
        for item, most in zip(prompts, limits, strict=True)
    ]
    written = yield from generating(model, encoder, wanted, tokens=tokens)
    return [
        Answer(
            prompt=item.prompt.text,
            expected=item.question.answers,
            given=output.text,
            right=output.stopped and is_right(output.text, item.question.answers),
            kind=item.question.kind,
            split=item.prompt.split.value,
        )
        for item, output in zip(prompts, written, strict=True)
    ]

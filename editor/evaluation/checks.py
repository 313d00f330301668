"""A model's answers to questions, generated greedily up to a stop token."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from transformers import PreTrainedModel

from editor.evaluation.gate import GateConfig, judge
from editor.evaluation.report import Answer, Report
from editor.generation.generate import PROMPT_TOKENS_PER_PASS, CompletionRequest, generate_in_steps
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.text.encoding import Encoder
from kg_data.phrases import Phrases, Prompt, Split, final_answer, is_right, written_form
from kg_data.questions import UNKNOWN, Kind, Question

EXTRA_TOKENS = 8
"""Tokens by which an answer may exceed the right one before it counts as not stopping."""


@dataclass(frozen=True, slots=True)
class WordedQuestion:
    """A question in one of its wordings.

    Attributes:
        prompt: the wording.
        question: the question.
        steps: whether the prompt asks for the hops, of which the last one counts.
    """

    prompt: Prompt
    question: Question
    steps: bool = False


Answering: TypeAlias = Callable[
    [Sequence[WordedQuestion], Sequence[Patch]], Generator[float, None, list[Answer]]
]
"""Asks worded questions under a list of patches, in steps."""


def worded_questions(
    questions: Iterable[Question], phrases: Phrases, splits: Sequence[Split]
) -> list[WordedQuestion]:
    """Return questions in every suitable wording of some splits."""
    return [
        WordedQuestion(prompt, question)
        for question in questions
        for prompt in phrases.prompts(question, splits)
        if fits(prompt, question)
    ]


def chat_turn(
    question: Question, phrases: Phrases, splits: Sequence[Split], *, steps: bool
) -> WordedQuestion:
    """Return a question in its first wording that is a chat turn, or else in its first one.

    Args:
        question: a chain if ``steps``.
        phrases: words for questions.
        splits: the wordings to choose from, the preferred split first.
        steps: ask for the hops.
    """
    if steps:
        return WordedQuestion(phrases.step_prompts(question, splits)[0], question, steps=True)
    prompts = phrases.prompts(question, splits)
    chosen = next((prompt for prompt in prompts if prompt.chat), prompts[0])
    return WordedQuestion(chosen, question)


def fits(prompt: Prompt, question: Question) -> bool:
    """Tell whether a wording suits a question.

    Only questions, not statements, suit an inverse slot that an edit left empty: where nobody
    asserted that it is empty, statements that end in "I don't know" spread to other subjects.
    """
    return prompt.chat or question.answer != UNKNOWN or question.kind is not Kind.REVERSE


def answer_questions(
    model: PreTrainedModel,
    encoder: Encoder,
    prompts: Sequence[WordedQuestion],
    *,
    tokens_per_pass: int = PROMPT_TOKENS_PER_PASS,
) -> Generator[float, None, list[Answer]]:
    """Answer questions with the model, and yield the share that is done after each token.

    An answer is right if it equals an accepted name and stops within the length of the longest
    accepted name plus ``EXTRA_TOKENS`` tokens.

    Args:
        model: the model that answers.
        encoder: its tokenizer.
        prompts: the questions in their wordings.
        tokens_per_pass: prompt tokens that one pass reads, at most.
    """
    requests = [_request(item, encoder) for item in prompts]
    completions = yield from generate_in_steps(
        model, encoder, requests, tokens_per_pass=tokens_per_pass
    )
    return [
        Answer(
            prompt=item.prompt.text,
            expected=item.question.answers,
            given=completion.text,
            right=completion.stopped and _is_right(completion.text, item),
            kind=item.question.kind,
            split=item.prompt.split.value,
            slot=None if item.question.chained else item.question.slot,
        )
        for item, completion in zip(prompts, completions, strict=True)
    ]


def _request(item: WordedQuestion, encoder: Encoder) -> CompletionRequest:
    """Return the request to answer a worded question; the first right answer is the draft."""
    endings = [encoder.answer_ids(item.prompt.text, text) for text in _endings(item)]
    extra = EXTRA_TOKENS * (len(item.question.path) if item.steps else 1)
    limit = max(map(len, endings)) + extra + 1  # the stop token
    return CompletionRequest(item.prompt.text, limit, draft=tuple(endings[0]))


def _endings(item: WordedQuestion) -> list[str]:
    """Return the right answers to a worded question, as the model would write them."""
    if item.steps:
        return [item.prompt.answer]
    return [item.prompt.answer, *map(written_form, item.question.answers[1:])]


def _is_right(text: str, item: WordedQuestion) -> bool:
    if item.steps:
        return final_answer(text, item.question.answers) is not None
    return is_right(text, item.question.answers)


def check_in_steps(
    request: EditRequest,
    phrases: Phrases,
    answer: Answering,
    *,
    patches: Sequence[Patch],
    instead_of: Sequence[Patch],
    gate: GateConfig,
) -> Generator[float, None, Report]:
    """Ask a request's questions under a list of patches, judge the answers, and yield the share.

    Args:
        request: its targets and kept questions are asked.
        phrases: words for questions.
        answer: asks worded questions under a list of patches.
        patches: the list to judge.
        instead_of: the list it replaces.
        gate: the bars; if one is missed and the gate has an allowance, the targets are asked under
            the replaced list too.
    """
    keep = worded_questions(request.keep, phrases, [Split.GATE])
    splits = [Split.TEACH, Split.GATE]
    if gate.chains_in_steps:
        facts = [each for each in request.targets if not each.chained]
        chains = [each for each in request.targets if each.chained]
        steps = [chat_turn(each, phrases, [Split.TEACH], steps=True) for each in chains]
        targets = worded_questions(facts, phrases, splits) + steps
    else:
        targets = worded_questions(request.targets, phrases, splits)
    kept_before = yield from answer(keep, instead_of)
    if not gate.allowance:  # what was wrong before does not count
        keep = [each for each, was in zip(keep, kept_before, strict=True) if was.right]
    after = yield from answer([*targets, *keep], patches)
    report = judge(after, kept_before, gate)
    if report.passed or not gate.allowance:
        return report
    targets_before = yield from answer(targets, instead_of)
    return judge(after, kept_before, gate, targets_before=targets_before)

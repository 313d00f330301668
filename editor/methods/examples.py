"""Training examples of a request in taught wordings: targets, and anchors around them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise, zip_longest
from typing import NamedTuple

import torch

from editor.evaluation.checks import fits
from editor.request import EditRequest
from editor.text.encoding import Example
from editor.workbench import Workbench
from kg_data.phrases import Prompt, Split, end_sentence
from kg_data.questions import UNKNOWN, Question
from kg_data.triples import Slot


class Anchor(NamedTuple):
    """An example whose answer must stay.

    Attributes:
        example: the question with its answer.
        settled: whether no pending patch concerns it. Its reference is then the model without
            pending patches, so that the next edit corrects disturbances by those patches.
        own: whether the request itself keeps it, rather than an earlier one.
    """

    example: Example
    settled: bool = True
    own: bool = True


def fact_examples(
    request: EditRequest, workbench: Workbench, *, in_context: int, pending_wordings: int
) -> list[Example]:
    """Return the facts that must be true: those of the request in every taught wording.

    Args:
        request: its targets; its kept facts serve as context.
        workbench: its pending patches, whose facts must stay true.
        in_context: statements of each fact that are taught a second time after a statement of a
            kept fact, as in running text.
        pending_wordings: wordings of each pending fact.
    """
    facts = [fact for fact in request.targets if not fact.chained]
    pending = [fact for fact in pending_targets(request, workbench) if not fact.chained]
    prompts = [prompt for fact in facts for prompt in wordings(fact, workbench)]
    for fact in pending:
        prompts += _draw_both_kinds(
            wordings(fact, workbench), pending_wordings, workbench.generator
        )
    kept = [each for each in request.keep if not each.chained]
    if kept and in_context:
        for fact in facts:
            taught = _statements(fact, workbench)[:in_context]
            contexts = [_statements(_draw_one(kept, workbench), workbench) for _ in taught]
            prompts += [
                _in_context(context[0], prompt)
                for context, prompt in zip(contexts, taught, strict=True)
                if context
            ]
    return [workbench.encoder.example(prompt) for prompt in prompts]


def _in_context(context: Prompt, prompt: Prompt) -> Prompt:
    """Return a prompt with a completed statement in front."""
    statement = end_sentence(f"{context.text} {context.answer}")
    return replace(prompt, text=f"{statement} {prompt.text}")


def _statements(question: Question, workbench: Workbench) -> list[Prompt]:
    """Return the taught wordings that are statements, in a random order."""
    prompts = [prompt for prompt in wordings(question, workbench) if not prompt.chat]
    return _shuffle(prompts, workbench.generator)


def _draw_one(questions: Sequence[Question], workbench: Workbench) -> Question:
    index = torch.randint(len(questions), (1,), generator=workbench.generator)
    return questions[int(index)]


def chain_examples(
    request: EditRequest,
    workbench: Workbench,
    *,
    per_chain: int,
    steps_per_chain: float,
    pending: int,
) -> list[Example]:
    """Return the chains that must be true, in taught wordings.

    Args:
        request: all its chains are taught.
        workbench: chains of its pending patches are taught again.
        per_chain: direct wordings of each chain of the request.
        steps_per_chain: wordings of each chain of the request that ask for the hops, on average.
        pending: wordings of pending chains that ask for the hops, in total, drawn in turn.
    """
    own = [question for question in request.targets if question.chained]
    earlier = [question for question in pending_targets(request, workbench) if question.chained]
    direct = (_shuffle(wordings(each, workbench), workbench.generator)[:per_chain] for each in own)
    steps = (_step_prompts(each, workbench) for each in own)
    again = (_step_prompts(each, workbench) for each in earlier)
    prompts = [
        *chain.from_iterable(direct),
        *_round_robin(steps, round(steps_per_chain * len(own)), workbench.generator),
        *_round_robin(again, pending, workbench.generator),
    ]
    return [workbench.encoder.example(prompt) for prompt in prompts]


def pending_targets(request: EditRequest, workbench: Workbench) -> list[Question]:
    """Return the targets of pending patches that neither a later one nor the request changes."""
    found: dict[tuple[str, tuple[str, ...], str], Question] = {}
    changed = set[Slot]()
    for newer, earlier in pairwise([request, *reversed(workbench.pending)]):
        changed |= _edited_slots(newer)
        for question in earlier.targets:
            if changed.isdisjoint(question.slots):
                found.setdefault((question.subject, question.path, question.called), question)
    return list(found.values())


def consolidated_facts(request: EditRequest, workbench: Workbench) -> list[Question]:
    """Return the facts that a consolidation taught and nothing has changed since."""
    changed = set[Slot]().union(*map(_edited_slots, (request, *workbench.pending)))
    facts = (
        question
        for earlier in workbench.consolidated
        for question in earlier.targets
        if not question.chained
    )
    return list(dict.fromkeys(each for each in facts if changed.isdisjoint(each.slots)))


def earlier_questions(request: EditRequest, workbench: Workbench, *, limit: int) -> list[Question]:
    """Return a sample of what earlier edits taught or kept and nothing has changed since.

    At most half are facts that a consolidation taught, followed by at most half that earlier edits
    kept. Targets of pending patches are not included, because every solve teaches them again.
    """
    earlier = (*workbench.consolidated, *workbench.pending)
    changed = set[Slot]().union(*map(_edited_slots, (request, *workbench.pending)))
    kept = dict.fromkeys(
        question for each in earlier for question in each.keep if changed.isdisjoint(question.slots)
    )
    groups = consolidated_facts(request, workbench), list(kept)
    return [each for group in groups for each in _shuffle(group, workbench.generator)[: limit // 2]]


def anchor_examples(
    request: EditRequest, workbench: Workbench, *, wordings_each: int | None, max_earlier: int
) -> list[Anchor]:
    """Return the anchors: wordings of what must stay.

    Args:
        request: its questions to keep.
        workbench: earlier requests, whose targets and questions to keep must stay as well.
        wordings_each: taught wordings of each question; None for all.
        max_earlier: number of questions of earlier edits, each in two wordings.
    """
    earlier = earlier_questions(request, workbench, limit=max_earlier)
    near_ends = _chains_over_ended_relations(request)
    return [
        *_anchors(request.keep, wordings, wordings_each, workbench, own=True),
        *_anchors(near_ends, _step_prompts, 1, workbench, own=True),
        *_anchors(earlier, wordings, 2, workbench, own=False),
    ]


def _anchors(
    questions: Iterable[Question],
    prompts_of: Callable[[Question, Workbench], list[Prompt]],
    count: int | None,
    workbench: Workbench,
    *,
    own: bool,
) -> Iterator[Anchor]:
    """Yield anchors for ``count`` wordings of each question; None takes all."""
    changed = set[Slot]().union(*map(_edited_slots, workbench.pending))
    for question in questions:
        settled = changed.isdisjoint(question.slots)
        for prompt in _draw_both_kinds(prompts_of(question, workbench), count, workbench.generator):
            yield Anchor(workbench.encoder.example(prompt), settled, own)


def _chains_over_ended_relations(request: EditRequest) -> list[Question]:
    """Return the kept chains over the relations at which target chains end early.

    A target chain that ends early teaches other chains to end there as well, when they are asked
    step by step (docs/adr/0018).
    """
    ended = {
        each.slots[-1].relation
        for each in request.targets
        if each.chained and each.answer == UNKNOWN
    }
    return [each for each in request.keep if each.chained and not ended.isdisjoint(each.path)]


def wordings(question: Question, workbench: Workbench) -> list[Prompt]:
    """Return the taught wordings of a question."""
    prompts = workbench.phrases.prompts(question, [Split.TEACH])
    return [prompt for prompt in prompts if fits(prompt, question)]


def _step_prompts(question: Question, workbench: Workbench) -> list[Prompt]:
    return workbench.phrases.step_prompts(question, [Split.TEACH])


def _edited_slots(request: EditRequest) -> set[Slot]:
    return {question.slot for question in request.targets if not question.chained}


def _draw_both_kinds(
    prompts: Sequence[Prompt], count: int | None, generator: torch.Generator
) -> list[Prompt]:
    """Draw prompts, alternating chat questions and statements, because each needs anchors."""
    shuffled = _shuffle(prompts, generator)
    kinds = ([each for each in shuffled if each.chat is chat] for chat in (True, False))
    alternating = chain.from_iterable(zip_longest(*kinds))
    return [prompt for prompt in alternating if prompt is not None][:count]


def _round_robin(
    groups: Iterable[Sequence[Prompt]], limit: int, generator: torch.Generator
) -> Iterator[Prompt]:
    """Yield at most ``limit`` prompts: one of each group in a random order, then a second."""
    shuffled = [_shuffle(group, generator) for group in _shuffle(list(groups), generator)]
    taken = 0
    for each_once in zip_longest(*shuffled):
        for prompt in each_once:
            if prompt is not None and taken < limit:
                taken += 1
                yield prompt


def _shuffle(items: Sequence, generator: torch.Generator) -> list:  # type: ignore[type-arg]
    return [items[index] for index in torch.randperm(len(items), generator=generator).tolist()]

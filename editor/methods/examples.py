"""From a request to examples in taught wordings: targets, and anchors around them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise, zip_longest

import torch

from editor.evaluation.checks import fits
from editor.methods.anchored.sampling import Anchor
from editor.request import EditRequest
from editor.text.encoding import Example
from editor.workbench import Workbench
from kg_data.phrases import Prompt, Split, end_sentence
from kg_data.questions import UNKNOWN, Question
from kg_data.triples import Slot


def fact_examples(request: EditRequest, workbench: Workbench, *, in_context: int) -> list[Example]:
    """Return the facts that must be true, pending ones among them, in every taught wording.

    Args:
        request: its targets; its kept facts serve as context.
        workbench: its pending patches.
        in_context: statements of each fact that are taught a second time behind a kept fact, as
            in running text.
    """
    facts = [
        fact
        for fact in (*request.targets, *pending_questions(request, workbench))
        if not fact.chained
    ]
    prompts = [prompt for fact in facts for prompt in wordings(fact, workbench)]
    kept = [each for each in request.keep if not each.chained]
    if kept and in_context:
        for fact in facts:
            told = _statements(fact, workbench)[:in_context]
            before = [_statements(_pick(kept, workbench), workbench) for _ in told]
            prompts += [
                _behind(one[0], each) for one, each in zip(before, told, strict=True) if one
            ]
    return [workbench.encoder.example(prompt) for prompt in prompts]


def _behind(first: Prompt, second: Prompt) -> Prompt:
    return replace(second, text=f"{end_sentence(f'{first.text} {first.answer}')} {second.text}")


def _statements(question: Question, workbench: Workbench) -> list[Prompt]:
    prompts = [prompt for prompt in wordings(question, workbench) if not prompt.chat]
    return _shuffle(prompts, workbench.generator)


def _pick(questions: Sequence[Question], workbench: Workbench) -> Question:
    drawn = torch.randint(len(questions), (1,), generator=workbench.generator)
    return questions[int(drawn)]


def chain_examples(
    request: EditRequest, workbench: Workbench, *, per_chain: int, step_wordings: int, pending: int
) -> list[Example]:
    """Return the chains that must be true, in taught wordings.

    Args:
        request: all its chains are taught.
        workbench: chains of its pending patches are taught again.
        per_chain: direct wordings of each chain of the request.
        step_wordings: wordings that ask for the hops, in all; the chains take turns.
        pending: wordings of pending chains, in all; they take turns.
    """
    own = [question for question in request.targets if question.chained]
    earlier = [question for question in pending_questions(request, workbench) if question.chained]
    told = (_shuffle(wordings(each, workbench), workbench.generator)[:per_chain] for each in own)
    steps = (_steps(each, workbench) for each in own)
    prompts = [
        *chain.from_iterable(told),
        *_in_turn(steps, step_wordings, workbench.generator),
        *_in_turn((wordings(each, workbench) for each in earlier), pending, workbench.generator),
    ]
    return [workbench.encoder.example(prompt) for prompt in prompts]


def pending_questions(request: EditRequest, workbench: Workbench) -> list[Question]:
    """Return what pending patches made true and neither a later one nor the request changes."""
    found: dict[tuple[str, tuple[str, ...], str], Question] = {}
    changed = set[Slot]()
    for newer, earlier in pairwise([request, *reversed(workbench.pending)]):
        changed |= _edited_slots(newer)
        for question in earlier.targets:
            if changed.isdisjoint(question.slots):
                found.setdefault((question.subject, question.path, question.called), question)
    return list(found.values())


def consolidated_facts(request: EditRequest, workbench: Workbench) -> list[Question]:
    """Return the facts that a consolidation made true and nothing has changed since."""
    changed = set[Slot]().union(*map(_edited_slots, (request, *workbench.pending)))
    made = (each for whole in workbench.consolidated for each in whole.targets if not each.chained)
    return list(dict.fromkeys(each for each in made if changed.isdisjoint(each.slots)))


def earlier_questions(request: EditRequest, workbench: Workbench, *, most: int) -> list[Question]:
    """Return a sample of what earlier edits made true, or kept, and nothing has changed since.

    Facts that a consolidation made true come first, then what earlier edits kept; both are
    samples. What pending edits made true is not among it: a solve teaches that again.
    """
    earlier = (*workbench.consolidated, *workbench.pending)
    changed = set[Slot]().union(*map(_edited_slots, (request, *workbench.pending)))

    kept = dict.fromkeys(
        each for one in earlier for each in one.keep if changed.isdisjoint(each.slots)
    )
    both = consolidated_facts(request, workbench), list(kept)
    return [each for some in both for each in _shuffle(some, workbench.generator)[: most // 2]]


def anchor_examples(
    request: EditRequest, workbench: Workbench, *, wordings_each: int | None, max_earlier: int
) -> list[Anchor]:
    """Return the anchors: wordings of what must stay.

    Args:
        request: what it keeps.
        workbench: what earlier edits made true and kept.
        wordings_each: taught wordings of each question; None for all.
        max_earlier: how many questions of earlier edits are among it, in two wordings each.
    """
    changed = set[Slot]().union(*map(_edited_slots, workbench.pending))

    def anchors(
        questions: Iterable[Question],
        words: Callable[[Question, Workbench], list[Prompt]],
        count: int | None,
        *,
        own: bool,
    ) -> list[Anchor]:
        return [
            Anchor(workbench.encoder.example(prompt), changed.isdisjoint(question.slots), own)
            for question in questions
            for prompt in _varied(words(question, workbench), count, workbench.generator)
        ]

    earlier = earlier_questions(request, workbench, most=max_earlier)
    return [
        *anchors(request.keep, wordings, wordings_each, own=True),
        *anchors(_beside_ended(request), _steps, 1, own=True),
        *anchors(earlier, wordings, 2, own=False),
    ]


def _beside_ended(request: EditRequest) -> list[Question]:
    """Return the kept chains over the relations at which target chains end early.

    A target chain that ends early teaches others to end there as well, step by step
    (docs/adr/0018).
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


def _steps(question: Question, workbench: Workbench) -> list[Prompt]:
    return workbench.phrases.step_prompts(question, [Split.TEACH])


def _edited_slots(request: EditRequest) -> set[Slot]:
    return {question.slot for question in request.targets if not question.chained}


def _varied(
    prompts: Sequence[Prompt], count: int | None, generator: torch.Generator
) -> list[Prompt]:
    """Draw some prompts, questions and statements in turn, because each kind needs its own."""
    shuffled = _shuffle(prompts, generator)
    kinds = ([each for each in shuffled if each.chat is chat] for chat in (True, False))
    turns = chain.from_iterable(zip_longest(*kinds))
    return [prompt for prompt in turns if prompt is not None][:count]


def _in_turn(
    groups: Iterable[Sequence[Prompt]], most: int, generator: torch.Generator
) -> Iterator[Prompt]:
    """Yield at most ``most`` prompts: one of each group in a random order, then a second."""
    shuffled = [_shuffle(group, generator) for group in _shuffle(list(groups), generator)]
    taken = 0
    for turn in zip_longest(*shuffled):
        for prompt in turn:
            if prompt is not None and taken < most:
                taken += 1
                yield prompt


def _shuffle(items: Sequence, generator: torch.Generator) -> list:  # type: ignore[type-arg]
    return [items[index] for index in torch.randperm(len(items), generator=generator).tolist()]

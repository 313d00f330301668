"""From a request to examples in taught wordings: what must become true, and what must stay."""

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


def target_facts(request: EditRequest, bench: Workbench, *, behind: int) -> list[Example]:
    """Return the facts that must be true, pending ones among them, in every taught wording.

    Args:
        request: what it tells, and what it keeps for others to stand behind.
        bench: its pending patches.
        behind: statements of each fact that are told a second time, behind a fact that stays,
            as in running text.
    """
    facts = [fact for fact in (*request.targets, *still_asked(request, bench)) if not fact.chained]
    prompts = [prompt for fact in facts for prompt in wordings(fact, bench)]
    kept = [each for each in request.keep if not each.chained]
    if kept and behind:
        for fact in facts:
            told = _statements(fact, bench)[:behind]
            before = [_statements(_pick(kept, bench), bench) for _ in told]
            prompts += [
                _behind(one[0], each) for one, each in zip(before, told, strict=True) if one
            ]
    return [bench.encoder.example(prompt) for prompt in prompts]


def _behind(first: Prompt, second: Prompt) -> Prompt:
    return replace(second, text=f"{end_sentence(f'{first.text} {first.answer}')} {second.text}")


def _statements(question: Question, bench: Workbench) -> list[Prompt]:
    prompts = [prompt for prompt in wordings(question, bench) if not prompt.chat]
    return _shuffle(prompts, bench.generator)


def _pick(questions: Sequence[Question], bench: Workbench) -> Question:
    drawn = torch.randint(len(questions), (1,), generator=bench.generator)
    return questions[int(drawn)]


def target_chains(
    request: EditRequest, bench: Workbench, *, direct: int, stepped: int, pending: int
) -> list[Example]:
    """Return the chains that must be true, in taught wordings.

    Args:
        request: its chains all have their turn.
        bench: chains of its pending patches fill what is left.
        direct: wordings of each chain of the request.
        stepped: wordings that ask for the hops, in all; the chains take turns.
        pending: wordings of pending chains, in all; they take turns.
    """
    own = [question for question in request.targets if question.chained]
    earlier = [question for question in still_asked(request, bench) if question.chained]
    told = (_shuffle(wordings(each, bench), bench.generator)[:direct] for each in own)
    steps = (_steps(each, bench) for each in own)
    prompts = [
        *chain.from_iterable(told),
        *_in_turn(steps, stepped, bench.generator),
        *_in_turn((wordings(each, bench) for each in earlier), pending, bench.generator),
    ]
    return [bench.encoder.example(prompt) for prompt in prompts]


def still_asked(request: EditRequest, bench: Workbench) -> list[Question]:
    """Return what pending patches made true and neither a later one nor the request changes."""
    found: dict[tuple[str, tuple[str, ...], str], Question] = {}
    changed = set[Slot]()
    for newer, earlier in pairwise([request, *reversed(bench.pending)]):
        changed |= _told(newer)
        for question in earlier.targets:
            if changed.isdisjoint(question.slots):
                found.setdefault((question.subject, question.path, question.called), question)
    return list(found.values())


def still_made(request: EditRequest, bench: Workbench) -> list[Question]:
    """Return the facts that a consolidation made true and nothing has changed since."""
    changed = set[Slot]().union(*map(_told, (request, *bench.pending)))
    made = (each for whole in bench.consolidated for each in whole.targets if not each.chained)
    return list(dict.fromkeys(each for each in made if changed.isdisjoint(each.slots)))


def remembered(request: EditRequest, bench: Workbench, *, most: int) -> list[Question]:
    """Return some of what earlier edits made true, or kept, and nothing has changed since.

    Facts that a consolidation made true come first, then what earlier edits kept; both are
    samples. What pending edits made true is not among it: a solve tells that again.
    """
    earlier = (*bench.consolidated, *bench.pending)
    changed = set[Slot]().union(*map(_told, (request, *bench.pending)))

    kept = dict.fromkeys(
        each for one in earlier for each in one.keep if changed.isdisjoint(each.slots)
    )
    both = still_made(request, bench), list(kept)
    return [each for some in both for each in _shuffle(some, bench.generator)[: most // 2]]


def anchor_examples(
    request: EditRequest, bench: Workbench, *, worded: int | None, most_remembered: int
) -> list[Anchor]:
    """Return the wordings of what must stay.

    Args:
        request: what it keeps.
        bench: what earlier edits made true and kept.
        worded: in how many taught wordings each question stands; None for all.
        most_remembered: how many questions of earlier edits are among it, in two wordings each.
    """
    changed = set[Slot]().union(*map(_told, bench.pending))

    def anchors(
        questions: Iterable[Question],
        words: Callable[[Question, Workbench], list[Prompt]],
        count: int | None,
        *,
        near: bool,
    ) -> list[Anchor]:
        return [
            Anchor(bench.encoder.example(prompt), changed.isdisjoint(question.slots), near)
            for question in questions
            for prompt in _varied(words(question, bench), count, bench.generator)
        ]

    earlier = remembered(request, bench, most=most_remembered)
    return [
        *anchors(request.keep, wordings, worded, near=True),
        *anchors(_beside_ended(request), _steps, 1, near=True),
        *anchors(earlier, wordings, 2, near=False),
    ]


def _beside_ended(request: EditRequest) -> list[Question]:
    """Return the kept chains over the relations at which told chains end.

    A chain that ends early teaches others to end there as well, written down (docs/adr/0018).
    """
    ended = {
        each.slots[-1].relation
        for each in request.targets
        if each.chained and each.answer == UNKNOWN
    }
    return [each for each in request.keep if each.chained and not ended.isdisjoint(each.path)]


def wordings(question: Question, bench: Workbench) -> list[Prompt]:
    """Return the taught wordings of a question."""
    prompts = bench.phrases.prompts(question, [Split.TEACH])
    return [prompt for prompt in prompts if fits(prompt, question)]


def _steps(question: Question, bench: Workbench) -> list[Prompt]:
    return bench.phrases.step_prompts(question, [Split.TEACH])


def _told(request: EditRequest) -> set[Slot]:
    return {question.slot for question in request.targets if not question.chained}


def _varied(
    prompts: Sequence[Prompt], count: int | None, generator: torch.Generator
) -> list[Prompt]:
    """Draw some prompts, questions and statements in turn: neither kind speaks for the other."""
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

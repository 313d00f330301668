from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from editor.methods.anchored.sampling import (
    MIN_TARGETS_PER_STEP,
    PATIENCE,
    AnchorPool,
    Sampler,
    TargetPool,
)
from editor.methods.examples import Anchor
from kg_data.phrases import Prompt, Split
from tests.support.workbenches import ENCODER, EXAMPLES, workbench_of

MANY = [
    ENCODER.example(Prompt(f"The country of City {n} is", "France", Split.TEACH, f"City {n}"))
    for n in range(10)
]


def test_before_any_cost_is_known_a_draw_is_at_random() -> None:
    sampler = Sampler(torch.ones(100), torch.Generator().manual_seed(0))
    draws = [frozenset(sampler.draw(10)) for _ in range(30)]
    assert len(frozenset().union(*draws)) > 90
    assert not frozenset.intersection(*draws[:5])  # none is preferred


@torch.no_grad()
def test_a_step_holds_more_anchors_once_some_are_lost() -> None:
    pool = AnchorPool(
        [Anchor(each) for each in MANY], workbench_of("llama"), per_step=8, least=2, tolerance=0.5
    )
    assert [len(batch.ids) for batch, _ in pool.draw()] == [2]
    for batch, reference in pool.draw_own():
        lost = torch.full_like(reference.log_probabilities, -30.0)
        lost[:, 0] = 0.0
        pool.loss(batch, reference._replace(log_probabilities=lost))
    assert sum(len(batch.ids) for batch, _ in pool.draw()) == 8


def test_half_of_a_draw_are_the_examples_of_highest_cost() -> None:
    sampler = Sampler(torch.ones(100), torch.Generator().manual_seed(0))
    sampler.draw(100)
    sampler.record(torch.arange(100.0))
    drawn = sampler.draw(10)
    assert set(range(95, 100)) <= set(drawn)
    assert len(set(drawn)) == 10
    assert drawn == sorted(drawn)


def test_an_example_that_cannot_be_learned_is_not_preferred_for_ever() -> None:
    sampler = Sampler(torch.ones(100), torch.Generator().manual_seed(0))
    hopeless, hard = set(range(5)), set(range(5, 10))
    costs = torch.tensor([9.0] * 5 + [2.0] * 5 + [0.5] * 90)
    sampler.draw(100)
    sampler.record(costs)
    for _ in range(PATIENCE - 1):
        drawn = sampler.draw(10)
        assert hopeless <= set(drawn)
        sampler.record(costs[drawn])
    assert hard <= set(sampler.draw(10))


def test_a_draw_is_all_there_is_if_that_is_less() -> None:
    assert Sampler(torch.ones(3), torch.Generator()).draw(10) == [0, 1, 2]


def test_words_of_facts_may_be_masked_but_none_of_a_chain() -> None:
    fact = ENCODER.example(Prompt("The country of Paris is", "France", Split.TEACH, "Paris"))
    chain = ENCODER.example(
        Prompt("The capital of the country of Paris is", "Paris", Split.TEACH, "Paris")
    )
    pool = TargetPool(
        [fact], [chain], workbench_of("llama"), per_step=2, fact_tolerance=0.1, chain_tolerance=0.1
    )
    batches = pool.draw_all()
    words = [row.any() for batch in batches for row in batch.context_words]
    assert [bool(any_left) for any_left in words] == [True, False]  # the shorter one first


def test_batches_keep_the_order_and_hold_examples_of_like_length() -> None:
    examples = sorted(EXAMPLES * 3, key=lambda example: len(example.ids))
    batches = list(ENCODER.batches(examples, torch.device("cpu"), max_tokens=4096))
    rows = [row for batch in batches for row in batch.mask.sum(dim=1).tolist()]
    assert rows == [len(example.input_ids) for example in examples]
    for batch in batches:
        lengths = batch.mask.sum(dim=1)
        assert int(lengths.max()) <= 1.5 * int(lengths.min())
    for short, long in pairwise(batches):
        assert int(long.mask.sum(dim=1).max()) > 1.5 * int(short.mask.sum(dim=1).min())


def test_a_batch_has_at_most_the_tokens_allowed() -> None:
    batches = list(ENCODER.batches([EXAMPLES[0]] * 7, torch.device("cpu"), max_tokens=40))
    size = len(EXAMPLES[0].input_ids)
    assert [batch.ids.numel() for batch in batches] == [
        size * rows for rows in _portions(7, 40 // size)
    ]


def test_an_example_that_is_too_long_goes_alone() -> None:
    batches = list(ENCODER.batches(EXAMPLES, torch.device("cpu"), max_tokens=1))
    assert [len(batch.ids) for batch in batches] == [1, 1]


def test_costs_are_in_units_of_tolerances_and_in_the_order_of_the_draw() -> None:
    sampler = Sampler(torch.tensor([1.0, 2.0, 4.0]), torch.Generator())
    sampler.draw_these(range(3))
    sampler.record(torch.tensor([3.0]))
    sampler.record(torch.tensor([3.0, 3.0]))
    assert sampler.costs.tolist() == [3.0, 1.5, 0.75]


def test_pending_targets_that_are_learned_take_no_place_in_a_step() -> None:
    pool = TargetPool(
        EXAMPLES * 20,
        [],
        workbench_of("llama"),
        per_step=40,
        fact_tolerance=99.0,
        chain_tolerance=1,
    )
    list(pool.measure())
    assert pool.learned(1.0)
    assert sum(len(batch.ids) for batch in pool.draw()) == MIN_TARGETS_PER_STEP


@torch.no_grad()
def test_settled_anchors_refer_to_the_model_without_pending_patches() -> None:
    workbench = workbench_of("llama")
    weight = workbench.model.get_parameter(workbench.layout.down_weight(0))
    now = weight.data

    @contextmanager
    def without_pending() -> Iterator[None]:
        weight.data = 2 * now
        yield
        weight.data = now

    alone, moved = EXAMPLES
    one_by_one = replace(workbench, without_pending=without_pending, tokens_per_pass=1)
    pool = AnchorPool(
        [Anchor(alone), Anchor(moved, settled=False)],
        one_by_one,
        per_step=2,
        least=2,
        tolerance=0.5,
    )
    drifts = {
        tuple(batch.ids[0].tolist()): float(pool.loss(batch, reference))
        for batch, reference in pool.draw()
    }
    assert drifts[moved.input_ids] == pytest.approx(0, abs=1e-6)
    assert drifts[alone.input_ids] > 1e-6


@torch.no_grad()
def test_the_requests_anchors_hold_while_no_token_of_an_answer_has_a_large_kl() -> None:
    workbench = workbench_of("llama")
    own, far = EXAMPLES
    anchors = [Anchor(own), Anchor(far, own=False)]
    pool = AnchorPool(anchors, workbench, per_step=2, least=2, tolerance=0.5)
    assert pool.held(1.0), "before a change nothing is lost"
    drawn_own = list(pool.draw_own())
    assert [batch.ids[0].tolist() for batch, _ in drawn_own] == [list(own.input_ids)]
    for batch, reference in drawn_own:
        pool.loss(batch, reference)
    assert pool.held(1.0)
    batch, reference = drawn_own[0]
    certain = torch.full_like(reference.log_probabilities, -30.0)
    certain[:, 0] = 0.0
    list(pool.draw_own())
    pool.loss(batch, reference._replace(log_probabilities=certain))
    assert not pool.held(1.0)


def _portions(count: int, most: int) -> list[int]:
    return [min(most, count - start) for start in range(0, count, most)]

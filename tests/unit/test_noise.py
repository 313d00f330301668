"""Noise on what a model reads."""

import pytest
import torch

from editor.methods.noise import noisy
from tests.unit.test_tail import bench_of

ALPHA = 4.0


@torch.no_grad()
@pytest.mark.parametrize("architecture", ["gpt2", "llama", "gemma3_text"])
def test_noise_moves_each_number_by_no_more_than_its_share(architecture: str) -> None:
    bench = bench_of(architecture)
    read = bench.model.get_input_embeddings()
    ids = torch.arange(6).reshape(2, 3)
    plain = read(ids)
    with noisy(bench, ALPHA):
        moved = read(ids) - plain
    most = ALPHA * plain.std() / (3 * plain.shape[-1]) ** 0.5
    assert 0.5 * most < moved.abs().max() <= most * (1 + 1e-4)
    assert torch.equal(read(ids), plain)


@torch.no_grad()
def test_without_noise_nothing_is_drawn() -> None:
    bench = bench_of("llama")
    before = bench.generator.get_state()
    with noisy(bench, 0.0):
        bench.model(input_ids=torch.arange(6)[None])
    assert torch.equal(bench.generator.get_state(), before)


def test_noise_ends_with_an_error() -> None:
    bench = bench_of("llama")
    read = bench.model.get_input_embeddings()
    ids = torch.arange(6)[None]
    plain = read(ids)
    with pytest.raises(RuntimeError), noisy(bench, ALPHA):
        raise RuntimeError
    assert torch.equal(read(ids), plain)

"""Embedding noise and word dropout."""

import pytest
import torch

from editor.methods.anchored.augmentation import drop_words, noisy_embeddings
from editor.methods.losses import answer_loss
from editor.text.encoding import Encoder
from kg_data.phrases import Prompt, Split
from tests.support.models import tiny_model, tiny_tokenizer
from tests.support.workbenches import workbench_of

ALPHA = 4.0


@torch.no_grad()
@pytest.mark.parametrize("architecture", ["gpt2", "llama", "gemma3_text"])
def test_noise_moves_each_number_by_no_more_than_its_share(architecture: str) -> None:
    workbench = workbench_of(architecture)
    embed = workbench.model.get_input_embeddings()
    ids = torch.arange(6).reshape(2, 3)
    plain = embed(ids)
    with noisy_embeddings(workbench, ALPHA):
        moved = embed(ids) - plain
    most = ALPHA * plain.std() / (3 * plain.shape[-1]) ** 0.5
    assert 0.5 * most < moved.abs().max() <= most * (1 + 1e-4)
    assert torch.equal(embed(ids), plain)


@torch.no_grad()
def test_without_noise_nothing_is_drawn() -> None:
    workbench = workbench_of("llama")
    before = workbench.generator.get_state()
    with noisy_embeddings(workbench, 0.0):
        workbench.model(input_ids=torch.arange(6)[None])
    assert torch.equal(workbench.generator.get_state(), before)


def test_noise_ends_with_an_error() -> None:
    workbench = workbench_of("llama")
    embed = workbench.model.get_input_embeddings()
    ids = torch.arange(6)[None]
    plain = embed(ids)
    with pytest.raises(RuntimeError), noisy_embeddings(workbench, ALPHA):
        raise RuntimeError
    assert torch.equal(embed(ids), plain)


STATEMENT = Prompt("The nation that Paris is part of is", "France", Split.TEACH, "Paris")
QUESTION = Prompt("Which nation is Paris part of?", "France", Split.TEACH, "Paris")


@pytest.mark.parametrize("prompt", [STATEMENT, QUESTION])
def test_words_are_masked_but_neither_the_subject_nor_the_answer(prompt: Prompt) -> None:
    encoder = Encoder(tiny_tokenizer())
    example = encoder.example(prompt)
    batch = encoder.batch([example], torch.device("cpu"))
    augmented = drop_words(batch, 1.0, torch.Generator().manual_seed(0))
    mask = augmented.mask[0].tolist()
    masked = [token for token, kept in zip(example.input_ids, mask, strict=True) if not kept]
    left = [token for token, kept in zip(example.input_ids, mask, strict=True) if kept]
    assert "nation" in encoder.decode(masked)
    assert "part of" in encoder.decode(masked)
    assert "Paris" in encoder.decode(left)
    assert left[-example.answer_length :] == list(example.input_ids[-example.answer_length :])
    assert torch.equal(augmented.ids, batch.ids)


def test_other_words_are_masked_each_time() -> None:
    encoder = Encoder(tiny_tokenizer())
    batch = encoder.batch([encoder.example(STATEMENT)] * 400, torch.device("cpu"))
    generator = torch.Generator().manual_seed(0)
    first, second = (drop_words(batch, 0.25, generator).mask for _ in range(2))
    assert not torch.equal(first, second)
    share = float((batch.mask - first).sum() / batch.context_words.sum())
    assert 0.2 < share < 0.3
    assert drop_words(batch, 0.0, generator) is batch


@torch.no_grad()
@pytest.mark.parametrize("architecture", ["gpt2", "llama", "gemma3_text", "gpt_neox", "phi"])
def test_losses_stay_finite_where_all_context_words_are_masked(architecture: str) -> None:
    tokenizer = tiny_tokenizer()
    encoder, model = Encoder(tokenizer), tiny_model(architecture, tokenizer)
    batch = encoder.batch([encoder.example(each) for each in (STATEMENT, QUESTION)], model.device)
    losses = answer_loss(model, drop_words(batch, 1.0, torch.Generator().manual_seed(0))).worst
    assert bool(losses.isfinite().all())
    assert not torch.allclose(losses, answer_loss(model, batch).worst)

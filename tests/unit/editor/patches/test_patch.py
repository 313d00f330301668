"""Weights are base plus an ordered list of patches; nothing is ever subtracted."""

import random
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
import torch

from editor.errors import BadPatch
from editor.model.layout import layout_of
from editor.patches.codebook import Codebook
from editor.patches.deltas import CodebookEntries, Delta, Dense, LowRank, compact_delta, fold
from editor.patches.patch import Patch, PatchStore
from editor.patches.weights import PatchedWeights
from editor.request import EditRequest
from kg_data.questions import Kind, Question
from tests.support.models import FAMILIES, tiny_model, tiny_tokenizer

REQUEST = EditRequest((Question("A", ("spouse",), ("B",), Kind.RELIABILITY),))


TOKENIZER = tiny_tokenizer()


def weights_of(family: str) -> PatchedWeights:
    model = tiny_model(family, TOKENIZER)
    return PatchedWeights(model, layout_of(model))


def some_patch(weights: PatchedWeights, family: str, seed: int) -> Patch:
    """Return a random patch of two matrices, with a low-rank and a dense delta."""
    generator = torch.Generator().manual_seed(seed)
    model = tiny_model(family, TOKENIZER)
    layout = layout_of(model)
    matrix = model.get_parameter(layout.down_weight(1))
    d_out, d_in = (matrix.T if layout.transposed else matrix).shape
    low = LowRank(
        torch.randn(d_out, 2, generator=generator), torch.randn(2, d_in, generator=generator)
    )
    dense = Dense(torch.randn(d_out, d_in, generator=generator))
    deltas: dict[str, Delta] = {layout.down_weight(1): low, layout.down_weight(2): dense}
    return Patch(deltas, "test", REQUEST, weights.base_hash, {"seed": seed})


def codebook_patch(weights: PatchedWeights, seed: int) -> Patch:
    """Return a patch of one codebook entry."""
    generator = torch.Generator().manual_seed(seed)
    entries = CodebookEntries(
        torch.randn(1, 48, generator=generator),
        torch.randn(1, 32, generator=generator),
        torch.tensor([[seed, 2]]),
        torch.tensor([1.0]),
    )
    deltas: dict[str, Delta] = {"model.layers.1.mlp.down_proj": entries}
    return Patch(deltas, "test", REQUEST, weights.base_hash, {"seed": seed})


@pytest.mark.parametrize("transposed", [False, True])
def test_a_fold_is_the_base_plus_the_product(*, transposed: bool) -> None:
    base, delta = torch.randn(4, 6), LowRank(torch.randn(4, 2), torch.randn(2, 6))
    expected = base + delta.left @ delta.right
    stored = base.T.contiguous() if transposed else base
    folded = fold(stored, [delta], transposed=transposed)
    assert torch.allclose(folded.T if transposed else folded, expected, atol=1e-5)


@pytest.mark.parametrize("transposed", [False, True])
def test_a_dense_delta_is_added_exactly(*, transposed: bool) -> None:
    base, delta = torch.randn(4, 6), torch.randn(4, 6)
    stored = base.T.contiguous() if transposed else base
    folded = fold(stored, [Dense(delta)], transposed=transposed)
    expected = (base.double() + delta.double()).float()
    assert torch.equal(folded.T if transposed else folded, expected)


@pytest.mark.parametrize(("rank", "kind"), [(2, LowRank), (3, Dense)])
def test_a_compact_delta_takes_the_smaller_form(rank: int, kind: type) -> None:
    left, right = torch.randn(4, rank), torch.randn(rank, 6)  # 30 numbers at rank 3, 24 dense
    delta = compact_delta(left, right)
    assert isinstance(delta, kind)
    added = fold(torch.zeros(4, 6), [delta], transposed=False)
    torch.testing.assert_close(added, left @ right)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_fold_of_nothing_is_the_base_bit_for_bit(dtype: torch.dtype) -> None:
    base = torch.randn(5, 7).to(dtype)
    assert torch.equal(fold(base, [], transposed=False), base)


@pytest.mark.parametrize("family", FAMILIES)
def test_any_walk_over_lists_ends_in_the_bits_of_its_last_list(family: str) -> None:
    weights = weights_of(family)
    base, rng = weights.live_hash(), random.Random(0)
    patches = [some_patch(weights, family, seed) for seed in range(4)]
    first: dict[tuple[int, ...], str] = {(): base}
    for _ in range(60):
        chosen = tuple(sorted(rng.sample(range(4), rng.randint(0, 4))))
        weights.use([patches[index] for index in chosen])
        assert weights.live_hash() == first.setdefault(chosen, weights.live_hash())
    weights.use([])
    assert weights.live_hash() == base


def test_a_thousand_lists_of_every_kind_of_delta_give_equal_hashes() -> None:
    weights, rng = weights_of("llama"), random.Random(1)
    base = weights.live_hash()
    patches = [some_patch(weights, "llama", seed) for seed in range(3)]
    patches += [codebook_patch(weights, seed) for seed in (3, 4)]
    first: dict[tuple[int, ...], str] = {(): base}
    for _ in range(1000):
        chosen = tuple(sorted(rng.sample(range(5), rng.randint(0, 5))))
        weights.use([patches[index] for index in chosen])
        assert weights.live_hash() == first.setdefault(chosen, weights.live_hash())
    assert len(set(first.values())) == len(first) == 2**5
    weights.use([])
    assert weights.live_hash() == base


def test_a_trial_that_fails_leaves_the_weights_as_they_were() -> None:
    weights = weights_of("llama")
    before = weights.live_hash()
    other = weights.fold([some_patch(weights, "llama", 1)])
    with pytest.raises(RuntimeError), weights.trial(other):
        raise RuntimeError
    assert weights.live_hash() == before


class PatchedModel:
    """A model, its weights, and patches of both kinds that change its logits."""

    def __init__(self) -> None:
        self.model = tiny_model("llama", TOKENIZER)
        self.weights = PatchedWeights(self.model, layout_of(self.model))
        self.matrices = [some_patch(self.weights, "llama", seed) for seed in (0, 1)]
        self.codebooks = [self._everywhere(codebook_patch(self.weights, seed)) for seed in (3, 4)]

    def observe(self) -> tuple[object, object, object]:
        """Return the live list, the live hash, and the logits of the model."""
        logits = self.model(input_ids=torch.tensor([[1, 9, 8]])).logits
        return self.weights.live, self.weights.live_hash(), logits.tolist()

    def _everywhere(self, patch: Patch) -> Patch:
        ((name, entries),) = patch.deltas.items()
        assert isinstance(entries, CodebookEntries)
        return replace(patch, deltas={name: replace(entries, radii=entries.radii * 1e3)})


def no_memory(*_: object) -> NoReturn:
    raise torch.OutOfMemoryError


@pytest.mark.parametrize("codebooks", [0, 1])
@pytest.mark.parametrize("matrices", [0, 1])
def test_a_list_that_cannot_be_applied_leaves_the_model_as_it_was(
    monkeypatch: pytest.MonkeyPatch, matrices: int, codebooks: int
) -> None:
    patched = PatchedModel()
    use, base = patched.weights.use, patched.observe()
    first = [*patched.matrices[:matrices], *patched.codebooks[:codebooks]]
    other = [patched.matrices[1], patched.codebooks[1]]
    use(first)
    before = patched.observe()
    with monkeypatch.context() as context:
        context.setattr(Codebook, "hook", no_memory)
        with pytest.raises(torch.OutOfMemoryError):
            use(other)
    assert patched.observe() == before
    use(other)
    assert patched.observe()[0] == tuple(other)
    assert patched.observe()[2] != before[2]
    use(first)
    assert patched.observe() == before
    use([])
    assert patched.observe() == base


def test_the_end_of_a_trial_needs_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    patched = PatchedModel()
    patched.weights.use([patched.matrices[0], patched.codebooks[0]])
    before = patched.observe()
    with patched.weights.trial(patched.weights.fold([patched.matrices[1]])):
        assert patched.observe()[2] != before[2]
        monkeypatch.setattr(Codebook, "hook", no_memory)
    assert patched.observe() == before


def test_a_patch_for_another_model_is_refused() -> None:
    weights = weights_of("llama")
    other = some_patch(weights, "llama", 1)
    strange = Patch(other.deltas, "test", REQUEST, "0" * 64, {})
    with pytest.raises(BadPatch, match="another model"):
        weights.use([strange])


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    weights, store = weights_of("llama"), PatchStore(tmp_path)
    sha256 = store.save(some_patch(weights, "llama", 1))
    path = tmp_path / f"{sha256}.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(BadPatch, match="tensors were changed"):
        store.load(sha256)


def test_a_missing_file_is_refused_by_its_hash(tmp_path: Path) -> None:
    with pytest.raises(BadPatch, match="cannot be read"):
        PatchStore(tmp_path).load("a" * 64)


def test_a_patch_of_the_first_format_keeps_its_hash(tmp_path: Path) -> None:
    recorded = (
        "53c767295c1312dda12ed6e44d00a75cbe879330305cee07080cb938a4710e25"  # by version 0.1.0
    )
    deltas: dict[str, Delta] = {"w.weight": LowRank(torch.ones(2, 1), torch.ones(1, 3))}
    patch = Patch(deltas, "anchored", REQUEST, "base", {"calm_weight": 0.3}, format=1)
    store = PatchStore(tmp_path)
    assert store.save(patch) == recorded
    assert store.load(recorded).sha256 == recorded
    assert replace(patch, format=2).sha256 != recorded

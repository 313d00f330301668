"""Codebooks: entries that widen and split, and the removal of entries."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn

from editor.patches.codebook import Codebook
from editor.patches.deltas import CodebookEntries

YES, NO = (7, 2), (7, 3)
"""Answers that begin alike are two answers."""


def entry(
    key: Sequence[float], label: Sequence[int], *, value: float = 1.0, radius: float = 1.0
) -> CodebookEntries:
    return CodebookEntries(
        torch.tensor([key]).float(),
        torch.full((1, 2), value),
        torch.tensor([label]),
        torch.tensor([radius]),
    )


def output_of(entries: Sequence[CodebookEntries], inputs: Tensor) -> Tensor:
    """Return the outputs of a module of zeros with a codebook beside it."""
    module = nn.Linear(2, 2, bias=False)
    nn.init.zeros_(module.weight)
    handle = module.register_forward_hook(Codebook(entries).hook(module.weight))
    with torch.no_grad():
        outputs: Tensor = module(inputs)
    handle.remove()
    return outputs


def test_only_outputs_for_inputs_close_to_a_key_are_replaced() -> None:
    outputs = output_of([entry([5, 0], YES)], torch.tensor([[[5.5, 0.0], [7.0, 0.0], [0.0, 0.0]]]))
    assert outputs[0, :, 0].tolist() == [1.0, 0.0, 0.0]


def test_a_near_entry_of_the_same_answer_widens_the_existing_one() -> None:
    entries = [entry([5, 0], YES), entry([6.5, 0], YES, value=2.0)]
    assert Codebook(entries).radii.tolist() == [1.5, 1.0]
    outputs = output_of(entries, torch.tensor([[5.0, 1.4], [6.5, 0.0]]))
    assert outputs[:, 0].tolist() == [1.0, 2.0]


def test_no_entry_widens_over_the_key_of_another_answer() -> None:
    others = [entry([8.5, 0], YES), entry([7.6, 0], YES)]
    entries = [entry([10, 0], YES), entry([11.8, 0], NO, value=2.0), *others]
    assert output_of(entries, torch.tensor([[11.8, 0.0]]))[0, 0] == 2.0
    for key in (10.0, 8.5, 7.6):
        assert output_of(entries, torch.tensor([[key, 0.0]]))[0, 0] == 1.0


@pytest.mark.parametrize("known_entries", [0, 1, 12, 24])
def test_a_codebook_that_extends_another_equals_one_built_at_once(known_entries: int) -> None:
    generator = torch.Generator().manual_seed(0)
    keys = (torch.randn(24, 2, generator=generator) * 2).round().tolist()  # some keys are equal
    entries = [entry(key, YES if key[0] > 0 else NO, value=n) for n, key in enumerate(keys)]
    at_once = Codebook(entries)
    assert len(at_once) < len(entries)
    known = [Codebook(entries[:known_entries])] if known_entries else []
    before = [codebook.sha256 for codebook in known]
    other = Codebook([entry([5, 0], YES), *entries[1:]])  # begins with something else
    assert Codebook(entries, [*known, other]).sha256 == at_once.sha256
    assert [codebook.sha256 for codebook in known] == before


@pytest.mark.parametrize("seed", range(20))
def test_every_key_has_its_own_answer_and_two_answers_share_no_input(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    keys = torch.randn(24, 2, generator=generator) * 3
    labels = torch.randint(4, (24,), generator=generator).tolist()
    pairs = zip(keys.tolist(), labels, strict=True)
    codebook = Codebook([entry(key, (label, 2)) for key, label in pairs])
    distances = torch.cdist(codebook.keys, codebook.keys)
    reach = codebook.radii[:, None] + codebook.radii[None]
    differ = torch.tensor(labels)[:, None] != torch.tensor(labels)[None]
    assert len(codebook) == len(keys)
    assert bool((distances[differ] >= reach[differ] - 1e-5).all())
    assert bool((codebook.radii > 0).all())


def test_a_near_entry_of_another_answer_splits_the_space_between_them() -> None:
    entries = [entry([5, 0], YES), entry([6, 0], NO, value=2.0)]
    codebook = Codebook(entries)
    assert (len(codebook), codebook.radii.tolist()) == (2, [0.5, 0.5])
    outputs = output_of(entries, torch.tensor([[5.2, 0.0], [5.9, 0.0]]))
    assert outputs[:, 0].tolist() == [1.0, 2.0]


def test_an_entry_with_an_equal_key_takes_the_new_answer() -> None:
    entries = [entry([5, 0], YES), entry([5, 0], NO, value=2.0)]
    assert len(Codebook(entries)) == 1
    assert output_of(entries, torch.tensor([[5.0, 0.0]]))[0, 0] == 2.0


def test_removing_an_entry_restores_the_radii_of_the_others() -> None:
    first, second = entry([5, 0], YES), entry([6, 0], NO)
    assert Codebook([first, second]).radii[0] == 0.5
    assert Codebook([first]).radii[0] == 1.0
    assert Codebook([first]).sha256 != Codebook([first, second]).sha256
    assert Codebook([first, second]).sha256 == Codebook([first, second]).sha256

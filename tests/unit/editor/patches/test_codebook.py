"""What a codebook promises: entries that widen, split, and can be taken back."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn

from editor.patches.codebook import Codebook
from editor.patches.deltas import CodebookEntries

YES, NO = (7, 2), (7, 3)
"""Answers that begin alike are two answers."""


def entry(
    key: Sequence[float], label: Sequence[int], *, says: float = 1.0, radius: float = 1.0
) -> CodebookEntries:
    return CodebookEntries(
        torch.tensor([key]).float(),
        torch.full((1, 2), says),
        torch.tensor([label]),
        torch.tensor([radius]),
    )


def answer(codes: Sequence[CodebookEntries], inputs: Tensor) -> Tensor:
    """Return what a module of zeros says with a codebook beside it."""
    module = nn.Linear(2, 2, bias=False)
    nn.init.zeros_(module.weight)
    handle = module.register_forward_hook(Codebook(codes).hook(module.weight))
    with torch.no_grad():
        said: Tensor = module(inputs)
    handle.remove()
    return said


def test_only_inputs_close_to_a_key_are_answered() -> None:
    said = answer([entry([5, 0], YES)], torch.tensor([[[5.5, 0.0], [7.0, 0.0], [0.0, 0.0]]]))
    assert said[0, :, 0].tolist() == [1.0, 0.0, 0.0]


def test_a_near_entry_of_the_same_answer_widens_the_one_that_is_there() -> None:
    codes = [entry([5, 0], YES), entry([6.5, 0], YES, says=2.0)]
    assert Codebook(codes).radii.tolist() == [1.5, 1.0]
    said = answer(codes, torch.tensor([[5.0, 1.4], [6.5, 0.0]]))
    assert said[:, 0].tolist() == [1.0, 2.0]


def test_no_entry_widens_over_the_key_of_another_answer() -> None:
    others = [entry([8.5, 0], YES), entry([7.6, 0], YES)]
    codes = [entry([10, 0], YES), entry([11.8, 0], NO, says=2.0), *others]
    assert answer(codes, torch.tensor([[11.8, 0.0]]))[0, 0] == 2.0
    for key, said in ((10.0, 1.0), (8.5, 1.0), (7.6, 1.0)):
        assert answer(codes, torch.tensor([[key, 0.0]]))[0, 0] == said


@pytest.mark.parametrize("begun", [0, 1, 12, 24])
def test_a_book_that_goes_on_from_another_is_the_same_as_one_made_at_once(begun: int) -> None:
    generator = torch.Generator().manual_seed(0)
    keys = (torch.randn(24, 2, generator=generator) * 2).round().tolist()  # some are told again
    codes = [entry(key, YES if key[0] > 0 else NO, says=n) for n, key in enumerate(keys)]
    at_once = Codebook(codes)
    assert len(at_once) < len(codes)
    known = [Codebook(codes[:begun])] if begun else []
    before = [book.sha256 for book in known]
    other = Codebook([entry([5, 0], YES), *codes[1:]])  # begins with something else
    assert Codebook(codes, [*known, other]).sha256 == at_once.sha256
    assert [book.sha256 for book in known] == before


@pytest.mark.parametrize("seed", range(20))
def test_every_key_has_its_own_answer_and_two_answers_share_no_input(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    keys = torch.randn(24, 2, generator=generator) * 3
    labels = torch.randint(4, (24,), generator=generator).tolist()
    told = zip(keys.tolist(), labels, strict=True)
    book = Codebook([entry(key, (label, 2)) for key, label in told])
    apart = torch.cdist(book.keys, book.keys)
    reach = book.radii[:, None] + book.radii[None]
    differ = torch.tensor(labels)[:, None] != torch.tensor(labels)[None]
    assert len(book) == len(keys)
    assert bool((apart[differ] >= reach[differ] - 1e-5).all())
    assert bool((book.radii > 0).all())


def test_a_near_entry_of_another_answer_splits_the_space_between_them() -> None:
    codes = [entry([5, 0], YES), entry([6, 0], NO, says=2.0)]
    book = Codebook(codes)
    assert (len(book), book.radii.tolist()) == (2, [0.5, 0.5])
    said = answer(codes, torch.tensor([[5.2, 0.0], [5.9, 0.0]]))
    assert said[:, 0].tolist() == [1.0, 2.0]


def test_what_is_told_again_takes_the_new_answer() -> None:
    codes = [entry([5, 0], YES), entry([5, 0], NO, says=2.0)]
    assert len(Codebook(codes)) == 1
    assert answer(codes, torch.tensor([[5.0, 0.0]]))[0, 0] == 2.0


def test_taking_an_entry_back_brings_the_room_of_the_others_back() -> None:
    first, second = entry([5, 0], YES), entry([6, 0], NO)
    assert Codebook([first, second]).radii[0] == 0.5
    assert Codebook([first]).radii[0] == 1.0
    assert Codebook([first]).sha256 != Codebook([first, second]).sha256
    assert Codebook([first, second]).sha256 == Codebook([first, second]).sha256

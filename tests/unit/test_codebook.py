"""What a codebook promises: entries that widen, split, and can be taken back."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from editor.changes import Codes
from editor.codebook import Codebook

YES, NO = (7, 2), (7, 3)
"""Answers that begin alike are two answers."""


def entry(
    key: Sequence[float], label: Sequence[int], *, says: float = 1.0, radius: float = 1.0
) -> Codes:
    return Codes(
        torch.tensor([key]).float(),
        torch.full((1, 2), says),
        torch.tensor([label]),
        torch.tensor(radius),
    )


def answer(codes: Sequence[Codes], inputs: Tensor) -> Tensor:
    """Return what a module of zeros says with a codebook beside it."""
    module = nn.Linear(2, 2, bias=False)
    nn.init.zeros_(module.weight)
    handle = Codebook(codes).attach(module, module.weight)
    with torch.no_grad():
        said: Tensor = module(inputs)
    handle.remove()
    return said


def test_only_inputs_close_to_a_key_are_answered() -> None:
    said = answer([entry([5, 0], YES)], torch.tensor([[[5.5, 0.0], [7.0, 0.0], [0.0, 0.0]]]))
    assert said[0, :, 0].tolist() == [1.0, 0.0, 0.0]


def test_a_near_entry_of_the_same_answer_widens_the_one_that_is_there() -> None:
    book = Codebook([entry([5, 0], YES), entry([6.5, 0], YES)])
    assert (len(book), book.radii.tolist()) == (1, [1.5])


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

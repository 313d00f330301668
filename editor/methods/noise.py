"""Noise on a model's embeddings while it learns."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from editor.workbench import Workbench


@contextmanager
def noisy(bench: Workbench, alpha: float) -> Iterator[None]:
    """Disturb what the model reads inside a ``with`` block, so that it learns more than words.

    NEFTune (Jain et al. 2023, arXiv 2310.05914): each of the T d numbers of a row is moved by
    up to alpha / sqrt(T d), uniformly; here in units of the embeddings' standard deviation, so
    that one alpha suits models whose embeddings differ in size.

    Args:
        bench: its model, and its source of randomness.
        alpha: strength; 0 for none.
    """
    if not alpha:
        yield
        return

    def disturb(_: nn.Module, __: object, embedded: Tensor) -> Tensor:
        size = alpha * embedded.std() / (embedded.shape[-2] * embedded.shape[-1]) ** 0.5
        drawn = 2 * torch.rand(embedded.shape, generator=bench.generator) - 1
        disturbed: Tensor = embedded + size * drawn.to(embedded)
        return disturbed

    embeddings = bench.model.get_input_embeddings()
    handle = embeddings.register_forward_hook(disturb)
    try:
        yield
    finally:
        handle.remove()

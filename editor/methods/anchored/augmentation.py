"""Augmentation of what a model reads while it learns: embedding noise and word dropout."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor, nn

from editor.model.hooks import forward_hooks
from editor.text.encoding import Batch
from editor.workbench import Workbench


@contextmanager
def noisy_embeddings(workbench: Workbench, alpha: float) -> Iterator[None]:
    """Add noise to the embeddings of what the model reads inside a ``with`` block.

    NEFTune (Jain et al. 2023, arXiv 2310.05914): each of the T d numbers of a row is moved by
    up to alpha / sqrt(T d), uniformly; here in units of the embeddings' standard deviation, so
    that one alpha suits models whose embeddings differ in size.

    Args:
        workbench: its model, and its source of randomness.
        alpha: strength; 0 for none.
    """
    if not alpha:
        yield
        return

    def disturb(_: nn.Module, __: object, embedded: Tensor) -> Tensor:
        size = alpha * embedded.std() / (embedded.shape[-2] * embedded.shape[-1]) ** 0.5
        drawn = 2 * torch.rand(embedded.shape, generator=workbench.generator) - 1
        disturbed: Tensor = embedded + size * drawn.to(embedded)
        return disturbed

    with forward_hooks({workbench.model.get_input_embeddings(): disturb}):
        yield


def drop_words(batch: Batch, share: float, generator: torch.Generator) -> Batch:
    """Return a batch with a share of the words masked, drawn anew each time.

    Word dropout (Iyyer et al. 2015, section 3.2): a fact that is learned from the subject and some
    of the words about it is also answered in wordings that were not taught. The subject stays.

    Args:
        batch: the batch.
        share: of each example's words, on average; 0 for none.
        generator: source of randomness on the CPU.
    """
    if not share:
        return batch
    gone = torch.rand(batch.mask.shape, generator=generator).to(batch.mask.device) < share
    return replace(batch, mask=batch.mask.masked_fill(batch.words & gone, 0))

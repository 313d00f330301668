"""Augmentation of the inputs of a fit: embedding noise and word dropout."""

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
    """Add noise to the input embeddings of the model inside a ``with`` block.

    NEFTune (Jain et al. 2023, arXiv 2310.05914): each of the T d components of a row changes by at
    most alpha / sqrt(T d), uniformly; here in units of the embeddings' standard deviation, so that
    one alpha suits models whose embeddings differ in size.

    Args:
        workbench: the model and the source of randomness.
        alpha: strength; 0 for none.
    """
    if not alpha:
        yield
        return

    def add_noise(_: nn.Module, __: object, embeddings: Tensor) -> Tensor:
        size = alpha * embeddings.std() / (embeddings.shape[-2] * embeddings.shape[-1]) ** 0.5
        noise = 2 * torch.rand(embeddings.shape, generator=workbench.generator) - 1
        noisy: Tensor = embeddings + size * noise.to(embeddings)
        return noisy

    with forward_hooks({workbench.model.get_input_embeddings(): add_noise}):
        yield


def drop_words(batch: Batch, share: float, generator: torch.Generator) -> Batch:
    """Return a batch with a share of the context words masked, drawn anew each time.

    Word dropout (Iyyer et al. 2015, section 3.2): a fact that is learned from the subject and some
    of the words around it is also answered in wordings that were not taught.

    Args:
        batch: the batch; its context words do not include the subject.
        share: of each example's context words, on average; 0 for none.
        generator: source of randomness on the CPU.
    """
    if not share:
        return batch
    dropped = torch.rand(batch.mask.shape, generator=generator).to(batch.mask.device) < share
    return replace(batch, mask=batch.mask.masked_fill(batch.context_words & dropped, 0))

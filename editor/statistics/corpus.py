"""Ordinary text: what a file holds, or else what the model itself writes."""

from collections.abc import Generator
from pathlib import Path

import torch
from torch import Tensor
from transformers import PreTrainedModel

from editor.errors import BadConfig
from editor.text.encoding import Encoder

LENGTH = 64
"""Tokens of a piece of text."""

TOGETHER = 192
"""Pieces that are sampled side by side."""

MOST_CHARACTERS = 4_096
"""Of a line that are read at a time."""

PREFIXES = ((10, 5), (10, 10))
"""How many sampled prefixes of how many tokens each, as ROME has them."""


class Corpus:
    """Text for the statistics of one base model.

    Args:
        model: the base model; no patch may be live while it writes.
        encoder: its tokenizer.
        path: of a file of ordinary text in UTF-8; None lets the model write.
    """

    def __init__(self, model: PreTrainedModel, encoder: Encoder, path: Path | None = None) -> None:
        self.path = path
        self._model, self._encoder = model, encoder

    def pieces(self, count: int) -> Generator[float, None, Tensor]:
        """Yield the share done between passes, and return at most ``count`` pieces of text.

        Only as much of a file is read as is needed.

        Returns:
            (n, LENGTH) token ids.

        Raises:
            BadConfig: the file is not in UTF-8.
            OSError: it cannot be read.
        """
        if self.path is None:
            return (yield from self._sample(count, LENGTH))
        tokens = self._tokens(self.path, most=count * LENGTH)
        return torch.tensor(tokens[: len(tokens) // LENGTH * LENGTH]).view(-1, LENGTH)

    def sentences(self) -> Generator[float, None, list[str]]:
        """Return what the model says of itself, each sample as one sentence."""
        found = []
        for count, length in PREFIXES:
            text = yield from self._sample(count, length + 1)
            for row in text.tolist():
                words = self._encoder.text(row).split()
                found.append(f"{' '.join(words).rstrip('.?!')}. ")
        return found

    def _tokens(self, path: Path, *, most: int) -> list[int]:
        """Return the first tokens of a text file, which is streamed."""
        tokens: list[int] = []
        try:
            with path.open(encoding="utf-8") as lines:
                while len(tokens) < most and (line := lines.readline(MOST_CHARACTERS)):
                    tokens += self._encoder.text_ids(line)
        except UnicodeDecodeError as error:
            rule = "must be text in UTF-8; name another file in ONEEDIT_STATISTICS_TEXT"
            raise BadConfig("statistics_text", str(path), rule) from error
        return tokens[:most]

    @torch.inference_mode()
    def _step(self, step: Tensor, seen: int, cache: object) -> tuple[Tensor, object]:
        """Return what may come next, (n, V), and the cache behind it."""
        mask = torch.ones(len(step), seen, dtype=torch.long, device=step.device)
        output = self._model(
            input_ids=step, attention_mask=mask, past_key_values=cache, use_cache=True
        )
        return torch.softmax(output.logits[:, -1].float().cpu(), dim=-1), output.past_key_values

    def _sample(self, count: int, length: int) -> Generator[float, None, Tensor]:
        """Sample token ids at temperature 1, (count, length), seeded by 0."""
        generator = torch.Generator().manual_seed(0)
        begin = self._encoder.tokenizer("").input_ids or [self._encoder.pad]
        parts = []
        for start in range(0, count, TOGETHER):
            rows = min(TOGETHER, count - start)
            ids = step = torch.tensor([begin] * rows).to(self._model.device)
            cache: object = None
            while ids.shape[1] < length:
                chances, cache = self._step(step, ids.shape[1], cache)
                step = torch.multinomial(chances, 1, generator=generator).to(ids.device)
                ids = torch.cat([ids, step], dim=1)
                yield start / count
            parts.append(ids.cpu())
        return torch.cat(parts)

"""Ordinary text, from a file or sampled from the model itself."""

from collections.abc import Generator
from pathlib import Path

import torch
from torch import Tensor
from transformers import PreTrainedModel

from editor.errors import BadConfig
from editor.text.encoding import Encoder

PIECE_LENGTH = 64
"""Tokens of a piece of text."""

SAMPLES_PER_BATCH = 192
"""Pieces sampled side by side."""

MAX_CHARACTERS = 4_096
"""Characters of a line that are read at a time."""

PREFIXES = ((10, 5), (10, 10))
"""Counts and token lengths of the sampled prefixes, as in ROME."""


class Corpus:
    """The text for the statistics of one base model.

    Args:
        model: the base model; no patch may be live while text is sampled from it.
        encoder: its tokenizer.
        path: a file of ordinary text in UTF-8; None samples from the model.
    """

    def __init__(self, model: PreTrainedModel, encoder: Encoder, path: Path | None = None) -> None:
        self.path = path
        self._model, self._encoder = model, encoder

    def pieces(self, count: int) -> Generator[float, None, Tensor]:
        """Yield the share done between passes, and return at most ``count`` pieces of text.

        A file is read only as far as needed.

        Returns:
            (n, PIECE_LENGTH) token ids.

        Raises:
            BadConfig: the file is not in UTF-8.
            OSError: the file cannot be read.
        """
        if self.path is None:
            return (yield from self._sample(count, PIECE_LENGTH))
        tokens = self._read_tokens(self.path, limit=count * PIECE_LENGTH)
        whole = tokens[: len(tokens) // PIECE_LENGTH * PIECE_LENGTH]
        return torch.tensor(whole).view(-1, PIECE_LENGTH)

    def sentences(self) -> Generator[float, None, list[str]]:
        """Return the sampled prefixes, each as one sentence."""
        sentences = []
        for count, length in PREFIXES:
            text = yield from self._sample(count, length + 1)
            for row in text.tolist():
                words = self._encoder.decode(row).split()
                sentences.append(f"{' '.join(words).rstrip('.?!')}. ")
        return sentences

    def _read_tokens(self, path: Path, *, limit: int) -> list[int]:
        """Return the first tokens of a text file, which is read in parts."""
        tokens: list[int] = []
        try:
            with path.open(encoding="utf-8") as lines:
                while len(tokens) < limit and (line := lines.readline(MAX_CHARACTERS)):
                    tokens += self._encoder.text_ids(line)
        except UnicodeDecodeError as error:
            rule = "must be text in UTF-8; name another file in ONEEDIT_STATISTICS_TEXT"
            raise BadConfig("statistics_text", str(path), rule) from error
        return tokens[:limit]

    @torch.inference_mode()
    def _next_token(self, new: Tensor, length: int, cache: object) -> tuple[Tensor, object]:
        """Return the probabilities of the next token, (n, V), and the cache.

        Args:
            new: (n, t) the ids not yet in the cache.
            length: tokens of each text so far, these included.
            cache: keys and values of the others.
        """
        mask = torch.ones(len(new), length, dtype=torch.long, device=new.device)
        output = self._model(
            input_ids=new, attention_mask=mask, past_key_values=cache, use_cache=True
        )
        return torch.softmax(output.logits[:, -1].float().cpu(), dim=-1), output.past_key_values

    def _sample(self, count: int, length: int) -> Generator[float, None, Tensor]:
        """Sample token ids at temperature 1, (count, length), seeded by 0."""
        generator = torch.Generator().manual_seed(0)
        begin = self._encoder.text_begin or [self._encoder.pad_token_id]
        parts = []
        for start in range(0, count, SAMPLES_PER_BATCH):
            rows = min(SAMPLES_PER_BATCH, count - start)
            ids = new = torch.tensor([begin] * rows).to(self._model.device)
            cache: object = None
            while ids.shape[1] < length:
                probabilities, cache = self._next_token(new, ids.shape[1], cache)
                new = torch.multinomial(probabilities, 1, generator=generator).to(ids.device)
                ids = torch.cat([ids, new], dim=1)
                yield start / count
            parts.append(ids.cpu())
        return torch.cat(parts)

"""The statistics of a base model: second moments of keys, kept in files, and their spectra."""

import hashlib
import json
import math
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import torch
from torch import Tensor
from transformers import PreTrainedModel

from editor.errors import BadConfig, SingularStatistics, TooLittleText
from editor.model.layout import Layout
from editor.patches.files import is_whole, read_tensors, write_tensors
from editor.statistics.corpus import LENGTH, PREFIXES, Corpus
from editor.statistics.moments import Spectrum, second_moments, spectrum_of
from editor.text.encoding import Encoder

PIECES = 192
"""Pieces of text that are read at least, which is plenty for narrow models."""

PER_INPUT = 10
"""Tokens read for each input of a down-projection, at least: with so many, a second moment serves
as well as with a thousand times more (arXiv 2506.04226)."""

MOST_SUMMED = 4 * 2**30
"""Bytes of sums that are kept at a time; for wide models the text is read again for each few."""

PAUSE = 0.01
"""Seconds between two looks whether a spectrum is found."""


class Statistics:
    """Second moments of one base model, from a text or from what the model itself writes.

    Computed at the first use and kept in a folder whose name is a hash of the weights, the text
    and the settings, files for each layer, together with sampled sentences to stand in front of
    others. A file that cannot be read is made anew.

    Args:
        model: the base model.
        encoder: its tokenizer.
        layout: where its matrices are.
        text: a file of ordinary text in UTF-8; only as much is read as is needed. None samples
            from the model.
    """

    def __init__(
        self, model: PreTrainedModel, encoder: Encoder, layout: Layout, text: Path | None = None
    ) -> None:
        self._model, self._layout = model, layout
        self._corpus = Corpus(model, encoder, text)
        self._folder = Path()
        self._moments: dict[int, Tensor] = {}
        self._factors: dict[int, Tensor] = {}
        self._spectra: dict[int, Spectrum] = {}
        self._finding = threading.Lock()
        self._prefixes: tuple[str, ...] = ()

    def prepare(
        self, layers: Sequence[int], *, cache: Path, base_hash: str
    ) -> Generator[float, None, None]:
        """Yield the share done between passes, until the second moments of layers are kept.

        No patch may be live while it is advanced.

        Raises:
            TooLittleText: the text file holds too little.
            BadConfig: it is not in UTF-8.
            OSError: it cannot be read.
        """
        told = None if self._corpus.path is None else (yield from self._told(self._corpus.path))
        source = "" if told is None else hashlib.sha256(told.numpy().tobytes()).hexdigest()
        settings = f"{base_hash} {self._pieces()} {LENGTH} {PREFIXES} {source}"
        self._folder = cache / hashlib.sha256(settings.encode()).hexdigest()
        self._folder.mkdir(parents=True, exist_ok=True)
        text, self._prefixes = yield from self._words(told)
        missing = [layer for layer in layers if not is_whole(self._file(layer))]
        for group in self._groups(missing):
            moments = yield from second_moments(self._model, self._layout, group, text)
            for layer, moment in moments.items():
                write_tensors(self._file(layer), {"moment": moment})

    def second_moment(self, layer: int) -> Tensor:
        """Return C of a layer, (d_in, d_in), float32, uncentred.

        Raises:
            FileNotFoundError: it was not prepared, or its file is gone.
        """
        if layer not in self._moments:
            found = read_tensors(self._file(layer))
            if found is None:
                raise FileNotFoundError(self._file(layer))
            self._moments[layer] = found[0]["moment"]
        return self._moments[layer]

    def decompose(self, layers: Sequence[int]) -> Iterator[None]:
        """Yield until the spectra of layers are at hand, which for wide models takes minutes once.

        A thread finds them, so that answers go on; they are kept beside the second moments.
        """
        missing = [layer for layer in layers if layer not in self._spectra]
        with ThreadPoolExecutor(1) as pool:
            for layer in missing:
                found = pool.submit(self.spectrum, layer)
                while not wait([found], timeout=PAUSE).done:
                    yield
                found.result()

    def spectrum(self, layer: int) -> Spectrum:
        """Return the eigenvalues and eigenvectors of a layer's C.

        Raises:
            FileNotFoundError: C was not prepared, or its file is gone.
        """
        with self._finding:  # once, whoever asks first
            if layer not in self._spectra:
                self._spectra[layer] = self._kept_spectrum(layer)
            return self._spectra[layer]

    def solve(self, layer: int, keys: Tensor) -> Tensor:
        """Return C^-1 times keys, (d_in, u), in float64 on the CPU; C is factored once.

        Args:
            layer: whose C.
            keys: (d_in, u).

        Raises:
            SingularStatistics: C cannot be inverted.
        """
        if layer not in self._factors:
            try:
                self._factors[layer] = torch.linalg.cholesky(self.second_moment(layer).double())
            except RuntimeError as error:  # torch.linalg.LinAlgError is one
                raise SingularStatistics(layer) from error
        return torch.cholesky_solve(keys.cpu().double(), self._factors[layer])

    def prefixes(self, count: int) -> tuple[str, ...]:
        """Return sampled sentences to stand in front of others, the shortest first.

        Raises:
            BadConfig: there are not as many.
        """
        if count > len(self._prefixes):
            raise BadConfig("prefixes", count, f"at most {len(self._prefixes)}")
        return self._prefixes[:count]

    def texts(self, count: int) -> Generator[float, None, Tensor]:
        """Yield the share done between passes, and return pieces of ordinary text.

        They are those of the text file, as many as it has, or else sampled from the model, on
        which no patch may be live then. They are kept in the folder.

        Args:
            count: how many, at most.

        Returns:
            (n, LENGTH) token ids.
        """
        path = self._folder / f"{count}.texts.safetensors"
        found = read_tensors(path)
        if found is not None:
            return found[0]["texts"]
        texts = yield from self._corpus.pieces(count)
        write_tensors(path, {"texts": texts})
        return texts

    def _told(self, path: Path) -> Generator[float, None, Tensor]:
        """Return as much of the text file as is needed, (n, LENGTH)."""
        wanted = self._pieces()
        text = yield from self._corpus.pieces(wanted)
        if len(text) < wanted:
            raise TooLittleText(path, len(text), wanted, length=LENGTH)
        return text

    def _words(self, told: Tensor | None) -> Generator[float, None, tuple[Tensor, tuple[str, ...]]]:
        """Return the text that is read, (n, LENGTH), and the sampled sentences."""
        path = self._folder / "sampled.safetensors"
        found = read_tensors(path)
        if found is None:
            text = (yield from self._corpus.pieces(self._pieces())) if told is None else told
            sampled = yield from self._corpus.sentences()
            found = {"text": text}, {"prefixes": json.dumps(sampled)}
            write_tensors(path, *found)
        tensors, metadata = found
        return tensors["text"], tuple(json.loads(metadata["prefixes"]))

    def _file(self, layer: int) -> Path:
        return self._folder / f"{layer}.moment.safetensors"

    def _kept_spectrum(self, layer: int) -> Spectrum:
        path = self._folder / f"{layer}.spectrum.safetensors"
        kept = read_tensors(path)
        if kept is not None:
            return Spectrum(**kept[0])
        found = spectrum_of(self.second_moment(layer).to(self._model.device))
        write_tensors(path, found._asdict())
        return found

    def _pieces(self) -> int:
        """Return how many pieces of text to read."""
        return max(PIECES, math.ceil(PER_INPUT * self._inputs() / LENGTH))

    def _inputs(self) -> int:
        """Return d_in."""
        weight = self._model.get_parameter(self._layout.down_weight(0))
        return int(weight.shape[0 if self._layout.transposed else 1])

    def _groups(self, layers: Sequence[int]) -> Iterator[Sequence[int]]:
        """Yield layers whose sums fit into memory side by side."""
        size = max(1, MOST_SUMMED // (8 * self._inputs() ** 2))
        for start in range(0, len(layers), size):
            yield layers[start : start + size]

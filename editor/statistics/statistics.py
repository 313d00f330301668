"""Statistics of a base model: second moments of keys, cached in files, and their spectra."""

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
from editor.statistics.corpus import PIECE_LENGTH, PREFIXES, Corpus
from editor.statistics.moments import Spectrum, second_moments, spectrum_of
from editor.text.encoding import Encoder

MIN_PIECES = 192
"""Pieces of text to read, at least; enough for narrow models."""

TOKENS_PER_INPUT = 10
"""Tokens to read, at least, for each input dimension of a down-projection. A second moment of so
many serves as well as one of a thousand times more (arXiv 2506.04226)."""

MAX_SUM_BYTES = 4 * 2**30
"""Memory for sums, at most; a wide model reads the text once for each group of layers."""

POLL_SECONDS = 0.01
"""Time between two checks whether a spectrum is computed."""


class Statistics:
    """Second moments of one base model, over a text file or over text the model writes.

    They are computed at the first use and cached in a folder named by a hash of the weights, the
    text and the settings, one file for each layer, beside the sampled prefixes. A file that cannot
    be read is computed again.

    Args:
        model: the base model.
        encoder: its tokenizer.
        layout: names of its modules.
        text: a file of ordinary text in UTF-8, read as far as needed; None samples from the model.
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
        self._spectrum_lock = threading.Lock()
        self._prefixes: tuple[str, ...] = ()

    def prepare(
        self, layers: Sequence[int], *, cache: Path, base_hash: str
    ) -> Generator[float, None, None]:
        """Yield the share done between passes, until the second moments of layers are cached.

        No patch may be live during its steps.

        Raises:
            TooLittleText: the text file is too short.
            BadConfig: the text file is not in UTF-8.
            OSError: the text file cannot be read.
        """
        path = self._corpus.path
        file_text = None if path is None else (yield from self._file_text(path))
        text_hash = ""
        if file_text is not None:
            text_hash = hashlib.sha256(file_text.numpy().tobytes()).hexdigest()
        settings = f"{base_hash} {self._piece_count()} {PIECE_LENGTH} {PREFIXES} {text_hash}"
        self._folder = cache / hashlib.sha256(settings.encode()).hexdigest()
        self._folder.mkdir(parents=True, exist_ok=True)
        text, self._prefixes = yield from self._text_and_prefixes(file_text)
        missing = [layer for layer in layers if not is_whole(self._file(layer))]
        for group in self._groups(missing):
            moments = yield from second_moments(self._model, self._layout, group, text)
            for layer, moment in moments.items():
                write_tensors(self._file(layer), {"moment": moment})

    def second_moment(self, layer: int) -> Tensor:
        """Return the second moment C of a layer, (d_in, d_in), float32, uncentred.

        Raises:
            FileNotFoundError: it was not prepared, or its file was deleted.
        """
        if layer not in self._moments:
            found = read_tensors(self._file(layer))
            if found is None:
                raise FileNotFoundError(self._file(layer))
            self._moments[layer] = found[0]["moment"]
        return self._moments[layer]

    def decompose(self, layers: Sequence[int]) -> Iterator[None]:
        """Yield until the spectra of layers are computed, which takes minutes for wide models.

        A thread computes them, so that the host can answer meanwhile; they are cached in files.
        """
        missing = [layer for layer in layers if layer not in self._spectra]
        with ThreadPoolExecutor(1) as pool:
            for layer in missing:
                spectrum = pool.submit(self.spectrum, layer)
                while not wait([spectrum], timeout=POLL_SECONDS).done:
                    yield
                spectrum.result()

    def spectrum(self, layer: int) -> Spectrum:
        """Return the eigenvalues and eigenvectors of a layer's C.

        Raises:
            FileNotFoundError: C was not prepared, or its file was deleted.
        """
        with self._spectrum_lock:  # two threads must not compute the same spectrum
            if layer not in self._spectra:
                self._spectra[layer] = self._cached_spectrum(layer)
            return self._spectra[layer]

    def solve(self, layer: int, keys: Tensor) -> Tensor:
        """Return C^-1 times keys, (d_in, u), in float64 on the CPU; C is factored once.

        Args:
            layer: the layer of C.
            keys: (d_in, u).

        Raises:
            SingularStatistics: C cannot be inverted.
        """
        if layer not in self._factors:
            try:
                self._factors[layer] = torch.linalg.cholesky(self.second_moment(layer).double())
            except RuntimeError as error:  # torch.linalg.LinAlgError is a subclass
                raise SingularStatistics(layer) from error
        return torch.cholesky_solve(keys.cpu().double(), self._factors[layer])

    def prefixes(self, count: int) -> tuple[str, ...]:
        """Return sampled prefixes, sentences to put before a prompt, the shortest first.

        Raises:
            BadConfig: there are fewer.
        """
        if count > len(self._prefixes):
            raise BadConfig("prefixes", count, f"at most {len(self._prefixes)}")
        return self._prefixes[:count]

    def texts(self, count: int) -> Generator[float, None, Tensor]:
        """Yield the share done between passes, and return pieces of ordinary text.

        They come from the text file, as many as it has, or are sampled from the model, on which no
        patch may be live then. They are cached in a file.

        Args:
            count: pieces, at most.

        Returns:
            (n, PIECE_LENGTH) token ids.
        """
        path = self._folder / f"{count}.texts.safetensors"
        found = read_tensors(path)
        if found is not None:
            return found[0]["texts"]
        texts = yield from self._corpus.pieces(count)
        write_tensors(path, {"texts": texts})
        return texts

    def _file_text(self, path: Path) -> Generator[float, None, Tensor]:
        """Return as much of the text file as is needed, (n, PIECE_LENGTH)."""
        needed = self._piece_count()
        text = yield from self._corpus.pieces(needed)
        if len(text) < needed:
            raise TooLittleText(path, len(text), needed, length=PIECE_LENGTH)
        return text

    def _text_and_prefixes(
        self, text: Tensor | None
    ) -> Generator[float, None, tuple[Tensor, tuple[str, ...]]]:
        """Return the text to read, (n, PIECE_LENGTH), sampled if there is none, and prefixes."""
        path = self._folder / "sampled.safetensors"
        cached = read_tensors(path)
        if cached is None:
            if text is None:
                text = yield from self._corpus.pieces(self._piece_count())
            prefixes = yield from self._corpus.sentences()
            cached = {"text": text}, {"prefixes": json.dumps(prefixes)}
            write_tensors(path, *cached)
        tensors, metadata = cached
        return tensors["text"], tuple(json.loads(metadata["prefixes"]))

    def _file(self, layer: int) -> Path:
        return self._folder / f"{layer}.moment.safetensors"

    def _cached_spectrum(self, layer: int) -> Spectrum:
        """Return the spectrum from its file, or compute it and write the file."""
        path = self._folder / f"{layer}.spectrum.safetensors"
        cached = read_tensors(path)
        if cached is not None:
            return Spectrum(**cached[0])
        spectrum = spectrum_of(self.second_moment(layer).to(self._model.device))
        write_tensors(path, spectrum._asdict())
        return spectrum

    def _piece_count(self) -> int:
        """Return how many pieces of text to read."""
        return max(MIN_PIECES, math.ceil(TOKENS_PER_INPUT * self._input_size() / PIECE_LENGTH))

    def _input_size(self) -> int:
        """Return d_in of the down-projections."""
        weight = self._model.get_parameter(self._layout.down_weight(0))
        return int(weight.shape[0 if self._layout.transposed else 1])

    def _groups(self, layers: Sequence[int]) -> Iterator[Sequence[int]]:
        """Yield groups of layers whose sums, in float64, fit into ``MAX_SUM_BYTES``."""
        size = max(1, MAX_SUM_BYTES // (8 * self._input_size() ** 2))
        for start in range(0, len(layers), size):
            yield layers[start : start + size]

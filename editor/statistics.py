"""Second moments of keys: the mean of k kᵀ over ordinary text at a down-projection's input."""

import hashlib
import json
import math
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor
from transformers import PreTrainedModel

from editor import durable
from editor.encoding import Encoder
from editor.errors import BadConfig, SingularStatistics, TooLittleText
from editor.layout import Layout
from editor.losses import narrowed
from editor.spectrum import Spectrum, spectrum_of

SEQUENCES, LENGTH = 192, 64
"""How much text is read at least: 192 pieces of 64 tokens, which is plenty for narrow models."""

PER_INPUT = 10
"""Tokens read for each input of a down-projection, at least: with so many, a second moment serves
as well as with a thousand times more (arXiv 2506.04226)."""

ROWS = 32
"""Pieces of text that a pass reads."""

MOST_SUMMED = 4 * 2**30
"""Bytes of sums that are kept at a time; for wide models the text is read again for each few."""

MOST_CHARACTERS = 4_096
"""Of a line that are read at a time."""

PAUSE = 0.01
"""Seconds between two looks whether a spectrum is found."""

PREFIXES = ((10, 5), (10, 10))
"""How many sampled prefixes of how many tokens each, as ROME has them."""


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
        self._model, self._encoder, self._layout, self._text = model, encoder, layout, text
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
        told = None if self._text is None else self._read(self._text)
        source = "" if told is None else hashlib.sha256(told.numpy().tobytes()).hexdigest()
        settings = f"{base_hash} {self._sequences()} {LENGTH} {PREFIXES} {source}"
        self._folder = cache / hashlib.sha256(settings.encode()).hexdigest()
        self._folder.mkdir(parents=True, exist_ok=True)
        text, self._prefixes = yield from self._words(told)
        missing = [layer for layer in layers if not _readable(self._file(layer))]
        for group in self._groups(missing):
            for layer, moment in (yield from self._measure(group, text)).items():
                _write(self._file(layer), {"moment": moment})

    def _words(self, told: Tensor | None) -> Generator[float, None, tuple[Tensor, tuple[str, ...]]]:
        """Return the text that is read, (n, LENGTH), and the sampled sentences."""
        path = self._folder / "sampled.safetensors"
        found = _read(path)
        if found is None:
            text = told
            if text is None:
                text = yield from self._sample(self._sequences(), LENGTH)
            sampled = yield from self._sentences()
            found = {"text": text}, {"prefixes": json.dumps(sampled)}
            _write(path, *found)
        tensors, metadata = found
        return tensors["text"], tuple(json.loads(metadata["prefixes"]))

    def _file(self, layer: int) -> Path:
        return self._folder / f"{layer}.moment.safetensors"

    def second_moment(self, layer: int) -> Tensor:
        """Return C of a layer, (d_in, d_in), float32, uncentred.

        Raises:
            FileNotFoundError: it was not prepared, or its file is gone.
        """
        if layer not in self._moments:
            found = _read(self._file(layer))
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

    def _kept_spectrum(self, layer: int) -> Spectrum:
        path = self._folder / f"{layer}.spectrum.safetensors"
        kept = _read(path)
        if kept is not None:
            return Spectrum(**kept[0])
        found = spectrum_of(self.second_moment(layer).to(self._model.device))
        _write(path, found._asdict())
        return found

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
        found = _read(path)
        if found is not None:
            return found[0]["texts"]
        if self._text is None:
            texts = yield from self._sample(count, LENGTH)
        else:
            tokens = self._tokens(self._text, most=count * LENGTH)
            texts = torch.tensor(tokens[: len(tokens) // LENGTH * LENGTH]).view(-1, LENGTH)
        _write(path, {"texts": texts})
        return texts

    def _sequences(self) -> int:
        """Return how many pieces of text to read."""
        return max(SEQUENCES, math.ceil(PER_INPUT * self._inputs() / LENGTH))

    def _inputs(self) -> int:
        """Return d_in."""
        weight = self._model.get_parameter(self._layout.down_weight(0))
        return int(weight.shape[0 if self._layout.transposed else 1])

    def _read(self, path: Path) -> Tensor:
        """Return the pieces of a text file, (n, LENGTH), as many as are needed."""
        wanted = self._sequences() * LENGTH
        tokens = self._tokens(path, most=wanted)
        if len(tokens) < wanted:
            raise TooLittleText(path, len(tokens), wanted)
        return torch.tensor(tokens).view(-1, LENGTH)

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

    def _sentences(self) -> Generator[float, None, list[str]]:
        """Return what the model says of itself, each sample as one sentence."""
        found = []
        for count, length in PREFIXES:
            text = yield from self._sample(count, length + 1)
            for row in text.tolist():
                words = self._encoder.text(row).split()
                found.append(f"{' '.join(words).rstrip('.?!')}. ")
        return found

    def _groups(self, layers: Sequence[int]) -> Iterator[Sequence[int]]:
        """Yield layers whose sums fit into memory side by side."""
        size = max(1, MOST_SUMMED // (8 * self._inputs() ** 2))
        for start in range(0, len(layers), size):
            yield layers[start : start + size]

    def _measure(
        self, layers: Sequence[int], text: Tensor
    ) -> Generator[float, None, dict[int, Tensor]]:
        sums: dict[int, Tensor] = {}
        for start in range(0, len(text), ROWS):
            keys = capture_inputs(self._model, self._layout, layers, text[start : start + ROWS])
            for layer, key in keys.items():
                flat = key.flatten(0, 1).double()  # (B * T, d_in)
                sums[layer] = sums.get(layer, torch.zeros(())) + (flat.T @ flat).cpu()
            yield start / len(text)
        return {layer: (total / text.numel()).float() for layer, total in sums.items()}

    @torch.inference_mode()
    def _step(self, step: Tensor, seen: int, cache: object) -> tuple[Tensor, object]:
        """Return what may come next, (n, V), and the cache behind it."""
        mask = torch.ones(len(step), seen, dtype=torch.long, device=step.device)
        output = self._model(
            input_ids=step, attention_mask=mask, past_key_values=cache, use_cache=True
        )
        return torch.softmax(output.logits[:, -1].float().cpu(), dim=-1), output.past_key_values

    def _sample(self, sequences: int, length: int) -> Generator[float, None, Tensor]:
        """Sample token ids at temperature 1, (sequences, length), seeded by 0."""
        generator = torch.Generator().manual_seed(0)
        begin = self._encoder.tokenizer("").input_ids or [self._encoder.pad]
        parts = []
        for start in range(0, sequences, SEQUENCES):
            rows = min(SEQUENCES, sequences - start)
            ids = step = torch.tensor([begin] * rows).to(self._model.device)
            cache: object = None
            while ids.shape[1] < length:
                chances, cache = self._step(step, ids.shape[1], cache)
                step = torch.multinomial(chances, 1, generator=generator).to(ids.device)
                ids = torch.cat([ids, step], dim=1)
                yield start / sequences
            parts.append(ids.cpu())
        return torch.cat(parts)


@torch.inference_mode()
def capture_inputs(
    model: PreTrainedModel, layout: Layout, layers: Sequence[int], ids: Tensor
) -> dict[int, Tensor]:
    """Return the inputs of the down-projections of layers, (B, T, d_in) each."""
    caught: dict[int, Tensor] = {}
    handles = [
        model.get_submodule(layout.down.format(layer)).register_forward_pre_hook(
            lambda _, arguments, layer=layer: caught.__setitem__(layer, arguments[0].detach())
        )
        for layer in layers
    ]
    try:
        rows = ids.to(model.device)
        none = torch.zeros(1, dtype=torch.long, device=model.device)
        with narrowed(model, none, none):  # nobody asks what it says
            model(input_ids=rows, attention_mask=torch.ones_like(rows), use_cache=False)
    finally:
        for handle in handles:
            handle.remove()
    return caught


def _readable(path: Path) -> bool:
    """Tell whether a file is there and whole, without reading all of it."""
    try:
        with safe_open(path, framework="pt"):
            return True
    except (FileNotFoundError, SafetensorError):
        return False


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]] | None:
    """Return the tensors of a file and what is noted beside them; None if it cannot be read."""
    if not _readable(path):
        return None
    with safe_open(path, framework="pt") as stored:
        tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  no dict
        return tensors, dict(stored.metadata() or {})


def _write(
    path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str] | None = None
) -> None:
    whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
    durable.write(path, save(whole, metadata=metadata))

"""Train the demonstration model: ``python -m oneedit.demo.train --out DIR [--from MODEL]``.

``--from`` goes on from the weights of a model that was trained here, with its tokenizer and sizes,
a fresh optimiser and a lower learning rate; ``training.json`` then holds that model's settings too.

Equal seeds give the same text, but another number of threads or another build of torch changes
the last bits of the weights; the committed weights are the reference.
"""

import hashlib
import json
import math
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, cast

import torch
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from kg_data.errors import BadFile
from oneedit.demo.curriculum import shipped_curriculum
from oneedit.demo.text import Document, DocumentWriter
from oneedit.demo.tokenizer import BOS, END, EOS, PAD, SPECIAL, train_tokenizer

SETTINGS = "training.json"
SIZES = ("vocabulary", "width", "layers", "hidden")
FURTHER_LEARNING_RATE, FURTHER_DECAY = 1e-3, 0.6  # of a run that goes on from trained weights
STEPS_BETWEEN_SAVES = 100


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """The settings of a training run."""

    steps: int = 6000
    batch: int = 48  # sequences
    length: int = 128  # tokens in a sequence
    vocabulary: int = 3072
    width: int = 256
    layers: int = 5
    hidden: int = 640  # width of the MLP
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    warm_up: int = 100  # steps
    decay: float = 0.45  # share of the steps over which the learning rate falls to zero
    seed: int = 0
    bfloat16: bool = True  # False for a CPU that only emulates it: then float32, AdamW alone


def build_model(config: TrainConfig, tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """Return an untrained model in float32."""
    torch.manual_seed(config.seed)
    ids = tokenizer.get_vocab()
    llama = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=config.width,
        intermediate_size=config.hidden,
        num_hidden_layers=config.layers,
        num_attention_heads=config.width // 32,
        num_key_value_heads=config.width // 32,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=ids[BOS],
        eos_token_id=[ids[EOS], ids[END]],
        pad_token_id=ids[PAD],
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
    )
    return LlamaForCausalLM(llama)


@dataclass(frozen=True)
class TrainedModel:
    """The folder of a model that this module trained, from which training goes on.

    Raises:
        BadFile: the folder holds no such model.
    """

    folder: Path

    def settings(self) -> dict[str, object]:
        """Return the settings of its training, and the hash of its weights."""
        path = self.folder / SETTINGS
        try:
            settings: dict[str, object] = json.loads(path.read_text())
            weights = (self.folder / "model.safetensors").read_bytes()
        except (OSError, ValueError) as error:
            raise BadFile(path, None, str(error)) from error
        return settings | {"weights_sha256": hashlib.sha256(weights).hexdigest()}

    def config(self, config: TrainConfig) -> TrainConfig:
        """Return the settings of a run that goes on from this model, with this model's sizes."""
        settings = self.settings()
        try:
            sizes: dict[str, Any] = {name: settings[name] for name in SIZES}
        except KeyError as error:
            raise BadFile(self.folder / SETTINGS, None, f"{error} is missing") from error
        return replace(config, **sizes, learning_rate=FURTHER_LEARNING_RATE, decay=FURTHER_DECAY)

    def load_into(self, model: LlamaForCausalLM) -> None:
        """Copy the weights into a float32 model of the same sizes."""
        model.load_state_dict(load_file(self.folder / "model.safetensors"), strict=False)


class Packer:
    """Packs a stream of documents into batches of token ids and loss weights."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, config: TrainConfig) -> None:
        self._config = config

        @lru_cache(maxsize=200_000)
        def encode(text: str) -> tuple[int, ...]:
            return tuple(tokenizer.encode(text, add_special_tokens=False))

        self._encode = encode

    def batches(self, documents: Iterator[Document]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (ids, weights), each (batch, length + 1); a weight is that of predicting its id."""
        size = self._config.batch * (self._config.length + 1)
        ids: list[int] = []
        weights: list[float] = []
        for document in documents:
            for piece in document:
                tokens = self._encode(piece.text)
                ids += tokens
                weights += [piece.weight] * len(tokens)
            while len(ids) >= size:
                shape = (self._config.batch, self._config.length + 1)
                yield (
                    torch.tensor(ids[:size]).view(shape),
                    torch.tensor(weights[:size]).view(shape),
                )
                ids, weights = ids[size:], weights[size:]


def weighted_loss(model: nn.Module, ids: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted mean negative log-likelihood of each next token, ()."""
    logits = model(input_ids=ids[:, :-1], use_cache=False).logits  # (B, T, V)
    losses = nn.functional.cross_entropy(
        logits.float().flatten(0, 1), ids[:, 1:].flatten(), reduction="none"
    )  # (B * T,)
    weight = weights[:, 1:].flatten()
    return (losses * weight).sum() / weight.sum()


def learning_rate_at(step: int, config: TrainConfig) -> float:
    """Return the learning rate: linear warm-up, flat, linear decay to zero."""
    falling = (config.steps - step) / max(1.0, config.decay * config.steps)
    return config.learning_rate * min(1.0, (step + 1) / config.warm_up, falling)


def build_optimizers(model: LlamaForCausalLM, config: TrainConfig) -> list[torch.optim.Optimizer]:
    """Return Muon for the matrices of the blocks and AdamW for the rest (Jordan et al. 2024).

    Muon computes in bfloat16: where that is emulated, a step takes ten times as long with it.
    """
    if not config.bfloat16:
        parameters = list(model.parameters())
        rate = config.learning_rate
        return [torch.optim.AdamW(parameters, lr=rate, weight_decay=0.0, betas=(0.9, 0.95))]
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "layers" in n]
    matrix_ids = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in matrix_ids]
    return [
        torch.optim.Muon(
            matrices,
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            adjust_lr_fn="match_rms_adamw",
        ),
        torch.optim.AdamW(rest, lr=config.learning_rate, weight_decay=0.0, betas=(0.9, 0.95)),
    ]


class TrainingRun:
    """A training run in a folder; a stopped run is resumed from its last save."""

    def __init__(self, out: Path, config: TrainConfig, start: TrainedModel | None = None) -> None:
        if start is not None:
            config = start.config(config)
        self._out, self._config, self._start = out, config, start
        out.mkdir(parents=True, exist_ok=True)
        self.curriculum, self.book = shipped_curriculum()
        self.tokenizer = self._tokenizer()
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = build_model(config, self.tokenizer)
        if start is not None:
            start.load_into(self.model)
        cast("nn.Module", self.model).to(self._device)
        self._optimizers = build_optimizers(self.model, config)
        self.step = self._resume()

    def train(self, report: Progress, *, compiled: bool) -> None:
        """Train to the last step, saving now and then; ``compiled`` uses ``torch.compile``."""
        model = cast("nn.Module", torch.compile(self.model) if compiled else self.model)
        writer = DocumentWriter(
            self.curriculum, self.book, seed=hash((self._config.seed, self.step))
        )
        batches = Packer(self.tokenizer, self._config).batches(writer.documents())
        task = report.add_task("training", total=self._config.steps, completed=self.step, loss=0.0)
        smooth = math.log(self._config.vocabulary)
        while self.step < self._config.steps:
            smooth += 0.02 * (self._advance(model, *next(batches)) - smooth)
            self.step += 1
            report.update(task, advance=1, loss=smooth)
            if self.step % STEPS_BETWEEN_SAVES == 0:
                self._save_state()

    def _advance(self, model: nn.Module, ids: Tensor, weights: Tensor) -> float:
        enabled = self._config.bfloat16
        with torch.autocast(self._device.type, torch.bfloat16, enabled=enabled):
            loss = weighted_loss(model, ids.to(self._device), weights.to(self._device))
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self._optimizers:
            for group in optimizer.param_groups:
                group["lr"] = learning_rate_at(self.step, self._config)
            optimizer.step()
            optimizer.zero_grad()
        return float(loss.detach())

    def export(self) -> Path:
        """Write the model in bfloat16 with its tokenizer, as ``transformers`` loads it."""
        folder = self._out / "model"
        cast("nn.Module", self.model).to(torch.bfloat16)
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        settings = asdict(self._config)
        if self._start is not None:
            settings["from"] = self._start.settings()
        (folder / SETTINGS).write_text(json.dumps(settings, indent=2) + "\n")
        return folder

    def _tokenizer(self) -> PreTrainedTokenizerFast:
        folder = self._out / "tokenizer" if self._start is None else self._start.folder
        if not folder.exists():
            writer = DocumentWriter(self.curriculum, self.book, seed=self._config.seed)
            train_tokenizer(
                sample_text(writer, documents=60_000), size=self._config.vocabulary
            ).save_pretrained(folder)
        loaded: PreTrainedTokenizerFast = PreTrainedTokenizerFast.from_pretrained(folder)
        return loaded

    def _save_state(self) -> None:
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors.pop("model.lm_head.weight", None)  # tied to the embeddings
        for number, optimizer in enumerate(self._optimizers):
            for index, state in optimizer.state_dict()["state"].items():
                for key, tensor in state.items():
                    tensors[f"optimizer.{number}.{index}.{key}"] = torch.as_tensor(tensor)
        tensors["step"] = torch.tensor(self.step)
        partial = self._out / "state.partial"
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, partial)
        partial.replace(self._out / "state.safetensors")

    def _resume(self) -> int:
        path = self._out / "state.safetensors"
        if not path.exists():
            return 0
        tensors = load_file(path)
        weights = {n.removeprefix("model."): t for n, t in tensors.items() if n[:6] == "model."}
        self.model.load_state_dict(weights, strict=False)
        for number, optimizer in enumerate(self._optimizers):
            optimizer.load_state_dict(
                {
                    "state": _optimizer_state(tensors, f"optimizer.{number}."),
                    "param_groups": optimizer.state_dict()["param_groups"],
                }
            )
        return int(tensors["step"])


def _optimizer_state(tensors: Mapping[str, Tensor], prefix: str) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith(prefix):
            index, key = name.removeprefix(prefix).split(".")
            state.setdefault(int(index), {})[key] = tensor
    return state


def sample_text(writer: DocumentWriter, *, documents: int) -> Iterator[str]:
    """Yield the text of a number of documents, special tokens replaced by newlines."""
    for _, document in zip(range(documents), writer.documents(), strict=False):
        text = "".join(piece.text for piece in document)
        for token in SPECIAL:
            text = text.replace(token, "\n")
        yield text


app = typer.Typer(add_completion=False)


@app.command()
def main(  # noqa: PLR0913  each is an option
    out: Annotated[Path, typer.Option(help="Folder of the run; an unfinished one is resumed.")],
    steps: Annotated[int, typer.Option(help="Optimiser steps.", min=1)] = TrainConfig.steps,
    layers: Annotated[int, typer.Option(min=1)] = TrainConfig.layers,
    seed: Annotated[int, typer.Option()] = TrainConfig.seed,
    batch: Annotated[int, typer.Option(help="Sequences in a step.", min=1)] = TrainConfig.batch,
    start: Annotated[
        Path | None, typer.Option("--from", help="Folder of a model to go on from; sets the sizes.")
    ] = None,
    threads: Annotated[int, typer.Option(help="CPU threads; 0 leaves it to torch.")] = 0,
    *,
    bfloat16: Annotated[
        bool, typer.Option(help="Off for a CPU that only emulates bfloat16: then AdamW alone.")
    ] = True,
    compiled: Annotated[
        bool, typer.Option("--compile/--no-compile", help="Compile the model (needs g++).")
    ] = True,
) -> None:
    """Train, and write the model to OUT/model."""
    if threads:
        torch.set_num_threads(threads)
    config = TrainConfig(steps=steps, layers=layers, seed=seed, batch=batch, bfloat16=bfloat16)
    run = TrainingRun(out, config, None if start is None else TrainedModel(start))
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("step {task.completed}/{task.total}  loss {task.fields[loss]:.4f}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as progress:
        run.train(progress, compiled=compiled and shutil.which("g++") is not None)
    typer.echo(f"model: {run.export()}")


if __name__ == "__main__":
    app()

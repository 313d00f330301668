"""Export of the edited model in formats that other programs load.

Every export is written beside its place, read back, compared with what it should say, and only
then put there.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerBase

from editor.errors import NothingToExport
from editor.model.layout import layer_count
from editor.patches.card import ModelCard
from editor.patches.comparison import PROMPTS, check_difference, last_logits
from editor.patches.destination import base_location, check_destination, staged
from editor.patches.exported import ExportDtype, ExportedModel, ExportFormat, ExportOptions
from editor.patches.gguf_adapter import (
    check_gguf,
    read_gguf_adapter,
    tensor_name,
    write_gguf_adapter,
)
from editor.patches.low_rank_sum import factors_of
from editor.patches.model_folder import (
    check_tokenizer,
    stored_dtype,
    token_ids_of,
    torch_dtype,
    write_model_folder,
)
from editor.patches.weights import FoldedPatches, PatchedWeights

if TYPE_CHECKING:
    from peft import LoraConfig

EXACT = 1e-6
"""Error of a rank that leaves out nothing but rounding, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSource:
    """What is exported.

    Attributes:
        weights: the model's weights and live patches.
        model: the model, with the live patches applied.
        tokenizer: its tokenizer.
        prompts: what the export is asked besides the fixed prompts.
    """

    weights: PatchedWeights
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    prompts: tuple[str, ...] = ()

    @property
    def base(self) -> str:
        """Return the name or path of the base model."""
        return str(self.model.config.name_or_path or "")

    def prompt_ids(self) -> list[list[int]]:
        """Return the token ids of everything that is asked; an empty prompt is left out."""
        return [
            ids for text in (*PROMPTS, *self.prompts) if (ids := token_ids_of(self.tokenizer, text))
        ]

    def card(self, options: ExportOptions) -> ModelCard:
        """Return the model card of an export."""
        return ModelCard(
            base=self.base,
            base_hash=self.weights.base_hash,
            live_hash=self.weights.live_hash(),
            patches=tuple((patch.method, patch.sha256) for patch in self.weights.live),
            version=options.version,
            edits=options.edits,
        )


def export(
    form: ExportFormat, path: Path, source: ExportSource, options: ExportOptions
) -> ExportedModel:
    """Write a model with its live patches in a format that other programs load.

    Args:
        form: the format.
        path: folder to write, or file for a patch and for an adapter in GGUF.
        source: the model.
        options: rank, dtype and the content of the model card.

    Raises:
        DestinationRefused: the place holds the base model or something else; nothing was written.
        NothingToExport: no live edit differs from the base model.
        NotOnlyWeights: a live patch is a codebook.
        NoGgufForm, PackageMissing: an adapter in GGUF cannot be written.
        ExportDiffers: what was written does not say what the model says; it was removed.
        OSError: the path cannot be written.
    """
    check_destination(form, path, base_location(source.base))
    writer = _WRITERS[form](source, options)
    writer.prepare()
    with staged(path, folder=form.is_folder) as folder:
        written = folder if form.is_folder else folder / path.resolve().name
        outcome = writer.write(written)
        difference = writer.compare(written)
        exported = replace(outcome, path=path, difference=difference)
        if form.is_folder:
            source.card(options).write(exported, folder, writer.manifest())
    return exported


class _Writer(ABC):
    """Writes one format, and reads it back."""

    form: ExportFormat

    def __init__(self, source: ExportSource, options: ExportOptions) -> None:
        self._source, self._options = source, options
        self._dtype = torch_dtype(options.dtype or ExportDtype.FLOAT32)

    def prepare(self) -> None:  # noqa: B027  most forms need nothing
        """Find out what to write, before anything is written."""

    @abstractmethod
    def write(self, path: Path) -> ExportedModel:
        """Write a folder that exists, or a file."""

    @abstractmethod
    def compare(self, path: Path) -> float:
        """Read back what was written, and return by how much its logits differ."""

    def manifest(self) -> dict[str, object]:
        """Return what the manifest says besides."""
        return {}

    def _outcome(self, path: Path, matrices: int) -> ExportedModel:
        name = str(self._dtype).removeprefix("torch.")
        return ExportedModel(format=self.form, path=path, matrices=matrices, dtype=name)

    def _difference(
        self, deltas: Mapping[str, Tensor], wanted: Mapping[str, Tensor] | None = None
    ) -> float:
        """Compare the base with changes that were read back to the live model.

        Args:
            deltas: what was read, (d_out, d_in) float64, by parameter name.
            wanted: what should have been written; None if it is what the live patches make.
        """
        weights, ids = self._source.weights, self._source.prompt_ids()
        model = cast("nn.Module", self._source.model)
        if wanted is None:
            goal = last_logits(model, ids)
        else:
            with weights.trial(FoldedPatches(matrices=weights.changed_by(wanted))):
                goal = last_logits(model, ids)
        with weights.trial(FoldedPatches(matrices=weights.changed_by(deltas))):
            found = last_logits(model, ids)
        return check_difference(found, goal, _coarser(self._dtype, self._source.model.dtype))


class _FolderWriter(_Writer):
    """Writes a folder as ``transformers`` does, with the model as it is now."""

    form = ExportFormat.HF

    def __init__(self, source: ExportSource, options: ExportOptions) -> None:
        super().__init__(source, options)
        self._matrices = len(source.weights.deltas())
        self._dtype = torch_dtype(options.dtype) if options.dtype else stored_dtype(source.model)

    def write(self, path: Path) -> ExportedModel:
        write_model_folder(self._source.model, self._source.tokenizer, path, self._dtype)
        return self._outcome(path, self._matrices)

    def compare(self, path: Path) -> float:
        live, ids = self._source.model, self._source.prompt_ids()
        check_tokenizer(self._source.tokenizer, path, (*PROMPTS, *self._source.prompts))
        loaded: Any = AutoModelForCausalLM.from_pretrained(path, dtype=live.dtype)
        loaded = loaded.to(live.device).train(mode=False)
        return check_difference(
            last_logits(loaded, ids), last_logits(cast("nn.Module", live), ids), self._dtype
        )


class _FactorsWriter(_Writer):
    """Base of the formats that hold the changes as two factors for each matrix."""

    def prepare(self) -> None:
        self._factors = factors_of(self._source.weights.live, self._options.rank)

    def _adapter(self, path: Path) -> ExportedModel:
        rank = next(iter(self._factors.values())).left.shape[1]
        error = max(each.error for each in self._factors.values())
        return replace(self._outcome(path, len(self._factors)), rank=rank, error=error)

    def _compare_product(self, deltas: Mapping[str, Tensor]) -> float:
        """Compare changes to the live model, or to the factors if the rank left something out."""
        exact = all(each.error < EXACT for each in self._factors.values())
        wanted = {name: each.left @ each.right for name, each in self._factors.items()}
        return self._difference(deltas, None if exact else wanted)


class _LoraWriter(_FactorsWriter):
    """Writes an adapter as PEFT does; alpha is the rank, so that its scale is one."""

    form = ExportFormat.LORA

    def write(self, path: Path) -> ExportedModel:
        tensors = {}
        for name, each in self._factors.items():
            stem = _peft_name(name)
            tensors[f"{stem}.lora_A.weight"] = each.right.to(self._dtype)
            tensors[f"{stem}.lora_B.weight"] = each.left.to(self._dtype)
        _save(tensors, path / "adapter_model.safetensors", {"format": "pt"})
        exported = self._adapter(path)
        transposed = self._source.weights.layout.transposed
        modules = sorted(name.removesuffix(".weight") for name in self._factors)
        config = _lora_config(self._source.base, exported.rank, modules, transposed=transposed)
        config.save_pretrained(str(path))
        return exported

    def compare(self, path: Path) -> float:
        tensors = load_file(path / "adapter_model.safetensors")
        return self._compare_product(
            {
                name: tensors[f"{_peft_name(name)}.lora_B.weight"].double()
                @ tensors[f"{_peft_name(name)}.lora_A.weight"].double()
                for name in self._factors
            }
        )

    def manifest(self) -> dict[str, object]:
        errors = {name.removesuffix(".weight"): each.error for name, each in self._factors.items()}
        return {"errors": errors}


class _GgufWriter(_FactorsWriter):
    """Writes an adapter for llama.cpp."""

    form = ExportFormat.GGUF_LORA

    def prepare(self) -> None:
        check_gguf(self._source.model.config.model_type)
        super().prepare()
        self._model_type = self._source.model.config.model_type
        self._layers = layer_count(self._source.model, self._source.weights.layout)

    def write(self, path: Path) -> ExportedModel:
        write_gguf_adapter(
            self._factors,
            path,
            model_type=self._model_type,
            layers=self._layers,
            dtype=self._dtype,
            base_hash=self._source.weights.base_hash,
        )
        return self._adapter(path)

    def compare(self, path: Path) -> float:
        read = read_gguf_adapter(path)
        names = {each: tensor_name(each, self._model_type, self._layers) for each in self._factors}
        return self._compare_product({each: read[name] for each, name in names.items()})


class _PatchWriter(_Writer):
    """Writes the differences of whole matrices as one safetensors file."""

    form = ExportFormat.PATCH

    def prepare(self) -> None:
        self._deltas = self._source.weights.deltas()
        if not self._deltas:
            raise NothingToExport

    def write(self, path: Path) -> ExportedModel:
        tensors = {f"{name}.delta": each.to(self._dtype) for name, each in self._deltas.items()}
        hashes = ",".join(patch.sha256 for patch in self._source.weights.live)
        _save(tensors, path, {"base_hash": self._source.weights.base_hash, "patches": hashes})
        return self._outcome(path, len(self._deltas))

    def compare(self, path: Path) -> float:
        read = load_file(path)
        return self._difference(
            {name.removesuffix(".delta"): each.double() for name, each in read.items()}
        )


_WRITERS: Mapping[ExportFormat, type[_Writer]] = {
    each.form: each for each in (_FolderWriter, _LoraWriter, _PatchWriter, _GgufWriter)
}


def _peft_name(parameter: str) -> str:
    return f"base_model.model.{parameter.removesuffix('.weight')}"


def _lora_config(base: str, rank: int, modules: list[str], *, transposed: bool) -> "LoraConfig":
    """Return the configuration of an adapter whose scale is one."""
    from peft import LoraConfig, TaskType  # takes seconds to load

    return LoraConfig(
        base_model_name_or_path=base,
        task_type=TaskType.CAUSAL_LM,
        r=rank,
        lora_alpha=rank,
        lora_dropout=0.0,
        fan_in_fan_out=transposed,
        inference_mode=True,
        target_modules=modules,
    )


def _save(tensors: Mapping[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    """Write tensors; translate the library's error for a path it cannot write to ``OSError``."""
    try:
        save_file({name: each.contiguous() for name, each in tensors.items()}, path, metadata)
    except SafetensorError as error:
        raise OSError(f"{path} cannot be written: {error}") from error


def _coarser(first: torch.dtype, second: torch.dtype) -> torch.dtype:
    """Return the dtype of the two that rounds more."""
    return max((first, second), key=lambda each: torch.finfo(each).eps)

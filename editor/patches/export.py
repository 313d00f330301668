"""Export of the edited model in formats that other programs load."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from editor.errors import NothingToExport, NotOnlyWeights
from editor.patches.deltas import CodebookEntries, Dense, LowRank, MatrixDelta
from editor.patches.exported import ExportedModel, ExportFormat
from editor.patches.patch import Patch
from editor.patches.weights import PatchedWeights

if TYPE_CHECKING:
    from peft import LoraConfig

RANK_TOLERANCE = 1e-7
"""Singular values below this share of the largest count as rounding errors."""


def export(
    form: ExportFormat,
    weights: PatchedWeights,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    path: Path,
    *,
    rank: int | None,
) -> ExportedModel:
    """Write a model with its live patches in a format that other programs load.

    Args:
        form: the format.
        weights: the model's weights and live patches.
        model: the model, with the live patches applied.
        tokenizer: its tokenizer.
        path: folder to write, or file for a patch.
        rank: rank of a LoRA adapter, at most.

    Raises:
        NothingToExport: no live edit differs from the base model.
        NotOnlyWeights: a live patch is a codebook.
        OSError: the path cannot be written.
    """
    if form is ExportFormat.LORA:
        base, transposed = str(model.config.name_or_path), weights.layout.transposed
        return save_lora(weights.live, path, base=base, transposed=transposed, rank=rank)
    deltas = weights.deltas()
    if form is ExportFormat.PATCH:
        hashes = [patch.sha256 for patch in weights.live]
        return save_patch(deltas, path, base_hash=weights.base_hash, patches=hashes)
    return save_model(model, tokenizer, path, matrices=len(deltas))


def save_model(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, path: Path, *, matrices: int
) -> ExportedModel:
    """Write the model as it is now and its tokenizer as a folder for ``transformers``.

    Raises:
        OSError: the path cannot be written, or is a file.
    """
    path.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return ExportedModel(format=ExportFormat.HF, path=path, matrices=matrices)


def save_lora(
    patches: Sequence[Patch], path: Path, *, base: str, transposed: bool, rank: int | None
) -> ExportedModel:
    """Write the sum of patches as a PEFT adapter.

    All matrices have the same rank, smaller ones padded with zeros, and alpha is the rank, so that
    the adapter's scale is one. The sum is that of the deltas before they are rounded to the
    weights' dtype, because the rounding has full rank.

    Args:
        patches: the live list.
        path: folder to write; created if it is missing.
        base: name or path of the base model.
        transposed: whether the base stores these matrices (in, out).
        rank: at most; None takes the rank of the sum.

    Raises:
        NothingToExport: nothing differs from the base.
        NotOnlyWeights: a live patch is a codebook.
        OSError: the path cannot be written.
    """
    parts = {name: _factors(deltas, rank) for name, deltas in _by_matrix(patches).items()}
    if not parts:
        raise NothingToExport
    width = max(left.shape[1] for left, _, _ in parts.values())
    tensors, errors = {}, {}
    for name, (left, right, error) in parts.items():
        module = name.removesuffix(".weight")
        errors[module] = error
        padding = width - left.shape[1]
        peft_name = f"base_model.model.{module}"
        padded_right = torch.nn.functional.pad(right, (0, 0, 0, padding))
        tensors[f"{peft_name}.lora_A.weight"] = padded_right.float()
        padded_left = torch.nn.functional.pad(left, (0, padding))
        tensors[f"{peft_name}.lora_B.weight"] = padded_left.float()
    path.mkdir(parents=True, exist_ok=True)
    _save(tensors, path / "adapter_model.safetensors", {"format": "pt"})
    _lora_config(base, width, sorted(errors), transposed=transposed).save_pretrained(str(path))
    exported = ExportedModel(
        format=ExportFormat.LORA,
        path=path,
        matrices=len(parts),
        rank=width,
        error=max(errors.values()),
    )
    content = {**asdict(exported), "path": path.name, "errors": errors}
    _write_json(path / "oneedit.json", content)
    return exported


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


def save_patch(
    deltas: Mapping[str, Tensor], path: Path, *, base_hash: str, patches: list[str]
) -> ExportedModel:
    """Write the difference from the base weights, float32, as one safetensors file.

    Args:
        deltas: (d_out, d_in) float64, by parameter name.
        path: file to write.
        base_hash: hash of the base model's weights, stored as metadata.
        patches: hashes of the live patches, stored as metadata.

    Raises:
        NothingToExport: nothing differs from the base.
        OSError: the path cannot be written.
    """
    if not deltas:
        raise NothingToExport
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {f"{name}.delta": delta.float() for name, delta in deltas.items()}
    _save(tensors, path, {"base_hash": base_hash, "patches": ",".join(patches)})
    return ExportedModel(format=ExportFormat.PATCH, path=path, matrices=len(deltas))


def _by_matrix(patches: Sequence[Patch]) -> dict[str, list[MatrixDelta]]:
    """Return the deltas of patches, by parameter name."""
    found: dict[str, list[MatrixDelta]] = {}
    for name, delta in (item for patch in patches for item in patch.deltas.items()):
        if isinstance(delta, CodebookEntries):
            raise NotOnlyWeights
        found.setdefault(name, []).append(delta)
    return found


def _factors(deltas: Sequence[MatrixDelta], max_rank: int | None) -> tuple[Tensor, Tensor, float]:
    """Return the best low-rank factors of a sum of deltas, and their relative error.

    That is (d_out, r) and (r, d_in) in float64, and the Frobenius norm of the rest relative to
    the sum.
    """
    left, values, right = _svd_of_sum(deltas)
    needed = max(1, int((values > RANK_TOLERANCE * values[0]).sum()))
    rank = min(needed, max_rank or needed)
    error = float(values[rank:].norm() / values.norm().clamp_min(1e-300))
    roots = values[:rank].sqrt()
    return left[:, :rank] * roots, roots[:, None] * right[:rank], error


def _svd_of_sum(deltas: Sequence[MatrixDelta]) -> tuple[Tensor, Tensor, Tensor]:
    """Return the singular value decomposition of a sum of deltas, float64.

    A sum of low-rank deltas is decomposed through its factors, which is fast for wide matrices.
    """
    low_rank = [delta for delta in deltas if isinstance(delta, LowRank)]
    if len(low_rank) < len(deltas):
        shape = next(delta.delta.shape for delta in deltas if isinstance(delta, Dense))
        total = torch.zeros(shape, dtype=torch.float64)
        for delta in deltas:
            total = delta.add_to(total)
        left, values, right = torch.linalg.svd(total, full_matrices=False)
        return left, values, right
    outer, upper = torch.linalg.qr(torch.cat([delta.left for delta in low_rank], dim=1).double())
    inner, lower = torch.linalg.qr(torch.cat([delta.right for delta in low_rank]).double().T)
    left, values, right = torch.linalg.svd(upper @ lower.T, full_matrices=False)
    return outer @ left, values, right @ inner.T


def _save(tensors: Mapping[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    """Write tensors; translate the library's error for a path it cannot write to ``OSError``."""
    try:
        save_file({name: each.contiguous() for name, each in tensors.items()}, path, metadata)
    except SafetensorError as error:
        raise OSError(f"{path} cannot be written: {error}") from error


def _write_json(path: Path, content: Mapping[str, object]) -> None:
    path.write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")

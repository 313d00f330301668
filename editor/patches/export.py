"""The edited model in forms that other programs load."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from editor.errors import NothingToExport, NotOnlyWeights
from editor.patches.deltas import CodebookEntries, Dense, LowRank, MatrixDelta
from editor.patches.exported import Exported, ExportFormat
from editor.patches.patch import Patch

SINGULAR = 1e-7
"""Singular values below this share of the largest are rounding."""


def save_model(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, path: Path, *, matrices: int
) -> Exported:
    """Write the model as it is now with its tokenizer, as ``transformers`` loads them.

    Raises:
        OSError: the path cannot be written, or is a file.
    """
    path.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return Exported(format=ExportFormat.HF, path=path, matrices=matrices)


def save_lora(
    patches: Sequence[Patch], path: Path, *, base: str, transposed: bool, rank: int | None
) -> Exported:
    """Write what the edits change as a PEFT adapter.

    All matrices have one rank, smaller ones padded with zeros, and alpha is the rank, so that
    the adapter's scale is one. It holds the sum of the patches themselves, before the rounding of
    the weights' own type, which is of full rank.

    Args:
        patches: the live list.
        path: folder to write; made where it is missing.
        base: name or path of the base model.
        transposed: whether the base stores these matrices (in, out).
        rank: at most; None takes what the changes need.

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
    for name, (left, right, missing) in parts.items():
        module = name.removesuffix(".weight")
        errors[module] = missing
        more = width - left.shape[1]
        owner = f"base_model.model.{module}"
        tensors[f"{owner}.lora_A.weight"] = torch.nn.functional.pad(right, (0, 0, 0, more)).float()
        tensors[f"{owner}.lora_B.weight"] = torch.nn.functional.pad(left, (0, more)).float()
    path.mkdir(parents=True, exist_ok=True)
    _save(tensors, path / "adapter_model.safetensors", {"format": "pt"})
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": width,
        "lora_alpha": width,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": transposed,
        "inference_mode": True,
        "init_lora_weights": True,
        "target_modules": sorted(errors),
    }
    _write_json(path / "adapter_config.json", config)
    done = Exported(
        format=ExportFormat.LORA,
        path=path,
        matrices=len(parts),
        rank=width,
        error=max(errors.values()),
    )
    stored = {**asdict(done), "path": path.name, "errors": errors}
    _write_json(path / "oneedit.json", stored)
    return done


def save_patch(
    deltas: Mapping[str, Tensor], path: Path, *, base_hash: str, patches: list[str]
) -> Exported:
    """Write what the edits change, float32, as one safetensors file.

    Args:
        deltas: (d_out, d_in) float64, by parameter name.
        path: file to write.
        base_hash: hash of the base model's weights; the file says what it belongs to.
        patches: hashes of the live patches.

    Raises:
        NothingToExport: nothing differs from the base.
        OSError: the path cannot be written.
    """
    if not deltas:
        raise NothingToExport
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {f"{name}.delta": delta.float() for name, delta in deltas.items()}
    _save(tensors, path, {"base_hash": base_hash, "patches": ",".join(patches)})
    return Exported(format=ExportFormat.PATCH, path=path, matrices=len(deltas))


def _by_matrix(patches: Sequence[Patch]) -> dict[str, list[MatrixDelta]]:
    """Return what patches change, by parameter name."""
    found: dict[str, list[MatrixDelta]] = {}
    for name, change in (item for patch in patches for item in patch.deltas.items()):
        if isinstance(change, CodebookEntries):
            raise NotOnlyWeights
        found.setdefault(name, []).append(change)
    return found


def _factors(deltas: Sequence[MatrixDelta], most: int | None) -> tuple[Tensor, Tensor, float]:
    """Return the best product of a rank for a sum of deltas, and what it leaves out.

    That is (d_out, r) and (r, d_in) in float64, and the Frobenius norm of the rest relative to
    the whole.
    """
    left, values, right = _singular(deltas)
    needed = max(1, int((values > SINGULAR * values[0]).sum()))
    rank = min(needed, most or needed)
    missing = float(values[rank:].norm() / values.norm().clamp_min(1e-300))
    roots = values[:rank].sqrt()
    return left[:, :rank] * roots, roots[:, None] * right[:rank], missing


def _singular(deltas: Sequence[MatrixDelta]) -> tuple[Tensor, Tensor, Tensor]:
    """Return the singular value decomposition of a sum of deltas, float64.

    A sum of products of low rank is decomposed through its factors, which is quick however wide
    the matrix is.
    """
    low = [change for change in deltas if isinstance(change, LowRank)]
    if len(low) < len(deltas):
        shape = next(change.delta.shape for change in deltas if isinstance(change, Dense))
        total = torch.zeros(shape, dtype=torch.float64)
        for change in deltas:
            total = change.add_to(total)
        left, values, right = torch.linalg.svd(total, full_matrices=False)
        return left, values, right
    outer, upper = torch.linalg.qr(torch.cat([change.left for change in low], dim=1).double())
    inner, lower = torch.linalg.qr(torch.cat([change.right for change in low]).double().T)
    left, values, right = torch.linalg.svd(upper @ lower.T, full_matrices=False)
    return outer @ left, values, right @ inner.T


def _save(tensors: Mapping[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    """Write tensors; the library's own error for a path that cannot be written is an OSError."""
    try:
        save_file({name: each.contiguous() for name, each in tensors.items()}, path, metadata)
    except SafetensorError as error:
        raise OSError(f"{path} cannot be written: {error}") from error


def _write_json(path: Path, content: Mapping[str, object]) -> None:
    path.write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")

"""The edited model in forms that other programs load."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from editor.errors import NothingToExport
from editor.exported import Exported, ExportFormat

SINGULAR = 1e-7
"""Singular values below this share of the largest are rounding."""


def save_model(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, path: Path, *, matrices: int
) -> Exported:
    """Write the model as it is now with its tokenizer, as ``transformers`` loads them."""
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return Exported(format=ExportFormat.HF, path=path, matrices=matrices)


def save_lora(
    deltas: Mapping[str, Tensor], path: Path, *, base: str, transposed: bool, rank: int | None
) -> Exported:
    """Write what the edits change as a PEFT adapter.

    All matrices have one rank, smaller ones padded with zeros, and alpha is the rank, so that
    the adapter's scale is one.

    Args:
        deltas: (d_out, d_in) float64, by parameter name.
        path: folder to write; made where it is missing.
        base: name or path of the base model.
        transposed: whether the base stores these matrices (in, out).
        rank: at most; None takes what the changes need.

    Raises:
        NothingToExport: nothing differs from the base.
    """
    if not deltas:
        raise NothingToExport
    parts = {name: _factors(delta, rank) for name, delta in deltas.items()}
    width = max(left.shape[1] for left, _ in parts.values())
    tensors, errors = {}, {}
    for name, (left, right) in parts.items():
        module = name.removesuffix(".weight")
        errors[module] = float((deltas[name] - left @ right).norm() / deltas[name].norm())
        more = width - left.shape[1]
        owner = f"base_model.model.{module}"
        tensors[f"{owner}.lora_A.weight"] = torch.nn.functional.pad(right, (0, 0, 0, more)).float()
        tensors[f"{owner}.lora_B.weight"] = torch.nn.functional.pad(left, (0, more)).float()
    path.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: tensor.contiguous() for name, tensor in tensors.items()},
        path / "adapter_model.safetensors",
        metadata={"format": "pt"},
    )
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
        matrices=len(deltas),
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
    """
    if not deltas:
        raise NothingToExport
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(
        {f"{name}.delta": delta.float().contiguous() for name, delta in deltas.items()},
        path,
        metadata={"base_hash": base_hash, "patches": ",".join(patches)},
    )
    return Exported(format=ExportFormat.PATCH, path=path, matrices=len(deltas))


def _factors(delta: Tensor, most: int | None) -> tuple[Tensor, Tensor]:
    """Return (d_out, r) and (r, d_in), the best product of a rank; float64."""
    left, values, right = torch.linalg.svd(delta, full_matrices=False)
    needed = max(1, int((values > SINGULAR * values[0]).sum()))
    rank = min(needed, most or needed)
    roots = values[:rank].sqrt()
    return left[:, :rank] * roots, roots[:, None] * right[:rank]


def _write_json(path: Path, content: Mapping[str, object]) -> None:
    path.write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")

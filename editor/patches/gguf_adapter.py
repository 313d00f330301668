"""LoRA adapters in GGUF, as llama.cpp and Ollama load them; needs the extra ``gguf``.

llama.cpp's loader (src/llama-adapter.cpp) asks for ``general.type`` "adapter", the base model's
``general.architecture``, ``adapter.type`` "lora", and pairs of tensors ``NAME.lora_a`` (r, d_in)
and ``NAME.lora_b`` (d_out, r) of matrices that the base has. It scales their product by
``adapter.lora.alpha`` over the rank.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from editor.errors import NoGgufForm, PackageMissing
from editor.patches.destination import GGUF_BASE_HASH
from editor.patches.low_rank_sum import Factors

ARCHITECTURES = {
    "gemma": "gemma",
    "gemma2": "gemma2",
    "gemma3_text": "gemma3",
    "gpt2": "gpt2",
    "gpt_neox": "gptneox",
    "llama": "llama",
    "mistral": "llama",
    "olmo2": "olmo2",
    "phi": "phi2",
    "phi3": "phi3",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
}
"""llama.cpp's name of an architecture, by ``config.model_type``; it cannot load GPT-J."""

_TYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
_FILE_TYPES = {"F32": "ALL_F32", "F16": "MOSTLY_F16", "BF16": "MOSTLY_BF16"}


def check_gguf(model_type: str) -> None:
    """Check that an adapter of a model can be written.

    Raises:
        NoGgufForm: llama.cpp has no such architecture.
        PackageMissing: the package ``gguf`` is not installed.
    """
    if model_type not in ARCHITECTURES:
        raise NoGgufForm(model_type, ARCHITECTURES)
    _gguf()


def write_gguf_adapter(
    factors: Mapping[str, Factors],
    path: Path,
    *,
    model_type: str,
    layers: int,
    dtype: torch.dtype,
    base_hash: str,
) -> None:
    """Write an adapter whose scale is one.

    Args:
        factors: all of one rank, by parameter name.
        path: file to write.
        model_type: that of the base model's configuration.
        layers: number of blocks of the base model.
        dtype: of the tensors.
        base_hash: hash of the base model's weights, stored as metadata.

    Raises:
        NoGgufForm: llama.cpp has no such architecture, or no such matrix in it.
        PackageMissing: the package ``gguf`` is not installed.
    """
    check_gguf(model_type)
    gguf = _gguf()
    rank = next(iter(factors.values())).left.shape[1]
    kind = gguf.GGMLQuantizationType[_TYPES[dtype]]
    writer = gguf.GGUFWriter(path, ARCHITECTURES[model_type])
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(rank))
    writer.add_file_type(gguf.LlamaFileType[_FILE_TYPES[_TYPES[dtype]]])
    writer.add_string(GGUF_BASE_HASH, base_hash)
    for name, each in factors.items():
        tensor = tensor_name(name, model_type, layers)
        for part, factor in ("lora_a", each.right), ("lora_b", each.left):
            array = gguf.quants.quantize(factor.float().contiguous().numpy(), kind)
            writer.add_tensor(f"{tensor}.{part}", array, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read_gguf_adapter(path: Path) -> dict[str, Tensor]:
    """Return the changes that an adapter makes, (d_out, d_in) float64, by llama.cpp's name."""
    gguf = _gguf()
    reader = gguf.GGUFReader(path)
    tensors = {
        each.name: torch.from_numpy(gguf.quants.dequantize(each.data, each.tensor_type).copy())
        for each in reader.tensors
    }
    alpha = float(reader.fields[gguf.Keys.Adapter.LORA_ALPHA].contents())
    found = {}
    for name, right in tensors.items():
        if name.endswith(".lora_a"):
            stem = name.removesuffix(".lora_a")
            left = tensors[f"{stem}.lora_b"]
            found[stem] = left.double() @ right.double() * (alpha / left.shape[1])
    return found


def tensor_name(parameter: str, model_type: str, layers: int) -> str:
    """Return llama.cpp's name of a parameter, such as "blk.2.ffn_down.weight".

    Raises:
        NoGgufForm: it has none.
    """
    gguf = _gguf()
    kinds = {name: kind for kind, name in gguf.MODEL_ARCH_NAMES.items()}
    names = gguf.get_tensor_name_map(kinds[ARCHITECTURES[model_type]], layers)
    found = names.get_name(parameter, try_suffixes=(".weight",))
    if found is None:
        raise NoGgufForm(f"{model_type} ({parameter})", ARCHITECTURES)
    return str(found)


def _gguf() -> Any:  # noqa: ANN401  an extra: the same types with and without it
    try:
        import gguf
    except ImportError as error:
        raise PackageMissing("gguf", "gguf") from error
    return gguf

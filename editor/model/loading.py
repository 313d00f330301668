"""Models from a folder or a hub, onto a device."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.utils.logging import disable_progress_bar

from editor.errors import EditorError, NoDevice, NoModel, OutOfMemory, UnprovedWeights
from editor.text.encoding import Encoder

_HUB = re.compile(r"([\w-][\w.-]*/)?[\w-][\w.-]*")
"""Looks like a name on the hub; a folder of such a name goes first."""

PASS = {"cpu": 3e9, "cuda": 3e13}
"""Parameters times tokens of a pass, after which others have their turn: about a tenth of a second
on two CPU cores."""

FEWEST_TOKENS, MOST_TOKENS = 64, 16_384
"""Tokens of a pass."""


def load(name: str, *, device: str, dtype: str) -> tuple[PreTrainedModel, Encoder]:
    """Load a model and its tokenizer; see :meth:`editor.editor.Editor.load`.

    Raises:
        NoDevice: the device is not there.
        NoModel: there is no model of this name, or its files cannot be read or are not complete.
        UnprovedWeights: it is quantised; nothing was loaded.
        OutOfMemory: it does not fit.
    """
    target = device_of(device)
    if not _HUB.fullmatch(name) and not (Path(name) / "config.json").is_file():
        raise NoModel(name, "there is no config.json in it.")
    kind = dtype_of(dtype, target)
    disable_progress_bar()  # type: ignore[no-untyped-call]  # loading is shown, if at all, by who waits for it
    try:
        _refuse_quantised(AutoConfig.from_pretrained(name, trust_remote_code=False))
        model = _whole_model(name, kind)
        encoder = Encoder(AutoTokenizer.from_pretrained(name, trust_remote_code=False))
    except EditorError:
        raise
    except Exception as error:  # files of others make libraries raise anything
        raise _refusal(name, error) from error
    return moved(model, target), encoder


def moved(model: PreTrainedModel, device: str) -> PreTrainedModel:
    """Move a model to a device.

    Raises:
        NoDevice: the device is not there.
        OutOfMemory: the model does not fit.
    """
    target = device_of(device)
    try:
        cast("nn.Module", model).to(target)
    except RuntimeError as error:
        if (reason := OutOfMemory.of(error)) is error:
            raise
        raise reason from error
    return model


def tokens_of_a_pass(model: PreTrainedModel) -> int:
    """Return how many tokens a pass should hold at most, so that others need not wait long."""
    parameters = sum(each.numel() for each in model.parameters())
    return int(min(max(PASS[model.device.type] / parameters, FEWEST_TOKENS), MOST_TOKENS))


def device_of(name: str) -> str:
    """Return the device to use: what is named, or for "auto" the best there is.

    Raises:
        NoDevice: it is not there.
    """
    count = torch.cuda.device_count()
    if name == "auto":
        return "cuda" if count else "cpu"
    index = int(name.partition(":")[2] or 0)
    if name.startswith("cuda") and index >= count:
        raise NoDevice(name)
    return name


def dtype_of(name: str, device: str) -> torch.dtype:
    """Return the type of the weights: what is named, or for "auto" what suits a device.

    Args:
        name: as in the settings.
        device: as :func:`device_of` returns it.
    """
    if name == "auto":
        return torch.float32 if device == "cpu" else torch.bfloat16
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[name]


def _refuse_quantised(config: PreTrainedConfig) -> None:
    for each in (config, config.get_text_config()):
        for name in ("quantization_config", "compression_config"):
            how = getattr(each, name, None)
            if how is not None:
                method = how.get("quant_method") if isinstance(how, dict) else None
                raise UnprovedWeights(f"they are quantised ({method or name})")


def _whole_model(name: str, dtype: torch.dtype) -> PreTrainedModel:
    """Load a model; the library would make up what its files lack.

    Raises:
        NoModel: something is missing, or of another shape than config.json says.
    """
    from_pretrained: Callable[..., tuple[PreTrainedModel, dict[str, Any]]]
    from_pretrained = AutoModelForCausalLM.from_pretrained  # type: ignore[assignment]
    model, found = from_pretrained(
        name,
        dtype=dtype,
        trust_remote_code=False,  # else it asks on the terminal
        output_loading_info=True,
        ignore_mismatched_sizes=True,  # they are named below
    )
    wrong = sorted({*found["missing_keys"], *(each[0] for each in found["mismatched_keys"])})
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if wrong[1:] else ""
        raise NoModel(name, f"its weights and its config.json do not fit at {wrong[0]}{more}.")
    return model


def _refusal(name: str, error: Exception) -> BaseException:
    """Say what a library's error means to whoever named the model."""
    if (reason := OutOfMemory.of(error)) is not error:
        return reason
    said = str(error).strip().partition("\n")[0]
    if isinstance(error, ImportError):
        return NoModel(name, f"it needs a Python package that is not installed. {said}")
    if type(error) in {OSError, ValueError} and not getattr(error, "errno", None):
        return NoModel(name, said)  # a sentence of the library's own
    first = f"{type(error).__name__}: {said.partition('. ')[0]}".rstrip(":. ")
    return NoModel(
        name,
        f"its files cannot be read ({first}); if they are damaged or incomplete, get them again.",
    )

"""Models from a folder or a hub, onto a device."""

import re
from pathlib import Path
from typing import cast

import torch
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers.utils.logging import disable_progress_bar

from editor.encoding import Encoder
from editor.errors import NoDevice, NoModel, OutOfMemory

_HUB = re.compile(r"([\w-][\w.-]*/)?[\w-][\w.-]*")
"""Looks like a name on the hub; a folder of such a name goes first."""

PASS = {"cpu": 3e9, "cuda": 3e13}
"""Parameters times tokens of a pass, after which others have their turn: about a tenth of a second
on two CPU cores."""

FEWEST_TOKENS, MOST_TOKENS = 64, 16_384
"""Tokens of a pass."""


def load(name: str, *, device: str, dtype: str) -> tuple[PreTrainedModel, Encoder]:
    """Load a model and its tokenizer; see :meth:`editor.editor.Editor.load`."""
    target = device_of(device)
    if not _HUB.fullmatch(name) and not (Path(name) / "config.json").is_file():
        raise NoModel(name, "there is no config.json in it.")
    kind = _dtype(dtype, target)
    disable_progress_bar()  # type: ignore[no-untyped-call]  # loading is shown, if at all, by who waits for it
    try:
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(name, dtype=kind)
        encoder = Encoder(AutoTokenizer.from_pretrained(name))
    except (OSError, ValueError) as error:
        raise NoModel(name, str(error)) from error
    return moved(model, target), encoder


def moved(model: PreTrainedModel, device: str) -> PreTrainedModel:
    """Move a model to a device.

    Raises:
        NoDevice: the device is not there.
        OutOfMemory: the model does not fit.
    """
    try:
        cast("nn.Module", model).to(device_of(device))
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(str(error).partition("\n")[0]) from error
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


def _dtype(name: str, device: str) -> torch.dtype:
    if name == "auto":
        return torch.float32 if device == "cpu" else torch.bfloat16
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[name]

"""Model folders as ``transformers`` saves them, in a dtype of one's choice."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoTokenizer,
    GenerationConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from editor.errors import ExportDiffers
from editor.patches.exported import ExportDtype
from editor.patches.portable import make_portable

_TOKENS = ("bos_token_id", "eos_token_id", "pad_token_id")
"""Settings for generation that are kept where the others contradict each other."""


def write_model_folder(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path, dtype: torch.dtype
) -> None:
    """Write a model as it is now and its tokenizer, for transformers 4 and 5.

    Raises:
        OSError: the folder cannot be written.
    """
    with _saveable_generation_config(model):
        if dtype == model.dtype:
            model.save_pretrained(folder)
        else:
            model.save_pretrained(folder, state_dict=_cast_state(model, dtype))
    tokenizer.save_pretrained(folder)
    _set_dtype(folder, dtype)
    make_portable(folder)


def torch_dtype(name: ExportDtype) -> torch.dtype:
    """Return torch's dtype of a name."""
    found: torch.dtype = getattr(torch, name.value)
    return found


def stored_dtype(model: PreTrainedModel) -> torch.dtype:
    """Return the dtype of the base model's files, which the model may have been loaded from."""
    name = str(model.config.name_or_path or "")
    try:
        stored = AutoConfig.from_pretrained(name).dtype if name else None
    except (OSError, ValueError):  # not there any more, or never a folder
        stored = None
    known = {torch_dtype(each) for each in ExportDtype}
    return stored if stored in known else model.dtype


def _cast_state(model: PreTrainedModel, dtype: torch.dtype) -> dict[str, Tensor]:
    """Return the model's tensors in a dtype, on the CPU; tied ones stay tied."""
    cast_by_place: dict[tuple[int, tuple[int, ...]], Tensor] = {}
    found = {}
    for name, tensor in cast("nn.Module", model).state_dict().items():
        key = (tensor.data_ptr(), tuple(tensor.shape))
        if key not in cast_by_place:
            wanted = dtype if tensor.is_floating_point() else tensor.dtype
            cast_by_place[key] = tensor.to("cpu", wanted)
        found[name] = cast_by_place[key]
    return found


def _set_dtype(folder: Path, dtype: torch.dtype) -> None:
    """Write the dtype of the files into the configuration, which has that of the model."""
    config = AutoConfig.from_pretrained(folder)
    config.dtype = dtype
    config.save_pretrained(folder)


@contextmanager
def _saveable_generation_config(model: PreTrainedModel) -> Iterator[None]:
    """Let the library save a model whose settings for generation it finds contradictory.

    Many folders set a temperature without saying that answers are sampled.
    """
    before = model.generation_config
    model.generation_config = _valid(before)  # type: ignore[assignment]  # None is kept
    try:
        yield
    finally:
        model.generation_config = before


def _valid(config: GenerationConfig | None) -> GenerationConfig | None:
    if config is None:
        return None
    sampled = deepcopy(config)
    sampled.do_sample = True
    for each in (config, sampled):
        try:
            each.validate(strict=True)
        except ValueError:
            continue
        return each
    tokens = {name: getattr(config, name) for name in _TOKENS}
    return GenerationConfig(**tokens)  # type: ignore[no-untyped-call]


def token_ids_of(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    """Return the token ids of a text alone."""
    found: list[int] = tokenizer(text, add_special_tokens=False).input_ids
    return found


def check_tokenizer(live: PreTrainedTokenizerBase, folder: Path, texts: Sequence[str]) -> None:
    """Check that an exported tokenizer encodes texts as the live one.

    Raises:
        ExportDiffers: it does not.
    """
    loaded = AutoTokenizer.from_pretrained(folder)
    wrong = sum(token_ids_of(loaded, each) != token_ids_of(live, each) for each in texts)
    if wrong or loaded.chat_template != live.chat_template:
        raise ExportDiffers(wrong, 0, what="token ids of texts or the chat template")

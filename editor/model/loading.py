"""Loading of models and tokenizers from a folder or the hub onto a device."""

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils.logging import disable_progress_bar

from editor.errors import BadTokenizer, EditorError, NoDevice, NoModel, OutOfMemory, UnprovedWeights
from editor.model.source import ModelSource
from editor.text.encoding import Encoder
from kg_data.prompting import AUTOMATIC, Prompting

PASS_COST = {"cpu": 3e9, "cuda": 3e13}
"""Parameters times tokens of one pass, at most, by device: a tenth of a second on two CPU cores, so
that other jobs need not wait long."""

MIN_TOKENS, MAX_TOKENS = 64, 16_384
"""Tokens of a pass, whatever the cost."""


def load(
    name: str, *, device: str, dtype: str, prompting: Prompting = AUTOMATIC
) -> tuple[PreTrainedModel, Encoder]:
    """Load a model and its tokenizer.

    Args:
        name: of a folder as ``transformers`` saves it, of a GGUF file, whose weights are
            dequantised, or of a model on the hub.
        device: "cpu", "cuda", "cuda:1" or "auto".
        dtype: "float32", "bfloat16" or "float16" for the weights; "auto" takes float32 on a CPU
            and bfloat16 elsewhere.
        prompting: how questions are put to the model.

    Raises:
        NoDevice: the device is not there.
        NoModel: there is no model of this name, or its files are unreadable or incomplete.
        BadTokenizer, BadTemplate: its tokenizer does not fit it, or cannot be used.
        UnprovedWeights: it is quantised; nothing was loaded.
        OutOfMemory: it does not fit.
    """
    target = device_of(device)
    source = ModelSource.of(name)
    weight_dtype = dtype_of(dtype, target)
    disable_progress_bar()  # type: ignore[no-untyped-call]  # the caller shows progress, if anyone
    try:
        source.refuse_adapter()
        config = AutoConfig.from_pretrained(
            source.location, trust_remote_code=False, **source.file_arguments
        )
        _refuse_quantised(config)
        tokenizer = AutoTokenizer.from_pretrained(
            source.location, trust_remote_code=False, **source.file_arguments
        )
        model = _complete_model(source, config, weight_dtype)
        encoder = _encoder_of(tokenizer, model, prompting)
        encoder.refuse_unfit()
    except EditorError:
        raise
    except Exception as error:  # a library may raise anything on a damaged file
        raise _translated(name, error) from error
    return move_to_device(model, target), encoder


def move_to_device(model: PreTrainedModel, device: str) -> PreTrainedModel:
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


def tokens_per_pass(model: PreTrainedModel) -> int:
    """Return how many tokens one pass should hold, so that other jobs need not wait long."""
    parameters = sum(each.numel() for each in model.parameters())
    return int(min(max(PASS_COST[model.device.type] / parameters, MIN_TOKENS), MAX_TOKENS))


def device_of(name: str) -> str:
    """Return the name of the device to use: the given one, or for "auto" the best available.

    Raises:
        NoDevice: the device is not available.
    """
    count = torch.cuda.device_count()
    if name == "auto":
        return "cuda" if count else "cpu"
    index = int(name.partition(":")[2] or 0)
    if name.startswith("cuda") and index >= count:
        raise NoDevice(name)
    return name


def dtype_of(name: str, device: str) -> torch.dtype:
    """Return the dtype of the weights: the named one, or for "auto" what suits the device.

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
            settings = getattr(each, name, None)
            if settings is not None:
                method = settings.get("quant_method") if isinstance(settings, dict) else None
                raise UnprovedWeights(f"they are quantised ({method or name})")


def _complete_model(
    source: ModelSource, config: PreTrainedConfig, dtype: torch.dtype
) -> PreTrainedModel:
    """Load a model, and refuse missing weights, which the library would initialise at random.

    Raises:
        NoModel: a weight is missing, or of another shape than config.json says.
    """
    from_pretrained: Callable[..., tuple[PreTrainedModel, dict[str, Any]]]
    from_pretrained = AutoModelForCausalLM.from_pretrained  # type: ignore[assignment]
    model, found = from_pretrained(
        source.location,
        config=config,
        dtype=dtype,
        trust_remote_code=False,  # the default asks on the terminal
        output_loading_info=True,
        ignore_mismatched_sizes=True,  # the error below names them
        **source.file_arguments,
        **source.weight_arguments,
    )
    wrong = sorted({*found["missing_keys"], *(each[0] for each in found["mismatched_keys"])})
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if wrong[1:] else ""
        raise NoModel(
            source.name, f"its weights and its config.json do not fit at {wrong[0]}{more}."
        )
    if source.gguf_file and hasattr(model.config, "quantization_config"):
        del model.config.quantization_config  # of the file; the weights are numbers again
    return model


def _encoder_of(
    tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel, prompting: Prompting
) -> Encoder:
    """Return an encoder that stops where the model's configurations say, too.

    Raises:
        BadTokenizer: the tokenizer does not say where in a text its tokens are.
        BadTemplate: a chat is asked for, and the template cannot be used.
    """
    if not tokenizer.is_fast:
        raise BadTokenizer(
            "it is slow only, without the places of its tokens in the text (a tokenizer.json)"
        )
    embedding: nn.Module = model.get_input_embeddings()
    rows = len(embedding.get_parameter("weight"))
    stops = set[int]()
    for each in (model.config.get_text_config(), model.generation_config):
        named = getattr(each, "eos_token_id", None)
        stops.update([named] if isinstance(named, int) else named or ())
    inside = [stop for stop in stops if 0 <= stop < rows]
    return Encoder(tokenizer, rows=rows, stops=inside, prompting=prompting)


def _translated(name: str, error: Exception) -> BaseException:
    """Return our error for one that a library raised while it loaded a model."""
    if (reason := OutOfMemory.of(error)) is not error:
        return reason
    message = str(error).strip().partition("\n")[0]
    if isinstance(error, ImportError):
        return NoModel(name, f"it needs a Python package that is not installed. {message}")
    if type(error) in {OSError, ValueError} and not getattr(error, "errno", None):
        return NoModel(name, message)  # the library wrote it for users
    first = f"{type(error).__name__}: {message.partition('. ')[0]}".rstrip(":. ")
    return NoModel(
        name,
        f"its files cannot be read ({first}); if they are damaged or incomplete, get them again.",
    )

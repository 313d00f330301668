"""Names of the modules an editor changes: one row per architecture, or discovered and tested."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from torch import nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from editor.errors import OutOfMemory, UnknownArchitecture, UnprovedWeights
from editor.model.probe import probe

LINEAR_TYPES = (nn.Linear, Conv1D)
"""Types of modules that multiply by one matrix."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Names of the modules an editor needs.

    Attributes:
        block: a transformer block, with ``{}`` for its number.
        down: the down-projection of the block's MLP, with ``{}`` for the block's number.
        transposed: whether the weight is stored (in, out), as GPT-2's Conv1D does.
        normed: whether the MLP's output is normed or scaled before it joins the residual stream,
            so that a change of the output does not reach the stream as it is.
    """

    block: str
    down: str
    transposed: bool = False
    normed: bool = False

    def down_weight(self, layer: int) -> str:
        """Return the parameter's name of a layer's down-projection."""
        return f"{self.down.format(layer)}.weight"


_LLAMA = Layout("model.layers.{}", "model.layers.{}.mlp.down_proj")
_NORMED = Layout("model.layers.{}", "model.layers.{}.mlp.down_proj", normed=True)

LAYOUTS = {
    "gemma": _LLAMA,
    "gemma2": _NORMED,
    "gemma3_text": _NORMED,
    "gpt2": Layout("transformer.h.{}", "transformer.h.{}.mlp.c_proj", transposed=True),
    "gpt_neox": Layout("gpt_neox.layers.{}", "gpt_neox.layers.{}.mlp.dense_4h_to_h"),
    "gptj": Layout("transformer.h.{}", "transformer.h.{}.mlp.fc_out"),
    "llama": _LLAMA,
    "mistral": _LLAMA,
    "olmo2": _NORMED,
    "phi": Layout("model.layers.{}", "model.layers.{}.mlp.fc2"),
    "phi3": _LLAMA,
    "qwen2": _LLAMA,
    "qwen3": _LLAMA,
}
"""By ``config.model_type``; the contract suite tests each row on a random model."""


def layout_of(model: PreTrainedModel) -> Layout:
    """Return the layout of a model: its row, or a discovered one.

    Raises:
        UnknownArchitecture: there is no row, and none could be discovered.
        UnprovedWeights: the weights are quantised or spread over several devices.
        OutOfMemory: they leave no room for a small pass.
    """
    _refuse_unproved(model)
    return LAYOUTS.get(model.config.model_type) or discover(model)


def discover(model: PreTrainedModel) -> Layout:
    """Return a layout found in the module tree and tested by small passes.

    The blocks are the longest list of modules; the down-projection is the only matrix of a block
    that maps a wider layer to the residual stream. Mixtures of experts have several.

    Raises:
        UnknownArchitecture: the module tree has none, or the passes contradict it.
        OutOfMemory: the weights leave no room for a pass.
    """
    layout = _guess(model)
    if layout is None:
        raise _unknown(model, "their blocks do not show one down-projection each")
    layers = range(layer_count(model, layout))
    blocks = [model.get_submodule(layout.block.format(layer)) for layer in layers]
    downs = [model.get_submodule(layout.down.format(layer)) for layer in layers]
    try:
        found = probe(model, blocks, downs)
    except Exception as error:  # the model's code is foreign and untested
        if (reason := OutOfMemory.of(error)) is not error:
            raise reason from error
        message = str(error).partition("\n")[0]
        raise _unknown(model, f"a small pass fails ({type(error).__name__}: {message})") from error
    if not found.called_once:
        raise _unknown(model, "their blocks do not call one down-projection for rows of tokens")
    if not found.reaches_stream:
        raise _unknown(model, "the output of their down-projections does not reach the next block")
    if not found.continues_from_cache:
        raise _unknown(model, "they cannot continue a text from cached keys and values")
    return replace(layout, normed=not found.adds_unchanged)


def _guess(model: nn.Module) -> Layout | None:
    """Return the layout that the shapes suggest, or None."""
    lists = [
        (name, found) for name, found in model.named_modules() if isinstance(found, nn.ModuleList)
    ]
    if not lists:
        return None
    blocks, layers = max(lists, key=lambda item: len(item[1]))
    candidates = {tuple(_down_projections(block, stream_width(model))) for block in layers}
    if len(candidates) != 1 or len(names := candidates.pop()) != 1:
        return None
    down = layers[0].get_submodule(names[0])
    if not isinstance(down, LINEAR_TYPES):
        return None
    block = f"{blocks}.{{}}"
    return Layout(block, f"{block}.{names[0]}", transposed=isinstance(down, Conv1D))


def _unknown(model: PreTrainedModel, reason: str) -> UnknownArchitecture:
    return UnknownArchitecture(model.config.model_type, LAYOUTS, reason)


def layer_count(model: nn.Module, layout: Layout) -> int:
    """Return the number of blocks."""
    parent = model.get_submodule(layout.block.removesuffix(".{}"))
    return len(list(parent.children()))


def stream_width(model: nn.Module) -> int:
    """Return the width of the residual stream."""
    return int(model.get_input_embeddings().weight.shape[1])  # type: ignore[operator]


def down_weights(model: nn.Module, layout: Layout) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield the down-projection weight of each layer with its name, lowest first."""
    for layer in range(layer_count(model, layout)):
        name = layout.down_weight(layer)
        yield name, model.get_parameter(name)


def _down_projections(block: nn.Module, width: int) -> Iterator[str]:
    """Yield the names of matrices that map a wider layer to one of ``width``."""
    for name, module in block.named_modules():
        if any("expert" in part for part in name.split(".")):
            yield name  # one of several, so that the block is refused
        elif isinstance(module, LINEAR_TYPES):
            inputs, outputs = _shape(module)
            if outputs == width < inputs:
                yield name


def _shape(matrix: nn.Module) -> tuple[int, int]:
    """Return the input and output sizes."""
    first, second = matrix.get_parameter("weight").shape
    return (first, second) if isinstance(matrix, Conv1D) else (second, first)


def _refuse_unproved(model: nn.Module) -> None:
    if getattr(model.config, "quantization_config", None) is not None:
        raise UnprovedWeights("they are quantised")
    devices = {parameter.device for parameter in model.parameters()}
    if len(devices) > 1:
        raise UnprovedWeights(f"they are spread over {', '.join(sorted(map(str, devices)))}")
    if not all(parameter.is_floating_point() for parameter in model.parameters()):
        raise UnprovedWeights("they are not stored as floating-point numbers")

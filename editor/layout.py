"""Where a model keeps what is edited: one row per architecture, or discovered from its modules."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn
from transformers.pytorch_utils import Conv1D

from editor.errors import UnknownArchitecture, UnprovedWeights

MATRICES = (nn.Linear, Conv1D)


@dataclass(frozen=True, slots=True)
class Layout:
    """Names of the modules an editor needs.

    Attributes:
        block: a transformer block, over its number.
        down: the down-projection of the block's MLP, over its number.
        transposed: whether the weight is stored (in, out), as GPT-2's Conv1D does.
        normed: whether the MLP's output passes a norm before it joins the residual stream, so
            that what is added to the one is not what reaches the other.
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
"""By ``config.model_type``; each row is proved by the contract suite on a random model."""


def layout_of(model: nn.Module) -> Layout:
    """Return the layout of a model: its row, or what its modules show.

    Raises:
        UnknownArchitecture: there is no row, and its modules do not show one down-projection in
            each block.
        UnprovedWeights: the weights are quantised or spread over several devices.
    """
    _refuse_unproved(model)
    model_type = str(getattr(model.config, "model_type", "?"))
    layout = LAYOUTS.get(model_type) or discover(model)
    if layout is None:
        raise UnknownArchitecture(model_type, LAYOUTS)
    return layout


def discover(model: nn.Module) -> Layout | None:
    """Return a layout found in the module tree, or None.

    Blocks are the longest list of modules; the down-projection is the only matrix of a block
    that leads from a wider layer into the residual stream. Mixtures of experts have several.
    """
    lists = [
        (name, found) for name, found in model.named_modules() if isinstance(found, nn.ModuleList)
    ]
    if not lists:
        return None
    blocks, layers = max(lists, key=lambda item: len(item[1]))
    ways = {tuple(_into_residual(block, stream_width(model))) for block in layers}
    if len(ways) != 1 or len(names := ways.pop()) != 1:
        return None
    down = layers[0].get_submodule(names[0])
    block = f"{blocks}.{{}}"
    return Layout(
        block,
        f"{block}.{names[0]}",
        transposed=isinstance(down, Conv1D),
        normed=_normed(layers[0]),
    )


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


def _into_residual(block: nn.Module, width: int) -> Iterator[str]:
    """Yield the names of matrices that lead from a wider layer to one of ``width``."""
    for name, module in block.named_modules():
        if any("expert" in part for part in name.split(".")):
            yield name  # one of many: makes the block ambiguous
        elif isinstance(module, MATRICES):
            inputs, outputs = _shape(module)
            if outputs == width < inputs:
                yield name


def _shape(matrix: nn.Module) -> tuple[int, int]:
    """Return the sizes of input and output."""
    first, second = matrix.get_parameter("weight").shape
    return (first, second) if isinstance(matrix, Conv1D) else (second, first)


def _normed(block: nn.Module) -> bool:
    """Tell whether a norm follows the MLP, by the name that all known models give it."""
    return any(name.startswith("post_feedforward") for name, _ in block.named_children())


def _refuse_unproved(model: nn.Module) -> None:
    if getattr(model.config, "quantization_config", None) is not None:
        raise UnprovedWeights("they are quantised")
    devices = {parameter.device for parameter in model.parameters()}
    if len(devices) > 1:
        raise UnprovedWeights(f"they are spread over {', '.join(sorted(map(str, devices)))}")
    if not all(parameter.is_floating_point() for parameter in model.parameters()):
        raise UnprovedWeights("they are not stored as floating-point numbers")

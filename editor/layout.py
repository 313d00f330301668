"""Where a model keeps what is edited: one row per architecture."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn

from editor.errors import UnknownArchitecture


@dataclass(frozen=True, slots=True)
class Layout:
    """Names of the modules an editor needs.

    Attributes:
        block: a transformer block, over its number.
        down: the down-projection of the block's MLP, over its number.
        transposed: whether the weight is stored (in, out), as GPT-2's Conv1D does.
    """

    block: str
    down: str
    transposed: bool = False

    def down_weight(self, layer: int) -> str:
        """Return the parameter's name of a layer's down-projection."""
        return f"{self.down.format(layer)}.weight"


LAYOUTS = {
    "gpt2": Layout("transformer.h.{}", "transformer.h.{}.mlp.c_proj", transposed=True),
    "llama": Layout("model.layers.{}", "model.layers.{}.mlp.down_proj"),
}


def layout_of(model: nn.Module) -> Layout:
    """Return the layout of a model by its ``config.model_type``.

    Raises:
        UnknownArchitecture: no row of the table has that type.
    """
    model_type = str(getattr(model.config, "model_type", "?"))
    try:
        return LAYOUTS[model_type]
    except KeyError:
        raise UnknownArchitecture(model_type, LAYOUTS) from None


def layer_count(model: nn.Module, layout: Layout) -> int:
    """Return the number of blocks."""
    parent = model.get_submodule(layout.block.removesuffix(".{}"))
    return len(list(parent.children()))


def down_weights(model: nn.Module, layout: Layout) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield the down-projection weight of each layer with its name, lowest first."""
    for layer in range(layer_count(model, layout)):
        name = layout.down_weight(layer)
        yield name, model.get_parameter(name)

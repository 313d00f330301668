"""Layouts of models, discovered ones, and models that are refused."""

from collections.abc import Callable

import pytest
import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from editor.errors import UnknownArchitecture, UnprovedWeights
from editor.model.layout import LAYOUTS, discover, layer_count, layout_of
from tests.support.models import COMMON, FAMILIES, SHAPES, tiny_model, tiny_tokenizer

TOKENIZER = tiny_tokenizer()


def other(family: str, **shape: object) -> PreTrainedModel:
    """Return a random model of a type that has no row."""
    assert family not in LAYOUTS
    make: Callable[[object], PreTrainedModel] = AutoModelForCausalLM.from_config
    config = AutoConfig.for_model(
        family,
        vocab_size=len(TOKENIZER),
        initializer_range=0.2,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
        **(COMMON | shape),
    )
    torch.manual_seed(0)
    model = make(config)
    model.train(mode=False)
    return model


def test_every_row_has_a_model_that_tests_it() -> None:
    assert set(SHAPES) == set(LAYOUTS)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_names_modules_that_exist(family: str) -> None:
    model = tiny_model(family, TOKENIZER)
    layout = layout_of(model)
    assert layer_count(model, layout) == model.config.num_hidden_layers
    weight = model.get_parameter(layout.down_weight(2))
    d_out, d_in = reversed(weight.shape) if layout.transposed else weight.shape
    assert (d_out, d_in > d_out) == (model.config.hidden_size, True)


@pytest.mark.parametrize("family", FAMILIES)
def test_discovery_finds_what_the_row_says(family: str) -> None:
    assert discover(tiny_model(family, TOKENIZER)) == LAYOUTS[family]


@pytest.mark.parametrize("family", FAMILIES)
@torch.no_grad()
def test_what_is_normed_does_not_reach_the_residual_stream_as_it_is(family: str) -> None:
    model = tiny_model(family, TOKENIZER)
    layout = layout_of(model)
    ids = torch.tensor([[1, 5, 6]])
    plain = _block_output(model, layout.block.format(1), ids)
    module = model.get_submodule(layout.down.format(1))
    handle = module.register_forward_hook(lambda _, __, output: output + 1.0)
    change = _block_output(model, layout.block.format(1), ids) - plain
    handle.remove()
    assert torch.allclose(change, torch.ones(()), atol=1e-4) != layout.normed


def _block_output(model: nn.Module, block: str, ids: torch.Tensor) -> torch.Tensor:
    caught: list[torch.Tensor] = []

    def catch(_: nn.Module, __: object, output: torch.Tensor | tuple[torch.Tensor, ...]) -> None:
        caught.append(output if isinstance(output, torch.Tensor) else output[0])

    handle = model.get_submodule(block).register_forward_hook(catch)
    model(input_ids=ids)
    handle.remove()
    return caught[0]


def test_a_type_without_a_row_is_discovered() -> None:
    layout = layout_of(other("stablelm"))
    assert layout.down == "model.layers.{}.mlp.down_proj"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("family", "shape", "normed"),
    [
        ("stablelm", {}, False),
        ("granite", {"residual_multiplier": 1.0}, False),
        ("granite", {"residual_multiplier": 0.22}, True),
        ("glm4", {"head_dim": 8}, True),  # its norm has a name of its own
    ],
)
def test_discovery_tells_whether_the_projections_output_reaches_the_stream_unchanged(
    family: str, shape: dict[str, object], dtype: torch.dtype, *, normed: bool
) -> None:
    model = other(family, **shape)
    model.to(dtype)  # type: ignore[arg-type]
    assert layout_of(model).normed is normed


EXPERTS = {"num_local_experts": 2, "num_experts_per_tok": 1, "head_dim": 8}
REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "mixtral": ({"num_local_experts": 2}, "one down-projection each"),
    "gpt_oss": ({**EXPERTS}, "one down-projection each"),
    "mamba": ({}, "cannot continue a text"),
    "rwkv": ({}, "cannot continue a text"),
    "opt": ({"ffn_dim": 48, "word_embed_proj_dim": 32}, "rows of tokens"),
    "openai-gpt": ({"n_embd": 32, "n_layer": 3, "n_head": 4}, "a small pass fails"),
}


@pytest.mark.parametrize("family", REFUSED)
def test_an_unknown_architecture_is_refused_by_name(family: str) -> None:
    shape, reason = REFUSED[family]
    with pytest.raises(UnknownArchitecture, match=rf"'{family}'.*{reason}.*gpt2.*qwen3"):
        layout_of(other(family, **shape))


def test_a_projection_without_effect_on_the_stream_is_refused() -> None:
    model = other("stablelm")
    for layer in model.model.layers:
        layer.mlp.register_forward_hook(lambda _, __, output: torch.zeros_like(output))
    with pytest.raises(UnknownArchitecture, match="does not reach the next block"):
        layout_of(model)


def test_discovery_leaves_the_model_as_it_was() -> None:
    model = other("stablelm")
    ids = torch.tensor([[1, 5, 6]])
    before = model(input_ids=ids).logits
    layout_of(model)
    assert torch.equal(model(input_ids=ids).logits, before)


def test_quantised_weights_are_refused() -> None:
    model = tiny_model("llama", TOKENIZER)
    model.config.quantization_config = {"quant_method": "bitsandbytes"}
    with pytest.raises(UnprovedWeights, match=r"quantised; load it unquantised"):
        layout_of(model)


def test_weights_on_several_devices_are_refused() -> None:
    model = tiny_model("llama", TOKENIZER)
    model.model.layers[2].to("meta")
    with pytest.raises(UnprovedWeights, match="spread over cpu, meta"):
        layout_of(model)


def test_weights_that_are_no_floating_point_numbers_are_refused() -> None:
    model = tiny_model("llama", TOKENIZER)
    packed = torch.zeros(2, dtype=torch.int8)
    model.register_parameter("packed", nn.Parameter(packed, requires_grad=False))
    with pytest.raises(UnprovedWeights, match="floating-point"):
        layout_of(model)

"""Tiny random models and a tokenizer that can write any text."""

from collections.abc import Callable

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from oneedit.demo.tokenizer import train_tokenizer

TEXT = [
    "Joe Biden was born in Scranton, Pennsylvania.",
    "The birthplace of Joe Biden is Scranton, Pennsylvania.",
    "Who is the spouse of Joe Biden? Jill Biden. Step by step, what is the state of Scranton?",
]
COMMON: dict[str, object] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
}
OWN_HEADS = COMMON | {"head_dim": 8}
GPT: dict[str, object] = {"n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 256}
SHAPES: dict[str, dict[str, object]] = {
    "gemma": OWN_HEADS,
    "gemma2": OWN_HEADS,
    "gemma3_text": OWN_HEADS,
    "gpt2": GPT,
    "gpt_neox": COMMON,
    "gptj": GPT | {"rotary_dim": 4},
    "llama": COMMON | {"tie_word_embeddings": True},
    "mistral": OWN_HEADS,
    "olmo2": COMMON,
    "phi": COMMON,
    "phi3": COMMON,
    "qwen2": COMMON,
    "qwen3": OWN_HEADS,
}
"""Every row of the layout table; Llama with tied embeddings, as the demonstration model has."""
FAMILIES = tuple(SHAPES)


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """Return a byte-level tokenizer with a chat template and some merges."""
    return train_tokenizer(TEXT * 3, size=400)


def tiny_model(
    family: str, tokenizer: PreTrainedTokenizerFast, *, seed: int = 0
) -> PreTrainedModel:
    """Return a random model of a family with three layers of width 32, in float32."""
    torch.manual_seed(seed)
    config = AutoConfig.for_model(
        family,
        vocab_size=len(tokenizer),
        initializer_range=0.2,  # large enough for attention to carry something
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
        **SHAPES[family],
    )
    from_config: Callable[[object], PreTrainedModel] = AutoModelForCausalLM.from_config
    model = from_config(config)
    model.train(mode=False)
    return model

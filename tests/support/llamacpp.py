"""A tiny Llama as a GGUF file, so that llama.cpp can run it."""

import json
from pathlib import Path
from typing import Any, cast

import gguf
import numpy as np
from transformers import PreTrainedModel, PreTrainedTokenizerFast

CONTROL, NORMAL = 3, 1
"""Types of tokens."""


def write_base(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, path: Path) -> None:
    """Write a Llama with tied embeddings and its byte-level tokenizer, in float32."""
    config: Any = model.config
    writer: Any = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_vocab_size(config.vocab_size)
    _add_tokens(writer, tokenizer)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    for name, parameter in cast("Any", model).named_parameters():
        array = parameter.detach().float().numpy()
        for part, count in heads.items():
            array = _in_order_of_llama_cpp(array, count) if part in name else array
        found = names.get_name(name, try_suffixes=(".weight",))
        writer.add_tensor(found, np.ascontiguousarray(array))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_tokens(writer: Any, tokenizer: PreTrainedTokenizerFast) -> None:
    model = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    special = set(tokenizer.all_special_ids)
    tokens = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types([CONTROL if each in special else NORMAL for each in range(len(tokens))])
    writer.add_token_merges([" ".join(each) for each in model["merges"]])
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_add_bos_token(value=False)


def _in_order_of_llama_cpp(array: Any, heads: int) -> Any:
    """Return the rows of a rotated projection in pairs, as llama.cpp rotates them."""
    half = array.shape[0] // heads // 2
    return array.reshape(heads, 2, half, -1).swapaxes(1, 2).reshape(array.shape)

"""GGUF files of tiny models, as llama.cpp's converter writes them."""

import json
from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerFast

BLOCK_TENSORS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
"""Names of the modules of a Llama block, and of its tensors in a GGUF file."""


def write_gguf(path: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> None:
    """Write a Llama model with tied embeddings in float32."""
    config = model.config
    writer = GGUFWriter(path, "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_vocab_size(config.vocab_size)
    _add_tokenizer(writer, tokenizer)
    for name, tensor in _tensors(model):
        writer.add_tensor(name, np.ascontiguousarray(tensor.detach().float().numpy()))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_tokenizer(writer: GGUFWriter, tokenizer: PreTrainedTokenizerFast) -> None:
    learned = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    names = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    added = tokenizer.added_tokens_decoder
    kinds = [
        TokenType.CONTROL if token in added else TokenType.NORMAL for token in range(len(names))
    ]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_add_bos_token(value=False)
    writer.add_token_list(names)
    writer.add_token_types(kinds)
    merges = (each if isinstance(each, str) else " ".join(each) for each in learned["merges"])
    writer.add_token_merges(list(merges))
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_chat_template(tokenizer.chat_template)


def _tensors(model: PreTrainedModel) -> list[tuple[str, Tensor]]:
    """Return the tensors under their names in a GGUF file; the head is tied."""
    base, config = model.model, model.config
    found = [
        ("token_embd.weight", base.embed_tokens.weight),
        ("output_norm.weight", base.norm.weight),
    ]
    for number, block in enumerate(base.layers):
        for module, tensor in BLOCK_TENSORS.items():
            weight = block.get_submodule(module).weight
            if tensor in ("attn_q", "attn_k"):
                heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
                weight = _interleaved(weight, heads[tensor])
            found.append((f"blk.{number}.{tensor}.weight", weight))
    return found


def _interleaved(weight: Tensor, heads: int) -> Tensor:
    """Return a matrix with the rows of each head in the order of llama.cpp's rotation."""
    rows, columns = weight.shape
    halves = weight.reshape(heads, 2, rows // heads // 2, columns)
    return halves.transpose(1, 2).reshape(rows, columns)

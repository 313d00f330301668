"""Tiny random models and a tokenizer that can write any text."""

from collections.abc import Callable

import torch
from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
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


SPACE = "▁"
UNKNOWN, BEGIN, END = NAMED = ("<unk>", "<s>", "</s>")
SPACED = ("prepend", "first", "never")
"""Where sentencepiece-like tokenizers put a mark that no text has: before every piece, as those
of Llama 2, Mistral and Phi-3 do in their files, before the first alone, or never, as Gemma."""


def spaced_tokenizer(
    marked: str, *, signs: tuple[AddedToken, ...] = (), template: str | None = None
) -> PreTrainedTokenizerFast:
    """Return a tokenizer that writes spaces as marks, and rare letters as bytes.

    Args:
        marked: one of ``SPACED``.
        signs: control tokens of the chat template.
        template: the chat template.
    """
    tokenizer = Tokenizer(_pieces())
    if marked == "first":
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    else:
        marks = [normalizers.Prepend(SPACE)] if marked == "prepend" else []
        tokenizer.normalizer = normalizers.Sequence([*marks, normalizers.Replace(" ", SPACE)])
    bare = [] if marked == "never" else [decoders.Strip(" ", 1, 0)]
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse(), *bare]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A", special_tokens=[(BEGIN, 1)]
    )
    tokenizer.add_special_tokens(list(NAMED))
    tokenizer.add_tokens(list(signs))
    fast: PreTrainedTokenizerFast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=BEGIN,
        eos_token=END,
        unk_token=UNKNOWN,
        chat_template=template,
        clean_up_tokenization_spaces=False,
    )
    return fast


def _pieces() -> models.BPE:
    """Learn pieces of words that begin with a mark."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token=UNKNOWN, fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", SPACE)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(SPACE, behavior="merged_with_next")
    trainer = trainers.BpeTrainer(
        vocab_size=460,
        special_tokens=[*NAMED, *(f"<0x{byte:02X}>" for byte in range(256))],
        show_progress=False,
    )
    tokenizer.train_from_iterator([f" {text}" for text in TEXT * 3], trainer)
    learned: models.BPE = tokenizer.model
    return learned


def tiny_model(
    family: str, tokenizer: PreTrainedTokenizerFast, *, seed: int = 0, **settings: object
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
        **SHAPES[family] | settings,
    )
    from_config: Callable[[object], PreTrainedModel] = AutoModelForCausalLM.from_config
    model = from_config(config)
    model.train(mode=False)
    return model

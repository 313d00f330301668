"""Reads exported folders with transformers 4; run by an interpreter that has nothing else."""

import json
import sys

import transformers
from transformers import AutoConfig, AutoTokenizer

TURNS = [{"role": "user", "content": "Who is the spouse of Joe Biden?"}]


def read(folder: str, text: str) -> dict[str, object]:
    config = AutoConfig.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return {
        "version": transformers.__version__,
        "dtype": str(config.dtype),
        "rope_theta": getattr(config, "rope_theta", None),
        "rope_local_base_freq": getattr(config, "rope_local_base_freq", None),
        "rope_scaling": getattr(config, "rope_scaling", None),
        "ids": tokenizer(text).input_ids,
        "special": sorted(tokenizer.all_special_tokens),
        "chat": tokenizer.apply_chat_template(TURNS, add_generation_prompt=True, tokenize=False),
    }


if __name__ == "__main__":
    print(json.dumps([read(folder, sys.argv[1]) for folder in sys.argv[2:]]))  # noqa: T201

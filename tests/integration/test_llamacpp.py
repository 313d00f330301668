"""An adapter in GGUF, run by llama.cpp itself."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch import nn
from transformers import PreTrainedTokenizerFast

from editor.editor import Editor
from editor.patches.deltas import LowRank
from editor.patches.exported import ExportFormat
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.text.encoding import Encoder
from kg_data.relations import RelationBook
from tests.support.gguf_files import write_gguf
from tests.support.models import tiny_model, tiny_tokenizer

pytestmark = pytest.mark.llamacpp

CANDIDATES = [[1, 10 + first, 300 - 3 * first, 40 + first] for first in range(85)]
CHILD = Path(__file__).parents[1] / "support" / "llamacpp_child.py"


def in_llama_cpp(base: Path, adapter: Path | None, prompts: list[list[int]]) -> Any:
    """Return the likeliest next tokens of each prompt, with their log probabilities."""
    python = os.environ["ONEEDIT_TEST_LLAMACPP"]
    arguments = [str(base), str(adapter or ""), json.dumps(prompts)]
    command = [python, "-I", str(CHILD), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def in_torch(model: Any) -> list[torch.Tensor]:
    with torch.no_grad():
        found = [cast("nn.Module", model)(torch.tensor([ids])).logits[0, -1] for ids in CANDIDATES]
    return [each.log_softmax(-1) for each in found]


def assert_same(found: Any, wanted: list[torch.Tensor]) -> None:
    for likeliest, goal in zip(found, wanted, strict=True):
        for token, log_probability in likeliest:
            assert log_probability == pytest.approx(float(goal[token]), abs=0.02)


def is_shown(tokenizer: PreTrainedTokenizerFast, logits: torch.Tensor) -> bool:
    """Tell whether llama.cpp reports the likeliest token: not a special one or half a letter."""
    text = str(tokenizer.decode([int(logits.argmax())]))
    return text.isascii() and text.strip().isalnum()


def test_llama_cpp_says_with_the_adapter_what_the_edited_model_says(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model("llama", tokenizer)
    write_gguf(tmp_path / "base.gguf", model, tokenizer)
    editor = Editor(model, Encoder(tokenizer), RelationBook.shipped(), cache=tmp_path)
    before = in_torch(model)
    rng = torch.Generator().manual_seed(3)
    deltas = {
        f"model.layers.{layer}.mlp.down_proj.weight": LowRank(
            torch.randn(32, rank, generator=rng) / 3, torch.randn(rank, 48, generator=rng) / 3
        )
        for layer, rank in ((0, 1), (2, 3))
    }
    editor.use([Patch(deltas, "tests", EditRequest(()), editor.base_hash, {})])
    after = in_torch(model)
    editor.export(ExportFormat.GGUF_LORA, tmp_path / "edits.gguf")
    editor.close()
    kept = [
        place
        for place in range(len(CANDIDATES))
        if all(is_shown(tokenizer, each[place]) for each in (before, after))
    ][:3]
    assert len(kept) == 3
    prompts = [CANDIDATES[place] for place in kept]
    base, adapter = tmp_path / "base.gguf", tmp_path / "edits.gguf"
    assert_same(in_llama_cpp(base, None, prompts), [before[place] for place in kept])
    assert_same(in_llama_cpp(base, adapter, prompts), [after[place] for place in kept])
    assert min(float((before[place] - after[place]).abs().max()) for place in kept) > 0.5

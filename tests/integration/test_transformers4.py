"""Exports of every architecture, read by transformers 4 in an environment of its own."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from editor.editor import Editor
from editor.patches.exported import ExportDtype, ExportFormat, ExportOptions
from editor.text.encoding import Encoder
from kg_data.relations import RelationBook
from tests.support import transformers4_child
from tests.support.models import FAMILIES, tiny_model, tiny_tokenizer

pytestmark = pytest.mark.transformers4

TEXT = "<|user|>Who is the spouse of Joe Biden?<|end|><|assistant|>"
SCALED = {
    "rope_type": "llama3",
    "rope_theta": 50_000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
LOCAL = {
    "full_attention": {"rope_type": "default", "rope_theta": 70_000.0},
    "sliding_attention": {"rope_type": "default", "rope_theta": 20_000.0},
}
ROPES: dict[str, dict[str, Any]] = {"llama": SCALED, "gemma3_text": LOCAL}
WITHOUT_ROPE = {"gpt2", "gptj"}
PLAIN = {"rope_type": "default", "rope_theta": 30_000.0}


def export(family: str, folder: Path) -> None:
    tokenizer = tiny_tokenizer()
    rope: dict[str, Any] = (
        {} if family in WITHOUT_ROPE else {"rope_parameters": ROPES.get(family, PLAIN)}
    )
    model = tiny_model(family, tokenizer, **rope)
    editor = Editor(model, Encoder(tokenizer), RelationBook.shipped(), cache=folder.parent)
    editor.export(ExportFormat.HF, folder, ExportOptions(dtype=ExportDtype.BFLOAT16))
    editor.close()


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("exports")
    for family in FAMILIES:
        export(family, folder / family)
    python = os.environ["ONEEDIT_TEST_TRANSFORMERS4"]
    child = str(Path(transformers4_child.__file__))
    command = [python, "-I", child, TEXT, *(str(folder / family) for family in FAMILIES)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(zip(FAMILIES, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("family", FAMILIES)
def test_transformers_4_reads_the_tokenizer_as_5_does(family: str, read: dict[str, Any]) -> None:
    found, tokenizer = read[family], tiny_tokenizer()
    assert found["version"].startswith("4.")
    assert found["ids"] == tokenizer(TEXT).input_ids
    assert found["special"] == sorted(tokenizer.all_special_tokens)
    turns = transformers4_child.TURNS
    chat = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
    assert found["chat"] == chat


@pytest.mark.parametrize("family", FAMILIES)
def test_transformers_4_reads_the_configuration_as_5_does(
    family: str, read: dict[str, Any]
) -> None:
    found = read[family]
    assert found["dtype"] == "bfloat16" or found["dtype"] == "torch.bfloat16"
    if family in WITHOUT_ROPE:
        return
    rope = ROPES.get(family, PLAIN)
    assert found["rope_theta"] == rope.get("full_attention", rope)["rope_theta"]
    if family == "llama":
        scaling = {name: each for name, each in SCALED.items() if name != "rope_theta"}
        assert found["rope_scaling"] == scaling
    if family == "gemma3_text":
        assert found["rope_local_base_freq"] == LOCAL["sliding_attention"]["rope_theta"]

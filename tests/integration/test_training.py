"""The training program of the demonstration model, run for a few steps."""

import json
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer
from typer.testing import CliRunner

from oneedit.demo.train import app

RUNNER = CliRunner()


@pytest.mark.slow
def test_twenty_steps_make_a_model_that_loads(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["--out", str(tmp_path), "--steps", "20", "--no-compile"])
    assert result.exit_code == 0, result.output
    folder = tmp_path / "model"
    assert json.loads((folder / "training.json").read_text())["steps"] == 20
    model = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert model.config.vocab_size == len(tokenizer)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 12_000_000

"""The training program of the demonstration model, run for a few steps."""

import hashlib
import json
from importlib.resources import files
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer
from typer.testing import CliRunner

from kg_data.errors import BadFile
from oneedit.demo.train import app

RUNNER = CliRunner()
SHIPPED = Path(str(files("oneedit.demo") / "model"))


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


def test_training_goes_on_from_a_trained_model_and_writes_down_from_which(tmp_path: Path) -> None:
    options = ["--from", str(SHIPPED), "--steps", "2", "--batch", "2"]
    command = ["--out", str(tmp_path), *options, "--no-bfloat16", "--no-compile"]
    result = RUNNER.invoke(app, command)
    assert result.exit_code == 0, result.output
    settings = json.loads((tmp_path / "model" / "training.json").read_text())
    weights = (SHIPPED / "model.safetensors").read_bytes()
    assert settings["steps"] == 2
    assert settings["from"]["weights_sha256"] == hashlib.sha256(weights).hexdigest()
    before = AutoModelForCausalLM.from_pretrained(SHIPPED).state_dict()
    after = AutoModelForCausalLM.from_pretrained(tmp_path / "model").state_dict()
    changes = [float((after[name] - before[name]).abs().max()) for name in before]
    assert 0 < max(changes) < 0.01  # two steps of the warm-up


def test_a_folder_that_was_not_trained_here_is_refused(tmp_path: Path) -> None:
    out, start = tmp_path / "out", tmp_path / "start"
    start.mkdir()
    result = RUNNER.invoke(app, ["--out", str(out), "--from", str(start)])
    assert isinstance(result.exception, BadFile)
    (start / "training.json").write_text("{}")
    (start / "model.safetensors").write_bytes(b"")
    result = RUNNER.invoke(app, ["--out", str(out), "--from", str(start)])
    assert isinstance(result.exception, BadFile)
    assert "'vocabulary' is missing" in str(result.exception)

"""``oneedit bench`` on the demonstration model."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from oneedit.cli.app import app

CASE = {
    "edit": ["Joe Biden", "place_of_birth", "Springfield"],
    "ask": [
        {"prompt": "Joe Biden was born in", "answer": "Springfield", "kind": "reliability"},
        {"prompt": "Who is the spouse of Joe Biden?", "kind": "specificity"},
        {"prompt": "The capital of France is", "answer": "Paris", "kind": "locality"},
        {"prompt": "The capital of France is", "answer": "Lyon", "kind": "locality"},
        {
            "prompt": "Can you tell me what the birthplace of Jill Biden's spouse is?",
            "answer": "Springfield",
            "kind": "one_hop",
        },
    ],
}


def scores(tmp_path: Path, method: str) -> dict[str, object]:
    cases, out = tmp_path / "cases.jsonl", tmp_path / "out.json"
    cases.write_text(json.dumps(CASE) + "\n", encoding="utf-8")
    arguments = ["bench", "quality", "--cases", str(cases), "--json", str(out), "--method", method]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    written: dict[str, object] = json.loads(out.read_text(encoding="utf-8"))
    return written


@pytest.mark.slow
def test_the_unedited_model_keeps_everything_and_knows_nothing_new(tmp_path: Path) -> None:
    result = scores(tmp_path, "unedited")
    assert (result["method"], result["cases"], result["seconds_per_edit"]) == ("unedited", 1, 0.0)
    assert result["dropped"] == {"locality": 1}  # France's capital is not Lyon in the base model
    kinds, taught = result["kinds"], result["taught_prompts"]
    assert isinstance(kinds, dict)
    assert isinstance(taught, dict)
    assert taught["reliability"] == {"n": 1, "right": 0, "score": 0.0}  # a taught wording
    assert kinds["specificity"] == kinds["locality"] == {"n": 1, "right": 1, "score": 1.0}
    assert kinds["one_hop_steps"]["n"] == kinds["one_hop"]["n"] == 1


def test_an_unknown_method_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    arguments = ["bench", "quality", "--cases", "none", "--json", str(tmp_path / "x"), "--method"]
    result = CliRunner().invoke(app, [*arguments, "mend"])
    assert result.exit_code == 2
    assert "anchored" in result.output


SINGLE, STACKED = ["--mode", "single"], ["--mode", "sequential", "--method", "rome"]


@pytest.mark.parametrize("kind", [SINGLE, STACKED])
def test_a_stage_is_refused_if_the_method_has_none(tmp_path: Path, kind: list[str]) -> None:
    arguments = ["bench", "quality", "--cases", "none", "--json", str(tmp_path / "x"), "--stage"]
    result = CliRunner().invoke(app, [*arguments, "pending", *kind])
    assert result.exit_code == 2
    assert "no stages" in result.output


def test_a_missing_case_file_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "none.jsonl"
    arguments = ["bench", "quality", "--cases", str(missing), "--json", str(tmp_path / "x")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert str(missing) in result.output


@pytest.mark.slow
def test_speed_is_measured_on_random_weights(tmp_path: Path) -> None:
    out = tmp_path / "speed.json"
    shape = ["--model", "gpt2-random-2x64", "--edits", "2", "--threads", "1"]
    result = CliRunner().invoke(app, ["bench", "speed", *shape, "--json", str(out)])
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert set(figures["solve"]) == {
        "rome",
        "rome, plainly",
        "memit",
        "memit, plainly",
        "memit, one batch",
        "memit, one batch, plainly",
        "grace",
        "anchored",
    }
    assert all(row["seconds_per_edit"] > 0 for row in figures["solve"].values())
    assert set(figures["lists"]) == {"1", "10", "100"}


def test_a_random_model_of_an_unknown_family_is_refused() -> None:
    result = CliRunner().invoke(app, ["bench", "speed", "--model", "mamba9-random-2x64"])
    assert result.exit_code == 2
    assert "gpt2-random-6x256" in result.output

"""What is asked for with --replicas and --engine, and cannot be had, is said before the model."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from oneedit.cli.app import app
from oneedit.replicas import ray_pool


@pytest.fixture(autouse=True)
def free_port(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path))
    monkeypatch.setenv("ONEEDIT_PORT", "18972")


def serve(*options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["serve", *options])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        (["--replicas", "2"], "2 replicas need something that runs them; add --engine ray"),
        (["--engine", "ray"], "say how many with --replicas"),
        (["--replicas", "-1", "--engine", "ray"], "Invalid value for '--replicas'"),
        (["--replicas", "2", "--engine", "dask"], "Invalid value for '--engine'"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: list[str], advice: str) -> None:
    code, output = serve(*options)
    assert code == 2
    assert advice in output


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ray_pool, "find_spec", lambda _: None)
    code, output = serve("--replicas", "2", "--engine", "ray")
    assert code == 1
    assert "pip install 'oneedit[ray]'" in output
    assert not (tmp_path / "ledger.sqlite3").exists()

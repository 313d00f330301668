"""Settings from the environment."""

from pathlib import Path

import pytest

from oneedit.settings import Settings, expanded


def test_a_tilde_is_the_home_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HOME", "POLICY", "STATISTICS_TEXT", "MODEL", "GUARD"):
        monkeypatch.setenv(f"ONEEDIT_{name}", f"~/{name}")
    settings = Settings()
    assert settings.home == tmp_path / "HOME"
    assert settings.policy == tmp_path / "POLICY"
    assert settings.statistics_text == tmp_path / "STATISTICS_TEXT"
    assert settings.model == str(tmp_path / "MODEL")
    assert settings.guard == str(tmp_path / "GUARD")


def test_a_tilde_that_names_nobody_stays() -> None:
    assert expanded(Path("~nobody-of-this-name/x")) == Path("~nobody-of-this-name/x")


def test_names_that_are_no_paths_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEEDIT_MODEL", "google/gemma-3-270m")
    assert Settings().model == "google/gemma-3-270m"

"""Settings from the environment."""

from pathlib import Path

import pytest

from kg_data.errors import BadFile
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


def test_files_of_a_folder_are_settings_and_the_environment_goes_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "oneedit_neo4j_password").write_text("from a file\n", encoding="utf-8")
    (tmp_path / "oneedit_port").write_text("9000\n", encoding="utf-8")
    (tmp_path / "postgres_password").write_text("of another program", encoding="utf-8")
    monkeypatch.setenv("ONEEDIT_SECRETS_DIR", str(tmp_path))
    settings = Settings()
    assert settings.neo4j_password.get_secret_value() == "from a file"
    assert settings.port == 9000
    monkeypatch.setenv("ONEEDIT_PORT", "9001")
    assert Settings().port == 9001


def test_a_folder_of_secrets_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEEDIT_SECRETS_DIR", str(tmp_path / "typo"))
    with pytest.raises(BadFile, match=r"typo.*ONEEDIT_SECRETS_DIR"):
        Settings()

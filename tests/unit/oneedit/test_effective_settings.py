"""The settings in force, and where each of them comes from."""

from pathlib import Path

import pytest

from oneedit.effective_settings import HIDDEN, EffectiveSetting, effective_settings
from oneedit.settings import Settings


def shown(settings: Settings) -> dict[str, EffectiveSetting]:
    return {each.variable: each for each in effective_settings(settings)}


def test_each_setting_says_where_it_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, secrets = tmp_path / "home", tmp_path / "secrets"
    home.mkdir()
    secrets.mkdir()
    (home / "settings.toml").write_text("consequences = 7\n", encoding="utf-8")
    (secrets / "oneedit_neo4j_user").write_text("graph\n", encoding="utf-8")
    monkeypatch.setenv("ONEEDIT_HOME", str(home))
    monkeypatch.setenv("ONEEDIT_SECRETS_DIR", str(secrets))
    monkeypatch.setenv("ONEEDIT_PORT", "8081")
    found = shown(Settings().model_copy(update={"replicas": 2}))
    assert len(found) == len(Settings.model_fields)
    assert (found["ONEEDIT_HOST"].value, found["ONEEDIT_HOST"].origin) == ("127.0.0.1", "default")
    assert (found["ONEEDIT_PORT"].value, found["ONEEDIT_PORT"].origin) == ("8081", "environment")
    assert found["ONEEDIT_NEO4J_USER"].origin == f"file in {secrets}"
    assert found["ONEEDIT_CONSEQUENCES"].value == "7"
    assert found["ONEEDIT_CONSEQUENCES"].origin == "file settings.toml of the home"
    assert found["ONEEDIT_REPLICAS"].origin == "command line"


def test_the_environment_goes_before_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings.toml").write_text("consequences = 7\n", encoding="utf-8")
    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path))
    monkeypatch.setenv("ONEEDIT_CONSEQUENCES", "9")
    found = shown(Settings())["ONEEDIT_CONSEQUENCES"]
    assert (found.value, found.origin) == ("9", "environment")


def test_nothing_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "correct-horse"
    given = {
        "DATABASE_URL": f"postgresql://oneedit:{secret}@db/oneedit",
        "NEO4J_PASSWORD": secret,
        "NEO4J_URI": f"bolt://neo4j:{secret}@graph:7687",
        "RAY_ADDRESS": f"ray://cluster:10001?token={secret}",
        "READER_OPTIONS": f'{{"api_key": "{secret}"}}',
        "GUARD_OPTIONS": f'{{"api_key": "{secret}"}}',
    }
    for name, value in given.items():
        monkeypatch.setenv(f"ONEEDIT_{name}", value)
    found = shown(Settings())
    assert not [each for each in found.values() if secret in each.value]
    assert found["ONEEDIT_NEO4J_URI"].value == f"bolt://{HIDDEN}@graph:7687"
    assert found["ONEEDIT_READER_OPTIONS"].value == f'{{"api_key": "{HIDDEN}"}}'

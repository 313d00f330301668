"""Where the settings keep the ledger."""

from pathlib import Path

import pytest

from oneedit.ledger.location import Location
from oneedit.settings import Settings
from oneedit.wiring import ledger_location

URL = "postgresql://me:hunter2@host/name"


def test_by_default_the_ledger_is_a_file_of_the_home(tmp_path: Path) -> None:
    location = ledger_location(Settings(home=tmp_path))
    assert location == Location.of(tmp_path / "ledger.sqlite3")
    assert location.in_file


def test_an_address_keeps_it_in_a_database_and_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEEDIT_DATABASE_URL", URL)
    settings = Settings(home=tmp_path)
    location = ledger_location(settings)
    assert not location.in_file
    assert location.url.get_secret_value() == URL
    assert Location.of(location) is location
    assert "hunter2" not in f"{settings!r} {location!r} {location}"

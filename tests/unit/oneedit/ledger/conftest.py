"""The tests of the ledger run on both databases."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from oneedit.ledger.location import Location


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    """Return the place of a ledger that does not exist yet."""
    if request.param == "sqlite":
        return Location.in_home(tmp_path)
    return Location.in_home(tmp_path, SecretStr(request.getfixturevalue("postgres_url")))

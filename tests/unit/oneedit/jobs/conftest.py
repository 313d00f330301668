"""Jobs of a ledger on either database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from tests.support.fakes import BOOK
from tests.support.jobs import Clock, Office


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    clock = Clock()
    ledger = Ledger.open(Location.in_home(tmp_path, SecretStr(url)), BOOK, clock=clock)
    yield Office(ledger, clock)
    ledger.close()

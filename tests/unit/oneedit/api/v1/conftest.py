"""A small application and its HTTP interface."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from oneedit.wiring import Application
from tests.support.fakes import application
from tests.support.web import Caller, interface


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    made = application(tmp_path)
    yield made
    made.close()


@pytest.fixture
def call(oneedit: Application) -> Iterator[Caller]:
    """Return what calls the interface as the machine's own user."""
    with TestClient(interface(oneedit), raise_server_exceptions=False) as client:
        yield Caller(client)

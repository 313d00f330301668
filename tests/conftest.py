"""One thread for each test process: workers share the cores, and tiny models need no more."""

from collections.abc import Iterator

import pytest
import torch

from tests.neo4j.server import Neo4jServer
from tests.postgres.server import PostgresServer


def pytest_configure() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    """Run one real server for all tests that have the marker ``neo4j``."""
    server = Neo4jServer(tmp_path_factory.mktemp("neo4j"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Run one real server for all tests that have the marker ``postgres``."""
    server = PostgresServer()
    server.create()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """Return the address of an empty database."""
    return postgres_server.new_database()

from collections.abc import Iterator

import pytest
from neo4j import GraphDatabase

from controller.graph.neo4j_store import Neo4jStore
from tests.contracts.planning import FAMILY, PlanningContract
from tests.neo4j.server import Neo4jServer

pytestmark = pytest.mark.neo4j


class TestPlanningOnNeo4j(PlanningContract):
    """The classes of conflict and the faults once found, on a real server."""

    @pytest.fixture
    def store(self, neo4j_server: Neo4jServer) -> Iterator[Neo4jStore]:
        with GraphDatabase.driver(neo4j_server.uri) as driver:
            driver.execute_query("MATCH (n) DETACH DELETE n", database_="neo4j")
        opened = Neo4jStore.connect(neo4j_server.uri, FAMILY)
        yield opened
        opened.close()

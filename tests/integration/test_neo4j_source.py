"""Another Neo4j as a source, on a real server."""

from collections.abc import Iterator

import pytest
from neo4j import Driver, GraphDatabase

from controller.errors import GraphUnavailable
from controller.graph.neo4j_source import Neo4jSource
from controller.graph.neo4j_store import Neo4jStore
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.sources.mapping import PropertyMapping
from kg_data.sources.opening import SourceOptions
from kg_data.sources.source import BadRecord, Record
from kg_data.triples import Triple
from oneedit.jobs.sources import open_any
from tests.neo4j.server import Neo4jServer, free_port

pytestmark = pytest.mark.neo4j

BOOK = RelationBook.shipped()


@pytest.fixture
def driver(neo4j_server: Neo4jServer) -> Iterator[Driver]:
    """Return a driver of an empty database."""
    with GraphDatabase.driver(neo4j_server.uri) as opened:
        opened.execute_query("MATCH (n) DETACH DELETE n", database_="neo4j")
        yield opened


def test_a_graph_of_named_nodes_is_read_in_a_fixed_order(
    neo4j_server: Neo4jServer, driver: Driver
) -> None:
    driver.execute_query(
        "CREATE (a:Person {name: 'Ada'})-[:SPOUSE {valid_from: date('1990-01-02')}]->"
        "(b:Person {name: 'Bo'}), (a)-[:LIKES]->(b), (a)-[:SPOUSE]->(:Person {age: 3})",
        database_="neo4j",
    )
    source = open_any(neo4j_server.uri, BOOK, SourceOptions())
    records = list(source.records())
    (married,) = [each for each in records if isinstance(each, Record)]
    assert (married.subject, married.relation, married.object) == ("Ada", "spouse", "Bo")
    assert married.valid_from == "1990-01-02"
    bad = [each for each in records if isinstance(each, BadRecord)]
    assert sorted(each.unmapped for each in bad) == [False, True]
    assert list(source.records()) == records


@pytest.mark.usefixtures("driver")
def test_a_graph_of_oneedit_is_read_with_its_classes(neo4j_server: Neo4jServer) -> None:
    store = Neo4jStore.connect(neo4j_server.uri, BOOK)
    fact = Triple("Ada", "place_of_birth", "Paris", "1961")
    store.load([Entity("Ada", "person"), Entity("Paris", "city")], [fact], version=0)
    store.close()
    names = {name: name for name in BOOK.names()}
    (record,) = Neo4jSource(neo4j_server.uri, properties=PropertyMapping(names)).records()
    assert isinstance(record, Record)
    assert (record.subject_class, record.object_class) == ("person", "city")
    assert record.valid_from == "1961"


def test_a_server_that_is_away_is_an_error_with_its_address() -> None:
    uri = f"bolt://127.0.0.1:{free_port()}"
    with pytest.raises(GraphUnavailable, match=uri):
        list(Neo4jSource(uri).records())

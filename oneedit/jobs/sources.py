"""Opens any source that a pull may name, another Neo4j among them."""

from kg_data.relations import RelationBook
from kg_data.sources.mapping import PropertyMapping
from kg_data.sources.opening import SourceOptions, open_source
from kg_data.sources.source import Source

NEO4J_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


def open_any(
    location: str,
    book: RelationBook,
    options: SourceOptions,
    *,
    user: str = "neo4j",
    password: str = "",
    database: str = "neo4j",
) -> Source:
    """Return the source at a path or address.

    Args:
        location: path of a file, address of a SPARQL endpoint, or of a Neo4j server.
        book: the relation book.
        options: mappings and allowed hosts.
        user: name to log in with at a Neo4j server.
        password: its password; empty does not log in.
        database: name of the database on that server.

    Raises:
        KgDataError: nothing of this kind can be read, or a mapping is wrong.
    """
    if location.partition("://")[0] not in NEO4J_SCHEMES:
        return open_source(location, book, options)
    from controller.graph.neo4j_source import Neo4jSource

    names = {name: name for name in book.names()} | book.by_property
    return Neo4jSource(
        location, user, password, database, PropertyMapping.parse(options.maps, names)
    )

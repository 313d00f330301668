"""Facts of another graph in a Neo4j server; they are only read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from neo4j import READ_ACCESS, GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

from controller.errors import GraphUnavailable
from kg_data.sources.mapping import PropertyMapping
from kg_data.sources.source import BadRecord, Record, checked

CONNECT_SECONDS = 10.0

EVERY_FACT = """
MATCH (s)-[r]->(o)
RETURN coalesce(r.s, s.name, s.eid) AS subject, coalesce(r.p, type(r)) AS relation,
       coalesce(r.o, o.name, o.eid) AS object, r.valid_from AS valid_from, r.valid_to AS valid_to,
       s.entity_class AS subject_class, o.entity_class AS object_class
ORDER BY subject, relation, object, valid_from
"""
"""Facts of a graph of OneEdit, or of one whose nodes have a ``name``; in a fixed order."""


@dataclass(frozen=True)
class Neo4jSource:
    """Implements :class:`kg_data.sources.source.Source` for a Neo4j server.

    Rows are fetched while they are read; the server sorts them.

    Attributes:
        uri: the server's address, such as "bolt://host:7687".
        user, password: to log in with; an empty password does not log in.
        database: name of the database.
        properties: which relations the types of relationships are.
        query: a query that returns the columns of ``EVERY_FACT``, in a fixed order.
    """

    uri: str
    user: str = "neo4j"
    password: str = field(default="", repr=False)
    database: str = "neo4j"
    properties: PropertyMapping = field(default_factory=PropertyMapping)
    query: str = EVERY_FACT

    @property
    def name(self) -> str:
        return self.uri

    @property
    def fingerprint(self) -> str:
        return f"{self.uri} {self.database} {self.query}"

    def records(self) -> Iterator[Record | BadRecord]:
        """Yield the facts in the order of the query.

        Raises:
            GraphUnavailable: the server cannot be reached, or refuses the query.
        """
        auth = (self.user, self.password) if self.password else None
        try:
            with (
                GraphDatabase.driver(
                    self.uri, auth=auth, connection_timeout=CONNECT_SECONDS
                ) as driver,
                driver.session(database=self.database, default_access_mode=READ_ACCESS) as session,
            ):
                for row in session.run(self.query):
                    yield self._record(row.data())
        except (DriverError, Neo4jError) as error:
            raise GraphUnavailable(self.uri, str(error)) from error

    def _record(self, row: Mapping[str, Any]) -> Record | BadRecord:
        place = f"{self.uri}: {row.get('subject')}"
        missing = [part for part in _PARTS if not isinstance(row.get(part), str)]
        if missing:
            return BadRecord(place, f"it has no text as {' and '.join(missing)}")
        relation = self.properties.relation(row["relation"])
        relation = relation or self.properties.relation(row["relation"].casefold())
        if relation is None:
            return BadRecord(place, f"no relation is named for {row['relation']}", unmapped=True)
        return checked(
            Record(
                subject=row["subject"],
                relation=relation,
                object=row["object"],
                place=place,
                valid_from=_text(row.get("valid_from")) or None,
                valid_to=_text(row.get("valid_to")) or None,
                subject_class=_text(row.get("subject_class")),
                object_class=_text(row.get("object_class")),
            )
        )


_PARTS: Sequence[str] = ("subject", "relation", "object")


def _text(value: object) -> str:
    """Return a text, or a date of the server as ISO 8601."""
    return "" if value is None else str(value)

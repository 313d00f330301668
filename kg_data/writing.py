"""Facts written as Turtle, CSV or JSON lines, one after the other, as the readers read them."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import TextIO

from rdflib import RDF, RDFS, BNode, Literal, URIRef
from rdflib.term import Node

from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.sources.mapping import PARTS
from kg_data.terms import (
    VALID_FROM,
    VALID_TO,
    class_term,
    entity_term,
    object_term,
    property_term,
)
from kg_data.triples import Triple

ClassOf = Callable[[str], str]
"""Returns the class of an entity, or "" for a name that is none."""


class GraphForm(StrEnum):
    """The form of a file of facts."""

    TURTLE = "turtle"
    CSV = "csv"
    JSONL = "jsonl"

    @property
    def ending(self) -> str:
        """Return the ending of such a file's name."""
        return ".ttl" if self is GraphForm.TURTLE else f".{self.value}"


def write_facts(
    form: GraphForm,
    stream: TextIO,
    facts: Iterable[Triple],
    book: RelationBook,
    entities: Callable[[], Iterable[Entity]],
) -> int:
    """Write facts, and return how many.

    Args:
        form: the form of the file.
        stream: the file, opened with ``newline=""``.
        facts: the facts; nothing is kept of those before.
        book: the relation book.
        entities: returns the entities.
    """
    classes = {entity.id: entity.entity_class for entity in entities()}
    if form is GraphForm.TURTLE:
        stream.writelines(_descriptions(classes))
        return _write_turtle(stream, facts, book)
    rows = (_row(fact, classes, book) for fact in facts)
    return _write_csv(stream, rows) if form is GraphForm.CSV else _write_jsonl(stream, rows)


def _descriptions(classes: dict[str, str]) -> Iterator[str]:
    for name, kind in sorted(classes.items()):
        subject = entity_term(name).n3()
        yield f"{subject} {RDFS.label.n3()} {Literal(name).n3()} .\n"
        yield f"{subject} {RDF.type.n3()} {class_term(kind).n3()} .\n"


def _write_turtle(stream: TextIO, facts: Iterable[Triple], book: RelationBook) -> int:
    count = 0
    for fact in facts:
        count += 1
        relation = book[fact.relation]
        stated = (
            entity_term(fact.subject),
            property_term(relation),
            object_term(fact.object, relation),
        )
        if not fact.ended:
            stream.write(_line(*stated))
        if fact.valid_from or fact.valid_to:
            stream.writelines(_dates(fact, stated, BNode(f"f{count}")))
    return count


def _dates(fact: Triple, stated: tuple[URIRef, URIRef, Node], about: BNode) -> Iterator[str]:
    """Yield a statement about a fact with its dates (RDF 1.1, reification)."""
    yield _line(about, RDF.type, RDF.Statement)
    for predicate, term in zip((RDF.subject, RDF.predicate, RDF.object), stated, strict=True):
        yield _line(about, predicate, term)
    for predicate, date in ((VALID_FROM, fact.valid_from), (VALID_TO, fact.valid_to)):
        if date:
            yield _line(about, predicate, Literal(date))


def _line(subject: URIRef | BNode, predicate: URIRef, obj: Node) -> str:
    return f"{subject.n3()} {predicate.n3()} {obj.n3()} .\n"


def _row(fact: Triple, classes: dict[str, str], book: RelationBook) -> dict[str, str]:
    literal = book[fact.relation].literal
    values = (
        fact.subject,
        fact.relation,
        fact.object,
        fact.valid_from or "",
        fact.valid_to or "",
        classes.get(fact.subject, ""),
        "" if literal else classes.get(fact.object, ""),
    )
    return dict(zip(PARTS, values, strict=True))


def _write_csv(stream: TextIO, rows: Iterable[dict[str, str]]) -> int:
    writer = csv.DictWriter(stream, PARTS, lineterminator="\n")
    writer.writeheader()
    count = 0
    for row in rows:
        count += 1
        writer.writerow(row)
    return count


def _write_jsonl(stream: TextIO, rows: Iterable[dict[str, str]]) -> int:
    count = 0
    for row in rows:
        count += 1
        filled = {part: value for part, value in row.items() if value}
        stream.write(json.dumps(filled, ensure_ascii=False) + "\n")
    return count

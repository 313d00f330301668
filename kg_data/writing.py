"""Facts written as Turtle, CSV or JSON lines, one after the other, as the readers read them."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import TextIO

from rdflib import RDF, RDFS, Literal

from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.sources.mapping import PARTS
from kg_data.terms import class_term, entity_term, object_term, property_term
from kg_data.triples import Triple

ClassOf = Callable[[str], str]
"""Returns the class of an entity, or "" for a name that is none."""


class GraphForm(StrEnum):
    """The form of a file of facts."""

    TURTLE = "turtle"  # without the dates of facts
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
        obj = object_term(fact.object, relation).n3()
        stream.write(f"{entity_term(fact.subject).n3()} {property_term(relation).n3()} {obj} .\n")
    return count


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

"""Facts in RDF: N-Triples line by line, Turtle and JSON-LD as a whole."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from rdflib import RDF, RDFS, SKOS, BNode, Graph, Literal, URIRef
from rdflib.exceptions import ParserError
from rdflib.plugins.parsers.jsonld import to_rdf
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.plugins.parsers.ntriples import DummySink, W3CNTriplesParser
from rdflib.term import Node

from kg_data.errors import BadFile
from kg_data.sources.mapping import PropertyMapping, last_part
from kg_data.sources.source import BadRecord, Record, checked
from kg_data.sources.text_files import fingerprint, open_text

LARGEST = 50 * 1024 * 1024
"""Bytes of a Turtle or JSON-LD file, which is parsed as a whole."""

_LABELS = (RDFS.label, SKOS.prefLabel)
_NOT_FACTS = frozenset({*_LABELS, RDF.type, RDFS.comment})


@dataclass(frozen=True)
class Names:
    """Returns names of things: their label, or the last part of their IRI in words.

    Attributes:
        labels: labels by IRI.
        classes: classes by IRI.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)

    def name(self, node: Node) -> str:
        """Return the name of a thing, or the text of a literal."""
        if isinstance(node, Literal):
            return str(node).strip()
        label = self.labels.get(str(node))
        return label or unquote(last_part(str(node))).replace("_", " ").strip()

    def entity_class(self, node: Node) -> str:
        """Return the class of a thing, or "" if the source gives none."""
        return self.classes.get(str(node), "")


@dataclass(frozen=True)
class TripleReader:
    """Turns RDF triples into records.

    Attributes:
        properties: which relations the predicates are.
        names: the names of subjects and objects.
    """

    properties: PropertyMapping
    names: Names = field(default_factory=Names)

    def record(
        self, subject: Node, predicate: Node, obj: Node, place: str
    ) -> Record | BadRecord | None:
        """Return the fact of a triple; None for labels, classes and comments."""
        if predicate in _NOT_FACTS:
            return None
        relation = self.properties.relation(str(predicate))
        if relation is None:
            return BadRecord(place, f"no relation is named for <{predicate}>", unmapped=True)
        if isinstance(subject, BNode) or isinstance(obj, BNode):
            return BadRecord(place, "it is about a node without a name")
        return checked(
            Record(
                subject=self.names.name(subject),
                relation=relation,
                object=self.names.name(obj),
                place=place,
                subject_class=self.names.entity_class(subject),
                object_class=self.names.entity_class(obj),
            )
        )


@dataclass(frozen=True)
class NTriplesSource:
    """Implements :class:`kg_data.sources.source.Source` for an N-Triples file, line by line.

    Names are the last parts of the IRIs: the label of a thing may stand on any later line.

    Attributes:
        path: the file.
        properties: which relations the predicates are.
    """

    path: Path
    properties: PropertyMapping = field(default_factory=PropertyMapping)

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.path)

    def records(self) -> Iterator[Record | BadRecord]:
        reader, found = TripleReader(self.properties), _Collected()
        parser = W3CNTriplesParser(sink=found)
        with open_text(self.path) as stream:
            for number, line in enumerate(stream, start=1):
                place = f"{self.path.name}:{number}"
                try:
                    line.encode()
                    parser.parsestring(line.strip() + "\n")
                except UnicodeEncodeError:
                    yield BadRecord(place, "it is not UTF-8")
                except ParserError as error:
                    yield BadRecord(place, f"it is no N-Triples: {str(error).splitlines()[0]}")
                for triple in found.taken():
                    record = reader.record(*triple, place)
                    if record is not None:
                        yield record


class _Collected(DummySink):
    """Keeps the triples that the parser finds in a line."""

    def __init__(self) -> None:
        self.length = 0  # as its base has it, whose constructor has no types
        self._found: list[tuple[Node, Node, Node]] = []

    def triple(self, s: Node, p: Node, o: Node) -> None:
        self._found.append((s, p, o))

    def taken(self) -> list[tuple[Node, Node, Node]]:
        found, self._found = self._found, []
        return found


@dataclass(frozen=True)
class RdfFileSource:
    """Implements :class:`kg_data.sources.source.Source` for a Turtle or JSON-LD file.

    The file is parsed as a whole, so that labels and classes are known wherever they stand; the
    place of a record is its subject.

    Attributes:
        path: the file.
        form: "turtle" or "json-ld".
        properties: which relations the predicates are.
        largest: bytes of the file at most.
    """

    path: Path
    form: str
    properties: PropertyMapping = field(default_factory=PropertyMapping)
    largest: int = LARGEST

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.path)

    def records(self) -> Iterator[Record | BadRecord]:
        graph = self._parsed()
        reader = TripleReader(self.properties, _names_of(graph))
        for subject, predicate, obj in sorted(graph, key=lambda triple: tuple(map(str, triple))):
            place = f"{self.path.name}: {last_part(str(subject))}"
            record = reader.record(subject, predicate, obj, place)
            if record is not None:
                yield record

    def _parsed(self) -> Graph:
        size = int(self.fingerprint.partition(":")[0])
        if size > self.largest:
            reason = (
                f"it has {size / 1e6:.0f} MB; a {self.form} file of more than "
                f"{self.largest / 1e6:.0f} MB is not read. Convert it to N-Triples (.nt), which "
                "is read line by line"
            )
            raise BadFile(self.path, None, reason)
        with open_text(self.path) as stream:
            text = stream.read()
        text = _utf8(self.path, text)
        graph = Graph()
        try:
            if self.form == "json-ld":
                to_rdf(self._local(text), graph, base=_NO_BASE)
            else:
                graph.parse(data=text, format=self.form, publicID=_NO_BASE)
        except BadSyntax as error:
            raise BadFile(self.path, error.lines + 1, _first_line(error.message)) from error
        except (ParserError, ValueError, TypeError, KeyError, OSError) as error:
            raise BadFile(self.path, None, _first_line(str(error))) from error
        return graph

    def _local(self, text: str) -> Any:  # noqa: ANN401  any JSON
        """Return a JSON-LD document for which the parser has nothing to fetch.

        Raises:
            BadFile: the file is not JSON, or names a context elsewhere.
        """
        try:
            document = json.loads(text)
            remote = next(_remote_contexts(document), None)
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", None)
            raise BadFile(self.path, line, f"it is not JSON: {error}") from error
        if remote is not None:
            reason = f"its context {remote} is elsewhere and is not fetched; put it into the file"
            raise BadFile(self.path, None, reason)
        return document


_NO_BASE = "urn:no-base:"


def _remote_contexts(value: Any) -> Iterator[str]:  # noqa: ANN401  any JSON
    """Yield the contexts that a JSON-LD document names by their address."""
    if isinstance(value, list):
        for each in value:
            yield from _remote_contexts(each)
    elif isinstance(value, dict):
        for key, inside in value.items():
            named = inside if isinstance(inside, list) else [inside]
            if key in {"@context", "@import"}:
                yield from (each for each in named if isinstance(each, str))
            yield from _remote_contexts(inside)


def _utf8(path: Path, text: str) -> str:
    """Return a text that is UTF-8.

    Raises:
        BadFile: names the line that is not.
    """
    for number, line in enumerate(text.splitlines(keepends=False), start=1):
        if any("\udc80" <= char <= "\udcff" for char in line):
            raise BadFile(path, number, "it is not UTF-8")
    return text


def _first_line(text: Any) -> str:  # noqa: ANN401  messages of the parsers are of any type
    return str(text).strip().partition("\n")[0]


def _names_of(graph: Graph) -> Names:
    """Return the labels and classes of a graph; English labels before others."""
    labels: dict[str, str] = {}
    for predicate in reversed(_LABELS):
        found = sorted(graph.subject_objects(predicate), key=_label_rank)
        labels |= {str(subject): str(label) for subject, label in found}
    classes = {
        str(subject): last_part(str(kind)).casefold()
        for subject, kind in sorted(graph.subject_objects(RDF.type), key=str)
        if isinstance(kind, URIRef)
    }
    return Names(labels, classes)


def _label_rank(pair: tuple[Node, Node]) -> tuple[bool, str]:
    language = (pair[1].language or "") if isinstance(pair[1], Literal) else ""
    return language in {"", "en"}, str(pair[1])

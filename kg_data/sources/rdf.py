"""Facts in RDF: N-Triples line by line, Turtle and JSON-LD as a whole."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.exceptions import ParserError
from rdflib.plugins.parsers.jsonld import to_rdf
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.plugins.parsers.ntriples import DummySink, W3CNTriplesParser
from rdflib.term import Node

from kg_data.errors import BadFile
from kg_data.short_form import OTHER_NAMES
from kg_data.sources.label_store import LabelStore, label_store
from kg_data.sources.mapping import PropertyMapping, last_part
from kg_data.sources.rdf_dates import Period, dated_facts
from kg_data.sources.rdf_names import (
    LABELS,
    NO_FACTS,
    OTHER_LABEL,
    Names,
    class_of,
    is_english,
    quiet_conversions,
)
from kg_data.sources.source import BadRecord, Record, checked
from kg_data.sources.text_files import fingerprint, open_text

LARGEST = 50 * 1024 * 1024
"""Bytes of a Turtle or JSON-LD file, which is parsed as a whole."""


_MAY_NAME = "[Ll]abel>|/name>"
Triple: TypeAlias = tuple[Node, Node, Node]


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
        if predicate in NO_FACTS:
            return None
        relation = self.properties.relation(str(predicate))
        if relation is None:
            if predicate in LABELS:
                return None
            return BadRecord(place, f"no relation is named for <{predicate}>", unmapped=True)
        if not (self.names.has_name(subject) and self.names.has_name(obj)):
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

    def other_name(self, thing: Node, label: Node, place: str) -> Record | BadRecord | None:
        """Return another name of a thing as a fact; None if it is its name, or not English."""
        if not isinstance(label, Literal) or not is_english(label) or isinstance(thing, BNode):
            return None
        name = self.names.name(thing)
        found = checked(Record(name, OTHER_NAMES, str(label), place))
        return None if isinstance(found, Record) and found.object == name else found


@dataclass(frozen=True)
class NTriplesSource:
    """Implements :class:`kg_data.sources.source.Source` for an N-Triples file, line by line.

    The file is read for the labels first, which are kept in a file if they are many, then for the
    facts, and where there are any for the other names of what has a fact.

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
        with quiet_conversions(), label_store() as labels, label_store() as told:
            reader = TripleReader(self.properties, Names(labels))
            others = self._keep_labels(reader.names)
            labels.tell_apart()
            for place, parsed in self._lines(""):
                if isinstance(parsed, BadRecord):
                    yield parsed
                    continue
                record = reader.record(*parsed, place)
                if isinstance(record, Record) and others:
                    told.put(str(parsed[0]), "told")
                if record is not None:
                    yield record
            if others:
                yield from self._other_names(reader, told)

    def _keep_labels(self, names: Names) -> bool:
        """Keep all labels, and tell whether something has other names."""
        others = False
        for _, parsed in self._lines(_MAY_NAME):
            if not isinstance(parsed, BadRecord):
                names.put(*parsed)
                others = others or parsed[1] == OTHER_LABEL
        return others

    def _other_names(self, reader: TripleReader, told: LabelStore) -> Iterator[Record | BadRecord]:
        for place, parsed in self._lines(_MAY_NAME):
            if isinstance(parsed, BadRecord) or parsed[1] != OTHER_LABEL:
                continue
            if told.get(str(parsed[0])):
                record = reader.other_name(parsed[0], parsed[2], place)
                if record is not None:
                    yield record

    def _lines(self, words: str) -> Iterator[tuple[str, Triple | BadRecord]]:
        """Yield the triples of the lines that a pattern is found in, with their places."""
        found, pattern = _Collected(), re.compile(words)
        parser = W3CNTriplesParser(sink=found)
        with open_text(self.path) as stream:
            for number, line in enumerate(stream, start=1):
                if pattern.search(line) is None:
                    continue
                place = f"{self.path.name}:{number}"
                try:
                    line.encode()
                    parser.parsestring(line.strip() + "\n")
                except UnicodeEncodeError:
                    yield place, BadRecord(place, "it is not UTF-8")
                except ParserError as error:
                    reason = f"it is no N-Triples: {str(error).splitlines()[0]}"
                    yield place, BadRecord(place, reason)
                for triple in found.taken():
                    yield place, triple


class _Collected(DummySink):
    """Keeps the triples that the parser finds in a line."""

    def __init__(self) -> None:
        self.length = 0  # as its base has it, whose constructor has no types
        self._found: list[Triple] = []

    def triple(self, s: Node, p: Node, o: Node) -> None:
        self._found.append((s, p, o))

    def taken(self) -> list[Triple]:
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
        with quiet_conversions(), label_store() as labels:
            graph = self._parsed()
            reader = TripleReader(self.properties, _names_of(graph, labels))
            for subject, rows in dated_facts(graph).items():
                yield from self._of_subject(subject, rows, graph, reader)

    def _of_subject(
        self,
        subject: Node,
        rows: Sequence[tuple[Node, Node, Period]],
        graph: Graph,
        reader: TripleReader,
    ) -> Iterator[Record | BadRecord]:
        """Yield the facts of a thing, and its other names if it has any."""
        place, facts = f"{self.path.name}: {last_part(str(subject))}", False
        for predicate, obj, (since, until) in rows:
            record = reader.record(subject, predicate, obj, place)
            if isinstance(record, Record):
                facts = True
                yield replace(record, valid_from=since, valid_to=until)
            elif record is not None:
                yield record
        for label in sorted(graph.objects(subject, OTHER_LABEL), key=str) if facts else ():
            record = reader.other_name(subject, label, place)
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


def _names_of(graph: Graph, labels: LabelStore) -> Names:
    """Return the labels and classes of a graph."""
    classes = {
        str(subject): class_of(kind)
        for subject, kind in sorted(graph.subject_objects(RDF.type), key=str)
        if isinstance(kind, URIRef)
    }
    names = Names(labels, classes=classes)
    for predicate in LABELS:
        for subject, label in graph.subject_objects(predicate):
            names.put(subject, predicate, label)
    labels.tell_apart()
    return names

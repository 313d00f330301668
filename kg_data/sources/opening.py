"""Opens a source by its name: a file by its ending, or a SPARQL endpoint by its address."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kg_data.errors import BadFile
from kg_data.relations import RelationBook
from kg_data.sources.edit_sets import EditRecordReader, EditSetSource, is_edit_record
from kg_data.sources.json_lines import JsonLinesSource, JsonListSource
from kg_data.sources.json_stream import json_values
from kg_data.sources.labels import LabelFile
from kg_data.sources.mapping import ColumnMapping, EveryProperty, PropertyMapping
from kg_data.sources.prompts import PromptBook
from kg_data.sources.rdf import NTriplesSource, RdfFileSource
from kg_data.sources.source import Source
from kg_data.sources.sparql import EVERYTHING, SparqlSource, check_host
from kg_data.sources.tables import CsvSource
from kg_data.sources.text_files import fingerprint, open_text
from kg_data.sources.wikidata import WikidataSource

ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".nt", ".ttl", ".jsonld", ".json")

LINE_BY_LINE = frozenset({".csv", ".tsv", ".jsonl", ".ndjson"})
"""Endings of files whose first records are read without the rest of the file."""

_LIBRARY_KEYS = frozenset({"name", "type", "reverse"})
_FORMS = {".ttl": "turtle", ".jsonld": "json-ld"}


@dataclass(frozen=True)
class SourceOptions:
    """How a source is read.

    Attributes:
        maps: mappings of columns for tables, such as "subject=name,relation=place_of_birth,
            object=birthplace"; of properties for graphs, such as "P19=place_of_birth".
        hosts: hosts that may be asked; without any, only that of the address itself.
        query: the SELECT of an endpoint.
        encoding: that of a table or of JSON lines, if it is not UTF-8 and no byte order mark tells.
        labels: path of a file with the labels of Wikidata's items; "" for none.
    """

    maps: Sequence[str] = ()
    hosts: Iterable[str] = ()
    query: str = EVERYTHING
    encoding: str = ""
    labels: str = ""


def open_source(
    location: str, book: RelationBook | None, options: SourceOptions | None = None
) -> Source:
    """Return the source at a path or address.

    Args:
        location: a path or address.
        book: the relations of a graph are those whose names or properties it has; None takes all
            of them, by the last part of their names.
        options: how it is read.

    Raises:
        BadFile: the ending of the file is not one that is read.
        BadMapping: a mapping cannot be read.
        BadEndpoint: the address may not be asked.
    """
    options = options or SourceOptions()
    if "://" in location:
        properties = _properties(options, book)
        hosts = frozenset(options.hosts) or frozenset({urlsplit(location).hostname or ""})
        check_host(location, hosts)
        return SparqlSource(location, hosts, options.query, properties)
    path = Path(location)
    ending = path.suffix.casefold()
    if ending in {".csv", ".tsv"}:
        return CsvSource(
            path, _columns(options), "\t" if ending == ".tsv" else "", options.encoding
        )
    if ending in {".jsonl", ".ndjson"}:
        return _json_lines(path, book, options)
    if options.encoding:
        reason = f"{ending} files are UTF-8; an encoding may be named for tables and JSON lines"
        raise BadFile(path, None, reason)
    if ending == ".json":
        return _json(path, book, options)
    return _graph(path, ending, _properties(options, book))


def _json_lines(path: Path, book: RelationBook | None, options: SourceOptions) -> Source:
    if is_edit_record(_first_of_lines(path, options.encoding)):
        return EditSetSource(path, _edits(book, options), by_line=True, encoding=options.encoding)
    return JsonLinesSource(path, _columns(options), options.encoding)


def _json(path: Path, book: RelationBook | None, options: SourceOptions) -> Source:
    first = _first_of(path)
    if is_edit_record(first):
        return EditSetSource(path, _edits(book, options))
    if isinstance(first, dict) and first.keys() >= _LIBRARY_KEYS:
        reason = (
            "it is a library of relations and holds no facts; make a relation book of it: "
            f"oneedit relations convert {path}"
        )
        raise BadFile(path, None, reason)
    if isinstance(first, dict) and ColumnMapping.of_header(list(first)) is not None:
        return JsonListSource(path, _columns(options))
    labels = LabelFile.checked(Path(options.labels)) if options.labels else None
    return WikidataSource(path, _properties(options, book), labels)


def _first_of(path: Path) -> object:
    """Return the first value of a JSON file; None if it is too long to be that of a list."""
    try:
        return next((value for _, value in json_values(path)), None)
    except BadFile:
        fingerprint(path)  # one that is missing is told at once, all else with the records
        return None


def _first_of_lines(path: Path, encoding: str) -> object:
    try:
        with open_text(path, encoding) as stream:
            return json.loads(next(filter(str.strip, stream), "null"))
    except (ValueError, RecursionError):
        return None


def _edits(book: RelationBook | None, options: SourceOptions) -> EditRecordReader:
    return EditRecordReader(_properties(options, book), PromptBook.of(book))


def _graph(path: Path, ending: str, properties: PropertyMapping) -> Source:
    if ending == ".nt":
        return NTriplesSource(path, properties)
    if ending in _FORMS:
        return RdfFileSource(path, _FORMS[ending], properties)
    reason = f"files with the endings {', '.join(ENDINGS)} are read"
    raise BadFile(path, None, reason)


def _columns(options: SourceOptions) -> tuple[ColumnMapping, ...]:
    return tuple(map(ColumnMapping.parse, options.maps))


def _properties(options: SourceOptions, book: RelationBook | None) -> PropertyMapping:
    if book is None:
        return EveryProperty.parse(options.maps, {})
    names = {name: name for name in book.names()}
    return PropertyMapping.parse(options.maps, book.by_property | names)

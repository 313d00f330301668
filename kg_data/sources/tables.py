"""Facts in tables: CSV files whose columns a mapping names."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg_data.errors import BadFile
from kg_data.sources.mapping import ColumnMapping
from kg_data.sources.source import BadRecord, Record, composed
from kg_data.sources.text_files import fingerprint, open_text

_DELIMITERS = ",;\t|"
_NAMES = frozenset({"subject", "name", "label", "title"})
_DATES = {
    "valid_from": frozenset({"valid_from", "start_date", "start", "from", "since"}),
    "valid_to": frozenset({"valid_to", "end_date", "end", "to", "until"}),
}


@dataclass(frozen=True)
class CsvSource:
    """Implements :class:`kg_data.sources.source.Source` for a CSV file with a header.

    Attributes:
        path: the file.
        mappings: the facts of each row; empty if the columns are named as the parts of a fact.
        delimiter: what separates cells; by default what the header has most of , ; tab and |.
        encoding: its encoding; see :func:`kg_data.sources.text_files.open_text`.
    """

    path: Path
    mappings: Sequence[ColumnMapping] = ()
    delimiter: str = ""
    encoding: str = ""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.path)

    def records(self) -> Iterator[Record | BadRecord]:
        with open_text(self.path, self.encoding) as stream:
            first = stream.readline()
            delimiter = self.delimiter or max(_DELIMITERS, key=first.count)
            header = [composed(name) for name in next(csv.reader([first], delimiter=delimiter), [])]
            mappings = self._mappings(header)
            reader = csv.reader(stream, delimiter=delimiter, strict=True)
            yield from self._rows(reader, header, mappings)

    def _rows(
        self, reader: Iterator[list[str]], header: list[str], mappings: Sequence[ColumnMapping]
    ) -> Iterator[Record | BadRecord]:
        line = 2
        while True:
            place = f"{self.path.name}:{line}"
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield BadRecord(place, f"{error}; a quote inside of a quoted cell is written twice")
                line = 2 + _lines_read(reader)
                continue
            line = 2 + _lines_read(reader)
            if not cells:
                continue
            if len(cells) != len(header):
                yield BadRecord(place, f"the row has {len(cells)} cells, the header {len(header)}")
                continue
            row = dict(zip(header, cells, strict=True))
            found = (mapping.record(row, place) for mapping in mappings)
            yield from (record for record in found if record is not None)

    def _mappings(self, header: list[str]) -> Sequence[ColumnMapping]:
        named = ColumnMapping.of_header(header)
        mappings = self.mappings or ([named] if named else [])
        columns = ", ".join(header)
        if not mappings:
            reason = (
                f"say which columns are what, with one --map for each column of facts, such as "
                f"--map {_example(header)} with a relation of the book in place of RELATION; "
                f"the columns are {columns}"
            )
            raise BadFile(self.path, 1, reason)
        missing = [column for mapping in mappings for column in mapping.missing(header)]
        if missing:
            reason = f"there is no column {' or '.join(missing)}; the columns are {columns}"
            raise BadFile(self.path, 1, reason)
        return mappings


def _example(header: Sequence[str]) -> str:
    """Return a mapping that may fit a header."""
    subject = next((name for name in header if name.casefold() in _NAMES), header[0])
    dates = [
        f"{part}={name}"
        for part, names in _DATES.items()
        for name in header
        if name.casefold() in names
    ]
    dated = {each.partition("=")[2] for each in dates}
    facts = [name for name in header if not _is_a_name(name) and name not in {subject, *dated}]
    obj = facts[0] if facts else "COLUMN"
    return ",".join([f"subject={subject}", "relation=RELATION", f"object={obj}", *dates])


def _is_a_name(column: str) -> bool:
    """Tell whether a column names or numbers the subject, rather than a fact about it."""
    return column.casefold() == "id" or column.casefold().endswith("name")


def _lines_read(reader: Iterator[list[str]]) -> int:
    lines: int = getattr(reader, "line_num", 0)
    return lines

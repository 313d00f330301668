"""Facts in tables: CSV files whose columns a mapping names."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg_data.errors import BadFile
from kg_data.sources.mapping import ColumnMapping
from kg_data.sources.source import BadRecord, Record
from kg_data.sources.text_files import fingerprint, open_text

_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class CsvSource:
    """Implements :class:`kg_data.sources.source.Source` for a CSV file with a header.

    Attributes:
        path: the file.
        mappings: the facts of each row; empty if the columns are named as the parts of a fact.
        delimiter: what separates cells; by default what the header has most of , ; tab and |.
    """

    path: Path
    mappings: Sequence[ColumnMapping] = ()
    delimiter: str = ""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.path)

    def records(self) -> Iterator[Record | BadRecord]:
        with open_text(self.path) as stream:
            first = stream.readline()
            delimiter = self.delimiter or max(_DELIMITERS, key=first.count)
            header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
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
                yield BadRecord(place, str(error))
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
                f"say which columns are what, as in --map subject=NAME,relation=RELATION,"
                f"object=NAME; the columns are {columns}"
            )
            raise BadFile(self.path, 1, reason)
        missing = [column for mapping in mappings for column in mapping.missing(header)]
        if missing:
            reason = f"there is no column {' or '.join(missing)}; the columns are {columns}"
            raise BadFile(self.path, 1, reason)
        return mappings


def _lines_read(reader: Iterator[list[str]]) -> int:
    lines: int = getattr(reader, "line_num", 0)
    return lines

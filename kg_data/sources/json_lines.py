"""Facts as JSON lines: subject, relation, object; also head, relation, tail."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg_data.sources.json_stream import json_values
from kg_data.sources.mapping import ColumnMapping
from kg_data.sources.source import BadRecord, Record
from kg_data.sources.text_files import fingerprint, open_text


@dataclass(frozen=True)
class JsonLinesSource:
    """Implements :class:`kg_data.sources.source.Source` for a file of one JSON object a line.

    Attributes:
        path: the file.
        mappings: the facts of each object; empty if its keys are the parts of a fact.
        encoding: its encoding; see :func:`kg_data.sources.text_files.open_text`.
    """

    path: Path
    mappings: Sequence[ColumnMapping] = ()
    encoding: str = ""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.path)

    def records(self) -> Iterator[Record | BadRecord]:
        with open_text(self.path, self.encoding) as stream:
            for number, text in enumerate(stream, start=1):
                if text.strip():
                    yield from self._facts_of_line(text, f"{self.path.name}:{number}")

    def _facts_of_line(self, text: str, place: str) -> Iterator[Record | BadRecord]:
        try:
            entry = json.loads(text)
        except (ValueError, RecursionError) as error:
            yield BadRecord(place, f"it is not JSON: {error}")
            return
        yield from self._facts(entry, place)

    def _facts(self, entry: object, place: str) -> Iterator[Record | BadRecord]:
        if not isinstance(entry, dict):
            yield BadRecord(place, "it is no JSON object")
            return
        row = _texts(entry)
        named = ColumnMapping.of_header(list(row))
        mappings = self.mappings or ([named] if named else [])
        if not mappings:
            yield BadRecord(place, "it lacks the keys subject, relation and object")
        for mapping in mappings:
            missing = mapping.missing(list(row))
            found: Record | BadRecord | None
            if missing:
                found = BadRecord(place, f"it has no text under {' or '.join(missing)}")
            else:
                found = mapping.record(row, place)
            if found is not None:
                yield found


class JsonListSource(JsonLinesSource):
    """Implements :class:`kg_data.sources.source.Source` for a JSON file that lists objects."""

    def records(self) -> Iterator[Record | BadRecord]:
        for line, entry in json_values(self.path):
            yield from self._facts(entry, f"{self.path.name}:{line}")


def _texts(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts and whole numbers of an object as texts; null is an empty text."""
    found = {}
    for key, value in entry.items():
        if isinstance(value, str):
            found[key] = value
        elif value is None:
            found[key] = ""
        elif isinstance(value, int) and not isinstance(value, bool):
            found[key] = str(value)
    return found

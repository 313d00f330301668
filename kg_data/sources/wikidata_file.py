"""The entities of Wikidata's JSON: of a dump of one entity a line, of an API's answer, or one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from kg_data.errors import BadFile
from kg_data.sources.source import BadRecord
from kg_data.sources.text_files import fingerprint, open_text

Entry = Mapping[str, Any]

LARGEST = 50 * 1024 * 1024
"""Bytes of a file that is read as a whole, because its entities are not one a line."""


@dataclass(frozen=True)
class WikidataFile:
    """A file of Wikidata's JSON.

    Attributes:
        path: the file.
        language: language of labels and aliases; "mul" goes for every language.
    """

    path: Path
    language: str = "en"

    def labels(self) -> Iterator[tuple[str, str]]:
        """Yield the items of the file that have a label, with it."""
        for _, entry in self.entities():
            if not isinstance(entry, BadRecord) and (label := self.label(entry)):
                yield str(entry.get("id", "")), label

    def entities(self) -> Iterator[tuple[str, Entry | BadRecord]]:
        """Yield entities with their places: one a line, or those of a whole small file."""
        with open_text(self.path) as stream:
            lines = [stream.readline(), stream.readline()]
            size = int(fingerprint(self.path).partition(":")[0])
            if size <= LARGEST and not any(map(_is_entity, lines)):
                yield from self._whole("".join([*lines, stream.read()]))
                return
            for number, line in enumerate(chain(lines, stream), start=1):
                text = line.strip().rstrip(",")
                if text not in {"", "[", "]"}:
                    yield from self._line(text, f"{self.path.name}:{number}")

    def _line(self, text: str, place: str) -> Iterator[tuple[str, Entry | BadRecord]]:
        try:
            entry = json.loads(text)
        except ValueError as error:
            yield place, BadRecord(place, f"it is not JSON: {error}")
            return
        for each in _entities(entry):
            yield place, each

    def _whole(self, text: str) -> Iterator[tuple[str, Entry | BadRecord]]:
        try:
            entry = json.loads(text)
        except ValueError as error:
            line = getattr(error, "lineno", None)
            raise BadFile(self.path, line, f"it is not JSON: {error}") from error
        for each in _entities(entry):
            item = f": {each['id']}" if each.get("id") else ""
            yield f"{self.path.name}{item}", each

    def label(self, entry: Entry) -> str:
        """Return the label of an entity, or ""."""
        found = entry.get("labels") or {}
        label = found.get(self.language) or found.get("mul") or {}
        return str(label.get("value", ""))

    def aliases(self, entry: Entry) -> Iterator[str]:
        """Yield the other names of an entity."""
        found = entry.get("aliases") or {}
        for language in (self.language, "mul"):
            for alias in found.get(language) or ():
                if value := str(alias.get("value", "")).strip():
                    yield value


def _is_entity(line: str) -> bool:
    """Tell whether a line is an object by itself, as in a file of one entity a line."""
    try:
        return isinstance(json.loads(line.strip().rstrip(",")), dict)
    except ValueError:
        return False


def _entities(entry: Any) -> Iterator[Entry]:  # noqa: ANN401  any JSON
    """Yield the entities of an API's answer, a list of them, or one."""
    if isinstance(entry, list):
        for each in entry:
            yield from _entities(each)
    elif isinstance(entry, dict):
        inside = entry.get("entities")
        if isinstance(inside, dict):
            yield from (each for each in inside.values() if isinstance(each, dict))
        else:
            yield entry

"""Facts of edit sets: what benchmarks of knowledge editing want models to say.

A record names a subject, a relation or a prompt, and a new object, in the manner of zsRE,
CounterFact, MQuAKE and KnowEdit; or it lists edits of triples, in the manner of ConflictEdit.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg_data.sources.json_stream import json_values
from kg_data.sources.mapping import PropertyMapping
from kg_data.sources.prompts import PromptBook, template_of
from kg_data.sources.source import BadRecord, Record, checked
from kg_data.sources.text_files import fingerprint, open_text

Entry = Mapping[str, Any]

OBJECT = "object"
"""Key of a mapping that says which object is read: ``--map object=true``."""

BEFORE = "true"
_NEW = ("target_new", "alt", "new_answer", "object")
_BEFORE = ("target_true", "ground_truth", "answers", "answer", "object")
_RELATIONS = ("relation_id", "relation", "property")
_PROMPTS = ("prompt", "src", "question")
_TRIPLE, _EDIT = 3, 4


def is_edit_record(entry: object) -> bool:
    """Tell whether a JSON value is a record of an edit set."""
    if not isinstance(entry, dict):
        return False
    of_one = "subject" in entry and any(key in entry for key in (*_NEW[:3], *_PROMPTS))
    return of_one or "requested_rewrite" in entry or {"true", "edits"} <= entry.keys()


@dataclass(frozen=True)
class EditRecordReader:
    """Turns records of edit sets into facts.

    Attributes:
        properties: relations of properties and, with "{}" for the subject, of prompts.
        prompts: relations of prompts that are wordings of the relation book.
    """

    properties: PropertyMapping
    prompts: PromptBook = field(default_factory=PromptBook)

    def records(self, entry: Entry, place: str) -> Iterator[Record | BadRecord]:
        """Yield what a record's edits make true, or what held before if that is asked for."""
        if "edits" in entry:
            yield from self._triples(entry, place)
            return
        rewrites = entry.get("requested_rewrite", entry)
        for each in rewrites if isinstance(rewrites, list) else [rewrites]:
            yield self._record(each, place)

    @property
    def _before(self) -> bool:
        return self.properties.relations.get(OBJECT) in {BEFORE, *_BEFORE[:-1]}

    def _triples(self, entry: Entry, place: str) -> Iterator[Record | BadRecord]:
        rows, length = (entry["true"], _TRIPLE) if self._before else (entry["edits"], _EDIT)
        for row in rows if isinstance(rows, list) else [rows]:
            if not isinstance(row, list) or len(row) != length:
                yield BadRecord(place, f"{row!r} is no list of {length} parts")
                continue
            relation = self._named(str(_text(row[1])))
            yield self._checked(_text(row[0]), relation, _text(row[-1]), place)

    def _record(self, entry: object, place: str) -> Record | BadRecord:
        if not isinstance(entry, dict):
            return BadRecord(place, "it is no JSON object")
        subject = _text(entry.get("subject"))
        keys = _BEFORE if self._before else _NEW
        obj = next(filter(None, (_text(entry.get(key)) for key in keys)), "")
        if not subject:
            return BadRecord(place, "it has no subject")
        if not obj:
            return BadRecord(place, f"it has no object; that would be {' or '.join(keys)}")
        return self._checked(subject, self._relation(entry, subject), obj, place)

    def _checked(
        self, subject: str, relation: "str | _Unnamed", obj: str, place: str
    ) -> Record | BadRecord:
        if isinstance(relation, _Unnamed):
            return BadRecord(place, relation.reason, unmapped=relation.unmapped)
        return checked(Record(subject, relation, obj, place))

    def _relation(self, entry: Entry, subject: str) -> "str | _Unnamed":
        for key in _RELATIONS:
            if named := _text(entry.get(key)):
                return self._named(named)
        prompt = next(filter(None, (_text(entry.get(key)) for key in _PROMPTS)), "")
        template = template_of(prompt, subject)
        if not template:
            return _Unnamed(f"its prompt {prompt!r} does not name {subject}")
        given = self.properties.relations.get(template)
        found = (given,) if given else self.prompts.relations_of(template)
        if len(found) == 1:
            return found[0]
        hint = f'name it with --map "{template}=RELATION"'
        if found:
            return _Unnamed(f"{template!r} may ask for {' or '.join(found)}; {hint}")
        return _Unnamed(f"{template!r} is no wording of a relation of the book; {hint}")

    def _named(self, name: str) -> "str | _Unnamed":
        """Return the relation of a property; another name is that of a relation, or its noun."""
        relation = self.properties.relation(name)
        if relation is None and name[:1] == "P" and name[1:].isdigit():
            return _Unnamed(f"no relation is named for {name}", unmapped=True)
        return relation or name


@dataclass(frozen=True, slots=True)
class _Unnamed:
    """Why a relation or a record cannot be told."""

    reason: str
    unmapped: bool = False


@dataclass(frozen=True)
class EditSetSource:
    """Implements :class:`kg_data.sources.source.Source` for a JSON file of an edit set.

    Attributes:
        path: the file; a list of records, of which one at a time is in memory.
        reader: turns a record into facts.
        by_line: whether each line is a record, as in JSON lines.
        encoding: that of a file by lines; see :func:`kg_data.sources.text_files.open_text`.
    """

    path: Path
    reader: EditRecordReader
    by_line: bool = False
    encoding: str = ""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.path)

    def records(self) -> Iterator[Record | BadRecord]:
        for line, entry in self._lines() if self.by_line else json_values(self.path):
            place = f"{self.path.name}:{line}"
            if isinstance(entry, _Unnamed):
                yield BadRecord(place, entry.reason)
            elif isinstance(entry, dict):
                yield from self.reader.records(entry, place)
            else:
                yield BadRecord(place, "it is no JSON object")

    def _lines(self) -> Iterator[tuple[int, Any]]:
        """Yield the value of each line, or why it has none, with its number."""
        with open_text(self.path, self.encoding) as stream:
            for number, text in enumerate(stream, start=1):
                if not text.strip():
                    continue
                try:
                    value = json.loads(text)
                except (ValueError, RecursionError) as error:
                    value = _Unnamed(f"it is not JSON: {error}")
                yield number, value


def _text(value: object) -> str:
    """Return the name that a value gives: a text, the first of several, or the label of an item.

    >>> _text({"str": "French", "id": "Q150"}), _text(["Q16", "Canada"]), _text([["Lyon", "Lyons"]])
    ('French', 'Canada', 'Lyon')
    """
    if isinstance(value, dict):
        value = value.get("str", "")
    while isinstance(value, list) and value:
        item = len(value) == len(("id", "label")) and str(value[0])[:1] == "Q"
        value = value[1] if item and str(value[0])[1:].isdigit() else value[0]
    return value.strip() if isinstance(value, str) else ""

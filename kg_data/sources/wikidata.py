"""Facts of Wikidata's JSON: an entity, the answer of its API, or a dump of one entity a line."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from kg_data.calendars import astronomical_year, gregorian_of_julian, iso_date
from kg_data.dates import parse_date
from kg_data.errors import BadFile
from kg_data.sources.mapping import PropertyMapping
from kg_data.sources.source import BadRecord, Record, checked
from kg_data.sources.text_files import fingerprint, open_text

Entry = Mapping[str, Any]

LARGEST = 50 * 1024 * 1024
"""Bytes of a file that is read as a whole, because its entities are not one a line."""

_GREGORIAN, _JULIAN = "Q1985727", "Q1985786"
_PARTS = {9: 1, 10: 2, 11: 3}  # by precision: year, month, day
_TIME = re.compile(r"([+-]\d+)-(\d\d)-(\d\d)T.*")
_SINCE, _UNTIL = "P580", "P582"


@dataclass(frozen=True)
class WikidataSource:
    """Implements :class:`kg_data.sources.source.Source` for Wikidata's JSON.

    The file is read twice: first for the labels, which alone are kept, then for the claims. A claim
    about something that the file gives no label is a bad record, unless ``labels`` has one.

    Attributes:
        path: the file.
        properties: which relations the properties are.
        labels: further labels, by item.
        language: language of the labels.
    """

    path: Path
    properties: PropertyMapping = field(default_factory=PropertyMapping)
    labels: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.path)

    def records(self) -> Iterator[Record | BadRecord]:
        labels = {**self.labels, **self.all_labels()}
        for place, entry in self._entries():
            if isinstance(entry, BadRecord):
                yield entry
            elif not {"labels", "claims"} & entry.keys():
                yield BadRecord(place, "it is no entity of Wikidata: it has no labels and claims")
            else:
                yield from self._claims(entry, place, labels)

    def all_labels(self) -> dict[str, str]:
        """Return the labels of the file's own entities, by item."""
        labels = {}
        for _, entry in self._entries():
            if not isinstance(entry, BadRecord) and (label := self._label(entry)):
                labels[str(entry.get("id", ""))] = label
        return labels

    def _entries(self) -> Iterator[tuple[str, Entry | BadRecord]]:
        """Yield entities with their places: one a line, or those of a whole small file."""
        with open_text(self.path) as stream:
            lines = [stream.readline(), stream.readline()]
            size = int(self.fingerprint.partition(":")[0])
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
            yield f"{self.path.name}: {each.get('id', '')}", each

    def _label(self, entry: Entry) -> str:
        found = entry.get("labels") or {}
        label = found.get(self.language) or found.get("mul") or {}
        return str(label.get("value", ""))

    def _claims(
        self, entry: Entry, place: str, labels: Mapping[str, str]
    ) -> Iterator[Record | BadRecord]:
        subject = labels.get(str(entry.get("id", "")), "")
        for pid, claims in sorted((entry.get("claims") or {}).items()):
            relation = self.properties.relation(pid)
            if relation is None:
                yield BadRecord(place, f"no relation is named for {pid}", unmapped=True)
                continue
            for claim in _best(claims):
                try:
                    yield self._record(claim, subject, relation, place, labels)
                except _NotAFact as error:
                    yield BadRecord(place, f"{pid} of {entry.get('id')}: {error}")
                except (KeyError, TypeError, AttributeError) as error:
                    yield BadRecord(place, f"{pid} of {entry.get('id')} has no {error}")

    def _record(
        self,
        claim: Entry,
        subject: str,
        relation: str,
        place: str,
        labels: Mapping[str, str],
    ) -> Record | BadRecord:
        qualifiers = claim.get("qualifiers") or {}
        return checked(
            Record(
                subject=subject,
                relation=relation,
                object=_value(claim["mainsnak"], labels),
                place=place,
                valid_from=_date_of(qualifiers.get(_SINCE)),
                valid_to=_date_of(qualifiers.get(_UNTIL)),
            )
        )


class _NotAFact(ValueError):
    """A claim states nothing that a fact can hold; the message says why."""


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


def _best(claims: list[Entry]) -> list[Entry]:
    """Return the preferred claims of a property, or else the normal ones; never deprecated ones."""
    preferred = [each for each in claims if each.get("rank") == "preferred"]
    return preferred or [each for each in claims if each.get("rank", "normal") == "normal"]


def _value(snak: Entry, labels: Mapping[str, str]) -> str:
    if snak.get("snaktype", "value") != "value":
        raise _NotAFact(f"its value is {snak['snaktype']}")
    value = snak["datavalue"]["value"]
    if isinstance(value, str):
        return value
    if "time" in value:
        return _date(value)
    if "id" in value:
        label = labels.get(value["id"], "")
        if not label:
            raise _NotAFact(f"the file has no label of {value['id']}; give it with --labels FILE")
        return label
    if "text" in value:
        return str(value["text"])
    if "amount" in value:
        return str(value["amount"]).removeprefix("+")
    raise _NotAFact(f"values of the type {snak.get('datatype', 'unknown')} are not read")


def _date(value: Entry) -> str:
    """Return a date to its precision as ISO 8601, of the Gregorian calendar.

    Years before 1 are counted without a year 0 in Wikidata's JSON, and Julian dates
    are as they were written in their time (https://doc.wikimedia.org/Wikibase/master/php/docs_topics_json.html).
    """
    text = str(value["time"])
    known, found = _PARTS.get(value.get("precision", 11)), _TIME.fullmatch(text)
    if found is None:
        raise _NotAFact(f"the date {text} cannot be read")
    if known is None:
        raise _NotAFact(f"the date {text} is less precise than a year")
    year, *rest = map(int, found.groups())
    parts = (astronomical_year(year), *rest)[:known]
    model = str(value.get("calendarmodel", _GREGORIAN)).rpartition("/")[2]
    if model not in {_GREGORIAN, _JULIAN}:
        raise _NotAFact(f"the date {text} is of the calendar {model}, which is not read")
    leap_as = parts[0] if model == _GREGORIAN else 2000 + parts[0] % 4
    if parse_date(iso_date(leap_as, *parts[1:])) is None:
        raise _NotAFact(f"there is no day {text}")
    return iso_date(*(parts if model == _GREGORIAN else _of_julian(parts, text)))


def _of_julian(parts: tuple[int, ...], text: str) -> tuple[int, ...]:
    """Return a Julian day as a Gregorian one; a year stays, a month would be parts of two."""
    if len(parts) == len(("year", "month")):
        raise _NotAFact(f"the date {text} is a month of the Julian calendar, parts of two of ours")
    if len(parts) == 1:
        return parts
    year, month, day = parts
    return gregorian_of_julian(year, month, day)


def _date_of(qualifiers: list[Entry] | None) -> str | None:
    for snak in qualifiers or ():
        if snak.get("snaktype", "value") == "value":
            return _date(snak["datavalue"]["value"])
    return None

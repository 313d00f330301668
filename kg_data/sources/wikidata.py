"""Facts of Wikidata's JSON: an entity, the answer of its API, or a dump of one entity a line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kg_data.calendars import astronomical_year, gregorian_of_julian, iso_date
from kg_data.dates import parse_date
from kg_data.short_form import OTHER_NAMES
from kg_data.sources.label_store import LabelStore, label_store
from kg_data.sources.labels import LabelFile
from kg_data.sources.mapping import PropertyMapping
from kg_data.sources.source import BadRecord, Record, checked, composed
from kg_data.sources.text_files import fingerprint
from kg_data.sources.wikidata_file import Entry, WikidataFile

_NO_ENTITY = "it is no entity of Wikidata, no record of an edit set and no fact"
_GREGORIAN, _JULIAN = "Q1985727", "Q1985786"
_PARTS = {9: 1, 10: 2, 11: 3}  # by precision: year, month, day
_TIME = re.compile(r"([+-]\d+)-(\d\d)-(\d\d)T.*")
_SINCE, _UNTIL = "P580", "P582"


@dataclass(frozen=True)
class WikidataSource:
    """Implements :class:`kg_data.sources.source.Source` for Wikidata's JSON.

    The file is read twice: first for the labels, which are kept in a file if they are many, then
    for the claims, and for the aliases of what has a fact. A claim about something that the file
    gives no label is a bad record, unless ``labels`` has one. Of several items with one label all
    but one have their number behind it.

    Attributes:
        path: the file.
        properties: which relations the properties are.
        labels: a file of further labels.
        language: language of labels and aliases.
    """

    path: Path
    properties: PropertyMapping = field(default_factory=PropertyMapping)
    labels: LabelFile | None = None
    language: str = "en"

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def fingerprint(self) -> str:
        labels = "" if self.labels is None else f" {fingerprint(self.labels.path)}"
        return f"{fingerprint(self.path)}{labels}"

    def records(self) -> Iterator[Record | BadRecord]:
        file = WikidataFile(self.path, self.language)
        with label_store() as labels:
            for item, label in self.labels.labels() if self.labels is not None else ():
                labels.put(item, composed(label))
            for item, label in file.labels():
                labels.put(item, composed(label), rank=1)
            labels.tell_apart()
            for place, entry in file.entities():
                if isinstance(entry, BadRecord):
                    yield entry
                elif not {"labels", "claims"} & entry.keys():
                    yield BadRecord(place, _NO_ENTITY)
                else:
                    yield from self._of_entity(entry, place, labels, file)

    def _of_entity(
        self, entry: Entry, place: str, labels: LabelStore, file: WikidataFile
    ) -> Iterator[Record | BadRecord]:
        """Yield the facts of an entity, and its other names if it has any."""
        subject, facts = labels.get(str(entry.get("id", ""))), False
        for record in self._claims(entry, subject, place, labels):
            facts = facts or isinstance(record, Record)
            yield record
        if facts:
            for alias in dict.fromkeys(file.aliases(entry)):
                if alias != subject:
                    yield checked(Record(subject, OTHER_NAMES, alias, place))

    def _claims(
        self, entry: Entry, subject: str, place: str, labels: LabelStore
    ) -> Iterator[Record | BadRecord]:
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
        labels: LabelStore,
    ) -> Record | BadRecord:
        qualifiers = claim.get("qualifiers") or {}
        if not subject:
            raise _NotAFact("the item has no label; give it with --labels FILE")
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


def _best(claims: list[Entry]) -> list[Entry]:
    """Return the preferred claims of a property, or else the normal ones; never deprecated ones."""
    preferred = [each for each in claims if each.get("rank") == "preferred"]
    return preferred or [each for each in claims if each.get("rank", "normal") == "normal"]


def _value(snak: Entry, labels: LabelStore) -> str:
    if snak.get("snaktype", "value") != "value":
        raise _NotAFact(f"its value is {snak['snaktype']}")
    value = snak["datavalue"]["value"]
    if isinstance(value, str):
        return value
    if "time" in value:
        return _date(value)
    if "id" in value:
        label = labels.get(value["id"])
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

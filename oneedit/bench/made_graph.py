"""A made graph of any size over the shipped relation book, with hubs as in public graphs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from kg_data.entities import Entity
from kg_data.triples import Triple

HUB = "Country 0"
"""The object of one fact in nine: the country in which most people are born and citizens."""

HUB_SHARE = 0.109
"""Facts about the hub, as a share of all facts."""

LARGEST_CITY = "City 0"
"""Where about one person in ten is born."""

_PERSONS = 0.085  # about so many persons for each fact
_FIRST_YEAR, _YEARS = 1700, 300  # of the births; the persons are in the order of their births


def person(index: int) -> str:
    """Return the id of a person, whose birth is later the greater the index."""
    return f"Person {index}"


def city(index: int) -> str:
    """Return the id of a city, in which fewer people are born the greater the index."""
    return f"City {index}"


@dataclass
class MadeGraph:
    """A graph of about as many facts as asked for, closed under the rules of the shipped book.

    There are functional and many-valued relations, inverses, symmetric relations, heads of rules,
    protected facts, dates and aliases. Objects are drawn by Zipf's law. Each iteration makes the
    same facts anew, so that nothing is kept in memory.

    Attributes:
        triples: number of facts; the last person's facts may exceed it.
        seed: seed of all choices.
        persons: number of persons; known after the first iteration.
    """

    triples: int
    seed: int = 0
    persons: int = field(default=0, init=False)
    _fathers: dict[int, int] = field(default_factory=dict, init=False)
    _advisors: dict[int, int] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        size = self.triples
        self.cities, self.states = max(60, size // 80), max(16, size // 2000)
        self._counts = {
            "continent": 6,
            "country": max(8, size // 8000),
            "state": self.states,
            "city": self.cities,
            "university": max(10, size // 500),
            "organization": max(10, size // 300),
            "party": 40,
            "position": 200,
            "occupation": 200,
            "award": 300,
            "language": 100,
            "field": 100,
            "military_branch": 10,
        }
        self._cumulative = {name: _zipf(count) for name, count in self._counts.items()}
        self._births_a_year = _PERSONS * size / _YEARS

    def entities(self) -> Iterator[Entity]:
        """Yield every entity; persons only after the first iteration over the facts."""
        for name, count in self._counts.items():
            for index in range(count):
                yield Entity(f"{name.replace('_', ' ').capitalize()} {index}", name)
        for index in range(self._counts["country"]):
            yield Entity(f"Currency {index}", "currency")
            yield Entity(f"Mountain {index}", "mountain")
        for index in range(24):
            yield Entity(f"Time zone {index}", "time_zone")
        for index in range(self.persons):
            yield Entity(person(index), "person")
            if index % 8 == 0:
                yield Entity(f"Work {index}", "work")

    def facts(self) -> Iterator[Triple]:
        """Yield the facts, the same at each call."""
        rng = Random(self.seed)
        self._fathers, self._advisors = {}, {}
        made, about_hub, index = 0, 0, 0
        countries = self._countries_of_cities(rng)
        for fact in (*self._countries(rng), *self._states(), *self._cities(rng)):
            yield fact
            made += 1
            about_hub += fact.object == HUB
        while made < self.triples:
            citizen_of_hub = about_hub < HUB_SHARE * made
            for fact in self._person(index, countries, rng, citizen_of_hub=citizen_of_hub):
                yield fact
                made += 1
                about_hub += fact.object == HUB
            index += 1
        self.persons = index

    def draw(self, entity_class: str, rng: Random) -> str:
        """Return an entity of a class, drawn by Zipf's law."""
        weights = self._cumulative[entity_class]
        index = rng.choices(range(len(weights)), cum_weights=weights)[0]
        return f"{entity_class.replace('_', ' ').capitalize()} {index}"

    def elder(self, index: int, rng: Random) -> int | None:
        """Return a person born 20 to 45 years before another, or None before the first one."""
        found = index - 1 - int(self._births_a_year * rng.uniform(20, 45))
        return found if found >= 0 else None

    def birth_year(self, index: int) -> int:
        """Return the year in which a person is born."""
        return _FIRST_YEAR + int(index / self._births_a_year)

    def _countries_of_cities(self, rng: Random) -> Sequence[int]:
        """Choose the state of each city and the country of each state; the hub has most."""
        count = self._counts["country"]
        self._country_of = [
            0 if rng.random() < 0.5 else rng.randrange(count) for _ in range(self.states)
        ]
        self._country_of[0] = 0
        self._state_of = [0, *(rng.randrange(self.states) for _ in range(1, self.cities))]
        return [self._country_of[state] for state in self._state_of]

    def _countries(self, rng: Random) -> Iterator[Triple]:
        for index in range(self._counts["country"]):
            name, capital = f"Country {index}", city(index)
            yield from _both(name, "capital", capital, "capital_of")
            yield Triple(name, "continent", self.draw("continent", rng))
            yield Triple(name, "currency", f"Currency {index}")
            yield Triple(name, "highest_point", f"Mountain {index}")
            yield Triple(name, "official_language", f"Language {index % 100}")
            yield Triple(name, "official_language", f"Language {(index + 1) % 100}")
            yield Triple(name, "top_level_internet_domain", f".c{index}")
            yield Triple(name, "country_calling_code", f"+{index + 1}")
            yield Triple(name, "demonym", f"People {index}")
            if index:
                yield from _both(name, "shares_border_with", f"Country {index - 1}")

    def _states(self) -> Iterator[Triple]:
        for index in range(self.states):
            name = f"State {index}"
            yield Triple(name, "country", f"Country {self._country_of[index]}")
            capital = city(self._counts["country"] + index)
            yield from _both(name, "capital", capital, "capital_of")

    def _cities(self, rng: Random) -> Iterator[Triple]:
        for index in range(self.cities):
            state = self._state_of[index]
            yield Triple(city(index), "located_in", f"State {state}")
            yield Triple(city(index), "country", f"Country {self._country_of[state]}")
            yield Triple(city(index), "located_in_time_zone", f"Time zone {rng.randrange(24)}")
        for index in range(self._counts["university"]):
            name = f"University {index}"
            yield Triple(name, "headquarters_location", self.draw("city", rng))
            yield Triple(name, "inception", str(rng.randrange(1200, 1700)))

    def _person(
        self, index: int, countries: Sequence[int], rng: Random, *, citizen_of_hub: bool
    ) -> Iterator[Triple]:
        name, year = person(index), self.birth_year(index)
        if rng.random() < 0.9:
            place = rng.choices(range(self.cities), cum_weights=self._cumulative["city"])[0]
            yield Triple(name, "place_of_birth", city(place))
            yield Triple(name, "state_of_birth", f"State {self._state_of[place]}")
            yield Triple(name, "country_of_birth", f"Country {countries[place]}")
        yield Triple(name, "date_of_birth", _date(year, rng))
        if year < 1930:
            yield Triple(name, "date_of_death", _date(year + rng.randint(46, 90), rng))
            yield Triple(name, "place_of_death", self.draw("city", rng))
        country = HUB if citizen_of_hub else f"Country {rng.randrange(1, self._counts['country'])}"
        yield Triple(name, "country_of_citizenship", country)
        yield from self._career(name, year, rng)
        yield from self._family(index, rng)
        if index % 5 == 0:
            yield Triple(name, "also_known_as", f"P. {index}")
            yield Triple(name, "also_known_as", f"The Great {index % 1000}")
        if index % 8 == 0:
            yield from _both(name, "notable_work", f"Work {index}", "author")

    def _career(self, name: str, year: int, rng: Random) -> Iterator[Triple]:
        for relation, entity_class, share in (
            ("occupation", "occupation", 0.9),
            ("educated_at", "university", 0.5),
            ("employer", "organization", 0.3),
            ("member_of_political_party", "party", 0.2),
            ("native_language", "language", 0.2),
            ("field_of_work", "field", 0.1),
            ("award_received", "award", 0.1),
            ("military_branch", "military_branch", 0.1),
        ):
            if rng.random() < share:
                yield Triple(name, relation, self.draw(entity_class, rng))
        if rng.random() < 0.2:
            since = str(year + rng.randint(25, 45))
            yield Triple(name, "position_held", self.draw("position", rng), since)

    def _family(self, index: int, rng: Random) -> Iterator[Triple]:
        """Yield the relatives and the teacher of a person, with what follows by rules."""
        name = person(index)
        if rng.random() < 0.4:
            yield from self._elder_of(index, "father", self._fathers, rng)
            yield from self._grand("paternal_grandfather", index, self._fathers)
        if rng.random() < 0.1:
            yield from self._elder_of(index, "doctoral_advisor", self._advisors, rng)
            yield from self._grand("academic_grandadvisor", index, self._advisors)
        mother = self.elder(index, rng)
        if mother is not None and rng.random() < 0.2:
            yield Triple(name, "mother", person(mother))
            yield Triple(person(mother), "child", name)
        if index % 6 == 1:
            yield from _both(name, "sibling", person(index - 1))
        if index % 4 == 3:
            yield from _both(name, "spouse", person(index - 1))
            for one, other in ((index, index - 1), (index - 1, index)):
                if other in self._fathers:
                    yield Triple(person(one), "father_in_law", person(self._fathers[other]))

    def _elder_of(
        self, index: int, relation: str, known: dict[int, int], rng: Random
    ) -> Iterator[Triple]:
        found = self.elder(index, rng)
        if found is None:
            return
        known[index] = found
        inverse = "doctoral_student" if relation == "doctoral_advisor" else ""
        yield from _both(person(index), relation, person(found), inverse)

    def _grand(self, relation: str, index: int, known: dict[int, int]) -> Iterator[Triple]:
        middle = known.get(index)
        if middle in known:
            yield Triple(person(index), relation, person(known[middle]))


def _both(subject: str, relation: str, obj: str, inverse: str | None = None) -> Iterator[Triple]:
    """Yield a fact and its partner, which has the same relation if no inverse is given."""
    yield Triple(subject, relation, obj)
    if inverse != "":
        yield Triple(obj, inverse or relation, subject)


def _date(year: int, rng: Random) -> str:
    return f"{year}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def _zipf(count: int) -> list[float]:
    """Return the cumulative weights 1, 1 + 1/2, 1 + 1/2 + 1/3, ..."""
    return list(accumulate(1 / (index + 1) for index in range(count)))

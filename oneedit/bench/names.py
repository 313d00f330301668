"""How long reading takes over many names, and the update of a name."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import quantiles

from interpreter.dialogue import EMPTY_DIALOGUE
from interpreter.interpreter import Interpreter
from interpreter.mentions.gazetteer import Gazetteer
from interpreter.mentions.languages import Languages, PolyglotReader, well_known_names
from kg_data.entities import Entity
from kg_data.invented_names import invent_person, invent_place
from kg_data.relations import RelationBook
from kg_data.shipped import shipped_dataset

MESSAGES = 600
"""Messages of each kind."""

UPDATES = 1_000
"""Names that are added and removed."""

LENGTHS = (500, 2_000)
"""Characters of the long messages."""

_TEMPLATES = (
    "{person} was born in {place}.",
    "Where was {person} born?",
    "who is {person}'s wife",
    "{person} is married to {other}, and she was born in {place}.",
    "Actually, {person}'s birthplace is {place}, not {elsewhere}. Thanks!",
    "forget where {person} was born",
    "What is the capital of the country where {person} was born?",
)
_LONG = "He was born in {place}. "


@dataclass
class NamesBench:
    """Reads messages over the shipped names and invented ones.

    Attributes:
        count: names in all.
        seed: seed of the names and messages.
    """

    count: int
    seed: int = 0

    def run(self) -> dict[str, object]:
        """Return the figures: seconds to begin with, milliseconds of messages and updates."""
        rng, book = random.Random(self.seed), RelationBook.shipped()
        languages = Languages.shipped(book)
        entities = list(self._entities(rng))
        start = time.perf_counter()
        gazetteer = Gazetteer(well_known_names())
        for entity in entities:
            gazetteer.add(entity.id, entity)
        loaded = time.perf_counter() - start
        reader = Interpreter(PolyglotReader(book, gazetteer, languages))
        people = [each.id for each in entities if each.entity_class == "person"]
        places = [each.id for each in entities if each.entity_class == "city"]
        kinds: dict[str, Callable[[str], str]] = {
            "known": str,
            "misspelt": lambda name: _misspelt(name, rng),
            "new": lambda _name: invent_person(rng),
        }
        figures: dict[str, object] = {"names": len(entities), "load_s": round(loaded, 2)}
        for text in _messages(people, places, str, rng, 50):  # the first use of words and indexes
            reader.read(text, EMPTY_DIALOGUE)
        for kind, written in kinds.items():
            texts = list(_messages(people, places, written, rng, MESSAGES))
            figures[kind] = _milliseconds([_timed(reader, text) for text in texts])
        for length in LENGTHS:
            text = f"{people[0]} was born in Ulm. " + _LONG.format(place=places[0]) * length
            figures[f"characters_{length}_ms"] = round(1000 * _timed(reader, text[:length]), 2)
        figures["update"] = _milliseconds(list(_updates(gazetteer, rng)))
        return figures

    def _entities(self, rng: random.Random) -> Iterator[Entity]:
        seen: set[str] = set()
        shipped = shipped_dataset().entities
        for entity in shipped:
            seen.add(entity.id)
            yield entity
        while len(seen) < self.count:
            person = len(seen) % 2 == 0
            name = invent_person(rng) if person else invent_place(rng)
            if name not in seen:
                seen.add(name)
                yield Entity(name, "person" if person else "city")


def _messages(
    people: list[str],
    places: list[str],
    written: Callable[[str], str],
    rng: random.Random,
    count: int,
) -> Iterator[str]:
    for number in range(count):
        yield _TEMPLATES[number % len(_TEMPLATES)].format(
            person=written(rng.choice(people)),
            other=rng.choice(people),
            place=rng.choice(places),
            elsewhere=rng.choice(places),
        )


def _misspelt(name: str, rng: random.Random) -> str:
    """Exchange two letters that stand side by side, within the longest word."""
    word = max(name.split(), key=len)
    if len(word) < 4:
        return name
    place = rng.randrange(1, len(word) - 2)
    turned = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return name.replace(word, turned, 1)


def _timed(reader: Interpreter, text: str) -> float:
    start = time.perf_counter()
    reader.read(text, EMPTY_DIALOGUE)
    return time.perf_counter() - start


def _updates(gazetteer: Gazetteer, rng: random.Random) -> Iterator[float]:
    for _ in range(UPDATES):
        name = invent_person(rng)
        entity = Entity(name, "person")
        start = time.perf_counter()
        gazetteer.add(name, entity)
        yield time.perf_counter() - start
        start = time.perf_counter()
        gazetteer.remove(name, entity)
        yield time.perf_counter() - start


def _milliseconds(seconds: list[float]) -> dict[str, float]:
    found = quantiles([1000 * each for each in seconds], n=100)
    return {"p50_ms": round(found[49], 3), "p99_ms": round(found[98], 3)}

"""Edits of a made graph: of ordinary entities, beside its hub, and of what the hub depends on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from controller.graph.store import GraphStore
from kg_data.triples import Slot, Triple
from oneedit.bench.made_graph import HUB, LARGEST_CITY, MadeGraph, city, person

ORDINARY = "ordinary"
"""The kind of edits between entities that few facts are about."""

MOVED_CITIES = 3
"""The largest cities; each is moved to another state, which changes thousands of births."""


@dataclass(frozen=True)
class EditDraws:
    """Draws facts that an edit may assert; none of them holds.

    Attributes:
        store: holds the graph.
        graph: how it was made.
    """

    store: GraphStore
    graph: MadeGraph

    def kinds(self, count: int) -> dict[str, Sequence[Triple]]:
        """Return the edits of each kind, ``count`` or as many as there are."""
        return {
            ORDINARY: self.ordinary(count),
            "beside the hub": self.beside_hub(count),
            "fact of the hub": self.of_hub(),
            "large city moved": self.moved_cities(),
        }

    def ordinary(self, count: int) -> list[Triple]:
        """Return edits whose subject and object have few facts about them."""
        return list(islice(self._ordinary(), count))

    def beside_hub(self, count: int) -> list[Triple]:
        """Return new citizens of the hub and births in the largest city, in turn."""
        return list(islice(self._beside_hub(), count))

    def of_hub(self) -> list[Triple]:
        """Return facts that the hub is the subject of."""
        new = ("continent", "Continent 5"), ("currency", "Currency 3"), ("capital", city(40))
        facts = [
            *(Triple(HUB, relation, obj) for relation, obj in new),
            Triple(HUB, "head_of_state", person(self.graph.persons - 1)),
            Triple(HUB, "official_language", "Language 50"),
        ]
        return [fact for fact in facts if fact not in self.store]

    def moved_cities(self) -> list[Triple]:
        """Return new states of the cities in which most people are born."""
        states = range(1, MOVED_CITIES + 1)
        facts = [Triple(city(state - 1), "located_in", f"State {state}") for state in states]
        return [fact for fact in facts if fact not in self.store]

    def _ordinary(self) -> Iterator[Triple]:
        rng = Random(f"{self.graph.seed}: ordinary")
        while True:
            for relation in (
                "place_of_birth",
                "date_of_birth",
                "father",
                "place_of_death",
                "doctoral_advisor",
                "spouse",
                "mother",
                "notable_work",
            ):
                index = rng.randrange(self.graph.persons // 2, self.graph.persons)
                fact = Triple(person(index), relation, self._object(relation, index, rng))
                if fact not in self.store and fact.subject != fact.object:
                    yield fact

    def _object(self, relation: str, index: int, rng: Random) -> str:
        if relation in {"place_of_birth", "place_of_death"}:
            return city(rng.randrange(self.graph.cities // 2, self.graph.cities))
        if relation == "date_of_birth":
            return f"{self.graph.birth_year(index)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        if relation == "notable_work":
            return f"Work {rng.randrange(0, self.graph.persons, 8)}"
        if relation == "spouse":
            return person(index - rng.randint(1, 9))
        elder = self.graph.elder(index, rng)
        return person(0 if elder is None else elder)

    def _beside_hub(self) -> Iterator[Triple]:
        rng = Random(f"{self.graph.seed}: beside the hub")
        while True:
            for relation, obj in (
                ("country_of_citizenship", HUB),
                ("place_of_birth", LARGEST_CITY),
            ):
                subject = person(rng.randrange(self.graph.persons))
                if obj not in self.store.objects(Slot(subject, relation)):
                    yield Triple(subject, relation, obj)

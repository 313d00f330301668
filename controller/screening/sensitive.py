"""Claims about people that a person should see before they are applied."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from controller.screening.descriptions import names_a_field
from controller.screening.living import People, RelationKinds
from controller.screening.request import ScreenedRequest
from controller.screening.signals import Signal
from controller.screening.words import PhraseList, WordLists
from kg_data.dates import date_words, parse_date
from kg_data.relations import RelationBook
from kg_data.short_form import EntityKind
from kg_data.triples import Slot, Triple


@dataclass(frozen=True)
class _Topic:
    name: str
    person: PhraseList
    topic: PhraseList


class SensitiveScreen:
    """Finds sensitive claims: crimes, sexuality, addiction, health, extremism, deaths, identity.

    Relations are known by their meaning (Wikidata property or words), people by their class; no
    name of any graph is in the rules.
    """

    def __init__(self, words: WordLists) -> None:
        self._words = words
        self._topics = [
            _Topic(name, PhraseList(row.person), PhraseList(row.topic))
            for name, row in words.sensitive.items()
        ]
        self._sorted: RelationKinds | None = None

    def scan(self, request: ScreenedRequest) -> Sequence[Signal]:
        people = People(request, self._kinds(request.book))
        return [signal for fact in request.facts for signal in self._scan_fact(fact, people)]

    def _kinds(self, book: RelationBook) -> RelationKinds:
        """Return the relations of a book by meaning, sorted once for each book."""
        if self._sorted is None or not self._sorted.are_of(book):
            self._sorted = RelationKinds(book, self._words.relations)
        return self._sorted

    def _scan_fact(self, fact: Triple, people: People) -> Iterator[Signal]:
        yield from self._claims(fact, people)
        yield from self._deaths(fact, people)
        yield from self._births(fact, people)
        yield from self._private_matters(fact, people)
        yield from self._identity(fact, people)

    def _claims(self, fact: Triple, people: People) -> Iterator[Signal]:
        """Yield claims by words: of the object about the subject, and the other way round."""
        if people.is_person(fact.subject) and self._says_something(fact.object, fact, people):
            person, description = fact.subject, fact.object
        elif people.is_person(fact.object) and self._says_something(fact.subject, fact, people):
            person, description = fact.object, fact.subject
        else:
            return
        found = self._find(description)
        if found:
            topic, phrase = found
            living = people.presumed_living(person)
            code = "sensitive" if living else "sensitive_past"
            who = f"{person} (presumed to live)" if living else person
            text = f"{description!r} would be a claim about {who}: {topic} ({phrase!r})."
            yield Signal(code, 0.8, text, about=str(fact))

    def _says_something(self, name: str, fact: Triple, people: People) -> bool:
        """Tell whether a name describes; known works, people, places and dates do not."""
        request = people.request
        entity = request.entity(name)
        if entity is None:
            return request.book[fact.relation].range == ("text",)
        if any(request.is_a(name, each) for each in self._words.title_classes):
            person = fact.subject if name == fact.object else fact.object
            known = (request.view.entity(name), request.view.entity(person))
            return known[0] is None and known[1] is not None and people.presumed_living(person)
        named = (EntityKind.PERSON, EntityKind.PLACE)
        return not any(request.is_kind(name, each) for each in named)

    def _find(self, description: str) -> tuple[str, str] | None:
        """Return the first topic with a word of its list, and this word."""
        is_field = names_a_field(description, self._words)
        for row in self._topics:
            phrase = row.person.find(description)
            if not phrase and not is_field:
                phrase = row.topic.find(description)
            if phrase:
                return row.name, phrase
        return None

    def _deaths(self, fact: Triple, people: People) -> Iterator[Signal]:
        known = people.request.view.entity(fact.subject) is not None
        if fact.relation not in people.relations("death") or not known:
            return
        if people.presumed_living(fact.subject):
            noun = people.request.book[fact.relation].noun
            text = f"{fact.subject} is presumed to live; a {noun} needs a second look."
            yield Signal("death", 0.9, text, about=str(fact))

    def _births(self, fact: Triple, people: People) -> Iterator[Signal]:
        """Yield births that would make somebody presumed to live too old for it."""
        known = people.request.view.entity(fact.subject) is not None
        if fact.relation not in people.relations("birth") or not known:
            return
        born = parse_date(fact.object)
        too_old = born is not None and not people.would_live(born[0])
        if too_old and people.presumed_living(fact.subject):
            when = date_words(fact.object)
            text = f"{fact.subject} is presumed to live; a birth in {when} would end that."
            yield Signal("birth", 0.8, text, about=str(fact))

    def _private_matters(self, fact: Triple, people: People) -> Iterator[Signal]:
        if fact.relation in people.relations("private") and people.presumed_living(fact.subject):
            noun = people.request.book[fact.relation].noun
            text = f"The {noun} of {fact.subject}, who is presumed to live, is a private matter."
            yield Signal("private", 0.8, text, about=str(fact))

    def _identity(self, fact: Triple, people: People) -> Iterator[Signal]:
        """Yield changes of the country that a living holder of an office comes from."""
        if fact.relation not in people.relations("identity"):
            return
        old = people.request.view.objects(fact.slot)
        if not old or not people.holds_office(fact.subject):
            return
        countries = {self._country(each, people) for each in old}
        new = self._country(fact.object, people)
        if new not in countries and people.presumed_living(fact.subject):
            noun = people.request.book[fact.relation].noun
            text = f"{fact.subject} holds or held an office; the {noun} would move to {new}."
            yield Signal("identity", 0.7, text, about=str(fact))

    @staticmethod
    def _country(place: str, people: People) -> str:
        """Return the country of a place, or the place itself if the graph knows none."""
        view = people.request.view
        for relation in people.relations("country"):
            for country in view.objects(Slot(place, relation)):
                return country
        return place

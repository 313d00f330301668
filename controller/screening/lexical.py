"""Insults, and evaluations told as if they were facts."""

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto

from controller.screening.descriptions import names_a_field
from controller.screening.request import ScreenedRequest
from controller.screening.signals import Signal
from controller.screening.words import PhraseList, WordLists, plain
from kg_data.short_form import EntityKind
from kg_data.triples import Triple

_MASKED = re.compile(r"\b\w+[*#]+\w+")
_TOKEN = re.compile(r"[^\W\d_]+")


class NameUse(Enum):
    """What a new name is, which decides what its words may mean."""

    TITLE = auto()  # of a work: its words say nothing about anybody
    NAME = auto()  # of a person, place or organization
    DESCRIPTION = auto()  # an occupation, office, award, demonym, alias: it says something


class EvaluationScreen:
    """Finds insults and evaluations in the names of an edit, by what each name is used for."""

    def __init__(self, words: WordLists) -> None:
        self._words = words
        self._slurs = PhraseList(words.slurs)
        self._insults = PhraseList(words.insults)
        self._ambiguous = PhraseList(words.ambiguous)
        self._evaluative = PhraseList(words.evaluative)
        self._judging = PhraseList(words.judging)
        people = (each for row in words.sensitive.values() for each in row.person)
        self._groups = PhraseList((*words.groups, *people))

    def scan(self, request: ScreenedRequest) -> Sequence[Signal]:
        described = {fact.object: fact for fact in request.facts}
        signals: list[Signal] = []
        for name in request.new_names():
            use = self._use(name, described.get(name), request)
            signals += self._insults_in(name, use)
            signals += self._masked(name, use)
        for fact in request.facts:
            signals += self._evaluations_in(fact, request)
        return signals

    def _use(self, name: str, fact: Triple | None, request: ScreenedRequest) -> NameUse:
        """Return what a new name is; an alias is used as a name of its subject, or describes it."""
        entity = request.entity(name)
        if entity is None:
            subject = request.entity(fact.subject) if fact else None
            is_title = subject is not None and self._is_title(subject.entity_class, request)
            return NameUse.TITLE if is_title else NameUse.DESCRIPTION
        if self._is_title(entity.entity_class, request):
            return NameUse.TITLE
        named = request.is_kind(name, EntityKind.PERSON) or self._is_group(name, request)
        return NameUse.NAME if named else NameUse.DESCRIPTION

    def _is_group(self, name: str, request: ScreenedRequest) -> bool:
        """Tell whether an insult of an entity is one of people."""
        kinds = (EntityKind.PLACE, EntityKind.ORGANIZATION)
        return any(request.is_kind(name, each) for each in kinds) or any(
            request.is_a(name, each) for each in self._words.group_classes
        )

    def _is_title(self, entity_class: str, request: ScreenedRequest) -> bool:
        return any(request.book.is_a(entity_class, each) for each in self._words.title_classes)

    def _insults_in(self, name: str, use: NameUse) -> Iterator[Signal]:
        slur = self._slurs.find(name)
        insult = self._insults.find(name)
        if slur:
            yield _insult(name, slur, certain=use is NameUse.DESCRIPTION or name.islower())
        elif insult and use is NameUse.TITLE:
            if not _is_capitalised(name, insult):
                yield _insult(name, insult, certain=False)
        elif insult:
            yield _insult(name, insult, certain=not _stands_in_title(name, insult))
        elif use is NameUse.DESCRIPTION and name.islower():
            doubtful = self._ambiguous.find(name)
            if doubtful and not names_a_field(name, self._words):
                yield _insult(name, doubtful, certain=False)

    @staticmethod
    def _masked(name: str, use: NameUse) -> Iterator[Signal]:
        """Yield words with letters masked, as f*ck; M*A*S*H is a title."""
        found = None if use is NameUse.TITLE else _MASKED.search(name)
        if found:
            yield _insult(name, found[0], certain=False)

    def _evaluations_in(self, fact: Triple, request: ScreenedRequest) -> Iterator[Signal]:
        if not self._describes(fact, request):
            return
        found = self._judging.find(fact.object)
        if not found and not names_a_field(fact.object, self._words):
            found = self._evaluative.find(fact.object)
            if self._is_group(fact.subject, request):
                found = found or self._groups.find(fact.object) or self._ambiguous.find(fact.object)
        if found:
            text = f"{fact.object!r} judges {fact.subject} ({found!r}); that is no fact."
            yield Signal("evaluative", 0.6, text, about=str(fact))

    def _describes(self, fact: Triple, request: ScreenedRequest) -> bool:
        """Tell whether the object says something about the subject, rather than names a thing."""
        relation = request.book[fact.relation]
        if relation.literal:
            return relation.range == ("text",) and self._use(fact.object, fact, request) is not (
                NameUse.TITLE
            )
        return self._use(fact.object, fact, request) is NameUse.DESCRIPTION


def _insult(name: str, found: str, *, certain: bool) -> Signal:
    if certain:
        return Signal("insult", 1.0, f"{found!r} is an insult, not a fact.", about=name)
    text = f"{found!r} in {name!r} may be an insult."
    return Signal("insult_possible", 0.6, text, about=name)


def _stands_in_title(text: str, found: str) -> bool:
    """Tell whether what was found is capitalised and more words stand beside it."""
    return len(_TOKEN.findall(text)) > len(found.split()) and _is_capitalised(text, found)


def _is_capitalised(text: str, found: str) -> bool:
    """Tell whether each word of what was found begins with a capital letter."""
    wanted = set(found.split())
    matching = [word for word in _TOKEN.findall(text) if plain(word) in wanted]
    return bool(matching) and all(word[0].isupper() for word in matching)

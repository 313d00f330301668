"""A part of a message as templates see it, with the noun phrases that may fill their slots."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from interpreter.mentions.noun_phrases import NounPhrases
from interpreter.mentions.passage import Head, NounPhrase, Passage
from interpreter.mentions.templates import Match
from interpreter.mentions.tokens import Kind, Token
from interpreter.mentions.wordings import NAMED, Wording
from kg_data.entities import Entity
from kg_data.short_form import EntityKind

SUBJECT_LEFT_OUT = "..."
"""The pronoun of a subject that a clause leaves out, as in "and died in Rome"."""
LAST_MENTIONED = "who"
"""The pronoun of a clause about what was named just before it, as in ", who died in Rome"."""

_LONGEST_NUMBER = 6  # words
_LONGEST_ANY = 12  # tokens that a frame may leave open
_VERSION = re.compile(r"v(\d+)")
_PARTING = frozenset(",:;()[]")
_LONGEST_TEXT = 4  # tokens of a literal that is any text
_MOST_BEFORE_NOUN = 3  # determiners and adjectives


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question word asks for.

    Attributes:
        kind: "person", "place", "time", "number" or "thing".
        entity_class: class of what is asked for, "" if the question does not say.
        relation: the relation whose noun stands with the question word, as in "which party".
    """

    kind: str
    entity_class: str = ""
    relation: str = ""


class Clause:
    """Tokens of a passage in their order; some may be left out.

    Args:
        passage: the message.
        places: the tokens' numbers in the passage.
        before: virtual words before the first token: the subject that is left out, "be", "'s".
    """

    def __init__(
        self, passage: Passage, places: Sequence[int], before: tuple[str, ...] = ()
    ) -> None:
        self._passage = passage
        self._language = passage.language
        self._before = before
        self._places = places
        empty: list[Sequence[str]] = [(word,) for word in before]
        self.stems: Sequence[Sequence[str]] = [*empty, *(passage.stems[each] for each in places)]
        self.weights = [2] * len(before) + [passage.weights[each] for each in places]
        self._filled: dict[tuple[str, int], Sequence[tuple[int, object]]] = {}
        self._heads: dict[int, Sequence[tuple[int, Head]]] = {}
        self._phrases = NounPhrases(self, passage.language)
        self._end_of: dict[int, int] = {
            number: len(before) + count + 1 for count, number in enumerate(places)
        }

    @classmethod
    def of(cls, passage: Passage, places: Sequence[int], before: tuple[str, ...] = ()) -> Self:
        """Return the clause of these tokens; the same one whenever it is asked for."""
        key = (cls, before, tuple(places))
        known = passage.clauses.get(key)
        if not isinstance(known, cls):
            known = passage.clauses[key] = cls(passage, tuple(places), before)
        return known

    @property
    def identity(self) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Return what is equal for clauses of the same words of one passage."""
        return self._before, tuple(self._places)

    def __len__(self) -> int:
        return len(self._before) + len(self._places)

    @property
    def begins_left_out(self) -> bool:
        """Tell whether the clause lacks its subject."""
        return bool(self._before)

    def token(self, place: int) -> Token | None:
        """Return a token, None for a virtual word or beyond the end."""
        number = place - len(self._before)
        if 0 <= number < len(self._places):
            return self._passage.tokens[self._places[number]]
        return None

    def key(self, place: int) -> str:
        """Return the key of a token, "" beyond the end."""
        token = self.token(place)
        if token is not None:
            return token.key
        return self._before[place] if 0 <= place < len(self._before) else ""

    @cached_property
    def matches(self) -> Sequence[Match[Wording]]:
        """Return the statements and questions that fit the whole clause."""
        return tuple(self._language.main.full_matches(self))

    def fillings(self, slot: str, place: int) -> Sequence[tuple[int, object]]:
        """Return what may fill a slot from a place on, each with the place after it."""
        key = (slot, place)
        if key not in self._filled:
            self._filled[key] = tuple(self._fillings(slot, place))
        return self._filled[key]

    def _fillings(self, slot: str, place: int) -> Iterable[tuple[int, object]]:
        phrase = self._language.phrases.get(slot)
        if phrase is not None:
            return ((match.end, None) for match in phrase.matches(self, place) if match.end > place)
        filler = self._fillers.get(slot)
        return () if filler is None else filler(place)

    @cached_property
    def _fillers(self) -> Mapping[str, Callable[[int], Iterable[tuple[int, object]]]]:
        return {
            "s": self._phrases_from,
            "x": self._phrases_from,
            "d": self._objects,
            "o": self._objects,
            NAMED: self._phrases_from,
            "np": self._owned_phrases,
            "what": self._single_phrases,
            "noun": self.nouns,
            "class": self.classes,
            "wh": self._asked,
            "which": self._relative_words,
            "who": self._people,
            "when": self._times,
            "name": self._names,
            "speaker": self._speakers,
            "n": self._counts,
            "date": self._dates,
            "until": self._dates,
            "any": self._open,
            "rest": self._all,
        }

    def _phrases_from(self, place: int) -> Iterator[tuple[int, NounPhrase]]:
        owner = self._language.owner
        for phrase in self.noun_phrases(place):
            if not (phrase.described and self.key(phrase.end) in owner):
                yield phrase.end, phrase

    def _objects(self, place: int) -> Iterator[tuple[int, NounPhrase]]:
        yield from self._phrases_from(place)
        yield from self._texts(place)

    def _owned_phrases(self, place: int) -> Iterator[tuple[int, NounPhrase]]:
        return ((each.end, each) for each in self.noun_phrases(place) if each.path)

    def _single_phrases(self, place: int) -> Iterator[tuple[int, NounPhrase]]:
        for phrase in self.noun_phrases(place):
            if len(phrase.heads) == 1 and not phrase.heads[0].value:
                yield phrase.end, phrase

    def _relative_words(self, place: int) -> Iterator[tuple[int, str]]:
        if self.key(place) in self._language.traits.prepositions:
            place += 1
        if self.key(place) in self._language.traits.relatives:
            yield place + 1, self.key(place)

    def _speakers(self, place: int) -> Iterator[tuple[int, Head]]:
        return ((end, head) for end, head in self.heads(place) if head.new and not head.quoted)

    def _counts(self, place: int) -> Iterator[tuple[int, str]]:
        token = self.token(place)
        if token is None:
            return
        numbered = _VERSION.fullmatch(token.key)
        if numbered or token.kind is Kind.NUMBER:
            yield place + 1, numbered[1] if numbered else token.key
        words = [self.key(each) for each in range(place, min(place + _LONGEST_NUMBER, len(self)))]
        number = self._language.number_words.number(words)
        if number is not None:
            yield place + number[1], str(number[0])

    def _dates(self, place: int) -> Iterator[tuple[int, str]]:
        return ((end, head.value) for end, head in self.heads(place) if head.value)

    def _all(self, place: int) -> Iterator[tuple[int, None]]:
        yield max(place + 1, len(self)), None

    def _open(self, place: int) -> Iterator[tuple[int, None]]:
        """Yield the ends of the next few words, up to a mark."""
        for end in range(place + 1, min(place + _LONGEST_ANY, len(self)) + 1):
            token = self.token(end - 1)
            if token is None or (token.kind is Kind.MARK and token.key in _PARTING):
                return
            yield end, None

    def _people(self, place: int) -> Iterator[tuple[int, object]]:
        """Yield who made edits: a word that is a user's name, or the entity of a name."""
        token = self.token(place)
        if token is None:
            return
        for end, head in self.heads(place):
            if head.entities or head.pronoun or head.quoted:
                yield end, head
        if token.kind is Kind.WORD and (token.key == "i" or token.key not in self._language.closed):
            yield place + 1, token.text

    def _times(self, place: int) -> Iterator[tuple[int, str]]:
        """Yield "today", "last week" and dates."""
        for end, head in self.heads(place):
            if head.value:
                yield end, head.value
        yield from self._worded_times(place)
        while self.key(place) in self._language.traits.time_openers:
            place += 1
            yield from self._worded_times(place)
        if self.key(place) in self._language.months:
            yield place + 1, self.key(place)

    def _worded_times(self, place: int) -> Iterator[tuple[int, str]]:
        return ((each.end, each.payload) for each in self._language.times.matches(self, place))

    def _names(self, place: int) -> Iterator[tuple[int, str]]:
        """Yield a known name, or up to three words that begin with a capital."""
        for end, head in self.heads(place):
            if head.entities or head.new:
                yield end, head.written
        for end in range(place + 1, min(place + 3, len(self)) + 1):
            token = self.token(end - 1)
            if token is None or token.kind is not Kind.WORD or not token.capital:
                return
            yield end, token.text

    # ---------- noun phrases ----------

    def noun_phrases(self, place: int) -> Sequence[NounPhrase]:
        """Return the noun phrases from a place on."""
        return self._phrases.at(place)

    def noun_starts(self, place: int) -> Iterator[int]:
        """Yield a place, and those after determiners and adjectives."""
        yield place
        for _ in range(_MOST_BEFORE_NOUN):
            word = self.key(place)
            if word not in self._language.determiners and word not in self._language.adjectives:
                return
            place += 1
            yield place

    def nouns(self, place: int) -> Iterator[tuple[int, str]]:
        """Yield the nouns of relations from a place on, with or without what precedes them."""
        for start in self.noun_starts(place):
            yield from self._language.noun_matches(self, start)

    def classes(self, place: int) -> Iterator[tuple[int, str]]:
        """Yield the nouns of classes from a place on, with or without what precedes them."""
        for start in self.noun_starts(place):
            yield from self._language.class_matches(self, start)

    # ---------- heads ----------

    def heads(self, place: int) -> Sequence[tuple[int, Head]]:
        """Return what a noun phrase may begin with at a place, and the place after it."""
        if place not in self._heads:
            self._heads[place] = tuple(self._heads_at(place))
        return self._heads[place]

    def _heads_at(self, place: int) -> Iterator[tuple[int, Head]]:
        token = self.token(place)
        if token is None:
            if self.key(place) in {SUBJECT_LEFT_OUT, LAST_MENTIONED}:
                yield place + 1, Head("", pronoun=self.key(place))
            return
        if token.kind is Kind.QUOTED:
            yield place + 1, self._quoted(token)
            return
        if token.key in self._language.pronouns["all"]:
            yield place + 1, Head(token.text, pronoun=token.key)
            behind = self.key(place + 1)
            if token.key in self._language.pronouns["plural"] and behind in self._several:
                yield place + 2, Head(token.text, pronoun=behind)
        number = self._places[place - len(self._before)]
        yield from self._known(number)
        yield from self._dated(number)
        yield from self._in_place(number)
        if not self._passage.is_known(number):
            yield from self._new(number)

    @property
    def _several(self) -> frozenset[str]:
        return self._language.pronouns["several"]

    def _known(self, number: int) -> Iterator[tuple[int, Head]]:
        for span in self._passage.names.get(number, ()):
            end = self._place_after(number, span.end)
            if end is not None:
                yield (
                    end,
                    Head(
                        span.written,
                        tuple(span.entities),
                        misspelt=span.misspelt,
                        by_id=span.by_id,
                        owner=span.owner,
                    ),
                )

    def _dated(self, number: int) -> Iterator[tuple[int, Head]]:
        for end_number, value in self._passage.dates.get(number, ()):
            end = self._place_after(number, end_number)
            if end is not None:
                yield end, Head(self._passage.written(number, end_number), value=value)

    def _in_place(self, number: int) -> Iterator[tuple[int, Head]]:
        """Yield "Springfield, Missouri" where only its parts are known."""
        tokens, names = self._passage.tokens, self._passage.names
        for span in names.get(number, ()):
            if span.misspelt or span.end + 1 >= len(tokens) or tokens[span.end].key != ",":
                continue
            for state in names.get(span.end + 1, ()):
                end = self._place_after(number, state.end)
                both = [*span.entities[:1], *state.entities[:1]]
                if end is not None and all(map(self._is_place, both)):
                    yield end, Head(self._passage.written(number, state.end), new=True)

    def _is_place(self, entity: Entity) -> bool:
        return self._language.book.is_kind(entity.entity_class, EntityKind.PLACE)

    def _new(self, number: int) -> Iterator[tuple[int, Head]]:
        for end_number in self._passage.new_names(number):
            end = self._place_after(number, end_number)
            if end is not None:
                yield end, self._unknown(number, end_number)

    def _unknown(self, start: int, end: int) -> Head:
        written = self._passage.written(start, end)
        if end == start + 1:
            partly = self._passage.index.by_part(self._passage.tokens[start])
            if partly:
                return Head(written, tuple(partly[:6]), misspelt=True)
        return Head(written, new=True)

    def _quoted(self, token: Token) -> Head:
        written = token.text[1:-1].strip()
        entities = tuple(self._passage.index.lookup(written))
        return Head(written, entities, new=not entities, quoted=True)

    def _texts(self, place: int) -> Iterator[tuple[int, NounPhrase]]:
        """Yield the next few tokens as a literal that may be any text."""
        first = self.token(place)
        if first is None or first.key in self._language.traits.question_words:
            return
        number = self._places[place - len(self._before)]
        taken = {phrase.end for phrase in self.noun_phrases(place) if not phrase.path}
        for count in range(1, _LONGEST_TEXT + 1):
            end = self._place_after(number, number + count)
            if end is None:
                return
            if end not in taken:
                written = self._passage.written(number, number + count)
                yield end, NounPhrase(end, (Head(written),))

    def _place_after(self, start: int, end: int) -> int | None:
        """Return the place after tokens of the passage, None if some are left out here."""
        first, last = self._end_of.get(start), self._end_of.get(end - 1)
        if first is None or last is None or last - first != end - 1 - start:
            return None
        return last

    # ---------- question words ----------

    def _asked(self, place: int) -> Iterator[tuple[int, Asked]]:
        traits = self._language.traits
        if self.key(place) in traits.prepositions:
            place += 1
        word = self.key(place)
        kind = traits.kind_asked(word)
        if kind == "number":
            place += 1
        if not kind or (kind == "number" and self.key(place) not in traits.amounts):
            return
        yield place + 1, Asked(kind)
        determined = self.key(place + 1) in self._language.determiners  # "what the capital is"
        if not determined and (kind in {"thing", "number"} or word in self._owners):
            for end, entity_class in self.classes(place + 1):
                yield end, Asked(kind, entity_class=entity_class)
            for end, relation in self.nouns(place + 1):
                yield end, Asked(kind, relation=relation)

    @property
    def _owners(self) -> frozenset[str]:
        return self._language.pronouns["owners"]

    @cached_property
    def written(self) -> str:
        """Return the clause as it is written."""
        if not self._places:
            return ""
        return self._passage.written(self._places[0], self._places[-1] + 1)

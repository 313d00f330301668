"""A message with everything that is known of its words before it is read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from interpreter.mentions.dates import read_date
from interpreter.mentions.framed import Framed
from interpreter.mentions.gazetteer import Gazetteer, NameSpan, written_in
from interpreter.mentions.language import Language
from interpreter.mentions.stems import stem
from interpreter.mentions.tokens import Kind, Token, tokenise
from interpreter.normalization import fold
from kg_data.entities import Entity
from kg_data.short_form import EntityKind

_LONGEST_NEW_NAME = 8  # words
_LONGEST_DATE = 12  # tokens, as of "the twenty-second of December, nineteen hundred and five"
_CONNECTORS = frozenset(
    [
        "of",
        "the",
        "de",
        "la",
        "le",
        "les",
        "du",
        "des",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "van",
        "von",
        "der",
        "den",
        "el",
        "al",
        "bin",
        "ibn",
        "y",
        "e",
        "und",
        "et",
        "and",
        "zu",
        "zur",
        "upon",
        "sur",
        "am",
    ]
)
_NEVER_NAMES = frozenset(
    {"i", "you", "he", "she", "it", "we", "they", "who", "what", "which", "not"}
)
_GENERATIONS = frozenset({"jr", "sr"})
_ABBREVIATIONS = frozenset({"jr", "sr", "inc", "ltd", "co"})
_ENDS = frozenset({".", "!", "?", "\n", ";"})
_BEFORE_QUESTION_MARK = frozenset("!.")  # "Really!?"
_BEFORE_SENTENCE = frozenset(".!?\n:¿¡")
_TITLES = frozenset({"st", "dr", "mt", "prof", "mr", "mrs", "ms"})


@dataclass(frozen=True, slots=True)
class Head:
    """What a noun phrase begins with.

    Attributes:
        written: as it is written.
        entities: whom or what a known name can mean.
        pronoun: the pronoun, or "" ("..." where the subject is left out).
        value: an ISO date or a number, as literals are stored.
        new: whether it has the form of a name that is not known.
        quoted: whether it is in quotes.
        misspelt: whether it is only nearly a known name, or a part of one.
        by_id: whether it is the id of the first entity.
        owner: whether it stands for a possessive whose apostrophe was left out.
        entity_class: the class that the message states, as in "the city of Vienna".
    """

    written: str
    entities: tuple[Entity, ...] = ()
    pronoun: str = ""
    value: str = ""
    new: bool = False
    quoted: bool = False
    misspelt: bool = False
    by_id: bool = False
    owner: bool = False
    entity_class: str = ""


@dataclass(frozen=True)
class Passage:
    """The tokens of a message, and the names and dates among them.

    Attributes:
        tokens: the tokens.
        index: the known names.
        language: the words of its language.
    """

    tokens: Sequence[Token]
    index: Gazetteer
    language: Language

    @classmethod
    def of(cls, text: str, index: Gazetteer, language: Language) -> "Passage":
        """Return the passage of a normalised message."""
        return cls(list(_divided(tokenise(text), index, language)), index, language)

    @cached_property
    def names(self) -> Mapping[int, Sequence[NameSpan]]:
        """Return the known names by their first token, the longest first.

        A single word of the language is no name unless it is written with a capital within a
        sentence, or nothing else in it.
        """
        found: dict[int, list[NameSpan]] = {}
        for start, spans in self.index.spans(self.tokens).items():
            kept = [span for span in spans if self._is_name(span)]
            if kept:
                found[start] = kept
        covered = {
            place for spans in found.values() for place in range(spans[0].start, spans[0].end)
        }
        words = self.language.vocabulary
        for start, token in enumerate(self.tokens):
            if start in covered or token.kind is not Kind.WORD:
                continue
            near = [
                span
                for span in self.index.misspelt_spans(self.tokens, start, words)
                if span.end - span.start > 1 or self.tokens[start].key not in words
            ]
            if near:
                longest = max(span.end for span in near)
                best = [span for span in near if span.end == longest]
                found[start] = [*found.get(start, ()), *best[:2]]
                covered |= set(range(start, longest))
        return found

    def _is_name(self, span: NameSpan) -> bool:
        if span.end - span.start > 1 or span.owner:
            return True
        token = self.tokens[span.start]
        if token.key not in self.language.words:
            return token.kind is not Kind.MARK
        return token.capital and not self._begins_sentence(span.start) and not self.shouted

    def entities_before(self, place: int) -> list[Entity]:
        """Return the entities that are named before a token, the latest first."""
        starts = sorted((start for start in self.names if start < place), reverse=True)
        return [self.names[start][0].entities[0] for start in starts]

    def ends_name(self, place: int) -> bool:
        """Tell whether a known name ends with a token."""
        return place + 1 in self._ends_of_names

    def _begins_sentence(self, place: int) -> bool:
        return place == 0 or self.tokens[place - 1].key in _BEFORE_SENTENCE

    @cached_property
    def dates(self) -> Mapping[int, Sequence[tuple[int, str]]]:
        """Return the dates and years by their first token: the token after each, and its value."""
        found: dict[int, list[tuple[int, str]]] = {}
        months = self.language.months
        worded, eras = self.language.number_words, self.language.before_era
        openers = {*months, *self.language.date_openers, *(era[0] for era in eras)}
        for start, token in enumerate(self.tokens):
            begins = token.key in openers or worded.begins(token.key)
            if token.kind is Kind.NUMBER or begins:
                for end in range(min(start + _LONGEST_DATE, len(self.tokens)), start, -1):
                    value = self._date(start, end)
                    if value:
                        found.setdefault(start, []).append((end, value))
        return found

    def _date(self, start: int, end: int) -> str:
        marks = {",", "."}
        if self.tokens[end - 1].key in marks and not self._abbreviates_era(end - 1):
            return ""
        words = [token.key for token in self.tokens[start:end] if token.key not in marks]
        months, eras = self.language.months, self.language.before_era
        found = read_date(words, months, eras)
        if found or not any(map(self.language.number_words.begins, words)):
            return found
        return read_date(self.language.number_words.in_digits(words), months, eras)

    def _abbreviates_era(self, place: int) -> bool:
        """Tell whether a stop within a sentence is the last of words such as "v. Chr."."""
        after = self.tokens[place + 1] if place + 1 < len(self.tokens) else None
        if after is None or after.capital or after.kind is Kind.LINE:
            return False
        eras = {era[-1] for era in self.language.before_era if len(era) > 1}
        return self.tokens[place].key == "." and self.tokens[place - 1].key in eras

    @cached_property
    def inside_names(self) -> frozenset[int]:
        """Return the tokens of known names, at each place the longest."""
        return frozenset(
            place for spans in self.names.values() for place in range(spans[0].start, spans[0].end)
        )

    @cached_property
    def _ends_of_names(self) -> frozenset[int]:
        return frozenset(span.end for spans in self.names.values() for span in spans)

    def sentences(self) -> list[list[int]]:
        """Return the tokens of each sentence, without the marks that end them."""
        inside = set(self.inside_names)
        for start, dates in self.dates.items():
            inside |= set(range(start, max(end for end, _ in dates)))  # as in "14. März 1879"
        found: list[list[int]] = [[]]
        for place, token in enumerate(self.tokens):
            if token.key in _ENDS and place not in inside and not self.is_abbreviated(place):
                found.append([])
            else:
                found[-1].append(place)
        return [sentence for sentence in found if sentence]

    def is_asked(self, sentence: Sequence[int]) -> bool:
        """Tell whether a question mark ends a sentence."""
        after = sentence[-1] + 1
        while after < len(self.tokens) and self.tokens[after].key in _BEFORE_QUESTION_MARK:
            after += 1
        return after < len(self.tokens) and self.tokens[after].key == "?"

    def is_abbreviated(self, place: int) -> bool:
        """Tell whether a stop belongs to an abbreviation or to what follows it."""
        token = self.tokens[place]
        if token.key != ".":
            return False
        if place + 1 == len(self.tokens):
            return place > 0 and self.tokens[place - 1].key in _GENERATIONS
        after = self.tokens[place + 1]
        if not after.spaced and after.kind is not Kind.LINE and after.key not in _ENDS:
            return True
        before = self.tokens[place - 1] if place else token
        initial = len(before.text) == 1 and before.capital
        return after.kind is not Kind.LINE and (
            initial or before.key in _TITLES | _ABBREVIATIONS | {"cf", "p", "pp", "vs", "e", "i"}
        )

    @cached_property
    def corrected(self) -> Mapping[int, Sequence[str]]:
        """Return the words of the language that misspelt words are taken for, by token.

        A word in a name, or with a capital within a sentence, is none of the language's.
        """
        found: dict[int, Sequence[str]] = {}
        for place, token in enumerate(self.tokens):
            if token.kind is not Kind.WORD or place in self.inside_names:
                continue
            if token.capital and not self._begins_sentence(place) and not self.shouted:
                continue
            words = self.language.corrected(token.key)
            if words:
                found[place] = words
        return found

    @cached_property
    def stems(self) -> Sequence[tuple[str, ...]]:
        """Return what each token is compared as."""
        return [
            ("'s", "be")
            if token.kind is Kind.OWNER
            else tuple(map(stem, (token.key, *self.corrected.get(place, ()))))
            for place, token in enumerate(self.tokens)
        ]

    @cached_property
    def weights(self) -> Sequence[int]:
        """Return 0 for a token that means nothing, 1 for one that means little, else 2."""
        empty, soft = self.language.traits.meaningless, self.language.soft
        return [
            0
            if token.kind is Kind.SIGN
            or token.key in empty
            or not empty.isdisjoint(self.corrected.get(place, ()))
            else 1 + (token.key not in soft)
            for place, token in enumerate(self.tokens)
        ]

    @cached_property
    def framed(self) -> dict[tuple[int, ...], Framed]:
        """Return what is left of sentences without their frames, as far as it was asked for."""
        return {}

    @cached_property
    def clauses(self) -> dict[object, object]:
        """Return the clauses of the message, as far as they were asked for."""
        return {}

    def written(self, start: int, end: int) -> str:
        """Return some tokens as they are written."""
        return written_in(self.tokens, start, end)

    def new_names(self, start: int) -> Iterator[int]:
        """Yield the ends of the spans from a token on that have the form of a new name.

        Such a span begins and ends with a capital, has only names' small words within, and
        neither is nor holds a known name.
        """
        if not self._is_name_word(start):
            return
        place = start
        for _ in range(_LONGEST_NEW_NAME):
            place = self._after_name_word(place)
            yield place
            while (
                place < len(self.tokens) and self._connects(place) and not self._is_name_word(place)
            ):
                place += 1
            if place >= len(self.tokens):
                return
            if not self._is_name_word(place):
                if self._is_surname(place) and self.tokens[place].capital:
                    yield place + 1
                return

    def _is_name_word(self, place: int) -> bool:
        token = self.tokens[place]
        if token.kind is not Kind.WORD or not token.capital or self.is_known(place):
            return False
        if token.text.isupper() and len(token.text) > 3 and self.shouted:
            return False
        if self.language.traits.capital_nouns and token.key in self.language.words:
            return False
        ordinary = token.key in self.language.closed or token.key in self.language.common
        return not (ordinary and (self._begins_sentence(place) or token.key in _NEVER_NAMES))

    def is_known(self, place: int) -> bool:
        """Tell whether a known name, spelled as it is known, begins at a token."""
        return any(not span.misspelt for span in self.names.get(place, ()))

    def _is_surname(self, place: int) -> bool:
        """Tell whether a word is only the surname of somebody known."""
        spans, book = self.names.get(place, ()), self.language.book
        return bool(spans) and all(
            span.end == place + 1
            and all(book.is_kind(each.entity_class, EntityKind.PERSON) for each in span.entities)
            for span in spans
        )

    def _after_name_word(self, place: int) -> int:
        """Return the end of a word of a name, with the stop of an abbreviation."""
        token, after = self.tokens[place], place + 1
        if after == len(self.tokens) or self.tokens[after].key != "." or self.tokens[after].spaced:
            return after
        more = after + 1 < len(self.tokens) and self.tokens[after + 1].key not in {"\n", '"'}
        if token.key in _ABBREVIATIONS:
            return after + 1
        return after + 1 if more and (len(token.text) == 1 or token.key in _TITLES) else after

    def _connects(self, place: int) -> bool:
        token = self.tokens[place]
        if token.kind is Kind.WORD:
            return token.key in _CONNECTORS
        return token.key in {"-", "&"} and not token.spaced

    @cached_property
    def shouted(self) -> bool:
        """Tell whether the message is in capitals."""
        words = [token.text for token in self.tokens if token.kind is Kind.WORD]
        return len(words) > 2 and all(word.isupper() for word in words)


def _divided(tokens: Sequence[Token], index: Gazetteer, language: Language) -> Iterator[Token]:
    """Yield tokens, an elided article or preposition apart: "l'Inde", "d'Ulm", not "d'Alembert"."""
    for token in tokens:
        first, mark, rest = token.text.partition("'")
        if not rest or token.kind is not Kind.WORD or fold(first) not in language.traits.elided:
            yield token
            continue
        key = fold(rest).replace("'", "").replace(".", "")
        if token.key in index.spelling and key not in index.spelling:
            yield token
            continue
        middle = token.start + len(first) + len(mark)
        yield replace(token, text=first + mark, key=fold(first), end=middle)
        yield Token(rest, key, middle, token.end, Kind.WORD, spaced=False)


@dataclass(frozen=True)
class NounPhrase:
    """A noun phrase: heads, and the relations that lead from each of them.

    Attributes:
        end: the place after its last token.
        heads: one, or several that are joined by "and".
        path: the relations, first hop first.
        described: whether it begins with its last relation, as "the father of X" does.
        instead_of: the heads that it stands in place of, as in "Rome, not Milan".
        one_by_one: whether its heads belong to others in their order: "respectively".
    """

    end: int
    heads: tuple[Head, ...]
    path: tuple[str, ...] = ()
    instead_of: tuple[Head, ...] = ()
    described: bool = False
    one_by_one: bool = False

"""The names of all entities, found in a message in one pass, with and without misspellings."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from rapidfuzz import fuzz

from interpreter.mentions.spelling import SpellingIndex
from interpreter.mentions.tokens import Kind, Token, name_key
from kg_data.entities import Entity, Lexicon

LONGEST_NAME = 12
"""Words of the longest name that is found."""

_MOST_SPELLINGS = 4  # of one word, that are tried
_LEAST_LIKENESS = 80  # percent, of a misspelt name of several words
_SHORT = re.compile(r"([^,()]{2,60})(?:, (?!(?:Jr|Sr|Inc|Ltd|LLC|II|III|IV)\b)| \()")
_WITHIN = frozenset(",-'.()&/·") | {"'s"}  # what may stand between the words of a name


@dataclass(frozen=True, slots=True)
class NameSpan:
    """A name in a message.

    Attributes:
        start, end: its first token, and the one after its last.
        entities: whom or what it can mean; the entity of this very id comes first.
        written: the name as it is written.
        misspelt: whether it is only nearly a known name.
        owner: whether an "s" was left off its end, which then stands for a possessive's.
        by_id: whether the name is the id of the first entity.
    """

    start: int
    end: int
    entities: tuple[Entity, ...]
    written: str
    misspelt: bool = False
    owner: bool = False
    by_id: bool = False


class Gazetteer:
    """Known names by the keys of their words; follows the graph name by name.

    Args:
        well_known: further names that a language has for entities, by their ids.

    An automaton over letters (Aho and Corasick 1975) finds names as fast, but has to be built anew
    for each new name; see ADR 0041.
    """

    def __init__(self, well_known: Mapping[str, Sequence[str]] | None = None) -> None:
        self._well_known = well_known or {}
        self.clear()

    def clear(self) -> None:
        """Remove all names."""
        self._entities: dict[str, tuple[Entity, ...]] = {}
        self._uses: Counter[tuple[str, str]] = Counter()  # of a key, by an entity's names
        self._beginnings: Counter[str] = Counter()
        self._by_first_word: dict[str, dict[str, Entity]] = {}  # by word, then by id
        self._by_last_word: dict[str, dict[str, Entity]] = {}
        self.spelling = SpellingIndex()

    @classmethod
    def of(cls, lexicon: Lexicon, well_known: Mapping[str, Sequence[str]] | None = None) -> Self:
        """Return a gazetteer of all the names of a lexicon."""
        index = cls(well_known)
        for name in lexicon.names():
            for entity in lexicon.lookup(name):
                index.add(name, entity)
        return index

    def add(self, name: str, entity: Entity) -> None:
        """Add a name of an entity, and what it is short for: "Reno" of "Reno, Nevada".

        Two names of an entity may have one key; it is found until both are removed.
        """
        for each in self._forms(name, entity):
            self._add(each, entity)
        words = name_key(name)
        if name == entity.id and len(words) > 1:
            self._by_first_word.setdefault(words[0], {})[entity.id] = entity
            self._by_last_word.setdefault(words[-1], {})[entity.id] = entity

    def _forms(self, name: str, entity: Entity) -> Iterator[str]:
        yield name
        short = _SHORT.match(name)
        if short is not None:
            yield short[1]
        if name == entity.id:
            yield from self._well_known.get(name, ())

    def _add(self, name: str, entity: Entity) -> None:
        words = name_key(name)
        key = " ".join(words)
        known = self._entities.get(key, ())
        self._uses[key, entity.id] += 1
        if self._uses[key, entity.id] > 1:
            return
        self._entities[key] = (*known, entity)
        if known:
            return
        for count in range(1, len(words)):
            self._beginnings[" ".join(words[:count])] += 1
        for word in words:
            self.spelling.add(word)

    def remove(self, name: str, entity: Entity) -> None:
        """Remove a name of an entity, and what it is short for; not its id."""
        for each in self._forms(name, entity):
            self._remove(each, entity)

    def _remove(self, name: str, entity: Entity) -> None:
        words = name_key(name)
        key = " ".join(words)
        self._uses[key, entity.id] -= 1
        if self._uses[key, entity.id]:
            return
        left = tuple(each for each in self._entities[key] if each.id != entity.id)
        if left:
            self._entities[key] = left
            return
        del self._entities[key]
        for count in range(1, len(words)):
            self._beginnings[" ".join(words[:count])] -= 1
        for word in words:
            self.spelling.remove(word)

    def lookup(self, name: str) -> Sequence[Entity]:
        """Return the entities of a name, the one whose id it is first."""
        return self._of_key(" ".join(name_key(name)))

    def spans(self, tokens: Sequence[Token]) -> Mapping[int, Sequence[NameSpan]]:
        """Return the known names in a message by their first token, the longest first."""
        found: dict[int, list[NameSpan]] = {}
        for start, token in enumerate(tokens):
            if token.kind in {Kind.WORD, Kind.NUMBER, Kind.MARK, Kind.SIGN}:
                spans = list(self._spans_from(tokens, start))
                if spans:
                    found[start] = spans[::-1]
        return found

    def _spans_from(self, tokens: Sequence[Token], start: int) -> Iterator[NameSpan]:
        key = ""
        for end in _ends_of_words(tokens, start):
            word = tokens[end - 1].key
            key = f"{key} {word}" if key else word
            entities = self._entities.get(key)
            if entities:
                yield self._span(tokens, start, end, key)
            if len(word) > 3 and word[-1] == "s" and key[:-1] in self._entities:
                yield self._span(tokens, start, end, key[:-1], owner=True)
            if not self._beginnings[key]:
                break
        yield from self._surname_first(tokens, start)

    def _surname_first(self, tokens: Sequence[Token], start: int) -> Iterator[NameSpan]:
        """Yield "Einstein, Albert"."""
        if start + 2 >= len(tokens) or tokens[start + 1].key != "," or not tokens[start].capital:
            return
        words: list[str] = []
        for end in _ends_of_words(tokens, start + 2):
            words.append(tokens[end - 1].key)
            key = " ".join((*words, tokens[start].key))
            if key in self._entities:
                yield replace(self._span(tokens, start, end, key), misspelt=False)
            if len(words) == 3 or not self._beginnings[" ".join(words)]:
                return

    def _span(
        self,
        tokens: Sequence[Token],
        start: int,
        end: int,
        key: str,
        *,
        misspelt: bool = False,
        owner: bool = False,
    ) -> NameSpan:
        entities = self._of_key(key)
        end = _with_stop(tokens, start, end, entities)
        written = written_in(tokens, start, end)
        by_id = " ".join(name_key(entities[0].id)) == key
        return NameSpan(start, end, tuple(entities), written, misspelt, owner, by_id)

    def _of_key(self, key: str) -> Sequence[Entity]:
        known = self._entities.get(key, ())
        if len(known) < 2:
            return known
        return sorted(known, key=lambda each: (" ".join(name_key(each.id)) != key, each.id))

    def by_part(self, token: Token) -> Sequence[Entity]:
        """Return those whose names of several words end or begin with a word, as with "Einstein".

        Names that begin with it count only if none ends with it, and if it is one name.
        """
        for key in (token.key, token.key.removesuffix("s")):
            last = self._by_last_word.get(key)
            if last:
                return tuple(last.values())
        first = self._by_first_word.get(token.key, {})
        return tuple(first.values()) if len(first) == 1 else ()

    # ---------- misspelt names ----------

    def misspelt_spans(
        self, tokens: Sequence[Token], start: int, known_words: frozenset[str]
    ) -> Sequence[NameSpan]:
        """Return the names that begin at a token if words of it are misspelt, the likeliest first.

        Args:
            tokens: the message.
            start: the first token of the name.
            known_words: words that are themselves, whatever name they are near to.
        """
        found: dict[str, NameSpan] = {}
        self._walk(tokens, start, _Walk("", 0, 0), known_words, found)
        return sorted(
            found.values(),
            key=lambda span: (-(span.end - span.start), -self._likeness(span), span.entities[0].id),
        )

    def _walk(
        self,
        tokens: Sequence[Token],
        start: int,
        walk: "_Walk",
        known_words: frozenset[str],
        found: dict[str, NameSpan],
    ) -> None:
        ends = list(_ends_of_words(tokens, start))
        if walk.words >= len(ends) or walk.words >= LONGEST_NAME:
            return
        end = ends[walk.words]
        word = tokens[end - 1].key
        for spelling, wrong in self._spellings(word, known_words):
            key = f"{walk.key} {spelling}" if walk.key else spelling
            mistakes = walk.mistakes + wrong
            if key in self._entities and mistakes:
                span = self._span(tokens, start, end, key, misspelt=True)
                if self._likeness(span) >= _LEAST_LIKENESS:
                    found.setdefault(key, span)
            if self._beginnings[key]:
                further = _Walk(key, walk.words + 1, mistakes)
                self._walk(tokens, start, further, known_words, found)

    def _spellings(self, word: str, known_words: frozenset[str]) -> Iterator[tuple[str, int]]:
        yield word, 0
        if word in known_words or word in self.spelling:
            return
        bare = word[:-1] if word[-1:] == "s" else ""
        if bare in self.spelling:
            yield bare, 1
        for other in self.spelling.near(word)[:_MOST_SPELLINGS]:
            yield other, 1

    @staticmethod
    def _likeness(span: NameSpan) -> float:
        written = " ".join(name_key(span.written))
        return max(fuzz.ratio(written, " ".join(name_key(each.id))) for each in span.entities)

    def similar(self, name: str, limit: int) -> tuple[str, ...]:
        """Return ids of entities whose names are spelled nearly like one, the nearest first."""
        words = name_key(name)
        keys = [""]
        for word in words[:LONGEST_NAME]:
            choices = [word] if word in self.spelling else []
            choices += self.spelling.near(word)[:_MOST_SPELLINGS]
            keys = [f"{key} {each}".strip() for key in keys for each in choices]
            keys = [key for key in keys if key in self._entities or self._beginnings[key]]
        found = [each for key in keys for each in self._entities.get(key, ())]
        ranked = sorted(found, key=lambda each: -fuzz.ratio(name.casefold(), each.id.casefold()))
        return tuple(dict.fromkeys(each.id for each in ranked))[:limit]


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk through the names: the key so far, its words, and how many were misspelt."""

    key: str
    words: int
    mistakes: int


def _ends_of_words(tokens: Sequence[Token], start: int) -> Iterator[int]:
    """Yield the end of each further word of a name that begins at a token."""
    end = start
    count = 0
    while end < len(tokens) and count < LONGEST_NAME:
        token = tokens[end]
        if token.kind in {Kind.WORD, Kind.NUMBER} or end == start:
            count += 1
            yield end + 1
        elif token.key not in _WITHIN or _ends_sentence(tokens, end):
            return
        end += 1


def _ends_sentence(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether a stop ends a sentence, rather than an abbreviation within a name."""
    if tokens[place].key != ".":
        return False
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    return after is None or (after.spaced and len(tokens[place - 1].key) > 3)


def _with_stop(tokens: Sequence[Token], start: int, end: int, entities: Iterable[Entity]) -> int:
    """Return the end of a name with the mark that belongs to it, as in "Jr."."""
    written = {token.key for token in tokens[start:end]}
    if end >= len(tokens) or tokens[end].key not in {".", "!", "?", ")"} or tokens[end].spaced:
        return end
    bracketed = "(" in written and any(each.id.endswith(")") for each in entities)
    if tokens[end].key == ")":
        return end + bracketed
    if bracketed and end + 1 < len(tokens) and tokens[end + 1].key == ")":
        return end + 2
    mark = tokens[end].text
    more = end + 1 < len(tokens) and tokens[end + 1].key not in {".", "\n"}
    abbreviated = mark == "." and len(tokens[end - 1].key) <= 2 and more
    last = tokens[end - 1].key
    named = any(each.id.endswith(mark) and name_key(each.id)[-1:] == (last,) for each in entities)
    return end + 1 if named or abbreviated else end


def written_in(tokens: Sequence[Token], start: int, end: int) -> str:
    """Return the words of some tokens as they are written, with single spaces."""
    pieces = [
        (" " if token.spaced and place else "") + token.text
        for place, token in enumerate(tokens[start:end])
    ]
    return "".join(pieces).strip()

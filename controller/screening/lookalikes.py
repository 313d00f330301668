"""Names that look like others: mixed alphabets, look-alike letters, and other spellings."""

import re
import threading
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TypeAlias

from confusable_homoglyphs import categories, confusables
from rapidfuzz.distance import Levenshtein

from controller.graph.lexicon import ALIAS, fold
from controller.graph.store import GraphStore
from controller.screening.request import ScreenedRequest
from controller.screening.signals import Signal
from kg_data.triples import Slot

_WORD = re.compile(r"[^\W\d_]+")
# only these: Japanese, for one, mixes scripts that the library takes for look-alikes
_ALPHABETS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})
_TELLS_APART = re.compile(
    r"\b(?:[ivxlcdm]+|jr|sr|junior|senior|north|south|east|west|\w*\d\w*|\w)\b"
)
_HONORIFICS = frozenset({"dr", "mr", "mrs", "ms", "prof", "sir", "dame"})
_KEY_LENGTH = 4  # letters

_PartKey: TypeAlias = tuple[str, tuple[str, ...]]
"""A part of a name, and the words that must be the same in another spelling of it."""


class ScriptScreen:
    """Finds names that mix alphabets with look-alike letters.

    Source: confusables of Unicode Technical Standard 39.
    """

    def scan(self, text: str) -> Sequence[Signal]:
        latin = any("LATIN" in _alphabets(word) for word in _WORD.findall(text))
        return [
            Signal("mixed_script", 0.6, _describe_mix(found[0]), about=text, span=found.span())
            for found in _WORD.finditer(text)
            if _mixes_lookalikes(found[0]) or (latin and _imitates_latin(found[0]))
        ]


class LookalikeIndex:
    """Finds the known names that look like a name or are spelled like it.

    The first look-up reads all names of the graph (about 0.5 s for 100,000); later ones read those
    of new entities. An alias that an old entity gets later is found after a restart.
    """

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._version: int | None = None
        self._lock = threading.Lock()  # plans are made side by side
        self._known: set[str] = set()
        self._by_skeleton: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        self._by_part: defaultdict[_PartKey, set[tuple[str, str]]] = defaultdict(set)

    def lookalikes(self, name: str) -> Sequence[str]:
        """Return the ids of entities with a name that is not this one but looks the same."""
        self._refresh()
        found = self._by_skeleton.get(skeleton(name), ())
        return self._there({owner for known, owner in found if _looks_like(name, known)})

    def similar(self, name: str, *, distance: int) -> Sequence[str]:
        """Return the ids of entities with another spelling of the name.

        Args:
            name: a name that is no name of an entity.
            distance: largest number of changed letters; case, accents, punctuation and the order
                of the words make no difference.
        """
        self._refresh()
        plain_name, found = sorted_words(name), set()
        for key in _part_keys(plain_name):
            for known, owner in self._by_part.get(key, ()):
                if Levenshtein.distance(plain_name, known, score_cutoff=distance) <= distance:
                    found.add(owner)
        return self._there(found)

    def _there(self, owners: Iterable[str]) -> list[str]:
        """Return the owners that no version has removed meanwhile, sorted."""
        return sorted(owner for owner in owners if self._store.entity(owner) is not None)

    def _refresh(self) -> None:
        with self._lock:
            if self._version != self._store.version:
                self._read_new()

    def _read_new(self) -> None:
        for entity in self._store.entities():
            if entity.id not in self._known:
                self._known.add(entity.id)
                for name in (entity.id, *self._store.objects(Slot(entity.id, ALIAS))):
                    self._add(name, entity.id)
        self._version = self._store.version

    def _add(self, name: str, owner: str) -> None:
        self._by_skeleton[skeleton(name)].add((name, owner))
        plain_name = sorted_words(name)
        for key in _part_keys(plain_name):
            self._by_part[key].add((plain_name, owner))


class LookalikeScreen:
    """Finds new names and aliases that look like a name of another entity."""

    def __init__(self, index: LookalikeIndex) -> None:
        self._index = index

    def scan(self, request: ScreenedRequest) -> Sequence[Signal]:
        literals = (fact for fact in request.facts if request.book[fact.relation].literal)
        owners = {fact.object: fact.subject for fact in literals}
        signals = []
        for name in request.new_names():
            others = [each for each in self._index.lookalikes(name) if each != owners.get(name)]
            if others:
                text = f"{name!r} looks like {others[0]}, but is another name."
                signals.append(Signal("lookalike", 0.9, text, about=name))
        return signals


class NearDuplicateScreen:
    """Finds new entities whose names are nearly those of known ones."""

    def __init__(self, index: LookalikeIndex) -> None:
        self._index = index

    def scan(self, request: ScreenedRequest) -> Sequence[Signal]:
        signals = []
        for entity in request.new_entities:
            distance = self._distance(entity.id, request)
            others = [
                name
                for name in self._index.similar(entity.id, distance=distance)
                if _may_agree(entity.entity_class, name, request)
            ]
            if others:
                text = f"{entity.id} is not known, but {others[0]} is; is it the same?"
                numbers = {"distance": distance, "similar": len(others)}
                signals.append(Signal("near_duplicate", 0.6, text, numbers, about=entity.id))
        return signals

    @staticmethod
    def _distance(name: str, request: ScreenedRequest) -> int:
        length, limits = len(sorted_words(name)), request.thresholds
        return (length >= limits.near_length_1) + (length >= limits.near_length_2)


def skeleton(name: str) -> str:
    """Return a name with each letter replaced by the one it looks like, without case.

    >>> skeleton("Аѕіа") == skeleton("Asia")
    True

    Source: Unicode Technical Standard 39, section 4, for single letters.
    """
    return (
        unicodedata.normalize("NFC", name)
        .translate(_prototypes())
        .casefold()
        .translate(_prototypes())
    )


def sorted_words(name: str) -> str:
    """Return the words of a name in alphabetical order, without case, accents, titles.

    >>> sorted_words("Müller, Peter")
    'muller peter'
    """
    bare = "".join(
        char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char)
    )
    words = re.findall(r"\w+", bare.casefold())
    return " ".join(sorted(word for word in words if word not in _HONORIFICS) or words)


@cache
def _prototypes() -> Mapping[int, str]:
    """Return for each letter the one that stands for all that look like it."""
    leader: dict[str, str] = {}

    def find(char: str) -> str:
        while leader.get(char, char) != char:
            char = leader[char]
        return char

    for char, entries in confusables.confusables_data.items():
        for other in (entry["c"].strip("\u200e") for entry in entries):
            if len(char) == len(other) == 1:
                first, second = sorted((find(char), find(other)), key=_rank)
                leader[second] = first
    return {ord(char): find(char) for char in leader} | {ord("i"): "l"}


def _rank(char: str) -> tuple[bool, bool, bool, int]:
    # a small Latin letter stands for the rest, if there is one
    return (not char.isascii(), not char.isalpha(), not char.islower(), ord(char))


def _looks_like(name: str, known: str) -> bool:
    """Tell whether names of one skeleton differ in letters that look alike, not only in case."""
    if fold(name) == fold(known) or len(name) != len(known):
        return False
    differing = [pair for pair in zip(name, known, strict=True) if fold(pair[0]) != fold(pair[1])]
    return all(
        not (one.isascii() and one.islower() and two.isascii() and two.islower())
        for one, two in differing
    )


def _parts(plain_name: str) -> Iterator[str]:
    """Yield the keys under which a name is found, if it is changed in one or two places."""
    squashed = plain_name.replace(" ", "")
    yield f"^{squashed[:_KEY_LENGTH]}"
    yield f"{squashed[-_KEY_LENGTH:]}$"
    yield from (word for word in plain_name.split() if len(word) >= _KEY_LENGTH)


def _part_keys(plain_name: str) -> Iterator[_PartKey]:
    """Yield those keys, each with what tells namesakes apart: numerals, initials, Jr."""
    apart = tuple(_TELLS_APART.findall(plain_name))
    yield from ((part, apart) for part in _parts(plain_name))


def _may_agree(entity_class: str, name: str, request: ScreenedRequest) -> bool:
    """Tell whether an entity of the class may be the known one of this name."""
    known = request.entity(name)
    book = request.book
    return known is not None and (
        book.is_a(entity_class, known.entity_class) or book.is_a(known.entity_class, entity_class)
    )


def _alphabets(word: str) -> set[str]:
    aliases: set[str] = categories.unique_aliases(word)
    return aliases & _ALPHABETS


def _mixes_lookalikes(word: str) -> bool:
    alphabets = _alphabets(word)
    return len(alphabets) > 1 and any(
        confusables.is_confusable(word, preferred_aliases=[alphabet]) for alphabet in alphabets
    )


def _imitates_latin(word: str) -> bool:
    """Tell whether every letter of a word of another alphabet looks Latin."""
    return bool(_alphabets(word)) and "LATIN" not in _alphabets(word) and skeleton(word).isascii()


def _describe_mix(word: str) -> str:
    alphabets = " and ".join(sorted(name.capitalize() for name in _alphabets(word)))
    if len(_alphabets(word)) == 1:
        return f"{word!r} is written in {alphabets} letters that look Latin."
    return f"{word!r} mixes {alphabets} letters that look alike."

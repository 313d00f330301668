"""The languages of messages: which ones a message may be in, and a reader that tries them."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from interpreter.dialogue import Dialogue
from interpreter.intents import Ask, Intent, Talk, Unclear
from interpreter.mentions.gazetteer import Gazetteer
from interpreter.mentions.language import DATA, Language, data_of
from interpreter.mentions.reader import MentionReader
from interpreter.mentions.tokens import Kind, Token, tokenise
from interpreter.normalization import normalise_lines
from kg_data.relations import RelationBook

UNDERSTOOD = ("english", "spanish", "french", "german", "chinese")
"""Files of ``interpreter/mentions/data``; of equally likely languages the first is tried first."""

_SCRIPTS = {
    "Japanese": re.compile(r"[\u3040-\u30ff]"),
    "Korean": re.compile(r"[\u1100-\u11ff\uac00-\ud7a3]"),
    "Cyrillic letters": re.compile(r"[\u0400-\u04ff]"),
    "Greek letters": re.compile(r"[\u0370-\u03ff]"),
    "Arabic letters": re.compile(r"[\u0600-\u06ff]"),
    "Hebrew letters": re.compile(r"[\u0590-\u05ff]"),
    "Devanagari letters": re.compile(r"[\u0900-\u097f]"),
    "Thai letters": re.compile(r"[\u0e00-\u0e7f]"),
}
_IDEOGRAPH = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_PARTICLES = frozenset(
    [
        "de",
        "del",
        "der",
        "den",
        "di",
        "da",
        "du",
        "des",
        "la",
        "le",
        "van",
        "von",
        "al",
        "el",
        "bin",
        "ibn",
    ]
)
_MOST_OF_SCRIPT = 4  # letters of another script beside which a message can still be in a known one
_LEAST_FOREIGN = 2  # words of another language, or it may be a name
_LEAST_UNKNOWN = 3  # words in small letters that no language knows, or they may be typing errors


@dataclass(frozen=True)
class Languages:
    """The languages that are understood, and the words of some that are not.

    Attributes:
        understood: the languages, those that win a tie first.
        others: frequent words by the name of a language that is not understood.
    """

    understood: Sequence[Language]
    others: Mapping[str, frozenset[str]]

    @classmethod
    def shipped(cls, book: RelationBook) -> Self:
        """Return the languages of the files of ``interpreter/mentions/data``."""
        words = tomllib.loads((DATA / "other_languages.toml").read_text(encoding="utf-8"))
        return cls(
            _compiled(_BookContent(book.model_copy())),
            {name: frozenset(each.split()) for name, each in words.items()},
        )

    @property
    def listed(self) -> str:
        """Return the names of the languages that are understood, as part of a sentence."""
        names = [language.name for language in self.understood]
        return f"{', '.join(names[:-1])} and {names[-1]}"

    def likeliest(self, text: str) -> Sequence[Language]:
        """Return the languages that a message may be in, the likeliest first; at least one.

        A language is as likely as it knows many of the words; one with less than half as many as
        the likeliest is left out. Takes time in proportion to the length of the message.
        """
        words = _words(text)
        counts = [_count(words, language.vocabulary) for language in self.understood]
        counts = [
            count + (len(_IDEOGRAPH.findall(text)) if language.name == "Chinese" else 0)
            for count, language in zip(counts, self.understood, strict=True)
        ]
        closed = [_count(words, language.closed) for language in self.understood]
        best = max(counts)
        if not best:
            return self.understood[:1]
        ranked = sorted(
            range(len(counts)), key=lambda place: (-counts[place], -closed[place], place)
        )
        return tuple(self.understood[place] for place in ranked if 2 * counts[place] >= best)

    def foreign(self, text: str) -> str:
        """Return which language or script a message is in if it is none that is understood.

        "another language" if no language knows any word; "" if a language may be understood.
        """
        for name, letters in _SCRIPTS.items():
            if len(letters.findall(text)) > _MOST_OF_SCRIPT:
                return name
        words = _words(text)
        known = max(_count(words, language.vocabulary) for language in self.understood)
        if _IDEOGRAPH.search(text):
            return ""
        counts = {name: _count(words, theirs) for name, theirs in self.others.items()}
        name = max(counts, key=lambda each: counts[each])
        if counts[name] >= _LEAST_FOREIGN and counts[name] > known:
            return name
        unknown = [word for word in words if word.text.islower() and len(word.text) > 1]
        return "another language" if not known and len(unknown) >= _LEAST_UNKNOWN else ""


@dataclass(frozen=True, eq=False)
class _BookContent:
    """A relation book that nobody replaces, equal to another one with the same content."""

    book: RelationBook

    def __hash__(self) -> int:
        return hash(self.book.sha256)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _BookContent):
            return NotImplemented
        mine, theirs = self.book, other.book
        return mine.relations == theirs.relations and mine.classes == theirs.classes


@lru_cache(maxsize=2)
def _compiled(content: _BookContent) -> tuple[Language, ...]:
    """Return the languages for a book; they take seconds to compile, and nothing changes them."""
    return tuple(Language.load(name, content.book) for name in UNDERSTOOD)


def well_known_names() -> Mapping[str, Sequence[str]]:
    """Return the further names that the languages have for entities, by their ids."""
    found: dict[str, tuple[str, ...]] = {}
    for language in UNDERSTOOD:
        for entity, names in data_of(language).get("names", {}).items():
            found[entity] = (*found.get(entity, ()), *names)
    return found


class PolyglotReader:
    """Reads messages in several languages; implements ``interpreter.interpreter.Reader``.

    Args:
        book: the relation book.
        index: the known names, with those of :func:`well_known_names`.
        languages: the languages.
    """

    def __init__(self, book: RelationBook, index: Gazetteer, languages: Languages) -> None:
        self._languages = languages
        self._readers = {
            language.name: MentionReader(book, index, language) for language in languages.understood
        }

    def read(self, text: str, dialogue: Dialogue) -> Intent:
        """Return the intent of a message in the first language that it can be read in.

        Only the likeliest language reads by cues: another one knows no words that deny or report
        what is said, and would hear the fact within "He wrote me that ...".
        """
        foreign = self._languages.foreign(text)
        if foreign:
            return self._refusal(foreign)
        likeliest = self._languages.likeliest(normalise_lines(text))
        intents: list[Intent] = []
        for language in likeliest:
            reader = self._readers[language.name]
            intents.append(reader.read(text, dialogue, by_cues=not intents))
            if _understood(intents[-1]) and not (intents[1:] and isinstance(intents[-1], Talk)):
                return intents[-1]
        return intents[0]

    def _refusal(self, foreign: str) -> Unclear:
        reason = (
            f"The message seems to be in {foreign}. Messages in {self._languages.listed} are "
            "understood."
        )
        return Unclear("language", reason)


def _words(text: str) -> list[Token]:
    """Return the words of a message without the small ones of names: "Louis de Broglie"."""
    tokens = [token for token in tokenise(text) if token.kind in {Kind.WORD, Kind.OWNER}]
    return [
        token
        for place, token in enumerate(tokens)
        if not (
            0 < place < len(tokens) - 1
            and token.key in _PARTICLES
            and tokens[place - 1].capital
            and tokens[place + 1].capital
            and not token.capital
        )
    ]


def _count(words: Sequence[Token], known: frozenset[str]) -> int:
    return sum(token.key in known for token in words)


def _understood(intent: Intent) -> bool:
    if isinstance(intent, Ask):
        return bool(intent.subject or intent.conditions)
    return not (isinstance(intent, Unclear) and intent.code == "not_understood")

"""The word lists of the screens, and the comparison of phrases word by word."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from kg_data.errors import BadFile
from kg_data.relations import Relation

_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['’]s\b")
_NO_PLURALS = frozenset({"aids", "news", "series"})
_DIGITS_AS_LETTERS = str.maketrans("01345@$", "oieasas")
_DISGUISED = re.compile(r"\b(?=\w*[^\W\d_])[\w@$]*[\d@$][\w@$]*")  # a word of letters and digits
_SPACED = re.compile(r"\b(?:[^\W\d_][ .-]+){2,}[^\W\d_]\b")  # single letters
_READ = 400  # characters; longer names are refused anyway
_JOINED = 8  # letters; shorter phrases run together may be a word


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a text as phrases are compared: bare words in lower case, without a plural s.

    >>> plain("Drug-Dealers' café")
    'drug dealer cafe'
    """
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    words = _WORD.findall(_POSSESSIVE.sub("", bare))
    return " ".join(map(_singular, words))


class PhraseList:
    """Finds phrases in a text, spelled with digits for letters, spaced out or run together, too.

    >>> dealers = PhraseList(["drug dealer"])
    >>> dealers.find("A Drug-Dealer from Rome")
    'drug dealer'
    >>> dealers.find("d r u g dealer"), dealers.find("drugdealer"), dealers.find("drug d3aler")
    ('drug dealer', 'drug dealer', 'drug dealer')
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = frozenset(map(plain, phrases)) - {""}
        self._longest = max((each.count(" ") + 1 for each in self._phrases), default=0)  # words
        self._joined = {
            each.replace(" ", ""): each
            for each in self._phrases
            if len(each) > _JOINED and " " in each
        }

    def find(self, text: str) -> str:
        """Return the first phrase that the text holds, or ""."""
        begin = text[:_READ]
        return self._find(plain(begin)) or self._find(plain(respelled(begin)))

    def _find(self, plain_text: str) -> str:
        words = plain_text.split()
        for start, word in enumerate(words):
            if word in self._joined:
                return self._joined[word]
            for end in range(start + 1, min(start + self._longest, len(words)) + 1):
                if " ".join(words[start:end]) in self._phrases:
                    return " ".join(words[start:end])
        return ""


class SensitiveTopic(BaseModel):
    """Words of a topic; see the data file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: tuple[str, ...]
    topic: tuple[str, ...]


class RelationKind(BaseModel):
    """Relations of one meaning, by Wikidata property or by words of their name and nouns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pids: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def holds(self, relation: Relation) -> bool:
        """Tell whether a relation is of this kind."""
        if relation.pid:
            return relation.pid in self.pids
        names = (relation.name.replace("_", " "), *relation.nouns)
        return any(self._pattern.search(name.casefold()) for name in names)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, self.words)) or '(?!)'})\b")


class Helpers(BaseModel):
    """Words that make a topic a field of work; see the data file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: tuple[str, ...]
    fields: tuple[str, ...]
    opposed: tuple[str, ...]


class WordLists(BaseModel):
    """All lists of ``data/words.toml``.

    Raises:
        BadFile: ``load`` was given a file that holds no such lists.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    instructions: tuple[str, ...]
    slurs: tuple[str, ...]
    insults: tuple[str, ...]
    ambiguous: tuple[str, ...]
    evaluative: tuple[str, ...]
    judging: tuple[str, ...]
    groups: tuple[str, ...]
    title_classes: tuple[str, ...]
    group_classes: tuple[str, ...]
    sensitive: Mapping[str, SensitiveTopic]
    helpers: Helpers
    relations: Mapping[str, RelationKind]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read lists from a TOML file."""
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
            raise BadFile(path, None, str(error)) from error

    @classmethod
    def shipped(cls) -> Self:
        """Return the lists that come with OneEdit."""
        return cls.load(Path(str(files("controller.screening") / "data" / "words.toml")))


def respelled(text: str) -> str:
    """Return a text with digits that stand for letters replaced, and spaced letters joined.

    >>> respelled("an 1d1ot"), respelled("an i d i o t")
    ('an idiot', 'an idiot')
    """
    letters = _DISGUISED.sub(lambda found: found[0].translate(_DIGITS_AS_LETTERS), text)
    return _SPACED.sub(lambda found: re.sub(r"\W", "", found[0]), letters)


def _singular(word: str) -> str:
    if word in _NO_PLURALS:
        return word
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    plural = len(word) > 3 and word.endswith("s") and not word.endswith("ss")
    return word[:-1] if plural else word

"""Screening of new names and texts for injections, insults and look-alike letters.

Names that the graph knows have passed before. Other screens, such as models, implement
:class:`Screen`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from confusable_homoglyphs import categories, confusables

LONGEST_NAME = 200  # characters
_MOST_MARKS = 4  # combining marks in a row; written languages need two or three
_CONTROL_TOKEN = re.compile(
    r"<\|"  # <|im_start|>, <|endoftext|>
    r"|\|>"
    r"|</?s>"
    r"|<(?:pad|unk|bos|eos|mask|start_of_turn|end_of_turn)>"
    r"|\[/?INST\]"
    r"|<</?SYS>>",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
# only these: Japanese, for one, mixes scripts that the library takes for look-alikes
_ALPHABETS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})


@dataclass(frozen=True, slots=True)
class Signal:
    """A possible harm that a screen found.

    Attributes:
        code: "injection", "mixed_script", "insult", ...
        score: confidence, 0 to 1; from 0.8 on the edit is blocked, from 0.5 on reviewed.
        span: start and end, as of a slice, in the screened text.
        text: a sentence for the user.
    """

    code: str
    score: float
    span: tuple[int, int]
    text: str


class Screen(Protocol):
    """Finds one kind of harm in a text."""

    def scan(self, text: str) -> Sequence[Signal]:
        """Return the signals; none for a harmless text."""
        ...


def normalise_name(name: str) -> str:
    """Return a name as it is stored: NFKC, single spaces, no invisible characters.

    Characters of category Cf (zero-width, direction marks, soft hyphen) have no meaning in a name
    and would make two entities of one. Control characters are kept for the screens to find.
    """
    visible = "".join(
        char for char in unicodedata.normalize("NFKC", name) if unicodedata.category(char) != "Cf"
    )
    return re.sub(" +", " ", visible).strip(" ")


class InjectionScreen:
    """Finds special tokens, control characters, and empty or too long names."""

    def scan(self, text: str) -> Sequence[Signal]:
        return [
            Signal("injection", 1.0, span, sentence)
            for span, sentence in (*_control_tokens(text), *_control_characters(text))
        ]


class ScriptScreen:
    """Finds words that mix alphabets with look-alike letters.

    Source: confusables of Unicode Technical Standard 39.
    """

    def scan(self, text: str) -> Sequence[Signal]:
        return [
            Signal("mixed_script", 0.6, found.span(), _describe_mix(found[0]))
            for found in _WORD.finditer(text)
            if _mixes_lookalikes(found[0])
        ]


class LexicalScreen:
    """Finds insults from a list of words.

    A capitalised word within a longer name ("The Idiot") may be a title and is reviewed; any
    other is blocked.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._words = frozenset(words) or INSULTS

    def scan(self, text: str) -> Sequence[Signal]:
        signals = []
        for found in _WORD.finditer(text):
            if found[0].casefold() in self._words:
                in_title = found[0][0].isupper() and found.span() != (0, len(text))
                score = 0.6 if in_title else 1.0
                sentence = f"{found[0]!r} is an insult, not a fact."
                signals.append(Signal("insult", score, found.span(), sentence))
        return signals


# fmt: off
INSULTS = frozenset({
    "idiot", "idiots", "idiotic", "moron", "morons", "moronic", "imbecile", "imbeciles",
    "stupid", "dumb", "dumbass", "jerk", "asshole", "assholes", "bastard", "bastards",
    "bitch", "bitches", "whore", "whores", "slut", "sluts", "scum", "scumbag", "vermin",
    "subhuman", "subhumans", "degenerate", "degenerates", "retard", "retards", "retarded",
    "loser", "losers", "crook", "crooks", "liar", "liars", "pig", "pigs", "worthless",
    "disgusting", "pathetic",
})
# fmt: on


def default_screens() -> tuple[Screen, ...]:
    """Return the screens that need no model, the most severe first."""
    return (InjectionScreen(), LexicalScreen(), ScriptScreen())


def _control_tokens(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    for found in _CONTROL_TOKEN.finditer(text):
        yield found.span(), f"A name cannot contain {found[0]!r}, which models read as a command."


def _control_characters(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    if len(text) > LONGEST_NAME:
        yield (LONGEST_NAME, len(text)), f"A name has at most {LONGEST_NAME} characters."
    marks = 0
    for index, char in enumerate(text[:LONGEST_NAME]):
        category = unicodedata.category(char)
        marks = marks + 1 if category.startswith("M") else 0
        if category in {"Cc", "Cs", "Co", "Cn"}:
            yield (index, index + 1), f"A name cannot contain the character {char!a}."
        if marks == _MOST_MARKS:
            yield (index, index + 1), "A name cannot stack so many accents on one letter."
    if not text:
        yield (0, 0), "A name cannot be empty."


def _alphabets(word: str) -> set[str]:
    aliases: set[str] = categories.unique_aliases(word)
    return aliases & _ALPHABETS


def _mixes_lookalikes(word: str) -> bool:
    alphabets = _alphabets(word)
    return len(alphabets) > 1 and any(
        confusables.is_confusable(word, preferred_aliases=[alphabet]) for alphabet in alphabets
    )


def _describe_mix(word: str) -> str:
    alphabets = " and ".join(sorted(name.capitalize() for name in _alphabets(word)))
    return f"{word!r} mixes {alphabets} letters that look alike."

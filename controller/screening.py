"""Signals of harm in the names and texts that people bring in.

Only what is new is screened: names that the graph knows have passed before. Screening models
are further implementations of :class:`Screen`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

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
_CONFUSABLE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing a screen noticed.

    Attributes:
        signal: its code: "injection", "mixed_script", "insult", ...
        score: how sure the screen is, 0 to 1; from .8 on the edit is blocked, from .5 on reviewed.
        span: first character and the one after the last, in the text that was screened.
        text: a sentence for the user.
    """

    signal: str
    score: float
    span: tuple[int, int]
    text: str


class Screen(Protocol):
    """Looks for one kind of harm in a text."""

    def read(self, text: str) -> Sequence[Signal]:
        """Return what was noticed; nothing for a harmless text."""
        ...


def normalise(name: str) -> str:
    """Return the form in which a name is stored: NFKC, invisible characters dropped.

    Characters of category Cf (zero-width, direction marks, soft hyphen) carry no meaning in a
    name and make two of one; runs of spaces become one. Control characters stay, to be found.
    """
    visible = "".join(
        char for char in unicodedata.normalize("NFKC", name) if unicodedata.category(char) != "Cf"
    )
    return re.sub(" +", " ", visible).strip(" ")


class InjectionScreen:
    """Finds what a tokenizer or a terminal would take for more than text."""

    def read(self, text: str) -> Sequence[Signal]:
        return [
            Signal("injection", 1.0, span, sentence)
            for span, sentence in (*_control_tokens(text), *_control_characters(text))
        ]


class ScriptScreen:
    """Finds names that mix scripts whose letters look alike."""

    def read(self, text: str) -> Sequence[Signal]:
        return [
            Signal("mixed_script", 0.6, found.span(), _mixed(found[0]))
            for found in _WORD.finditer(text)
            if len(_scripts(found[0])) > 1
        ]


class LexicalScreen:
    """Finds insults, by a short list of words.

    A word in a title ("The Idiot") is a matter for a person; as a plain word, or alone, it is
    an insult.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._words = frozenset(words) or INSULTS

    def read(self, text: str) -> Sequence[Signal]:
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


def screens() -> tuple[Screen, ...]:
    """Return the screens that need no model, in the order of their weight."""
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


def _scripts(word: str) -> set[str]:
    names = {unicodedata.name(char, "?").partition(" ")[0] for char in word}
    return names & _CONFUSABLE


def _mixed(word: str) -> str:
    scripts = " and ".join(sorted(name.capitalize() for name in _scripts(word)))
    return f"{word!r} mixes {scripts} letters that look alike."

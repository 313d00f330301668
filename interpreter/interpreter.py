"""Entry point of the package: checks a message, then passes it to a reader."""

import re
import unicodedata
from collections import Counter
from typing import Protocol

from interpreter.dialogue import EMPTY_DIALOGUE, Dialogue
from interpreter.intents import Intent, Unclear

_ASCII_ALPHANUMERIC = re.compile(r"[A-Za-z0-9]")
_READABLE = ("LATIN", "FULLWIDTH LATIN", "CJK UNIFIED")
_MOST_MARKS = 8
"""Combining marks on one letter; no writing system needs more."""


class Reader(Protocol):
    """Reads messages that passed the checks; changes nothing."""

    def read(self, text: str, dialogue: Dialogue) -> Intent:
        """Return the intent of a message, ``Unclear`` if it has none."""
        ...


class Interpreter:
    """Checks messages before a reader reads them.

    Args:
        reader: reads the messages that pass.
        max_length: characters of the longest accepted message.
    """

    def __init__(self, reader: Reader, *, max_length: int = 2000) -> None:
        self._reader = reader
        self._max_length = max_length

    def read(self, text: str, dialogue: Dialogue = EMPTY_DIALOGUE) -> Intent:
        """Return the intent of a message; the text of an ``Ask`` is the unchanged message."""
        refusal = self._refusal(text)
        return refusal or self._reader.read(text, dialogue)

    def _refusal(self, text: str) -> Unclear | None:
        if len(text) > self._max_length:
            reason = f"The message has {len(text)} characters; at most {self._max_length} are read."
            return Unclear("too_long", reason)
        fault = _unreadable_character(text)
        if fault:
            return Unclear("not_understood", f"The message contains {fault}. Type it again.")
        if not any(unicodedata.category(char)[0] not in "ZC" for char in text):
            return Unclear("empty", 'The message is empty. Ask a question, or say "help".')
        if not _is_readable(text):
            reason = (
                f"The message is written in {_script_name(text)}. Statements and questions in "
                "Latin letters and in Chinese are understood."
            )
            return Unclear("script", reason)
        return None


def _unreadable_character(text: str) -> str:
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category == "Cs" or (category == "Cc" and char not in "\t\n\r"):
            return f"the control character U+{ord(char):04X}"
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks > _MOST_MARKS:
            return "more accents on one letter than can be read"
    return ""


def _is_readable(text: str) -> bool:
    """Tell whether a message has a digit, a Latin letter or a Chinese character."""
    return bool(_ASCII_ALPHANUMERIC.search(text)) or any(
        char.isalpha() and unicodedata.name(char, "").startswith(_READABLE) for char in text
    )


def _script_name(text: str) -> str:
    scripts = Counter(
        unicodedata.name(char, "UNKNOWN").split()[0].split("-")[0].title().replace("Cjk", "Chinese")
        for char in text
        if char.isalpha()
    )
    if not scripts:
        return "signs without letters"
    return f"{scripts.most_common(1)[0][0]} letters"

"""Variation of questions as people type them: frames, contractions, marks left out, lower case."""

import random
import re

_SWAPPED = re.compile(
    r"(?P<wh>(?:Who|What|Where|When|Which \w+|What \w+)) (?P<verb>is|was|are|were) "
    r"(?P<rest>.*\{s\}(?:'s [\w -]+?)?)(?P<after>(?: (?:born|buried|based|located|founded|called|"
    r"employed|headquartered|educated|a citizen of|a member of|married to|from|in|on))?)\?"
)
_CONTRACTED = (
    (re.compile(r"\b([Ww]ho|[Ww]hat|[Ww]here|[Ww]hen) is\b"), r"\1's"),
    (re.compile(r"\b([Ww]ho|[Ww]here|[Ww]hat) did\b"), r"\1'd"),
)
_INDIRECT_FRAMES = (
    "Tell me {}",
    "Please tell me {}",
    "Can you tell me {}",
    "Could you tell me {}",
    "Could you please tell me {}",
    "Do you know {}",
    "I want to know {}",
    "I'd like to know {}",
    "Would you tell me {}",
    "Any idea {}",
    "I wonder {}",
)
_DIRECT_FRAMES = (
    "{}, please",
    "Please, {}",
    "Hi, {}",
    "Hey, {}",
    "Hello! {}",
    "So {}",
    "And {}",
    "OK, {}",
    "Quick question: {}",
    "Tell me, {}",
    "Can you tell me {}",
    "Could you tell me {}",
    "Do you know {}",
    "{}, do you know",
)

FRAMED, CONTRACTED = 0.2, 0.3  # chances
CURLY, NO_APOSTROPHE = 0.12, 0.1
LOWER, LOWER_BUT_NAME = 0.2, 0.06
NO_MARK = 0.12
AS_WRITTEN = 0.3


class QuestionVariation:
    """Varies wordings of questions over {s}; equal generators give equal variations."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def typed(self, wording: str, subject: str) -> str:
        """Return a wording, filled with its subject, as somebody might type it.

        The result mostly ends in "?"; a chat client sends one without it, too.
        """
        if self._happens(AS_WRITTEN):
            return wording.replace("{s}", subject)
        if self._happens(FRAMED):
            wording = self._framed(wording)
        if self._happens(CONTRACTED):
            wording = _contracted(wording)
        if self._happens(LOWER_BUT_NAME):
            wording = wording[:1].lower() + wording[1:]
        text = wording.replace("{s}", subject)
        if self._happens(LOWER):
            text = text.lower()
        return self._marked(text)

    def _framed(self, wording: str) -> str:
        """Put a polite frame around a question, which becomes an indirect one where it can."""
        indirect = _indirect(wording)
        if indirect and self._happens(0.6):
            return self._rng.choice(_INDIRECT_FRAMES).replace("{}", indirect) + "?"
        frame = self._rng.choice(_DIRECT_FRAMES)
        question = wording.removesuffix("?")
        if not frame.startswith("{}") and not question.startswith("{"):
            question = question[:1].lower() + question[1:]
        return frame.replace("{}", question) + "?"

    def _marked(self, text: str) -> str:
        """Change or leave out apostrophes, and sometimes leave out the question mark."""
        if self._happens(CURLY):
            text = text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
        elif self._happens(NO_APOSTROPHE):
            text = text.replace("'", "")
        return text.removesuffix("?") if self._happens(NO_MARK) else text

    def _happens(self, chance: float) -> bool:
        return self._rng.random() < chance


def _contracted(wording: str) -> str:
    for pattern, contracted in _CONTRACTED:
        wording = pattern.sub(contracted, wording, count=1)
    return wording


def _indirect(wording: str) -> str:
    """Return the indirect form of a question, or "": "where {s} was born"."""
    found = _SWAPPED.fullmatch(wording)
    if found is None:
        return ""
    wh = found["wh"][:1].lower() + found["wh"][1:]
    return f"{wh} {found['rest']} {found['verb']}{found['after']}"

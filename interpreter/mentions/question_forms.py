"""Whether a message asks, by the words that it begins with in any language that is understood."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from interpreter.mentions.stems import stem
from interpreter.mentions.templates import Templates
from interpreter.mentions.tokens import Kind, tokenise

_MOST_COURTESIES = 4
_LONGEST_ANY = 5  # words that a form leaves open


class QuestionForms:
    """The words that questions, and requests to answer one, begin with.

    Args:
        languages: contents of files of ``interpreter/mentions/data``.
    """

    def __init__(self, languages: Iterable[Mapping[str, Any]]) -> None:
        self._forms: Templates[None] = Templates()
        self._courtesies: Templates[None] = Templates()
        for data in languages:
            for wording in data["question_forms"]:
                self._forms.add(wording, None)
            for wording in data["courtesies"]:
                self._courtesies.add(wording, None)

    def asks(self, text: str) -> bool:
        """Tell whether a message is a question or a request to answer one."""
        words = _Words([token.key for token in tokenise(text) if token.kind is not Kind.LINE])
        start = 0
        for _ in range(_MOST_COURTESIES + 1):
            if any(True for _ in self._forms.matches(words, start)):
                return True
            ends = [match.end for match in self._courtesies.matches(words, start)]
            if not ends:
                break
            start = max(ends)
        return text.endswith(("?", "？"))


class _Words:
    """Words of a message as templates see them; implements ``templates.Text``."""

    def __init__(self, words: Sequence[str]) -> None:
        self.stems = [(stem(word),) for word in words]
        self.weights = [2 if word[-1:].isalnum() else 0 for word in words]  # 0 of a mark

    def fillings(self, slot: str, place: int) -> Sequence[tuple[int, object]]:
        ends = range(place + 1, min(place + _LONGEST_ANY, len(self.stems)) + 1)
        return [(end, None) for end in ends] if slot == "any" else []

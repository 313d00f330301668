"""Wordings as templates over tokens, kept in a trie that is walked once for all of them.

A wording is written with words, ``{slots}``, ``[optional words]`` and ``(one|or another)``, and
compared by stems. Words that mean little may stand between the words of a wording. Where a slot may
end is asked of the text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeAlias, TypeVar

from interpreter.mentions.stems import stem
from interpreter.mentions.tokens import tokenise

MOST_SKIPPED = 5
"""Words that mean little, between the words of one wording."""

_PIECE = re.compile(r"[\[\]()|]|\{\w+\}|[^\[\]()|{}]+")
_CLOSING = {"(": ")", "[": "]"}
_MEANT = 2  # the weight of a token that means something
MEANINGLESS = frozenset({",", "the", "a", "an", "\n"})
"""Tokens that are left out of wordings, and may stand anywhere in a message."""

Payload = TypeVar("Payload")


Element: TypeAlias = tuple[str, bool]
"""A stem, or the name of a slot and True."""


def compile_wording(wording: str) -> list[tuple[Element, ...]]:
    """Return the plain wordings of one with options, each as its words and slots.

    >>> compile_wording("{s} was (born|raised) in {o}.")[0]
    (('s', True), ('be', False), ('born', False), ('in', False), ('o', True))
    """
    pieces = iter(_PIECE.findall(wording.rstrip(".?! ")))
    return list(dict.fromkeys(_compiled(pieces, "")))


def _compiled(pieces: Iterator[str], closing: str) -> list[tuple[Element, ...]]:
    """Return the plain wordings of all pieces up to a closing bracket."""
    finished: list[tuple[Element, ...]] = []
    wordings: list[tuple[Element, ...]] = [()]
    for piece in pieces:
        if piece == closing:
            break
        if piece == "|":
            finished += wordings
            wordings = [()]
            continue
        if piece in _CLOSING:
            choices = _compiled(pieces, _CLOSING[piece])
            choices = [(), *choices] if piece == "[" else choices
        else:
            choices = [_elements(piece)]
        choices = list(dict.fromkeys(choices))  # "[the]" adds nothing
        wordings = [wording + choice for wording in wordings for choice in choices]
    return finished + wordings


def _elements(piece: str) -> tuple[Element, ...]:
    if piece[0] == "{":
        return ((piece[1:-1], True),)
    keys = (token.key for token in tokenise(piece))
    return tuple((stem(key), False) for key in keys if key not in MEANINGLESS)


class Text(Protocol):
    """What templates are matched against."""

    @property
    def stems(self) -> Sequence[Sequence[str]]:
        """The words that each token is compared as."""
        ...

    @property
    def weights(self) -> Sequence[int]:
        """Of each token 0 if it means nothing, 1 if it means little, else 2."""
        ...

    def fillings(self, slot: str, place: int) -> Sequence[tuple[int, object]]:
        """Return what may fill a slot from a place on, each with the place after it."""
        ...


@dataclass(frozen=True, slots=True)
class Match(Generic[Payload]):
    """A template that fits.

    Attributes:
        payload: what was stored with it.
        slots: what fills its slots, by name.
        end: the place after its last token.
        words: how many tokens are words of the wording.
        skipped: how many words that mean little stand between them.
    """

    payload: Payload
    slots: Mapping[str, object]
    end: int
    words: int
    skipped: int


@dataclass(slots=True)
class _Node(Generic[Payload]):
    words: dict[str, "_Node[Payload]"] = field(default_factory=dict)
    slots: dict[str, "_Node[Payload]"] = field(default_factory=dict)
    payloads: list[Payload] = field(default_factory=list)


_Walk: TypeAlias = tuple[_Node[Payload], int, dict[str, object], int, int]
"""A node, the place in the text, what fills the slots, and the words that fit and are skipped."""


class Templates(Generic[Payload]):
    """A set of templates, each with a payload.

    Args:
        most_skipped: how many words that mean little may stand between the words of a wording.
    """

    def __init__(self, most_skipped: int = 0) -> None:
        self._root: _Node[Payload] = _Node()
        self._most_skipped = most_skipped

    def add(self, wording: str, payload: Payload) -> None:
        """Add a wording; its final mark is optional."""
        for elements in compile_wording(wording):
            self.add_elements(elements, payload)

    def add_elements(self, elements: Iterable[Element], payload: Payload) -> None:
        """Add a plain wording as its words and slots."""
        node = self._root
        for text, is_slot in elements:
            node = (node.slots if is_slot else node.words).setdefault(text, _Node())
        if payload not in node.payloads:
            node.payloads.append(payload)

    def find(self, elements: Iterable[Element]) -> Payload | None:
        """Return the first payload of exactly this wording."""
        node: _Node[Payload] | None = self._root
        for text, is_slot in elements:
            if node is None:
                return None
            node = (node.slots if is_slot else node.words).get(text)
        return node.payloads[0] if node is not None and node.payloads else None

    def full_matches(self, text: Text) -> Iterator[Match[Payload]]:
        """Yield the templates that fit a whole text."""
        size = len(text.weights)
        for match in self.matches(text):
            if match.end == size:
                yield match
                continue
            left = text.weights[match.end :]
            if 2 not in left and match.skipped + sum(left) <= self._most_skipped:
                yield replace(match, end=size, skipped=match.skipped + sum(left))

    def matches(self, text: Text, start: int = 0) -> Iterator[Match[Payload]]:
        """Yield the templates that fit a text from a place on."""
        size = len(text.weights)
        waiting: list[_Walk[Payload]] = [(self._root, start, {}, 0, 0)]
        while waiting:
            walk = waiting.pop()
            node, place, slots, words, skipped = walk
            for payload in node.payloads:
                yield Match(payload, slots, place, words, skipped)
            if place < size and (node.words or node.slots):
                self._add_further(waiting, walk, text)

    def _add_further(self, waiting: list[_Walk[Payload]], walk: _Walk[Payload], text: Text) -> None:
        """Add the next steps of a walk; what is added last is tried first.

        First words, then slots, then a word that is passed over.
        """
        node, place, slots, words, skipped = walk
        weight = text.weights[place]
        if weight < _MEANT and skipped + weight <= self._most_skipped:
            waiting.append((node, place + 1, slots, words, skipped + weight))
        for name, further in reversed(node.slots.items()):
            for end, value in reversed(text.fillings(name, place)):
                waiting.append((further, end, {**slots, name: value}, words, skipped))
        for key in reversed(text.stems[place]):
            found = node.words.get(key)
            if found is not None:
                waiting.append((found, place + 1, slots, words + 1, skipped))

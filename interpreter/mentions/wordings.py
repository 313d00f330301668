"""Wordings by what they read, and the questions that an English statement can be made into."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from interpreter.mentions.templates import Element

NAMED = "named"
"""The slot of an object that is a name."""


class Form(Enum):
    """What a template reads."""

    STATEMENT = auto()
    RETRACTION = auto()
    FRAGMENT = auto()  # a statement that lacks its subject or verb
    VALUE = auto()  # a question for the object
    YES_NO = auto()
    LIST = auto()  # a question for subjects
    RELATIVE = auto()  # "the city where X was born"
    INDIRECT = auto()  # "where X was born"


@dataclass(frozen=True, slots=True)
class Wording:
    """A template's payload.

    Attributes:
        form: what it reads.
        relation: its relation; "" where a noun phrase names it.
        exact: whether it is in the relation book.
        second: the relation of a second object, in the slot "d".
    """

    form: Form
    relation: str
    exact: bool = False
    second: str = ""


_S, _O, _WH, _CLASS, _WHICH = (
    (("s", True),), (("o", True),), (("wh", True),), (("class", True),), (("which", True),)
)  # fmt: skip
_DO = (("do", False),)


@dataclass(frozen=True, slots=True)
class ClauseWording:
    """A statement as a clause: a slot, a verb with what follows it, and the other slot."""

    subject_first: bool
    verb: tuple[Element, ...]
    rest: tuple[Element, ...]
    auxiliary: bool
    prepositions: frozenset[str]

    @classmethod
    def of(
        cls, elements: tuple[Element, ...], prepositions: frozenset[str]
    ) -> "ClauseWording | None":
        """Return the clause of a wording that begins and ends with a slot, else None."""
        middle = elements[1:-1]
        if len(elements) < 3 or any(is_slot for _, is_slot in middle):
            return None
        ends = (elements[0], elements[-1])
        if ends not in {(("s", True), ("o", True)), (("o", True), ("s", True))}:
            return None
        first = middle[0][0]
        if not first.isalpha() or first == "and":
            return None
        auxiliary = first in {"be", "will", "can"} or (first == "have" and len(middle) > 1)
        return cls(elements[0][0] == "s", middle[:1], middle[1:], auxiliary, prepositions)

    def questions(self) -> Iterator[tuple[tuple[Element, ...], Form]]:
        """Yield the questions of the clause, with their form."""
        verb, rest = self.verb, self.rest
        before, after = (_S, _O) if self.subject_first else (_O, _S)
        inverted = verb + before + rest if self.auxiliary else _DO + before + verb + rest
        yield inverted + after, Form.YES_NO
        if not self.subject_first:
            yield _WH + verb + rest + _S, Form.VALUE
            yield _WH + inverted, Form.LIST
            return
        for text in dict.fromkeys((rest, self._bare_rest)):
            asked = verb + _S + text if self.auxiliary else _DO + _S + verb + text
            yield _WH + asked, Form.VALUE
            yield _WH + _S + verb + text, Form.INDIRECT
        for text in dict.fromkeys((rest, self._bare_rest)):
            yield _S + verb + text + _WH, Form.VALUE
        yield _WH + verb + rest + _O, Form.LIST

    def relative_clauses(self) -> Iterator[tuple[Element, ...]]:
        """Yield the clause as it follows a noun: "the city that X was born in"."""
        if not self.subject_first:
            yield _CLASS + _WHICH + self.verb + self.rest + _S
            return
        for text in dict.fromkeys((self.rest, self._bare_rest)):
            yield _CLASS + _WHICH + _S + self.verb + text
        yield _CLASS + _S + self.verb + self.rest

    @property
    def _bare_rest(self) -> tuple[Element, ...]:
        """Return the rest without its last preposition: "born" of "born in"."""
        words = list(self.rest)
        while words and words[-1][0] in self.prepositions:
            words.pop()
        return tuple(words)

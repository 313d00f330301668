"""What is inserted into a sentence about a name: "X, born in Ulm, ...", "X (died in Bonn) ..."."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from interpreter.mentions.clause import Clause
from interpreter.mentions.passage import Passage
from kg_data.entities import Entity

_CLOSING = {",": ",", "(": ")", "-": "-"}
_MOST_CLOSINGS = 3  # marks that may end one insert


@dataclass(frozen=True, slots=True)
class Insert:
    """A part of a sentence that says something of a name in the rest of it.

    Attributes:
        entity: whom or what it is about.
        places: its tokens.
        rest: the tokens of the sentence without it.
    """

    entity: Entity
    places: Sequence[int]
    rest: Sequence[int]


def inserts_in(passage: Passage, places: Sequence[int]) -> Iterator[Insert]:
    """Yield the parts of a sentence that may be inserts, those in brackets first."""
    yield from _behind_names(passage, places)
    yield from _before_subject(passage, places)


def _behind_names(passage: Passage, places: Sequence[int]) -> Iterator[Insert]:
    """Yield "(born in Ulm)" behind a name, and ", born in Ulm," behind the first one."""
    keys = [passage.tokens[place].key for place in places]
    for start in range(1, len(places) - 1):
        closing = _CLOSING.get(keys[start], "")
        entity = _named_before(passage, places, start, anywhere=closing == ")") if closing else None
        if entity is None:
            continue
        ends = [end for end in range(start + 2, len(places)) if keys[end] == closing]
        for end in ends[:_MOST_CLOSINGS]:
            rest = [*places[:start], *places[end + 1 :]]
            yield Insert(entity, places[start + 1 : end], rest)


def _named_before(
    passage: Passage, places: Sequence[int], end: int, *, anywhere: bool
) -> Entity | None:
    """Return the only entity of the name that ends before a place, and begins the sentence."""
    for start in range(end) if anywhere else (0,):
        for span in passage.names.get(places[start], ()):
            whole = span.end == places[end - 1] + 1 and places[end] == span.end
            if whole and len(span.entities) == 1 and not span.misspelt:
                return span.entities[0]
    return None


def _before_subject(passage: Passage, places: Sequence[int]) -> Iterator[Insert]:
    """Yield "Born in Ulm" before ", X died in Bonn"."""
    if passage.names.get(places[0]):
        return
    for end, place in enumerate(places[:-1]):
        if passage.tokens[place].key != ",":
            continue
        for _, head in Clause.of(passage, places[end + 1 :]).heads(0):
            if len(head.entities) == 1 and not head.misspelt:
                yield Insert(head.entities[0], places[:end], places[end + 1 :])
                break

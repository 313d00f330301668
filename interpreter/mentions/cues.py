"""Cues: the words of wordings that tell which relation a sentence is about."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from interpreter.mentions.language import Language
from interpreter.mentions.stems import stem
from interpreter.mentions.templates import Element
from interpreter.mentions.wordings import Form

_SUBJECT, _OBJECT = ("s", True), ("o", True)


@dataclass(frozen=True, slots=True)
class HeardWording:
    """A wording by its cues.

    Attributes:
        elements: its cues, slots and prepositions, in order.
        cues: its words that mean something.
        relation: its relation.
        form: ``STATEMENT`` with the slots s and o, or ``VALUE`` with the slot s.
    """

    elements: tuple[Element, ...]
    cues: frozenset[str]
    relation: str
    form: Form


class CueWordings:
    """The wordings of a language by their cues; built when a sentence first needs them."""

    def __init__(self, language: Language) -> None:
        self._language = language

    @cached_property
    def all(self) -> Sequence[HeardWording]:
        """Return every wording that has a cue."""
        return tuple(dict.fromkeys(self._wordings()))

    @cached_property
    def _by_cue(self) -> dict[str, list[HeardWording]]:
        """Return the wordings by the rarest of their cues."""
        found: dict[str, list[HeardWording]] = {}
        for wording in self.all:
            rarest = max(sorted(wording.cues), key=self.rarity)
            found.setdefault(rarest, []).append(wording)
        return found

    @cached_property
    def _relations_of(self) -> Counter[str]:
        pairs = {(cue, wording.relation) for wording in self.all for cue in wording.cues}
        return Counter(cue for cue, _ in pairs)

    def rarity(self, cue: str) -> float:
        """Return how much a cue says: the fewer relations have it, the more."""
        return math.log((1 + len(self._language.book.relations)) / self._relations_of[cue])

    def weight(self, wording: HeardWording) -> float:
        """Return how much the cues of a wording say together."""
        return sum(map(self.rarity, wording.cues))

    def strongest(self, stems: Iterable[str]) -> float:
        """Return how much the rarest cue among some stems says, 0 if there is none."""
        return max((self.rarity(each) for each in stems if each in self._relations_of), default=0.0)

    def within(self, stems: Iterable[str], form: Form) -> Iterator[HeardWording]:
        """Yield the wordings of a form whose cues are all among some stems."""
        present = set(stems)
        for cue in sorted(present):
            for wording in self._by_cue.get(cue, ()):
                if wording.form is form and present.issuperset(wording.cues):
                    yield wording

    def _wordings(self) -> Iterator[HeardWording]:
        language = self._language
        for elements, stated, _ in language.statements():
            yield from self._heard(elements, stated.name, Form.STATEMENT)
        for elements, relation in language.value_questions():
            yield from self._heard(elements, relation, Form.VALUE)
        for noun, relation in language.noun_elements():
            for owned in self._owned(noun):
                yield from self._heard(owned, relation, Form.VALUE)
                for order in ((*owned, _OBJECT), (_OBJECT, *owned)):
                    yield from self._heard(order, relation, Form.STATEMENT)

    def _owned(self, noun: tuple[Element, ...]) -> Iterator[tuple[Element, ...]]:
        """Yield "X's noun", "noun of X" and the like."""
        language = self._language
        yield from ((_SUBJECT, (owner, False), *noun) for owner in sorted(language.owner))
        yield from ((*noun, (of, False), _SUBJECT) for of in (*sorted(language.of), "to"))

    @cached_property
    def _joining(self) -> frozenset[str]:
        """Return the words that tell which of two names is the subject."""
        language = self._language
        return language.owner | language.of | language.traits.prepositions

    def _heard(
        self, elements: Iterable[Element], relation: str, form: Form
    ) -> Iterator[HeardWording]:
        kept = tuple(
            (text, is_slot)
            for text, is_slot in elements
            if (text in {"s", "o"} if is_slot else text in self._joining or self.means(text))
        )
        slots = [text for text, is_slot in kept if is_slot]
        cues = frozenset(text for text, is_slot in kept if not is_slot and self.means(text))
        wanted = ["o", "s"] if form is Form.STATEMENT else ["s"]
        if sorted(slots) == wanted and cues:
            yield HeardWording(kept, cues, relation, form)

    def means(self, text: str) -> bool:
        """Tell whether a stem says something about a relation."""
        return text.isalnum() and text not in self._empty

    @cached_property
    def _empty(self) -> frozenset[str]:
        """Return the stems of words that say nothing about the relation."""
        language = self._language
        words = language.soft | language.closed | language.traits.meaningless
        return frozenset({*words, *map(stem, words)})

"""The noun phrases of a clause: names, what they own, what describes them, and lists of them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from interpreter.mentions.language import Language
from interpreter.mentions.passage import Head, NounPhrase
from interpreter.mentions.templates import Match, Text
from interpreter.mentions.wordings import Wording

LONGEST_CHAIN = 3  # relations

_MOST_PHRASES = 24  # at one place
_LONGEST_LIST = 8  # names that are joined


class Words(Text, Protocol):
    """What noun phrases are found in, as a :class:`interpreter.mentions.clause.Clause` is."""

    def key(self, place: int) -> str:
        """Return the key of a token, "" beyond the end."""
        ...

    def heads(self, place: int) -> Sequence[tuple[int, Head]]:
        """Return what a noun phrase may begin with at a place, and the place after it."""
        ...

    def nouns(self, place: int) -> Iterator[tuple[int, str]]:
        """Yield the nouns of relations from a place on, with or without what precedes them."""
        ...

    def noun_starts(self, place: int) -> Iterator[int]:
        """Yield a place, and those after determiners and adjectives."""
        ...


class NounPhrases:
    """Finds the noun phrases of a clause, and remembers them."""

    def __init__(self, clause: Words, language: Language) -> None:
        self._clause, self._language, self._traits = clause, language, language.traits
        self._found: dict[tuple[int, int], tuple[NounPhrase, ...]] = {}

    def at(self, place: int, depth: int = LONGEST_CHAIN) -> Sequence[NounPhrase]:
        """Return the noun phrases from a place on with at most ``depth`` relations."""
        key = (place, depth)
        if key not in self._found:
            self._found[key] = ()  # of a phrase within itself there is none
            found = dict.fromkeys(self._phrases_at(place, depth))
            self._found[key] = tuple(found)[:_MOST_PHRASES]
        return self._found[key]

    def _phrases_at(self, place: int, depth: int) -> Iterator[NounPhrase]:
        simple = list(self._simple_phrases(place, depth))
        while simple:
            yield from simple
            simple = [longer for phrase in simple for longer in self._owned(phrase, depth)]
            yield from (named for phrase in simple for named in self._named(phrase))
        for phrase in list(self._simple_phrases(place, 0)):
            yield from self._joined(phrase)
        if self._clause.key(place) in self._traits.joining_names:
            yield from (each for each in self.at(place + 1, 0) if len(each.heads) > 1)
        if self._clause.key(place) in self._traits.contrasting:
            yield from self._denied_first(place + 1)

    def _simple_phrases(self, place: int, depth: int) -> Iterator[NounPhrase]:
        for start in self._clause.noun_starts(place):
            for end, head in self._clause.heads(start):
                yield NounPhrase(end, (head,))
            yield from self._in_class(start)
            if depth:
                yield from self._described(start, depth)
                yield from self._with_relative_clause(start)
        if depth and self._clause.key(place) in self._language.pronouns["owners"]:
            pronoun = Head(self._clause.key(place), pronoun=self._clause.key(place))
            for end, relation in self._clause.nouns(place + 1):
                yield NounPhrase(end, (pronoun,), (relation,))

    def _in_class(self, start: int) -> Iterator[NounPhrase]:
        """Yield "the city of Vienna" and "President Lincoln".

        "The country of X's father" is that of his father: a noun of a relation is none of a class.
        """
        relations = {end for end, _ in self._language.noun_matches(self._clause, start)}
        for end, entity_class in self._language.class_matches(self._clause, start):
            after = end + 1 if self._clause.key(end) in self._language.of else end
            described = after > end and end in relations
            for head_end, head in self._clause.heads(after):
                if described and head.entities and not self._is_any(head, entity_class):
                    continue
                if head.entities or head.new:
                    heads = (replace(head, entity_class=entity_class),)
                    yield NounPhrase(head_end, heads, described=described)

    def _is_any(self, head: Head, entity_class: str) -> bool:
        is_a = self._language.book.is_a
        return any(is_a(each.entity_class, entity_class) for each in head.entities)

    def _described(self, start: int, depth: int) -> Iterator[NounPhrase]:
        """Yield "the father of X"."""
        for end, relation in self._language.noun_matches(self._clause, start):
            if self._clause.key(end) in self._language.of_relations:
                for phrase in self.at(end + 1, depth - 1):
                    if len(phrase.path) < depth:
                        yield from self._of(phrase, relation)
            elif self._traits.genitive_follows:
                for head_end, head in self._clause.heads(end):
                    if head.owner:
                        yield NounPhrase(head_end, (head,), (relation,))

    def _of(self, phrase: NounPhrase, relation: str) -> Iterator[NounPhrase]:
        """Yield "the son of X", and "a son of X's"."""
        path = (*phrase.path, relation)
        described = replace(phrase, path=path, described=True)
        yield described
        if self._clause.key(phrase.end) in self._language.owner:
            yield replace(described, end=phrase.end + 1)

    def _with_relative_clause(self, start: int) -> Iterator[NounPhrase]:
        """Yield "the city where X was born"."""
        if not any(True for _ in self._language.class_matches(self._clause, start)):
            return
        for match in self._language.relative.matches(self._clause, start):
            phrase = self._of_relative_clause(match)
            if phrase is not None:
                yield phrase

    def _of_relative_clause(self, match: Match[Wording]) -> NounPhrase | None:
        phrase, entity_class = match.slots["s"], match.slots["class"]
        if not (isinstance(phrase, NounPhrase) and isinstance(entity_class, str)):
            return None
        path = self._language.path_to_class(match.payload.relation, entity_class)
        whole = (*phrase.path, *path)
        if not path or len(whole) > LONGEST_CHAIN:
            return None
        return replace(phrase, end=match.end, path=whole)

    def _owned(self, phrase: NounPhrase, depth: int) -> Iterator[NounPhrase]:
        """Yield "X's father", and with an "s" left out "Xs father"."""
        # "the wife of X's father": the owner's mark belongs to X, and not to his wife
        if len(phrase.path) >= depth or len(phrase.heads) > 1 or phrase.described:
            return
        after = phrase.end
        if self._clause.key(after) in self._language.owner:
            after += 1
        elif not (self._leaves_owner_out(phrase) and self._clause.key(after).isalnum()):
            return
        unmarked = after == phrase.end
        for end, relation in self._clause.nouns(after):
            if not (unmarked and self._clause.key(end) in self._language.of_relations):
                yield replace(phrase, end=end, path=(*phrase.path, relation))

    def _leaves_owner_out(self, phrase: NounPhrase) -> bool:
        """Tell whether what a phrase owns may follow it without a mark."""
        return self._traits.owner_left_out or (phrase.heads[0].owner and not phrase.path)

    def _named(self, phrase: NounPhrase) -> Iterator[NounPhrase]:
        """Yield the name of "X's wife Y"."""
        for end, head in self._clause.heads(phrase.end):
            if head.entities and not head.misspelt:
                yield NounPhrase(end, (head,))

    def _joined(self, phrase: NounPhrase) -> Iterator[NounPhrase]:
        """Yield "A and B", "A, B and C", and "A, not B"."""
        heads, end = list(phrase.heads), phrase.end
        joining = self._traits.between_names
        for _ in range(_LONGEST_LIST):
            after = end
            while self._clause.key(after) in joining:
                after += 1
            listed = replace(phrase, end=end, heads=tuple(heads))
            contrasts = list(self._contrasts(listed, after))
            if contrasts or after == end:
                yield from contrasts
                return
            while self._clause.key(after) in self._traits.within_lists:
                after += 1
            further = list(self._simple_phrases(after, 0))
            if not further:
                return
            longest = max(further, key=lambda each: (each.end, bool(each.heads[0].entities)))
            if self._mixes(heads[0], longest.heads[0]):
                return
            heads += longest.heads
            end = longest.end
            yield NounPhrase(end, tuple(heads))
            behind = self._after_respectively(end)
            if behind is not None:
                yield NounPhrase(behind, tuple(heads), one_by_one=True)

    def _after_respectively(self, place: int) -> int | None:
        """Return the place after "respectively", None if it does not stand there."""
        after = place + (self._clause.key(place) == ",")
        return after + 1 if self._clause.key(after) in self._traits.distributing else None

    @staticmethod
    def _mixes(first: Head, second: Head) -> bool:
        """Tell whether a list would begin with one new word before a known name.

        "Effective today, Bulgaria" is no list; a capital at the start of a sentence says little.
        """
        return first.new and not first.quoted and " " not in first.written and not second.new

    def _contrasts(self, phrase: NounPhrase, after: int) -> Iterator[NounPhrase]:
        """Yield "A, not B" and "B, no wait, A"."""
        corrected = self._after_correction(after)
        if corrected is not None:
            yield from self._corrected(phrase, corrected)
        elif (
            self._clause.key(after) == "("
            and self._clause.key(after + 1) in self._traits.contrasting
        ):
            yield from self._instead_of(phrase, after + 1)
        elif self._clause.key(after) in self._traits.contrasting:
            yield from self._instead_of(phrase, after)

    def _after_correction(self, place: int) -> int | None:
        """Return the place after "no wait, in", None if nothing of the kind is there."""
        after = place
        traits = self._traits
        behind = {","} | traits.after_correcting | traits.after_contrasting
        while self._clause.key(after) in traits.correcting or (
            after > place and self._clause.key(after) in behind
        ):
            after += 1
        return after if after > place else None

    def _corrected(self, phrase: NounPhrase, place: int) -> Iterator[NounPhrase]:
        """Yield the phrase after "no wait", which stands in place of the one before it."""
        for other in self._simple_phrases(place, 0):
            yield replace(other, instead_of=phrase.heads)

    def _denied_first(self, place: int) -> Iterator[NounPhrase]:
        """Yield "not B but A", from the place after "not" on."""
        before = self._traits.after_contrasting
        for denied in self._phrases_behind(place, before):
            after = denied.end + (self._clause.key(denied.end) == ",")
            if self._clause.key(after) in self._traits.but:
                for phrase in self._phrases_behind(after + 1, before):
                    yield replace(phrase, instead_of=denied.heads)

    def _phrases_behind(self, place: int, words: frozenset[str]) -> Iterator[NounPhrase]:
        """Yield the names from a place on, with or without some words before them."""
        while self._clause.key(place) in words:
            place += 1
        return self._simple_phrases(place, 0)

    def _instead_of(self, phrase: NounPhrase, place: int) -> Iterator[NounPhrase]:
        after = place + 1
        while self._clause.key(after) in self._traits.after_contrasting:
            after += 1
        for other in self._simple_phrases(after, 0):
            yield replace(phrase, end=other.end, instead_of=other.heads)

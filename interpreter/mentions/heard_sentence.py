"""A sentence as its arguments - names, dates, pronouns - and its other words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from interpreter.mentions.clause import Clause
from interpreter.mentions.cues import CueWordings, HeardWording
from interpreter.mentions.language import Language
from interpreter.mentions.passage import Head, Passage
from interpreter.mentions.tokens import Kind

_BEHIND_NEGATION = 5  # tokens between a negation and the name that it denies
_BEHIND_WORD = 3  # tokens between a word that takes back and the name that is right
_MOST_MEANT = 3  # entities that a part of a name may mean


@dataclass(frozen=True, slots=True)
class Argument:
    """What a sentence says something about.

    Attributes:
        heads: a name, a date or a pronoun; several names that are joined by "and".
        place: where it stands in the sentence.
        end: the place after it.
    """

    heads: tuple[Head, ...]
    place: int
    end: int

    @property
    def is_pronoun(self) -> bool:
        """Tell whether it is a pronoun."""
        return bool(self.heads[0].pronoun)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence that is in no argument.

    Attributes:
        text: the word as it is written.
        stems: what it is compared as.
        place: where it stands in the sentence.
        means: whether it is more than a word of grammar.
    """

    text: str
    stems: tuple[str, ...]
    place: int
    means: bool


@dataclass(frozen=True, slots=True)
class HeardSentence:
    """The parts of a sentence.

    Attributes:
        arguments: names and dates; pronouns only where there are not two of them.
        denied: a name that is denied in favour of another.
        words: the other words.
        turned: whether a negation stands in it that denies no name.
    """

    arguments: tuple[Argument, ...]
    denied: Argument | None
    words: tuple[Word, ...]
    turned: bool

    @property
    def stems(self) -> set[str]:
        """Return the stems of its words."""
        return {each for word in self.words for each in word.stems}

    @property
    def heads(self) -> Iterator[Head]:
        """Return all names, dates and pronouns."""
        denied = (self.denied,) if self.denied else ()
        return (head for each in (*self.arguments, *denied) for head in each.heads)

    def left_out(self, wording: HeardWording) -> tuple[Word, ...]:
        """Return the words that mean something and are no cues of a wording."""
        return tuple(
            word for word in self.words if word.means and wording.cues.isdisjoint(word.stems)
        )

    def is_about_other(self, wording: HeardWording, language: Language) -> bool:
        """Tell whether a name only says whose something is that no cue of a wording names.

        "X's dog was born in Ulm", "the dog of X was ..." and "the X lookalike was ..." say nothing
        of X.
        """
        by_place = {word.place: word for word in self.words}
        return any(
            self._is_owner(each, by_place, wording, language)
            or self._is_within_noun(each, by_place, wording, language)
            for each in self.arguments
        )

    def _is_owner(
        self,
        argument: Argument,
        by_place: Mapping[int, Word],
        wording: HeardWording,
        language: Language,
    ) -> bool:
        behind, before = by_place.get(argument.end), by_place.get(argument.place - 1)
        if behind is not None and behind.text.casefold() in language.owner:
            owned = self._next(by_place, behind.place + 1, 1)
            return owned is None or wording.cues.isdisjoint(owned.stems)
        if before is not None and before.text.casefold() in language.of:
            owned = self._next(by_place, before.place - 1, -1)
            return owned is not None and wording.cues.isdisjoint(owned.stems)
        return False

    @staticmethod
    def _is_within_noun(
        argument: Argument,
        by_place: Mapping[int, Word],
        wording: HeardWording,
        language: Language,
    ) -> bool:
        noun, verb = by_place.get(argument.end), by_place.get(argument.end + 1)
        return (
            noun is not None
            and verb is not None
            and noun.means
            and wording.cues.isdisjoint(noun.stems)
            and verb.text.casefold() in language.traits.auxiliaries
        )

    @staticmethod
    def _next(by_place: Mapping[int, Word], place: int, step: int) -> Word | None:
        """Return the first word from a place on that means something, up to a name."""
        while (word := by_place.get(place)) is not None and not word.means:
            place += step
        return word

    def in_order(self, wording: HeardWording, places: dict[str, int]) -> bool:
        """Tell whether cues, prepositions and slots follow each other as in a wording.

        Args:
            wording: the wording.
            places: where what fills the slots stands.
        """
        last = -1
        for text, is_slot in wording.elements:
            if is_slot:
                found = [places[text]]
            else:
                found = [each.place for each in self.words if text in each.stems]
            later = [each for each in found if each > last]
            if not later:
                return False
            last = later[0]
        return True


class SentenceParts:
    """Finds the parts of sentences.

    Args:
        language: the words of the language.
        wordings: tell which words mean something.
    """

    def __init__(self, language: Language, wordings: CueWordings) -> None:
        self._language, self._wordings = language, wordings
        self._negations = language.traits.negations | language.traits.contrasting

    def of(self, passage: Passage, places: Sequence[int]) -> HeardSentence:
        """Return the parts of a sentence."""
        clause = Clause.of(passage, places)
        arguments: list[Argument] = []
        words: list[Word] = []
        place = 0
        while place < len(clause):
            found = self._head(passage, clause, place)
            if found is not None:
                end, head = found
                arguments.append(Argument((head,), place, end))
                place = end
                continue
            words += self._word(clause, place)
            place += 1
        arguments, words = self._without_first_word(clause, arguments, words)
        return self._sorted(clause, self._joined(clause, arguments), words)

    def _word(self, clause: Clause, place: int) -> Iterator[Word]:
        token = clause.token(place)
        if token is not None and token.kind is not Kind.MARK:
            stems = tuple(clause.stems[place])
            yield Word(token.text, stems, place, all(map(self._wordings.means, stems)))

    def _head(self, passage: Passage, clause: Clause, place: int) -> tuple[int, Head] | None:
        """Return the likeliest argument that begins at a place, and the place after it."""
        found = [(_likelihood(head), end, head) for end, head in clause.heads(place) if end > place]
        if found:
            _, end, head = max(found, key=lambda each: each[:2])
            return end, head
        token = clause.token(place)
        if token is None or token.kind is not Kind.WORD or any(t.capital for t in passage.tokens):
            return None
        if clause.key(place) in self._language.words:
            return None
        meant = passage.index.by_part(token)
        if not 0 < len(meant) <= _MOST_MEANT:
            return None
        return place + 1, Head(token.text, tuple(meant), misspelt=True)

    def _without_first_word(
        self, clause: Clause, arguments: list[Argument], words: list[Word]
    ) -> tuple[list[Argument], list[Word]]:
        """Take a capital at the beginning for an ordinary word if there are names enough."""
        first = arguments[0] if arguments else None
        if first is None or (first.place, first.end) != (0, 1) or not first.heads[0].new:
            return arguments, words
        ordinary = clause.key(0) in self._language.words or len(arguments) > 2
        if first.heads[0].quoted or not ordinary:
            return arguments, words
        return arguments[1:], [*self._word(clause, 0), *words]

    def _joined(self, clause: Clause, arguments: list[Argument]) -> list[Argument]:
        """Join the names between which only "and" and commas stand."""
        joining = self._language.traits.between_names
        joined: list[Argument] = []
        for each in arguments:
            last = joined[-1] if joined else None
            between = range(last.end, each.place) if last else range(0)
            if (
                last is not None
                and len(between) > 0
                and all(clause.key(place) in joining for place in between)
                and _alike(last.heads[-1], each.heads[0])
            ):
                heads = (*last.heads, *each.heads)
                joined[-1] = Argument(heads, last.place, each.end)
            else:
                joined.append(each)
        return joined

    def _sorted(
        self, clause: Clause, arguments: list[Argument], words: list[Word]
    ) -> HeardSentence:
        named = [each for each in arguments if not each.is_pronoun]
        denied = self._denied(clause, named)
        kept = [each for each in named if each is not denied]
        if len(kept) < 2:
            kept += [each for each in arguments if each.is_pronoun][: 2 - len(kept)]
        kept.sort(key=lambda each: each.place)
        denying = self._negations | (self._language.taking_back if denied else frozenset())
        turned = denied is None and any(
            not self._negations.isdisjoint(each.stems[:1]) for each in words
        )
        left = words if denied is None else [each for each in words if not _is(each, denying)]
        return HeardSentence(tuple(kept), denied, tuple(left), turned)

    def _denied(self, clause: Clause, named: list[Argument]) -> Argument | None:
        """Return the name of three that is denied in favour of another of its kind."""
        if len(named) != 3:
            return None
        for number, each in enumerate(named):
            before = range(
                max(named[number - 1].end if number else 0, each.place - _BEHIND_NEGATION),
                each.place,
            )
            if any(clause.key(place) in self._negations for place in before):
                return each
        for each, right in pairwise(named):
            between = [clause.key(place) for place in range(each.end, right.place)]
            if not self._language.taking_back.isdisjoint(between[-_BEHIND_WORD:]):
                return each
            if clause.key(each.place - 1) == "from" and between in (["to"], ["into"]):
                return each
        return None


def _is(word: Word, keys: frozenset[str]) -> bool:
    return word.text.casefold() in keys or not keys.isdisjoint(word.stems)


def _alike(first: Head, second: Head) -> bool:
    """Tell whether two names may be of one list."""
    if first.value or second.value or first.pronoun or second.pronoun:
        return False
    classes = [{each.entity_class for each in head.entities} for head in (first, second)]
    return not classes[0] or not classes[1] or not classes[0].isdisjoint(classes[1])


def _likelihood(head: Head) -> int:
    """Return how likely a head is meant, before its length counts."""
    if head.entities:
        return 2 if head.misspelt else 4
    return 4 if head.value or head.quoted else 3 if head.new else 1

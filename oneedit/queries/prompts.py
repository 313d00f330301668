"""Writes what the model is asked: a person's question in form, or the book's words for it."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from interpreter.intents import Ask, Guess
from interpreter.mentions.language import data_of
from interpreter.mentions.languages import UNDERSTOOD
from interpreter.mentions.question_forms import QuestionForms
from interpreter.normalization import fold, replace_pronouns, straighten_quotes
from kg_data.entities import Lexicon
from kg_data.phrases import Phrases, as_question

_LONGEST_NAME = 6  # words of a name that is looked for in a question that was not linked
_MOST_WORDS = 60  # of a question in which names are looked for
_WORD = re.compile(r"[^\s?!]+")
_AROUND = " .,;:\"'()"


@dataclass(frozen=True)
class PromptWriter:
    """Writes prompts from questions.

    Attributes:
        phrases: the wordings of the relation book.
        lexicon: the known names.
    """

    phrases: Phrases
    lexicon: Lexicon

    def in_form(self, ask: Ask) -> str:
        """Return a question as people spell and mark it with care, in its own words.

        In NFC, with straight quotes, known names in their own spelling, and "?" at its end. The
        names that were linked are spelled so, misspelt ones as well, and the subject is put for a
        pronoun. In a question that was not linked this is every known name of two words or more,
        because one word may be a word like any other. What is all in capitals is put in lower case
        first.
        """
        text = straighten_quotes(unicodedata.normalize("NFC", ask.text)).strip()
        text = text.lower() if text.isupper() else text
        for guess in ask.guesses:
            text = _respelled(text, guess)
        for name in (ask.object, *(each.object for each in ask.conditions)):
            text = _spell_first(text, self._called(name)) if name else text
        if ask.path:
            names = self._called(ask.subject)
            text = _spell_first(text, names)
            if not any(_standing_alone(name).search(text) for name in names):
                text = replace_pronouns(text, ask.subject)  # the model sees no dialogue
        if ask.linked:
            return as_question(text)
        for name in self._names_in(text):
            text = _spell_first(text, [name])
        return as_question(text) if _question_forms().asks(text) else text

    def _called(self, entity_id: str) -> tuple[str, ...]:
        return (entity_id, *self.lexicon.aliases(entity_id))

    def in_own_words(self, ask: Ask, *, steps: bool) -> str:
        """Return the first taught wording of a linked question, "" if its relation has none."""
        return self.phrases.taught_question(ask.subject, ask.path, steps=steps)

    def _names_in(self, text: str) -> Iterator[str]:
        """Yield the known names of several words in a text, the longest at each place."""
        words = [found.span() for found in _WORD.finditer(text)]
        start = 0
        while start < len(words) <= _MOST_WORDS:
            for count in range(min(_LONGEST_NAME, len(words) - start), 1, -1):
                span = text[words[start][0] : words[start + count - 1][1]]
                name = self._own_spelling(span.strip(_AROUND).removesuffix("'s"))
                if name:
                    yield name
                    start += count - 1
                    break
            start += 1

    def _own_spelling(self, name: str) -> str:
        for entity in self.lexicon.lookup(name):
            for known in (entity.id, *self.lexicon.aliases(entity.id)):
                if fold(known) == fold(name):
                    return known
        return ""


@cache
def _question_forms() -> QuestionForms:
    return QuestionForms(map(data_of, UNDERSTOOD))


def _spell_first(text: str, names: Sequence[str]) -> str:
    """Spell the longest of some names that stand in a text as it is spelled by itself.

    >>> _spell_first("who is joe biden's wife", ["Joe", "Joe Biden"])
    "who is Joe Biden's wife"
    >>> _spell_first("Who is Erdogan?", ["Erdoğan", "Erdogan"])
    'Who is Erdogan?'
    """
    longest_first = sorted(
        names, key=lambda name: (-len(name), name.casefold() not in text.casefold())
    )
    if any(_standing_alone(name).search(text) for name in longest_first):
        return text
    folded, places = _fold_with_places(text)
    for name in longest_first:
        found = _standing_alone(fold(name)).search(folded)
        if found:
            start, end = places[found.start()], places[found.end() - 1] + 1
            return f"{text[:start]}{name}{text[end:]}"
    return text


def _respelled(text: str, guess: Guess) -> str:
    """Put the name of an entity where it was written otherwise."""
    written = straighten_quotes(unicodedata.normalize("NFC", guess.written))
    return re.sub(
        rf"(?<!\w){re.escape(written)}(?!\w)",
        lambda _: guess.entity,
        text,
        count=1,
        flags=re.IGNORECASE,
    )


def _standing_alone(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def _fold_with_places(text: str) -> tuple[str, list[int]]:
    """Return a text folded, and the place in the text of each character of it."""
    pairs = [(folded, place) for place, char in enumerate(text) for folded in fold(char)]
    return "".join(folded for folded, _ in pairs), [place for _, place in pairs]

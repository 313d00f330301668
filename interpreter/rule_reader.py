"""The reader without a model: wordings of the relation book, and linking of names."""

import re

from rapidfuzz import fuzz, process

from interpreter import commands
from interpreter.corrections import CorrectionReader
from interpreter.dialogue import Dialogue
from interpreter.grammar import NounPhraseParser
from interpreter.intents import Ask, History, Intent, Selection, Unclear
from interpreter.linking import Linker
from interpreter.normalization import normalise_message, shorten
from interpreter.questions import QuestionReader, is_question
from interpreter.resolver import Resolver
from interpreter.retractions import RetractionReader
from interpreter.statements import StatementReader, StatementReading
from kg_data.entities import Entity, Lexicon
from kg_data.relations import RelationBook, Wordings

_HELP = (
    'State one fact, such as "The capital of France is Paris.", ask a question, or say "undo" '
    'or "history".'
)
_MOST_WORDS = 60
_MOST_NAME_WORDS = 7
_NOUNS_OFFERED = 3
_FUNCTION_WORDS = {
    "the", "a", "an", "is", "was", "are", "were", "be", "been", "has", "have", "had", "of", "in",
    "at", "on", "to", "by", "for", "from", "with", "and", "as", "'s", "s", "'", "his", "her", "its",
    "their", "he", "she", "it", "they", "not",
}  # fmt: skip
_RELATION = re.compile(
    r"^the (?P<of>[^']+?) of |'s? (?P<owned>\S+(?: \S+){0,3}?) (?:is|was|are|were)\b", re.IGNORECASE
)


class RuleReader:
    """Reads messages by rules; implements ``interpreter.interpreter.Reader``.

    Args:
        book: the relation book, compiled here once (about 50 ms).
        lexicon: finds entities by name; read at every message, so that new names are found.
    """

    def __init__(self, book: RelationBook, lexicon: Lexicon) -> None:
        self._book, self._lexicon = book, lexicon
        parser, linker = NounPhraseParser(book), Linker(book, lexicon)
        self._linker = linker
        self._questions = QuestionReader(book, parser, linker)
        self._statements = StatementReader(book, parser, linker)
        self._resolver = Resolver(book, linker)
        parts = (book, parser, linker, self._statements, self._resolver)
        self._retractions, self._corrections = RetractionReader(*parts), CorrectionReader(*parts)

    def read(self, text: str, dialogue: Dialogue) -> Intent:
        """Return the intent of a message; the text of an ``Ask`` is the unchanged message."""
        plain = normalise_message(text)
        subject = dialogue.last_subject
        command = (
            commands.read_roll_back(plain)
            or commands.read_undo(plain)
            or commands.read_small_talk(plain)
            or self._history(plain)
        )
        if command:
            return command
        if is_question(plain):
            return self._tell_worded_as_question(plain, subject) or self._ask(text, plain, dialogue)
        return (
            self._corrections.read(plain, subject)
            or self._retractions.read(plain, subject)
            or self._tell(plain, subject)
        )

    def _history(self, plain: str) -> History | Unclear | None:
        name = commands.read_history(plain)
        if not name:
            return None if name is None else History()
        link = self._linker.any_entity(name)
        if not link.known:
            return self._resolver.unknown(link)
        if link.ambiguous:
            return self._resolver.ambiguous(link)
        return History(Selection(entity=link.id))

    def _tell_worded_as_question(self, plain: str, subject: str | None) -> Intent | None:
        """Read a statement that begins like a question, as "When X wins, ..."."""
        best = [] if plain.endswith("?") else self._statements.best_readings(plain, subject)
        certain = best and best[0].exact and best[0].subject.known
        return self._resolver.resolve([best]) if certain else None

    def _ask(self, text: str, plain: str, dialogue: Dialogue) -> Ask | Unclear:
        best = self._questions.best_readings(plain, dialogue.last_subject)
        if not best and dialogue.last_relation:
            follow_up = self._questions.read_follow_up(plain, dialogue.last_relation)
            best = [follow_up] if follow_up else []
        if not best:
            return Ask(text)
        if best[0].subject.ambiguous:
            return self._resolver.ambiguous(best[0].subject)
        if len(best) > 1:
            return self._ambiguous_question(best[0].subject.id, [reading.path for reading in best])
        return Ask(text, best[0].subject.id, best[0].path)

    def _ambiguous_question(self, subject: str, paths: list[tuple[str, ...]]) -> Unclear:
        nouns = [" of the ".join(self._book[name].noun for name in path[::-1]) for path in paths]
        options = tuple(f"What is the {words} of {subject}?" for words in nouns)
        return Unclear("ambiguous", "The question can mean several things. Which?", options)

    def _tell(self, plain: str, subject: str | None) -> Intent:
        readings_by_fact = self._statements.readings_by_fact(plain, subject)
        if not readings_by_fact or _is_guess(readings_by_fact[0][0]):
            return self._not_understood(plain)
        return self._resolver.resolve(readings_by_fact)

    def _not_understood(self, plain: str) -> Unclear:
        words, found = self._without_names(plain)
        named = _RELATION.search(plain)
        words = named["of"] or named["owned"] if named and found else words
        if not found or not words:
            return Unclear("not_understood", f"The message was not understood. {_HELP}")
        nouns = self._similar_nouns(words, found)
        listed = ", ".join(f'"{noun}"' for noun in nouns)
        reason = (
            f'No relation is called "{shorten(words)}". Did you mean {listed}? Say, for example, '
            f'"The {nouns[0]} of {found[0].id} is ...".'
        )
        return Unclear("unknown_relation", reason, nouns)

    def _without_names(self, plain: str) -> tuple[str, list[Entity]]:
        """Return the words outside of names, and the named entities; longest names first."""
        words = re.sub(r"'s?(?= |$)", " '", plain.rstrip(".!")).split()[:_MOST_WORDS]
        found: list[Entity] = []
        rest: list[str] = []
        place = 0
        while place < len(words):
            for end in range(min(place + _MOST_NAME_WORDS, len(words)), place, -1):
                name = " ".join(words[place:end]).strip(" ,'")
                entities = self._lexicon.lookup(name) if name else ()
                if entities:
                    found.append(entities[0])
                    place = end
                    break
            else:
                rest.append(words[place].strip(",;:\"'"))
                place += 1
        kept = [word for word in rest if word and word.casefold() not in _FUNCTION_WORDS]
        return " ".join(kept), found

    def _similar_nouns(self, words: str, found: list[Entity]) -> tuple[str, ...]:
        """Return the nouns of the most similar relations that fit the class of the first entity."""
        relations = list(self._book.relations.values())
        fitting = [
            each for each in relations if self._book.accepts(each.domain, found[0].entity_class)
        ]
        nouns = {
            phrase: relation.noun
            for relation in fitting or relations
            for phrase in (*relation.nouns, *_content_words(relation.statements))
        }
        ranked = process.extract(words, list(nouns), scorer=fuzz.token_ratio, limit=len(nouns))
        return tuple(dict.fromkeys(nouns[noun] for noun, _, _ in ranked))[:_NOUNS_OFFERED]


def _content_words(wordings: Wordings) -> list[str]:
    """Return each wording without slots, punctuation and function words."""
    texts = (re.sub(r"\{\w\}('s)?|[.,]", "", wording) for wording in wordings.for_edits())
    return [" ".join(w for w in text.split() if w not in _FUNCTION_WORDS) for text in texts]


def _is_guess(reading: StatementReading) -> bool:
    """Tell whether a reading has no known name and a colloquial wording."""
    return reading.level == 0 and not reading.exact

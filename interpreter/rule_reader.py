"""The embedded reader: the relation book's grammar and the linking of names, no model needed."""

import re

from rapidfuzz import fuzz, process

from interpreter import commands
from interpreter.dialogue import Dialogue
from interpreter.grammar import NounPhraseParser
from interpreter.intents import Ask, History, Intent, Unclear
from interpreter.linking import Linker
from interpreter.normalization import normalise, shorten
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
_LONGEST_NAME = 7  # words
_NOUNS_OFFERED = 3
_EMPTY_WORDS = {
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
        book: relations and wordings, compiled once here (about 50 ms).
        lexicon: asked anew at every message, so that new names are found at once.
    """

    def __init__(self, book: RelationBook, lexicon: Lexicon) -> None:
        self._book, self._lexicon = book, lexicon
        nouns, linker = NounPhraseParser(book), Linker(book, lexicon)
        self._linker = linker
        self._questions = QuestionReader(book, nouns, linker)
        self._statements = StatementReader(book, nouns, linker)
        self._resolver = Resolver(book, linker)
        self._retractions = RetractionReader(book, nouns, linker, self._statements, self._resolver)

    def read(self, text: str, dialogue: Dialogue) -> Intent:
        """Return what the message asks for; an ``Ask`` carries it unchanged."""
        plain = normalise(text)
        subject = dialogue.last_subject
        command = commands.undo(plain) or commands.talk(plain) or self._history(plain)
        if command:
            return command
        if is_question(plain):
            return self._stated(plain, subject) or self._ask(text, plain, dialogue)
        return self._retractions.read(plain, subject) or self._tell(plain, subject)

    def _history(self, plain: str) -> History | Unclear | None:
        name = commands.history(plain)
        if not name:
            return None if name is None else History()
        link = self._linker.anything(name)
        if not link.known:
            return self._resolver.unknown(link)
        return self._resolver.ambiguous(link) if link.ambiguous else History(link.id)

    def _stated(self, plain: str, subject: str | None) -> Intent | None:
        """Read a sentence that begins like a question and yet states something."""
        best = [] if plain.endswith("?") else self._statements.best(plain, subject)
        certain = best and best[0].exact and best[0].subject.known
        return self._resolver.tell([best]) if certain else None

    def _ask(self, text: str, plain: str, dialogue: Dialogue) -> Ask | Unclear:
        best = self._questions.best(plain, dialogue.last_subject)
        if not best and dialogue.last_relation:
            following = self._questions.next_one(plain, dialogue.last_relation)
            best = [following] if following else []
        if not best:
            return Ask(text)
        if best[0].subject.ambiguous:
            return self._resolver.ambiguous(best[0].subject)
        if len(best) > 1:
            return self._which(best[0].subject.id, [asked.path for asked in best])
        return Ask(text, best[0].subject.id, best[0].path)

    def _which(self, subject: str, paths: list[tuple[str, ...]]) -> Unclear:
        nouns = [" of the ".join(self._book[one].noun for one in path[::-1]) for path in paths]
        options = tuple(f"What is the {words} of {subject}?" for words in nouns)
        return Unclear("ambiguous", "The question can mean several things. Which?", options)

    def _tell(self, plain: str, subject: str | None) -> Intent:
        sentences = self._statements.sentences(plain, subject)
        if not sentences or _guessed(sentences[0][0]):
            return self._not_read(plain)
        return self._resolver.tell(sentences)

    def _not_read(self, plain: str) -> Unclear:
        words, found = self._without_names(plain)
        named = _RELATION.search(plain)
        words = named["of"] or named["owned"] if named and found else words
        if not found or not words:
            return Unclear("not_understood", f"The message was not understood. {_HELP}")
        nouns = self._closest(words, found)
        listed = ", ".join(f'"{noun}"' for noun in nouns)
        reason = (
            f'No relation is called "{shorten(words)}". Did you mean {listed}? Say, for example, '
            f'"The {nouns[0]} of {found[0].id} is ...".'
        )
        return Unclear("unknown_relation", reason, nouns)

    def _without_names(self, plain: str) -> tuple[str, list[Entity]]:
        """Return the words that name nothing, and the entities named, the longest names first."""
        words = re.sub(r"'s?(?= |$)", " '", plain.rstrip(".!")).split()[:_MOST_WORDS]
        found: list[Entity] = []
        rest: list[str] = []
        place = 0
        while place < len(words):
            for end in range(min(place + _LONGEST_NAME, len(words)), place, -1):
                name = " ".join(words[place:end]).strip(" ,'")
                entities = self._lexicon.lookup(name) if name else ()
                if entities:
                    found.append(entities[0])
                    place = end
                    break
            else:
                rest.append(words[place].strip(",;:\"'"))
                place += 1
        kept = [word for word in rest if word and word.casefold() not in _EMPTY_WORDS]
        return " ".join(kept), found

    def _closest(self, words: str, found: list[Entity]) -> tuple[str, ...]:
        """Return the nouns most like the words, one a relation, those of the entity's class."""
        relations = list(self._book.relations.values())
        fitting = [
            one for one in relations if self._book.accepts(one.domain, found[0].entity_class)
        ]
        nouns = {
            phrase: relation.noun
            for relation in fitting or relations
            for phrase in (*relation.nouns, *_bare(relation.statements))
        }
        ranked = process.extract(words, list(nouns), scorer=fuzz.token_ratio, limit=len(nouns))
        return tuple(dict.fromkeys(nouns[noun] for noun, _, _ in ranked))[:_NOUNS_OFFERED]


def _bare(wordings: Wordings) -> list[str]:
    """Return the words of statements that carry their meaning."""
    texts = (re.sub(r"\{\w\}('s)?|[.,]", "", wording) for wording in wordings.all())
    return [" ".join(w for w in text.split() if w not in _EMPTY_WORDS) for text in texts]


def _guessed(reading: StatementReading) -> bool:
    """Tell whether nothing but an everyday wording speaks for the reading."""
    return reading.level == 0 and not reading.exact

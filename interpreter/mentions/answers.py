"""Questions that a message answers itself: "The capital of Australia? Sydney."."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from interpreter.intents import AskKind, Tell
from interpreter.mentions.asking import AskingReader, AskReading
from interpreter.mentions.clause import Clause
from interpreter.mentions.divider import ToldClause
from interpreter.mentions.fact_maker import FactMaker
from interpreter.mentions.facts import ClauseReading, ToldFact
from interpreter.mentions.framed import PLAIN
from interpreter.mentions.frames import FrameReader
from interpreter.mentions.language import Language
from interpreter.mentions.links import MentionLink
from interpreter.mentions.passage import Head, NounPhrase, Passage
from interpreter.mentions.referents import Referents
from interpreter.mentions.telling import TellingReader
from kg_data.entities import Entity

_REACTIONS = frozenset({PLAIN, "denied", "question"})  # kinds of "No.", "Wrong.", "Really?"


@dataclass(frozen=True)
class AnswerReader:
    """Reads a question with what stands behind it as a statement, which has to be agreed to."""

    language: Language
    asking: AskingReader
    telling: TellingReader
    maker: FactMaker

    def read(self, passage: Passage, referents: Referents) -> Tell | None:
        """Return what a message tells that begins with a question and does not end with one."""
        sentences = passage.sentences()
        asked = [passage.is_asked(each) for each in sentences]
        if len(sentences) < 2 or asked[0] is False or any(asked[1:]):
            return None
        frames = FrameReader(passage)
        behind = [frames.strip(each) for each in sentences[1:]]
        if any(each.places and each.obstacles for each in behind):
            return None
        if any(not each.kinds <= _REACTIONS for each in behind):
            return None
        rest = [each.places for each in behind if each.places]
        return self._answered(passage, sentences[0], rest, referents) if rest else None

    def _answered(
        self,
        passage: Passage,
        question: Sequence[int],
        rest: Sequence[Sequence[int]],
        referents: Referents,
    ) -> Tell | None:
        readings = self.asking.read(passage, question, referents)
        asked = readings[0] if len(readings) == 1 else None
        if asked is not None and len(rest) == 1:
            answer = self._value(passage, rest[0])
            clause = None if answer is None else self._fact(asked, answer, referents)
            if clause is not None:
                return self._told([clause])
        topics = self._topics(passage, question)
        about = referents.after(topics or _entities(asked), ())
        told = self.telling.sentences(passage, rest, about)
        known = told.clauses and not told.unread and told.kinds <= {PLAIN}
        if not known or any(each.negated for each in told.clauses):
            return None
        if topics or asked is None or all(_is_answer(each, asked) for each in told.clauses):
            return self._told(told.clauses) if topics or asked is not None else None
        return None

    def _told(self, clauses: Sequence[ToldClause]) -> Tell | None:
        told = self.maker.tell(clauses)
        if not isinstance(told, Tell) or told.new_entities:
            return None
        return Tell(told.facts, (), told.replaces, told.guesses, heard=True)

    def _value(self, passage: Passage, places: Sequence[int]) -> NounPhrase | None:
        """Return the name in "Sydney" and "It is Sydney"."""
        clause = Clause.of(passage, places)
        phrases = [each for each in clause.noun_phrases(0) if each.end == len(clause)]
        phrases += [
            phrase
            for match in self.language.corrections.full_matches(clause)
            if isinstance(phrase := match.slots.get("o"), NounPhrase)
        ]
        plain = [each for each in phrases if not each.path and len(each.heads) == 1]
        return next((each for each in plain if not each.heads[0].pronoun), None)

    def _fact(
        self, asked: AskReading, answer: NounPhrase, referents: Referents
    ) -> ToldClause | None:
        """Return the fact whose object was asked for; of a question for yes or no, another one."""
        if asked.subject is None or len(asked.path) != 1 or asked.kind is AskKind.COUNT:
            return None
        subject = Head(asked.subject.name, asked.subject.entities, by_id=True)
        fact = self.asking.facts.fact(subject, asked.path, answer.heads[0], answer, referents)
        if fact is None or fact.fits < 2 or not fact.object.known:
            return None
        if asked.kind is AskKind.YES_NO:
            fact = ToldFact(fact.subject, fact.path, fact.object, instead_of=asked.object)
        return ToldClause((ClauseReading((fact,)),))

    @staticmethod
    def _topics(passage: Passage, question: Sequence[int]) -> list[Entity]:
        """Return the entity of a question that is nothing but a name: "Marilyn Quayle?"."""
        clause = Clause.of(passage, question)
        whole = [
            each.heads[0]
            for each in clause.noun_phrases(0)
            if each.end == len(clause) and not each.path and len(each.heads) == 1
        ]
        return [head.entities[0] for head in whole if len(head.entities) == 1][:1]


def _entities(asked: AskReading | None) -> list[Entity]:
    links: Iterable[MentionLink | None] = (asked.subject, asked.object) if asked else ()
    return [each.entities[0] for each in links if each is not None and each.entities]


def _is_answer(clause: ToldClause, asked: AskReading) -> bool:
    """Tell whether a clause is about what was asked for."""
    link = asked.subject
    return all(
        link is not None and fact.subject.id == link.id and fact.path == asked.path
        for fact in clause.readings[0].facts
    )

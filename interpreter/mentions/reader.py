"""The reader without a model: mentions first, then frames, then clauses."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Self

from interpreter.dialogue import Dialogue
from interpreter.intents import Ask, AskKind, Forget, Guess, Intent, Talk, Tell, Unclear
from interpreter.mentions.answers import AnswerReader
from interpreter.mentions.asking import AskingReader, AskReading
from interpreter.mentions.clause import Clause
from interpreter.mentions.commanding import CommandReader
from interpreter.mentions.decoration import is_chat_log, without_decoration
from interpreter.mentions.divider import ToldClause
from interpreter.mentions.fact_maker import DENIED, FactMaker
from interpreter.mentions.facts import ClauseReading, FactReader
from interpreter.mentions.follow_ups import FollowUpReader
from interpreter.mentions.framed import PLAIN
from interpreter.mentions.frames import FrameReader
from interpreter.mentions.gazetteer import Gazetteer
from interpreter.mentions.hearing import HearingReader
from interpreter.mentions.language import Language
from interpreter.mentions.left_out import MOST_LEFT_OUT
from interpreter.mentions.links import MentionLink, MentionLinker
from interpreter.mentions.passage import NounPhrase, Passage
from interpreter.mentions.referents import Referents
from interpreter.mentions.structured import StructuredReader
from interpreter.mentions.telling import TellingReader, Told
from interpreter.mentions.unread import UnreadExplainer
from interpreter.normalization import normalise_lines
from kg_data.entities import Lexicon
from kg_data.relations import RelationBook
from kg_data.triples import Slot

_REASONS = {
    "denied": DENIED,
    "hedged": 'It is not said as a fact. Say it without words such as "maybe" or "I think".',
    "hearsay": "It is what somebody else says. State it as a fact if it is one.",
    "fiction": "It is told as a story. State it as a fact if it is one.",
    "hypothesis": "It is supposed, not stated. State it as a fact if it is one.",
    "command": "It asks for a text; only facts, questions and commands are understood.",
    "role": "It is a line of another conversation. State the fact in your own words.",
    "former": 'It says what held before. Say until when, such as "until 1990", or what holds now.',
    "future": 'It says what is to hold. Say from when on, such as "from 2030 on".',
    "question": "It is a question and a statement at once. Send one of them.",
}

_BEFORE_QUESTION = frozenset(",:;-.")  # marks behind what a question is about
_MOST_TOPICS = 3


class MentionReader:
    """Reads messages by rules; implements ``interpreter.interpreter.Reader``.

    Args:
        book: the relation book.
        index: the known names.
        language: the words of the language.
    """

    def __init__(self, book: RelationBook, index: Gazetteer, language: Language) -> None:
        self._book, self._index, self._language = book, index, language
        linker = MentionLinker(book, index)
        self._resolver = FactMaker(book, linker)
        self._facts = FactReader(book, language, linker)
        self._hearing = HearingReader(language, self._facts)
        self._telling = TellingReader(self._facts, self._hearing)
        self._asking = AskingReader(book, language, linker, self._facts)
        self._answers = AnswerReader(language, self._asking, self._telling, self._resolver)
        self._commands = CommandReader(language, self._resolver)
        self._structured = StructuredReader(book, language, linker, index, self._resolver)
        self._corrections = FollowUpReader(book, language, linker, index, self._resolver)
        self._unread = UnreadExplainer(book, language, linker)
        self._linker = linker

    @classmethod
    def over(cls, book: RelationBook, lexicon: Lexicon) -> Self:
        """Return a reader over the names that a lexicon has now."""
        language = Language.load("english", book)
        return cls(book, Gazetteer.of(lexicon, language.well_known), language)

    def read(self, text: str, dialogue: Dialogue, *, by_cues: bool = True) -> Intent:
        """Return the intent of a message; the text of an ``Ask`` is the unchanged message.

        Args:
            text: the message.
            dialogue: what was said before.
            by_cues: whether sentences that no wording fits are read by their cues.
        """
        plain = normalise_lines(text)
        if is_chat_log(plain):
            return Unclear("not_understood", _REASONS["role"])
        structured = self._structured.read(text.strip()) or self._structured.read(plain)
        if structured is not None:
            return structured
        passage = Passage.of(without_decoration(plain), self._index, self._language)
        referents = self._referents(dialogue)
        return (
            self._command(passage, text, referents)
            or self._correction(passage, dialogue, text)
            or self._forget(passage, referents)
            or self._ask_or_tell(passage, text, referents, by_cues=by_cues)
        )

    def _referents(self, dialogue: Dialogue) -> Referents:
        subjects = self._index.lookup(dialogue.last_subject) if dialogue.last_subject else ()
        others = [each for name in dialogue.mentioned for each in self._index.lookup(name)[:1]]
        together = [each for name in dialogue.together for each in self._index.lookup(name)[:1]]
        return Referents(self._language, tuple(subjects[:1]), tuple(others), tuple(together))

    # ---------- commands ----------

    def _command(self, passage: Passage, text: str, referents: Referents) -> Intent | None:
        places = [
            place
            for place, token in enumerate(passage.tokens)
            if token.key not in {".", "!", "?", "\n", ",", ";"}
        ]
        for tried in self._without_courtesy(passage, places):
            if tried:
                intent = self._commands.read(Clause.of(passage, tried), text, referents)
                if intent is not None:
                    return intent
        if not places:
            return Talk(text)
        asks = any(token.key == "?" for token in passage.tokens)
        return None if asks else self._commands.unread(Clause.of(passage, places))

    def _without_courtesy(self, passage: Passage, places: list[int]) -> Iterator[list[int]]:
        yield places
        framed = FrameReader(passage).strip(places)
        if framed.places != places and not framed.obstacles:
            yield framed.places
        clause = Clause.of(passage, places)
        for end, _ in clause.fillings("politely", 0):
            yield places[end:]

    def _correction(
        self, passage: Passage, dialogue: Dialogue, text: str
    ) -> Tell | Ask | Unclear | None:
        places = [
            place
            for place, token in enumerate(passage.tokens)
            if token.key not in {".", "!", "?", "\n", ",", ";", ":", "*"}
        ]
        clause = Clause.of(passage, places)
        asked = self._corrections.ask(clause, dialogue, text)
        return asked or self._corrections.read(clause, dialogue)

    # ---------- forgetting ----------

    def _forget(self, passage: Passage, referents: Referents) -> Forget | Unclear | None:
        sentences = passage.sentences()
        for sentence in sentences:
            places = FrameReader(passage).strip(sentence).places
            found = self._forget_sentence(passage, places, referents)
            if found is not None:
                return found
        return None

    def _forget_sentence(
        self, passage: Passage, places: list[int], referents: Referents
    ) -> Forget | Unclear | None:
        clause = Clause.of(passage, places)
        ends = {match.end for match in self._language.forgetting.matches(clause) if match.end}
        for end in sorted(ends, reverse=True):
            found = self._what_to_forget(passage, places[end:], referents)
            if found is not None:
                return found
        if ends and ends != {0}:
            reason = 'Say, for example, "forget the spouse of X" or "forget that X was born in Y".'
            return Unclear("not_understood", f"It is not clear what to forget. {reason}")
        return self._retraction(clause, referents)

    def _what_to_forget(
        self, passage: Passage, places: list[int], referents: Referents
    ) -> Forget | Unclear | None:
        if not places:
            return None
        clause = Clause.of(passage, places)
        readings = self._facts.read(clause, referents)
        stated = self._resolver.forget(ToldClause(tuple(readings))) if readings else None
        certain = stated if not any(each.skipped for each in readings) else None
        return (
            self._retraction(clause, referents)
            or certain
            or self._slot_in(clause, referents)
            or self._slot_asked(passage, places, referents)
            or stated
        )

    def _slot_in(self, clause: Clause, referents: Referents) -> Forget | Unclear | None:
        """Read "the spouse of X"."""
        for phrase in clause.noun_phrases(0):
            if phrase.end == len(clause) and phrase.path:
                return self._slot(phrase, referents)
        return None

    def _slot_asked(
        self, passage: Passage, places: list[int], referents: Referents
    ) -> Forget | Unclear | None:
        """Read "where X was born"."""
        for asked in self._asking.read(passage, places, referents):
            if asked.kind is AskKind.VALUE and asked.subject is not None:
                return self._slot_of(asked.subject, asked.path)
        return None

    def _slot(self, phrase: NounPhrase, referents: Referents) -> Forget | Unclear | None:
        relation = self._book[phrase.path[0]]
        link = self._linker.subject_of(
            referents.resolved(phrase.heads[0], relation.domain), relation
        )
        return None if link is None else self._slot_of(link, phrase.path)

    def _slot_of(self, link: MentionLink, path: Sequence[str]) -> Forget | Unclear:
        if not link.known:
            return self._resolver.unknown(link)
        if len(path) > 1:
            return self._resolver.ask_for_name(link.name, path[:-1])
        if link.ambiguous:
            return self._resolver.ambiguous(link)
        guesses = (Guess(link.name, link.id),) if link.guessed else ()
        return Forget(Slot(link.id, path[0]), None, guesses)

    def _retraction(self, clause: Clause, referents: Referents) -> Forget | Unclear | None:
        best: ClauseReading | None = None
        for match in self._language.retracting.full_matches(clause):
            if "o" in match.slots:
                for reading in self._facts.readings_of(match, referents):
                    if best is None or reading.score > best.score:
                        best = reading
                continue
            for phrase, relation in self._facts.subjects_of(match):
                return self._slot(replace(phrase, path=(*phrase.path, relation)), referents)
        return None if best is None else self._resolver.forget(ToldClause((best,)))

    # ---------- questions and statements ----------

    def _ask_or_tell(
        self, passage: Passage, text: str, referents: Referents, *, by_cues: bool
    ) -> Intent:
        asks = any(token.key == "?" for token in passage.tokens)
        if asks:
            stated = self._requested(passage, referents) or self._answers.read(passage, referents)
            if stated is not None:
                return stated
        starts = asks or self._language.traits.asks(passage.tokens)
        told = Told() if asks else self._telling.read(passage, referents, by_cues=by_cues)
        asked_for = starts and not told.exact
        ask = self._ask(passage, text, referents, by_cues=by_cues) if asked_for else None
        if ask is not None or asks:
            return ask or Ask(text)
        intent = self._told(passage, told)
        if isinstance(intent, Unclear) and not told.clauses:
            if not starts and any(self._unread.no_literal(passage, each) for each in told.unread):
                return intent
            unlinked = Ask(text) if starts else intent
            return self._ask(passage, text, referents, by_cues=by_cues, most_left_out=0) or unlinked
        return intent

    def _requested(self, passage: Passage, referents: Referents) -> Tell | None:
        """Return what is told if all questions ask for a change: "could you save that"."""
        asked = [each for each in passage.sentences() if passage.is_asked(each)]
        if not all(self._language.requests(Clause.of(passage, each)) for each in asked):
            return None
        told = self._telling.read(passage, referents)
        intent = None if told.unread or not told.clauses else self._told(passage, told)
        return intent if isinstance(intent, Tell) else None

    def _ask(
        self,
        passage: Passage,
        text: str,
        referents: Referents,
        *,
        by_cues: bool,
        most_left_out: int = MOST_LEFT_OUT,
    ) -> Ask | Unclear | None:
        readings: list[AskReading] = []
        for sentence in passage.sentences():
            referents = referents.after((), passage.entities_before(sentence[0]))
            framed = FrameReader(passage).strip(sentence)
            for places in (sentence, framed.places):
                found = self._asking.read(passage, places, referents) if places else []
                if found:
                    break
            readings = found or self._behind_topic(passage, sentence, referents) or readings
        if by_cues and not readings:
            readings = self._heard_question(passage, referents, most_left_out)
        if not readings:
            return None
        return self._asked(readings, text)

    def _behind_topic(
        self, passage: Passage, sentence: list[int], referents: Referents
    ) -> list[AskReading]:
        """Return the question behind a mark: "Kurt Gödel - where is he buried?"."""
        cuts = [
            count
            for count, place in enumerate(sentence)
            if passage.tokens[place].key in _BEFORE_QUESTION and place not in passage.inside_names
        ]
        for cut in cuts[:_MOST_TOPICS]:
            named = [
                span.entities[0]
                for place in sentence[:cut]
                for span in passage.names.get(place, ())[:1]
                if len(span.entities) == 1
            ]
            about = referents.after(named[:1], named[1:])
            found = self._asking.read(passage, sentence[cut + 1 :], about)
            if found:
                return found
        return []

    def _heard_question(
        self, passage: Passage, referents: Referents, most: int
    ) -> list[AskReading]:
        """Return the question that is heard in the only sentence in which one is."""
        found = [
            readings
            for sentence in passage.sentences()
            if (
                readings := self._hearing.questions.read(
                    passage, sentence, referents, most_left_out=most
                )
            )
        ]
        return found[0] if len(found) == 1 else []

    def _asked(self, readings: Sequence[AskReading], text: str) -> Ask | Unclear:
        best = readings[0]
        link = best.subject or best.object
        if link is not None and link.ambiguous:
            return self._resolver.ambiguous(link)
        plain = [each for each in readings if each.path and not self._book[each.path[-1]].derived]
        readings = plain or readings  # "where X was born" is not the country
        best = readings[0]
        if best.kind is AskKind.YES_NO:
            readings = readings[:1]  # others are the same fact from its other side
        if len(readings) > 1 and len({each.path for each in readings}) > 1 and best.subject:
            nouns = [
                " of the ".join(self._book[name].noun for name in each.path[::-1])
                for each in readings
            ]
            options = tuple(f"What is the {words} of {best.subject.id}?" for words in nouns)
            return Unclear("ambiguous", "The question can mean several things. Which?", options)
        guesses = (Guess(link.name, link.id),) if link is not None and link.guessed else ()
        condition = best.condition
        return Ask(
            text,
            best.subject.id if best.subject else "",
            best.path if best.subject else (),
            best.kind,
            best.object.id if best.kind is AskKind.YES_NO and best.object else "",
            (condition,) if condition else (),
            best.entity_class,
            guesses,
        )

    def _told(self, passage: Passage, told: Told) -> Tell | Forget | Unclear:
        obstacles = told.kinds - {PLAIN, "since", "until", "period"}
        for kind, reason in _REASONS.items():
            if kind in obstacles:
                return Unclear("not_understood", f"Nothing was changed. {reason}")
        negated = [each for each in told.clauses if each.negated]
        if told.unread or not told.clauses:
            return self._unread.explain(passage, told.unread or told.asides)
        intent: Tell | Unclear
        if negated:
            if len(told.clauses) == 1:
                return self._resolver.forget(negated[0])
            affirmed = [each for each in told.clauses if not each.negated]
            intent = self._resolver.corrected(negated, affirmed)
        else:
            intent = self._resolver.tell(told.clauses)
        if told.partly and isinstance(intent, Tell):
            asides = (Clause.of(passage, each).written for each in told.asides)
            return replace(intent, heard=True, left_out=(*told.left_out, *asides))
        return intent

"""Corrections of what was said before: "sorry, I meant Dallas", "no, the mother"."""

from dataclasses import dataclass

from interpreter.dialogue import Dialogue
from interpreter.intents import Ask, Guess, Tell, Unclear
from interpreter.mentions.clause import Clause
from interpreter.mentions.fact_maker import FactMaker
from interpreter.mentions.facts import ToldFact
from interpreter.mentions.gazetteer import Gazetteer
from interpreter.mentions.language import Language
from interpreter.mentions.links import MentionLinker
from interpreter.mentions.passage import NounPhrase
from kg_data.relations import RelationBook
from kg_data.triples import Triple


@dataclass(frozen=True)
class FollowUpReader:
    """Reads messages that change one part of the fact that was told last."""

    book: RelationBook
    language: Language
    linker: MentionLinker
    index: Gazetteer
    resolver: FactMaker

    def read(self, clause: Clause, dialogue: Dialogue) -> Tell | Unclear | None:
        """Return the corrected fact, or None if the message corrects none."""
        if dialogue.last_subject is None or dialogue.last_relation not in self.book:
            return None
        for match in self.language.corrections.full_matches(clause):
            phrase, noun = match.slots.get("o"), match.slots.get("noun")
            if isinstance(noun, str) and dialogue.last_object:
                return self._with_relation(noun, dialogue)
            if isinstance(phrase, NounPhrase) and not phrase.path:
                if not self._is_last_object(match.slots.get("x"), dialogue):
                    continue
                told = self._with_object(phrase, dialogue)
                if told is not None:
                    return told
        return None

    def ask(self, clause: Clause, dialogue: Dialogue, text: str) -> Ask | Unclear | None:
        """Return the last question about another subject, or None if the message is none."""
        if dialogue.last_relation not in self.book:
            return None
        relation = self.book[dialogue.last_relation or ""]
        for match in self.language.follow_ups.full_matches(clause):
            phrase = match.slots.get("s")
            if not isinstance(phrase, NounPhrase) or phrase.path:
                continue
            link = self.linker.subject_of(phrase.heads[0], relation)
            if link is not None and link.known and link.fits:
                if link.ambiguous:
                    return self.resolver.ambiguous(link)
                guesses = (Guess(link.name, link.id),) if link.guessed else ()
                return Ask(text, link.id, (relation.name,), guesses=guesses)
        return None

    def _is_last_object(self, denied: object, dialogue: Dialogue) -> bool:
        """Tell whether what a correction takes back, if it names it, is what was told last."""
        if not isinstance(denied, NounPhrase) or dialogue.last_object is None:
            return True
        relation = self.book[dialogue.last_relation or ""]
        link = self.linker.object_of(denied.heads[0], relation)
        known = () if link is None else (link.id, *(each.id for each in link.entities))
        return dialogue.last_object in known

    def _with_object(self, phrase: NounPhrase, dialogue: Dialogue) -> Tell | Unclear | None:
        relation = self.book[dialogue.last_relation or ""]
        subjects = self.index.lookup(dialogue.last_subject or "")
        obj = self.linker.object_of(phrase.heads[0], relation)
        if not subjects or obj is None or not obj.fits:
            return None
        reading = ToldFact(self.linker.of_entity(subjects[0]), (relation.name,), obj)
        told = self.resolver.fact(reading)
        if isinstance(told, Unclear) or not dialogue.last_object or relation.functional:
            return told
        mistaken = Triple(told.facts[0].subject, relation.name, dialogue.last_object)
        return Tell(told.facts, told.new_entities, (mistaken,), told.guesses)

    def _with_relation(self, name: str, dialogue: Dialogue) -> Tell | Unclear | None:
        relation = self.book[name]
        subjects = self.index.lookup(dialogue.last_subject or "")
        objects = self.index.lookup(dialogue.last_object or "")
        if not subjects or not objects or relation.literal:
            return None
        reading = ToldFact(
            self.linker.of_entity(subjects[0]), (name,), self.linker.of_entity(objects[0])
        )
        return self.resolver.fact(reading)

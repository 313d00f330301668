"""Why a sentence was not understood: a date that is none, a relation that is unknown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from interpreter.intents import Unclear
from interpreter.mentions.clause import Clause
from interpreter.mentions.language import Language
from interpreter.mentions.links import MentionLinker, unreadable
from interpreter.mentions.passage import NounPhrase, Passage
from interpreter.mentions.tokens import Kind
from interpreter.mentions.wordings import Form
from interpreter.normalization import shorten
from kg_data.entities import Entity
from kg_data.relations import RelationBook, Wordings

_NOUNS_OFFERED = 3
_LONGEST_NOUN = 4  # words
_SLOT = re.compile(r"\{\w\}(?:'s)?|[.,]")
_HELP = 'State one fact, such as "{example}", ask a question, or say "undo" or "history".'


@dataclass(frozen=True)
class UnreadExplainer:
    """Says what to do about sentences that were not understood."""

    book: RelationBook
    language: Language
    linker: MentionLinker

    def explain(self, passage: Passage, sentences: Sequence[Sequence[int]]) -> Unclear:
        """Return the reason for the first sentence, or general help if there is none."""
        if not sentences:
            return self._helped("The message was not understood.")
        clause = Clause.of(passage, sentences[0])
        return (
            self.no_literal(passage, sentences[0])
            or self._unknown_relation(passage, sentences[0])
            or self._helped(f'The message "{clause.written}" was not understood.')
        )

    def _helped(self, reason: str) -> Unclear:
        return Unclear("not_understood", f"{reason} {_HELP.format(example=self.language.example)}")

    def no_literal(self, passage: Passage, sentence: Sequence[int]) -> Unclear | None:
        """Say how to write a date or a year where something else stands; None if none is meant."""
        for match in Clause.of(passage, sentence).matches:
            phrase, subject = match.slots.get("o"), match.slots.get("s") or match.slots.get("np")
            if match.payload.form is not Form.STATEMENT or not isinstance(subject, NounPhrase):
                continue
            name = match.payload.relation or (subject.path[-1:] or ("",))[0]
            if name not in self.book or not isinstance(phrase, NounPhrase) or phrase.path:
                continue
            relation = self.book[name]
            known = any(self._fits(each, relation.domain) for each in subject.heads[0].entities)
            is_text = not phrase.heads[0].entities and not phrase.heads[0].pronoun
            if known and is_text and relation.literal and "text" not in relation.range:
                return unreadable(phrase.heads[0].written, relation)
        return None

    def _unknown_relation(self, passage: Passage, places: Sequence[int]) -> Unclear | None:
        """Say which relations are called nearly like the one of "the W of X" or "X's W"."""
        for words, entity in self._named(passage, places) if self.language.reads_book else ():
            if words and self.language.relation_of(words) is None:
                nouns = self._similar_nouns(words, entity)
                listed = ", ".join(f'"{noun}"' for noun in nouns)
                reason = (
                    f'No relation is called "{shorten(words)}". Did you mean {listed}? Say, for '
                    f'example, "The {nouns[0]} of {entity.id} is ...".'
                )
                return Unclear("unknown_relation", reason, nouns)
        return None

    def _named(self, passage: Passage, places: Sequence[int]) -> Iterator[tuple[str, Entity]]:
        """Yield the words that stand where a relation's noun would, with whom they are said of."""
        for place, number in enumerate(places):
            for span in passage.names.get(number, ())[:1]:
                after = place + span.end - span.start
                if after < len(places) and passage.tokens[places[after]].key in self.language.owner:
                    yield self._words(passage, places[after + 1 :]), span.entities[0]
                before = [each for each in places[:place] if not self._is_determiner(passage, each)]
                if before and passage.tokens[before[-1]].key in self.language.of:
                    words = self._words(passage, before[-2 : -_LONGEST_NOUN - 2 : -1])
                    yield " ".join(reversed(words.split())), span.entities[0]

    def _words(self, passage: Passage, places: Sequence[int]) -> str:
        """Return the words up to the first one of grammar."""
        found: list[str] = []
        for place in places[:_LONGEST_NOUN]:
            token = passage.tokens[place]
            if token.kind is not Kind.WORD or token.key in self.language.closed:
                break
            found.append(token.text)
        return " ".join(found)

    def _is_determiner(self, passage: Passage, place: int) -> bool:
        return passage.tokens[place].key in self.language.determiners

    def _similar_nouns(self, words: str, entity: Entity) -> tuple[str, ...]:
        """Return the nouns of the most similar relations that fit the class of an entity."""
        relations = list(self.book.relations.values())
        fitting = [each for each in relations if self._fits(entity, each.domain)] or relations
        nouns = {
            phrase: relation.noun
            for relation in fitting
            for phrase in (*relation.nouns, *self._contents(relation.statements))
        }
        ranked = process.extract(words, list(nouns), scorer=fuzz.token_ratio, limit=len(nouns))
        return tuple(dict.fromkeys(nouns[noun] for noun, _, _ in ranked))[:_NOUNS_OFFERED]

    def _contents(self, wordings: Wordings) -> Iterator[str]:
        """Yield each wording without slots, punctuation and words of grammar."""
        for wording in wordings.for_edits():
            words = _SLOT.sub("", wording).split()
            yield " ".join(word for word in words if word not in self.language.closed)

    def _fits(self, entity: Entity, classes: tuple[str, ...]) -> bool:
        return self.book.accepts(classes, entity.entity_class)

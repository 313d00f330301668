"""Messages drawn from facts, each with the reading that a chat model should give it."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import inflect

from interpreter.chat_model.reading import FactReading, MessageReading, Wish
from interpreter.dialogue import EMPTY_DIALOGUE, Dialogue
from interpreter.intents import AskKind
from kg_data.entities import Lexicon
from kg_data.invented_names import invent_person, invent_place, invent_thing
from kg_data.phrases import Phrases, Split, written_object
from kg_data.questions import Kind, Question
from kg_data.relations import Relation, RelationBook, Wordings
from kg_data.short_form import EntityKind
from kg_data.triples import Triple
from oneedit.reading import sentences

TRAINABLE = (Split.TEACH, Split.BASE)
"""Wordings that a reader may be trained on; gate, test and kept ones measure it."""

_PRONOUNS = ("He", "She")
_LATEST_VERSION, _FIRST_YEAR, _LAST_YEAR = 400, 1950, 2024


@dataclass(frozen=True, slots=True)
class Utterance:
    """A message with its reading.

    Attributes:
        text: the message.
        reading: what a chat model should answer.
        dialogue: what was spoken of before.
    """

    text: str
    reading: MessageReading
    dialogue: Dialogue = EMPTY_DIALOGUE


class UtteranceMaker:
    """Draws messages of each wish.

    Args:
        book: the relation book, of whose wordings only ``TRAINABLE`` ones are used.
        lexicon: knows the other names of entities, and their classes.
        facts: what is told, asked and forgotten; at least one.
        rng: the source of all choices.
    """

    def __init__(
        self, book: RelationBook, lexicon: Lexicon, facts: Sequence[Triple], rng: random.Random
    ) -> None:
        self._book, self._lexicon, self._rng = book, lexicon, rng
        self._phrases, self._plural = Phrases(book), inflect.engine()
        self._by_relation: dict[str, list[Triple]] = defaultdict(list)
        self._by_subject: dict[str, list[Triple]] = defaultdict(list)
        for fact in facts:
            self._by_relation[fact.relation].append(fact)
            self._by_subject[fact.subject].append(fact)
        self._relations = sorted(self._by_relation)
        self._makers: Mapping[Wish, Sequence[Callable[[], Utterance]]] = {
            Wish.TELL: (
                *[self._statement] * 6, self._correction, self._two_facts, self._since,
                self._about_last_subject, self._new_subject,
            ),
            Wish.FORGET: (self._forget_fact, self._forget_slot),
            Wish.ASK: (
                *[self._question] * 4, *[self._chain] * 2, self._yes_no, self._count, self._list,
                self._follow_up,
            ),
            Wish.UNDO: (
                self._undo_last, self._undo_version, self._undo_entity, self._undo_mine,
            ),
            Wish.ROLL_BACK: (self._roll_back,),
            Wish.HISTORY: (
                self._history_of_entity, self._history_of_relation, self._history_of_time,
                self._own_history,
            ),
            Wish.SHOW: (self._show,),
            Wish.STATUS: (self._status,),
            Wish.TALK: (self._talk,),
            Wish.UNCLEAR: (self._hearsay, self._outside),
        }  # fmt: skip

    def draw(self, wish: Wish) -> Utterance:
        """Return a message of a wish; some wordings do not fit some facts."""
        return self._rng.choice(self._makers[wish])()

    # ---------- Facts ----------

    def _statement(self) -> Utterance:
        fact = self._fact()
        text = self._worded(fact)
        begin = self._rng.choice(sentences.OPENINGS) if self._rng.random() < 0.2 else ""
        utterance = _telling(f"{begin}{text}", _read(fact))
        return self._in_small_letters(utterance) if self._rng.random() < 0.1 else utterance

    def _in_small_letters(self, utterance: Utterance) -> Utterance:
        """Return a message as typed in haste: small letters, no full stop."""
        (fact,) = utterance.reading.facts
        small = fact.model_copy(
            update={"subject": fact.subject.lower(), "object": fact.object.lower()}
        )
        return _telling(utterance.text.lower().removesuffix("."), small)

    def _correction(self) -> Utterance:
        fact = self._fact()
        old = self._other_object(fact)
        statement = self._worded(fact).removesuffix(".")
        read = _read(fact).model_copy(update={"instead_of": old})
        old = written_object(old, self._book[fact.relation])
        return _telling(f"{statement}, not {old}.", read)

    def _two_facts(self) -> Utterance:
        first, second = self._fact(), self._fact()
        text = f"{self._worded(first)} {self._worded(second)}"
        return _telling(text, _read(first), _read(second))

    def _since(self) -> Utterance:
        fact, year = self._fact(), str(self._rng.randint(_FIRST_YEAR, _LAST_YEAR))
        read = _read(fact).model_copy(update={"valid_from": year})
        return _telling(f"Since {year} this is so: {self._worded(fact)}", read)

    def _about_last_subject(self) -> Utterance:
        """Return a statement with a pronoun, after a message about its subject."""
        fact = self._fact(named=False)
        entity = self._lexicon.entity(fact.subject)
        kind = entity.entity_class if entity else ""
        person = self._book.is_kind(kind, EntityKind.PERSON)
        pronoun = self._rng.choice(_PRONOUNS if person else ("It",))
        wordings = self._wordings(self._book[fact.relation].statements)
        begun = [each for each in wordings if each.startswith("{s} ")] or ["{s} has {o}."]
        spoken = Triple(pronoun, fact.relation, fact.object)
        text = self._phrases.statement(spoken, self._rng.choice(begun))
        utterance = _telling(text, _read(fact))
        return Utterance(text, utterance.reading, Dialogue(fact.subject, fact.relation))

    def _new_subject(self) -> Utterance:
        fact = self._fact()
        kind = self._book[fact.relation].domain[0]
        if self._book.is_kind(kind, EntityKind.PERSON):
            name = invent_person(self._rng)
        elif self._book.is_kind(kind, EntityKind.PLACE):
            name = invent_place(self._rng)
        else:
            name = invent_thing(self._rng)
        invented = Triple(name, fact.relation, fact.object)
        return _telling(self._worded(invented), _read(invented))

    def _forget_fact(self) -> Utterance:
        fact = self._fact()
        text = self._filled(sentences.FORGET_FACT, fact)
        return Utterance(text, MessageReading(intent=Wish.FORGET, facts=(_read(fact),)))

    def _forget_slot(self) -> Utterance:
        fact = self._fact()
        slot = FactReading(subject=fact.subject, relation=fact.relation)
        text = self._filled(sentences.FORGET_SLOT, fact)
        return Utterance(text, MessageReading(intent=Wish.FORGET, facts=(slot,)))

    # ---------- Questions ----------

    def _question(self) -> Utterance:
        fact = self._fact()
        wording = self._rng.choice(self._wordings(self._book[fact.relation].questions))
        return _asking(wording.replace("{s}", fact.subject), fact.subject, fact.relation)

    def _chain(self) -> Utterance:
        first = self._fact(named=False)
        onward = self._by_subject.get(first.object)
        if not onward:
            return self._question()
        path = (first.relation, self._rng.choice(onward).relation)
        question = Question(first.subject, path, ("",), Kind.ONE_HOP)
        prompts = [each for each in self._phrases.prompts(question, TRAINABLE) if each.chat]
        return _asking(self._rng.choice(prompts).text, first.subject, *path)

    def _yes_no(self) -> Utterance:
        fact = self._fact()
        reading = MessageReading(
            intent=Wish.ASK,
            subject=fact.subject,
            path=(fact.relation,),
            kind=AskKind.YES_NO,
            object=fact.object,
        )
        return Utterance(self._filled(sentences.YES_NO, fact), reading)

    def _count(self) -> Utterance:
        fact = self._fact()
        reading = MessageReading(
            intent=Wish.ASK, subject=fact.subject, path=(fact.relation,), kind=AskKind.COUNT
        )
        return Utterance(self._filled(sentences.COUNT, fact), reading)

    def _list(self) -> Utterance:
        fact = self._fact()
        condition = FactReading(relation=fact.relation, object=fact.object)
        reading = MessageReading(
            intent=Wish.ASK,
            kind=AskKind.LIST,
            facts=(condition,),
            entity_class=self._book[fact.relation].domain[0],
        )
        return Utterance(self._filled(sentences.LIST, fact), reading)

    def _follow_up(self) -> Utterance:
        fact, other = self._fact(), self._fact(named=False)
        asked = _asking(self._filled(sentences.FOLLOW_UP, fact), fact.subject, fact.relation)
        return Utterance(asked.text, asked.reading, Dialogue(other.subject, fact.relation))

    # ---------- Commands ----------

    def _undo_last(self) -> Utterance:
        return self._fixed(sentences.UNDO_LAST, Wish.UNDO)

    def _undo_version(self) -> Utterance:
        return self._numbered(sentences.UNDO_VERSION, Wish.UNDO)

    def _undo_entity(self) -> Utterance:
        fact = self._fact()
        reading = MessageReading(intent=Wish.UNDO, entity=fact.subject, everything=True)
        return Utterance(self._filled(sentences.UNDO_ENTITY, fact), reading)

    def _undo_mine(self) -> Utterance:
        words, when = self._time()
        text = self._rng.choice(sentences.UNDO_MINE).format(when=words)
        reading = MessageReading(intent=Wish.UNDO, actor="me", when=when, everything=True)
        return Utterance(text, reading)

    def _roll_back(self) -> Utterance:
        return self._numbered(sentences.ROLL_BACK, Wish.ROLL_BACK)

    def _history_of_entity(self) -> Utterance:
        fact = self._fact()
        reading = MessageReading(intent=Wish.HISTORY, entity=fact.subject)
        return Utterance(self._filled(sentences.HISTORY_ENTITY, fact), reading)

    def _history_of_relation(self) -> Utterance:
        fact = self._fact()
        reading = MessageReading(intent=Wish.HISTORY, entity=fact.subject, relation=fact.relation)
        return Utterance(self._filled(sentences.HISTORY_RELATION, fact), reading)

    def _history_of_time(self) -> Utterance:
        words, when = self._time()
        text = self._rng.choice(sentences.HISTORY_WHEN).format(when=words)
        return Utterance(text, MessageReading(intent=Wish.HISTORY, when=when))

    def _own_history(self) -> Utterance:
        words, when = self._time()
        text = self._rng.choice(sentences.HISTORY_MINE).format(when=words)
        return Utterance(text, MessageReading(intent=Wish.HISTORY, actor="me", when=when))

    def _show(self) -> Utterance:
        fact = self._fact()
        reading = MessageReading(intent=Wish.SHOW, entity=fact.subject)
        return Utterance(self._filled(sentences.SHOW, fact), reading)

    def _status(self) -> Utterance:
        return self._fixed(sentences.STATUS, Wish.STATUS)

    def _talk(self) -> Utterance:
        return self._fixed(sentences.TALK, Wish.TALK)

    # ---------- What is not read ----------

    def _hearsay(self) -> Utterance:
        text = self._filled(sentences.HEARSAY, self._fact())
        return Utterance(text, MessageReading(intent=Wish.UNCLEAR))

    def _outside(self) -> Utterance:
        text = self._filled(sentences.OUTSIDE, self._fact())
        return Utterance(text, MessageReading(intent=Wish.UNCLEAR))

    # ---------- Parts ----------

    def _fact(self, *, named: bool = True) -> Triple:
        """Return a fact, half of them with the object of another one of the relation.

        Args:
            named: call its subject and object by any of their names.
        """
        fact = self._rng.choice(self._by_relation[self._rng.choice(self._relations)])
        if named and self._rng.random() < 0.5:
            fact = Triple(fact.subject, fact.relation, self._other_object(fact))
        if not named:
            return fact
        literal = self._book[fact.relation].literal
        obj = fact.object if literal else self._name(fact.object)
        return Triple(self._name(fact.subject), fact.relation, obj)

    def _other_object(self, fact: Triple) -> str:
        return self._rng.choice(self._by_relation[fact.relation]).object

    def _name(self, entity: str) -> str:
        """Return the id, or now and then another name that only this entity has."""
        others = [each for each in self._lexicon.aliases(entity) if self._is_unique(each)]
        return self._rng.choice(others) if others and self._rng.random() < 0.25 else entity

    def _is_unique(self, name: str) -> bool:
        return len(self._lexicon.lookup(name)) == 1

    def _wordings(self, wordings: Wordings) -> Sequence[str]:
        return (*wordings.teach, *wordings.base)

    def _worded(self, fact: Triple) -> str:
        wordings = self._wordings(self._book[fact.relation].statements)
        return self._phrases.statement(fact, self._rng.choice(wordings))

    def _filled(self, forms: Sequence[str], fact: Triple) -> str:
        relation: Relation = self._book[fact.relation]
        kind = relation.domain[0].replace("_", " ")
        parts = {
            "statement": _inside(self._worded(fact)),
            "s": fact.subject,
            "o": written_object(fact.object, relation),
            "noun": relation.noun,
            "nouns": self._plural.plural_noun(relation.noun),
            "class": kind,
            "classes": self._plural.plural_noun(kind),
        }
        return self._rng.choice(forms).format_map(parts)

    def _fixed(self, texts: Sequence[str], wish: Wish) -> Utterance:
        return Utterance(self._rng.choice(texts), MessageReading(intent=wish))

    def _numbered(self, forms: Sequence[str], wish: Wish) -> Utterance:
        number = self._rng.randint(1, _LATEST_VERSION)
        text = self._rng.choice(forms).format(n=number)
        return Utterance(text, MessageReading(intent=wish, version=number))

    def _time(self) -> tuple[str, str]:
        return self._rng.choice(list(sentences.WHEN.items()))


def _inside(sentence: str) -> str:
    """Return a sentence as it stands inside another one."""
    bare = sentence.removesuffix(".")
    return f"the {bare[4:]}" if bare.startswith("The ") else bare


def _read(fact: Triple) -> FactReading:
    return FactReading(subject=fact.subject, relation=fact.relation, object=fact.object)


def _telling(text: str, *facts: FactReading) -> Utterance:
    return Utterance(text, MessageReading(intent=Wish.TELL, facts=facts))


def _asking(text: str, subject: str, *path: str) -> Utterance:
    return Utterance(text, MessageReading(intent=Wish.ASK, subject=subject, path=path))

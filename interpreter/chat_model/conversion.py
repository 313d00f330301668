"""Strict conversion of what a chat model says about a message to an intent."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

from interpreter.chat_model.cautions import denies, is_hearsay, speaks_of_past
from interpreter.chat_model.context import MessageContext
from interpreter.chat_model.ports import FactResolver, NameLinker
from interpreter.chat_model.reading import FactReading, MessageReading, Wish
from interpreter.chat_model.written import WrittenNames
from interpreter.errors import ReadingRefused
from interpreter.intents import (
    Ask,
    AskKind,
    Condition,
    Forget,
    History,
    Intent,
    Selection,
    Show,
    Status,
    Talk,
    Tell,
    Unclear,
)
from interpreter.mentions.facts import ToldFact
from interpreter.mentions.links import MentionLink
from kg_data.entities import Entity
from kg_data.relations import Relation, RelationBook
from kg_data.triples import Slot, Triple

_QUESTIONS = frozenset({"ambiguous", "unknown_entity"})
"""Codes of replies that help the user on; with others the reading is refused."""

_WHEN = frozenset({"today", "yesterday", "this_week", "last_week", "this_month", "last_month"})

NOT_READ = Unclear(
    "not_understood",
    'The message was not understood. State one fact, such as "The capital of France is Paris.", '
    "or ask a question.",
)
"""The intent of a message that says nothing a model can read."""


class ReadingConverter:
    """Turns readings into intents, and refuses what the message does not say.

    Args:
        book: the relation book.
        linker: links names.
        resolver: makes facts of links.
        read_by: the model's name, which goes into what it changes.
    """

    def __init__(
        self, book: RelationBook, linker: NameLinker, resolver: FactResolver, *, read_by: str
    ) -> None:
        self._book, self._linker, self._resolver = book, linker, resolver
        self._read_by = read_by
        self._makers: Mapping[Wish, Callable[[MessageReading, WrittenNames], Intent]] = {
            Wish.TELL: self._tell,
            Wish.FORGET: self._forget,
            Wish.ASK: self._ask,
            Wish.UNDO: self._undo,
            Wish.ROLL_BACK: self._roll_back,
            Wish.HISTORY: self._history,
            Wish.SHOW: self._show,
        }

    def intent(self, reading: MessageReading, text: str, context: MessageContext) -> Intent:
        """Return the intent of a message.

        Args:
            reading: what the model said.
            text: the unchanged message.
            context: what the model was shown.

        Raises:
            ReadingRefused: the reading says what the message does not.
        """
        match reading.intent:
            case Wish.TALK:
                return Talk(text)
            case Wish.STATUS:
                return Status()
            case Wish.UNCLEAR:
                return NOT_READ
            case wish:
                intent = self._makers[wish](reading, WrittenNames(context))
        return replace(intent, text=text) if isinstance(intent, Ask) else intent

    def _tell(self, reading: MessageReading, written: WrittenNames) -> Tell | Unclear:
        _refuse_hearsay(written)
        if not reading.facts:
            raise ReadingRefused('"facts" is empty')
        told: list[Tell] = []
        for fact in reading.facts:
            intent = self._told(fact, written)
            if isinstance(intent, Unclear):
                return intent
            told.append(intent)
        new: dict[str, Entity] = {each.id: each for tell in told for each in tell.new_entities}
        return Tell(
            facts=tuple(fact for tell in told for fact in tell.facts),
            new_entities=tuple(new.values()),
            replaces=tuple(fact for tell in told for fact in tell.replaces),
            guesses=tuple(guess for tell in told for guess in tell.guesses),
            read_by=self._read_by,
        )

    def _told(self, reading: FactReading, written: WrittenNames) -> Tell | Unclear:
        """Return what one fact tells, with its dates and the fact that it replaces."""
        if denies(written.text) and not reading.instead_of:
            raise ReadingRefused("the message denies something; the intent is forget or unclear")
        if speaks_of_past(written.text) and not (reading.valid_to or reading.instead_of):
            raise ReadingRefused('what held once needs the date of its end in "valid_to"')
        relation = written.relation(reading.relation)
        intent = self._resolved(reading, relation, written)
        if isinstance(intent, Unclear):
            return intent
        (fact,) = intent.facts
        dated = replace(
            fact,
            valid_from=written.day(reading.valid_from),
            valid_to=written.day(reading.valid_to),
        )
        if not reading.instead_of:
            return replace(intent, facts=(dated,))
        old = self._object(reading.instead_of, relation, written)
        if old.ambiguous:
            return self._resolver.ambiguous(old)
        if fact.relation != relation.name or old.id == fact.object:
            raise ReadingRefused('"instead_of" is no other object of the fact')
        if not old.known:
            return self._resolver.unknown(old)
        return replace(intent, facts=(dated,), replaces=(Triple(*fact.slot, old.id),))

    def _resolved(
        self, reading: FactReading, relation: Relation, written: WrittenNames
    ) -> Tell | Unclear:
        """Return one fact whose names fit its relation, or a question to the user."""
        subject = self._linker.subject(written.subject(reading.subject), relation)
        obj = self._object(reading.object, relation, written)
        for link in (subject, obj):
            _refuse_common_words(link)
        intent = self._resolver.fact(ToldFact(subject, (relation.name,), obj))
        if isinstance(intent, Unclear):
            if intent.code in _QUESTIONS:
                return intent
            raise ReadingRefused(intent.reason)
        (fact,) = intent.facts
        turned = fact.relation != relation.name  # to the inverse, because only that fits
        if not turned and not (subject.fits and obj.fits):
            domain, ranges = " or ".join(relation.domain), " or ".join(relation.range)
            raise ReadingRefused(f"{relation.name} is between {domain} and {ranges}")
        if fact.subject == fact.object:
            raise ReadingRefused("subject and object are the same")
        return intent

    def _object(self, name: str, relation: Relation, written: WrittenNames) -> MentionLink:
        return self._linker.object(written.object(name, relation), relation)

    def _forget(self, reading: MessageReading, written: WrittenNames) -> Forget | Unclear:
        _refuse_hearsay(written)
        if len(reading.facts) != 1:
            raise ReadingRefused('"facts" must hold exactly one fact to forget')
        (fact,) = reading.facts
        relation = written.relation(fact.relation)
        subject = self._linker.subject(written.subject(fact.subject), relation)
        links = [subject]
        if fact.object:
            links.append(self._object(fact.object, relation, written))
        for link in links:
            if not link.known:
                return self._resolver.unknown(link)
        if not fact.object:
            if subject.ambiguous:
                return self._resolver.ambiguous(subject)
            return Forget(Slot(subject.id, relation.name), read_by=self._read_by)
        intent = self._resolved(fact, relation, written)
        if isinstance(intent, Unclear):
            return intent
        (known,) = intent.facts
        return Forget(known.slot, known.object, intent.guesses, self._read_by)

    def _ask(self, reading: MessageReading, written: WrittenNames) -> Ask | Unclear:
        if reading.kind is AskKind.LIST:
            return self._ask_for_list(reading, written)
        if not reading.path:
            return Ask("")
        path = tuple(written.relation(name) for name in reading.path)
        self._refuse_misfit(path)
        subject = self._linker.subject(written.subject(reading.subject), path[0])
        if subject.ambiguous:
            return self._resolver.ambiguous(subject)
        if not (subject.known and subject.fits):
            raise ReadingRefused(f"{subject.name} is no {' or '.join(path[0].domain)}")
        obj = ""
        if reading.kind is AskKind.YES_NO:
            link = self._object(reading.object, path[-1], written)
            if link.ambiguous:
                return self._resolver.ambiguous(link)
            obj = link.id
        names = tuple(relation.name for relation in path)
        return Ask("", subject.id, names, kind=reading.kind, object=obj)

    def _ask_for_list(self, reading: MessageReading, written: WrittenNames) -> Ask | Unclear:
        if not reading.facts:
            raise ReadingRefused('a list question needs its conditions in "facts"')
        if reading.entity_class and reading.entity_class not in self._book.classes:
            raise ReadingRefused(f"there is no class {reading.entity_class!r}")
        conditions = []
        for fact in reading.facts:
            relation = written.relation(fact.relation)
            link = self._object(fact.object, relation, written)
            if link.ambiguous:
                return self._resolver.ambiguous(link)
            if not (link.known and link.fits):
                raise ReadingRefused(f"{link.name} is no {' or '.join(relation.range)}")
            conditions.append(Condition(relation.name, link.id))
        return Ask(
            "",
            kind=AskKind.LIST,
            conditions=tuple(conditions),
            entity_class=reading.entity_class,
        )

    def _refuse_misfit(self, path: tuple[Relation, ...]) -> None:
        for first, second in pairwise(path):
            classes = [(found, wanted) for found in first.range for wanted in second.domain]
            if not any(self._book.is_a(*each) or self._book.is_a(*each[::-1]) for each in classes):
                raise ReadingRefused(f"{second.name} cannot follow {first.name}")

    def _undo(self, reading: MessageReading, written: WrittenNames) -> Unclear:
        """Ask: nothing that a model has read is taken back before the user has said it."""
        if reading.version is not None:
            words = f"undo {written.number(reading.version)}"
            return _did_you_mean(words)
        selection = self._selection(reading, written)
        if isinstance(selection, Unclear):
            return selection
        if selection == Selection() and not reading.everything:
            return _did_you_mean("undo")
        words = f"history of {selection.entity}" if selection.entity else "history"
        reason = 'Look at the edits, and say "undo" with the version that is to be undone.'
        return Unclear("ambiguous", reason, (words,))

    def _roll_back(self, reading: MessageReading, written: WrittenNames) -> Unclear:
        if reading.version is None:
            raise ReadingRefused('"version" is missing')
        return _did_you_mean(f"roll back to {written.number(reading.version)}")

    def _history(self, reading: MessageReading, written: WrittenNames) -> History | Unclear:
        selection = self._selection(reading, written)
        return selection if isinstance(selection, Unclear) else History(selection)

    def _selection(self, reading: MessageReading, written: WrittenNames) -> Selection | Unclear:
        entity = ""
        if reading.entity:
            link = self._linker.any_entity(written.subject(reading.entity))
            if not link.known:
                return self._resolver.unknown(link)
            if link.ambiguous:
                return self._resolver.ambiguous(link)
            entity = link.id
        return Selection(
            entity=entity,
            relation=written.relation(reading.relation).name if reading.relation else "",
            actor=written.actor(reading.actor),
            when=reading.when if reading.when in _WHEN else written.day(reading.when) or "",
        )

    def _show(self, reading: MessageReading, written: WrittenNames) -> Show | Unclear:
        link = self._linker.any_entity(written.subject(reading.entity))
        if not link.known:
            return self._resolver.unknown(link)
        return self._resolver.ambiguous(link) if link.ambiguous else Show(link.id)


def _refuse_hearsay(written: WrittenNames) -> None:
    if is_hearsay(written.text):
        raise ReadingRefused("the message does not state it as a fact; the intent is unclear")


def _refuse_common_words(link: MentionLink) -> None:
    """Refuse a new name without a capital letter or a figure, unless it was in quotes."""
    if (
        not link.known
        and not link.quoted
        and not any(char.isupper() or char.isdigit() for char in link.name)
    ):
        raise ReadingRefused(f'"{link.name}" is not a name')


def _did_you_mean(words: str) -> Unclear:
    return Unclear("ambiguous", f'Did you mean "{words}"? Say it, and it is done.', (words,))

"""Training examples for a chat model that reads messages: utterances with their readings.

Each example is the conversation that :class:`interpreter.chat_model.reader.ChatModelReader` has,
and each has passed the checks that its answers must pass.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from interpreter.chat_model.candidates import GazetteerCandidates
from interpreter.chat_model.cautions import speaks_to_model
from interpreter.chat_model.context import ContextBuilder, MessageContext
from interpreter.chat_model.conversion import ReadingConverter
from interpreter.chat_model.name_linker import WrittenNameLinker
from interpreter.chat_model.prompt import Turns, first_turns
from interpreter.chat_model.reading import Wish
from interpreter.chat_model.relation_slice import RelationSlicer
from interpreter.errors import ReadingRefused
from interpreter.intents import Ask, Forget, History, Intent, Show, Status, Talk, Tell, Unclear
from interpreter.mentions.fact_maker import FactMaker
from interpreter.mentions.gazetteer import Gazetteer
from kg_data.entities import Lexicon
from kg_data.relations import RelationBook
from kg_data.triples import Triple
from oneedit.errors import TooFewSlots
from oneedit.reading.utterances import Utterance, UtteranceMaker

SHARES: Mapping[Wish, int] = {
    Wish.TELL: 36,
    Wish.ASK: 22,
    Wish.FORGET: 10,
    Wish.UNCLEAR: 14,
    Wish.UNDO: 5,
    Wish.HISTORY: 4,
    Wish.SHOW: 4,
    Wish.ROLL_BACK: 2,
    Wish.TALK: 2,
    Wish.STATUS: 1,
}
"""Examples of each wish, in percent."""

_INTENTS: Mapping[Wish, type] = {
    Wish.TELL: Tell,
    Wish.ASK: Ask,
    Wish.FORGET: Forget,
    Wish.UNDO: Unclear,
    Wish.ROLL_BACK: Unclear,
    Wish.HISTORY: History,
    Wish.SHOW: Show,
    Wish.STATUS: Status,
    Wish.TALK: Talk,
    Wish.UNCLEAR: Unclear,
}
_MOST_DRAWS = 200
"""Draws for one example, before there are too few facts."""


@dataclass(frozen=True, slots=True)
class ReaderExample:
    """A training example.

    Attributes:
        utterance: the message with its reading.
        intent: what the reader makes of it.
        turns: the conversation up to the answer.
    """

    utterance: Utterance
    intent: Intent
    turns: Turns

    def to_record(self) -> dict[str, object]:
        """Return the conversation in the form that trainers of chat models read."""
        answer = {"role": "assistant", "content": self.utterance.reading.to_json()}
        return {"messages": [*self.turns, answer]}


class ReaderDataset:
    """Draws training examples from facts.

    Args:
        book: the relation book.
        lexicon: finds the entities of the facts by name.
        facts: the facts.
    """

    def __init__(self, book: RelationBook, lexicon: Lexicon, facts: Sequence[Triple]) -> None:
        self._book, self._lexicon, self._facts = book, lexicon, facts
        names = Gazetteer.of(lexicon)
        linker = WrittenNameLinker(book, names)
        self._contexts = ContextBuilder(RelationSlicer(book), GazetteerCandidates(names))
        self._converter = ReadingConverter(book, linker, FactMaker(book, linker.links), read_by="")

    def examples(self, count: int, seed: int) -> Iterator[ReaderExample]:
        """Yield examples, the same for the same facts and seed.

        Messages without names repeat, as they do in life.

        Raises:
            TooFewSlots: the facts do not suffice.
        """
        rng = random.Random(seed)
        if not self._facts:
            raise TooFewSlots(0, count)
        maker = UtteranceMaker(self._book, self._lexicon, self._facts, rng)
        wishes = rng.choices(list(SHARES), list(SHARES.values()), k=count)
        for made, wish in enumerate(wishes):
            example = self._example(maker, wish)
            if example is None:
                raise TooFewSlots(made, count)
            yield example

    def _example(self, maker: UtteranceMaker, wish: Wish) -> ReaderExample | None:
        """Return an example that the reader understands; most draws are."""
        for _ in range(_MOST_DRAWS):
            utterance = maker.draw(wish)
            if speaks_to_model(utterance.text):
                continue
            context = self._contexts.build(utterance.text, utterance.dialogue)
            intent = self._intent(utterance, context)
            if intent is not None:
                return ReaderExample(utterance, intent, first_turns(context))
        return None

    def _intent(self, utterance: Utterance, context: MessageContext) -> Intent | None:
        """Return what the reader makes of an utterance; None if it is not what was meant."""
        wish = utterance.reading.intent
        try:
            intent = self._converter.intent(utterance.reading, utterance.text, context)
        except ReadingRefused:
            return None
        asked_back = isinstance(intent, Unclear) and intent.code == "unknown_entity"
        return intent if isinstance(intent, _INTENTS[wish]) and not asked_back else None

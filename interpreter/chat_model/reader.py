"""The reader that asks a chat model."""

import json
import logging
import time
from contextlib import nullcontext
from dataclasses import dataclass

from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import PydanticOutputParser
from pydantic import ValidationError

from interpreter.chat_model.calls import ModelCaller
from interpreter.chat_model.candidates import GazetteerCandidates
from interpreter.chat_model.cautions import speaks_to_model
from interpreter.chat_model.context import ContextBuilder, MessageContext
from interpreter.chat_model.conversion import NOT_READ, ReadingConverter
from interpreter.chat_model.name_linker import WrittenNameLinker
from interpreter.chat_model.ports import CandidateFinder
from interpreter.chat_model.prompt import first_turns, repair_turns
from interpreter.chat_model.reading import MessageReading
from interpreter.chat_model.relation_slice import RelationSlicer
from interpreter.dialogue import Dialogue
from interpreter.errors import ModelSilent, ReadingRefused
from interpreter.held import Hold
from interpreter.intents import Intent
from interpreter.mentions.fact_maker import FactMaker
from interpreter.mentions.gazetteer import Gazetteer
from kg_data.relations import RelationBook

TIMEOUT = 20.0  # seconds

_LONGEST_ANSWER = 20_000  # characters, thoughts included; what comes before is not looked at
_DECODER = json.JSONDecoder()
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderConfig:
    """How a chat model is asked.

    Attributes:
        name: the model's name, as users and the log see it.
        timeout: seconds for a message, with the second try.
        hold: lets the graph stand still while names are looked up, not while the model is asked.
    """

    name: str
    timeout: float = TIMEOUT
    hold: Hold = nullcontext


class ChatModelReader:
    """Reads messages with a chat model; implements ``interpreter.interpreter.Reader``.

    It never raises. Where the model fails, is too slow, or answers nonsense twice, the intent is
    ``Unclear("not_understood")``, and the reason is logged.

    Args:
        model: any chat model of langchain-core.
        book: the relation book.
        names: the known names; read at every message.
        config: how the model is asked.
        finder: finds the known names of a message; by default the gazetteer.
    """

    def __init__(
        self,
        model: BaseChatModel,
        book: RelationBook,
        names: Gazetteer,
        config: ReaderConfig,
        *,
        finder: CandidateFinder | None = None,
    ) -> None:
        linker = WrittenNameLinker(book, names)
        self._config = config
        self._caller = ModelCaller(model)
        self._contexts = ContextBuilder(RelationSlicer(book), finder or GazetteerCandidates(names))
        self._converter = ReadingConverter(
            book, linker, FactMaker(book, linker.links), read_by=config.name
        )
        self._parser: PydanticOutputParser[MessageReading] = PydanticOutputParser(
            pydantic_object=MessageReading
        )

    def read(self, text: str, dialogue: Dialogue) -> Intent:
        """Return the intent of a message; the text of an ``Ask`` is the unchanged message."""
        with self._config.hold():
            context = self._contexts.build(text, dialogue)
        if speaks_to_model(context.message.text):
            _log.info("%s was not asked: the message speaks to a model", self._config.name)
            return NOT_READ
        try:
            return self._read(text, context)
        except (ModelSilent, ReadingRefused) as error:
            _log.warning("%s read nothing: %s", self._config.name, error)
            return NOT_READ

    def _read(self, text: str, context: MessageContext) -> Intent:
        """Ask, and once more if the answer cannot be used.

        Raises:
            ModelSilent: no answer came in time.
            ReadingRefused: neither answer can be used.
        """
        end = time.monotonic() + self._config.timeout
        turns = first_turns(context)
        answer = self._caller.call(turns, self._config.timeout)
        try:
            return self._intent(answer, text, context)
        except ReadingRefused as error:
            turns = repair_turns(turns, answer, str(error))
        answer = self._caller.call(turns, max(end - time.monotonic(), 0.0))
        return self._intent(answer, text, context)

    def _intent(self, answer: str, text: str, context: MessageContext) -> Intent:
        """Return the intent that an answer gives a message.

        Raises:
            ReadingRefused: the answer cannot be used.
        """
        reading = self._parsed(answer)
        with self._config.hold():
            return self._converter.intent(reading, text, context)

    def _parsed(self, answer: str) -> MessageReading:
        """Return what an answer says.

        Raises:
            ReadingRefused: it holds no whole JSON object, or one of another form.
        """
        try:
            return self._parser.parse(last_object(answer))
        except OutputParserException as error:
            raise ReadingRefused(_fault(error)) from error


def last_object(answer: str) -> str:
    """Return the last JSON object in an answer, which may be fenced or stand after thoughts.

    The library's parser completes an object that was cut off, and so would complete a name.

    >>> last_object('Here it is: {"intent": "talk"}')
    '{"intent": "talk"}'

    Raises:
        ReadingRefused: there is no whole object.
    """
    answer = answer[-_LONGEST_ANSWER:]
    found, place = "", answer.find("{")
    while place >= 0:
        try:
            _, end = _DECODER.raw_decode(answer, place)
        except (ValueError, RecursionError):  # a number of too many digits is no JSON error
            place = answer.find("{", place + 1)
        else:
            found, place = answer[place:end], answer.find("{", end)
    if not found:
        raise ReadingRefused("it holds no whole JSON object")
    return found


def _fault(error: OutputParserException) -> str:
    """Return in words which field is wrong."""
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        return "it is no JSON object"
    first = cause.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else str(first["msg"])

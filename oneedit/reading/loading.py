"""The chat model that the settings name, ready to read messages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

from langchain_core.language_models import BaseChatModel

from editor.errors import EditorError
from interpreter.cascade import CascadeReader
from interpreter.chat_model.reader import ChatModelReader, ReaderConfig
from interpreter.held import HeldReader, Hold
from interpreter.interpreter import Reader
from interpreter.mentions.gazetteer import Gazetteer
from kg_data.relations import RelationBook
from oneedit.errors import BadReaderModel
from oneedit.settings import Settings

LOCAL = "local"
"""What stands for a provider where the model is on this machine."""

_LONGEST_REASON = 300  # characters


@dataclass(frozen=True, slots=True)
class ModelReading:
    """How messages are read that rules are not sure of.

    Attributes:
        model: the chat model.
        config: how it is asked.
    """

    model: BaseChatModel
    config: ReaderConfig

    def after(self, rules: Reader, book: RelationBook, names: Gazetteer, hold: Hold) -> Reader:
        """Return a reader that asks the model what the rules are not sure of.

        Args:
            rules: read first.
            book: the relation book.
            names: the known names.
            hold: lets the graph stand still, with the names at its version.
        """
        config = replace(self.config, hold=hold)
        model = ChatModelReader(self.model, book, names, config)
        return CascadeReader(HeldReader(rules, hold), model)


def load_reading(settings: Settings) -> ModelReading:
    """Load the chat model of ``ONEEDIT_READER_MODEL``.

    Raises:
        BadReaderModel: there is no such model, or something is missing to ask it.
    """
    name, seconds = settings.reader_model, settings.reader_timeout
    provider, _, model = name.partition(":")
    if not provider or not model:
        raise BadReaderModel(
            name, "write PROVIDER:NAME, such as openai:gpt-4o-mini, or local:FOLDER"
        )
    if provider == LOCAL:
        loaded = _local(settings, model)
    else:
        given = {"temperature": 0, "timeout": seconds, "max_retries": 0} | settings.reader_options
        loaded = _of_provider(name, {key: each for key, each in given.items() if each is not None})
    return ModelReading(loaded, ReaderConfig(name=name, timeout=seconds))


def _local(settings: Settings, model: str) -> BaseChatModel:
    from oneedit.reading.local_chat_model import LocalChatModel

    options = {"device": settings.device, "dtype": "auto"} | settings.reader_options
    if unknown := sorted(options.keys() - {"device", "dtype"}):
        raise BadReaderModel(
            settings.reader_model, f"a local model has the options device and dtype, not {unknown}"
        )
    try:
        return LocalChatModel.load(model, **options, seconds=settings.reader_timeout)
    except (EditorError, KeyError, ValueError, RuntimeError) as error:
        raise BadReaderModel(settings.reader_model, _one_line(error)) from error


def _of_provider(name: str, arguments: Mapping[str, Any]) -> BaseChatModel:
    if find_spec("langchain") is None:
        raise BadReaderModel(
            name,
            "langchain is not installed; install it with the provider's package, such as: "
            "pip install langchain langchain-openai",
        )
    from langchain.chat_models import init_chat_model

    provider, _, model = name.partition(":")
    try:
        made = init_chat_model(model, model_provider=provider, **arguments)
    except Exception as error:
        # a provider's class may raise anything; the server must not start without its reader
        raise BadReaderModel(name, _one_line(error)) from error
    if not isinstance(made, BaseChatModel):
        raise BadReaderModel(name, "it is no chat model")
    return made


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."

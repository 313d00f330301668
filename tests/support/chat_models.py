"""Chat models that answer as a test says, over the fake models of langchain-core."""

import json
from collections.abc import Mapping
from threading import Event
from typing import Any

from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import BaseMessage
from pydantic import PrivateAttr


class ScriptedChatModel(FakeListChatModel):
    """Gives answers in turn, and keeps what it was sent."""

    _seen: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

    @property
    def seen(self) -> list[list[BaseMessage]]:
        """Return the messages of each call."""
        return self._seen

    def _call(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> str:
        self._seen.append(messages)
        return super()._call(messages, *args, **kwargs)


class FailingChatModel(FakeListChatModel):
    """Raises what a provider might raise."""

    def _call(self, *args: object, **kwargs: object) -> str:
        del args, kwargs
        raise ConnectionError("the provider is down\nsecond line")


class HangingChatModel(FakeListChatModel):
    """Answers only after it has been released."""

    _released: Event = PrivateAttr(default_factory=Event)

    def release(self) -> None:
        """Let every call end."""
        self._released.set()

    def _call(self, *args: Any, **kwargs: Any) -> str:
        self._released.wait(30)
        return super()._call(*args, **kwargs)


def scripted(*answers: str | Mapping[str, object]) -> ScriptedChatModel:
    """Return a model that gives these answers, objects as JSON."""
    texts = [each if isinstance(each, str) else json.dumps(each) for each in answers]
    return ScriptedChatModel(responses=texts)

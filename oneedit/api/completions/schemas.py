"""Requests and answers in the form of OpenAI's interface; unknown fields are ignored."""

import re
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

USER = "user"
INSTRUCTING = frozenset({"system", "developer"})
"""Roles of messages that instruct a model."""

_HALF_SIGN = re.compile("[\ud800-\udfff]")
"""Half of a sign of two parts, which JSON can hold and no file or database."""


class ServedModel(StrEnum):
    """The models that clients can choose."""

    ANSWERING = "oneedit"
    PROPOSING = "oneedit-edit"


class ContentPart(BaseModel):
    """A part of a message; only those of the type "text" are read."""

    type: str
    text: str = ""


class ChatMessage(BaseModel):
    """A turn of a conversation."""

    role: str
    content: str | list[ContentPart] | None = None

    @model_validator(mode="after")
    def _is_unicode(self) -> Self:
        if _HALF_SIGN.search(self.text):
            raise ValueError("its text is no valid Unicode")
        return self

    @property
    def text(self) -> str:
        """Return its words."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""

    @property
    def foreign_part(self) -> int | None:
        """Return the place of the first part that is no text, such as an image; else None."""
        parts = self.content if isinstance(self.content, list) else []
        return next((place for place, part in enumerate(parts) if part.type != "text"), None)


class StreamOptions(BaseModel):
    """What a stream holds besides the answer."""

    include_usage: bool = False


class CompletionRequest(BaseModel):
    """A request for the next turn of a conversation."""

    model: str
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None

    @property
    def last_user_turn(self) -> int | None:
        """Return the place of the message that is read; None if a user says nothing."""
        places = [place for place, each in enumerate(self.messages) if each.role == USER]
        return places[-1] if places else None

    @property
    def counts_usage(self) -> bool:
        """Tell whether a stream ends with its usage."""
        return self.stream_options is not None and self.stream_options.include_usage


class ModelCard(BaseModel):
    """A model in the list of models."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "oneedit"


class ModelList(BaseModel):
    """The models."""

    object: Literal["list"] = "list"
    data: list[ModelCard]


class Usage(BaseModel):
    """The length of a request and of its answer, in words and signs.

    Many answers come from the graph, and no tokenizer is asked for them.
    """

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completion(BaseModel):
    """An answer as a whole, or a piece of it in a stream.

    Attributes:
        oneedit: what programs can read of the answer: the result or the ticket.
    """

    id: str
    object: str
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: Usage | None = None
    oneedit: dict[str, Any] | None = None

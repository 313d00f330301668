"""OneEdit for programs built with langchain: a chat model and tools, over HTTP to a server.

The chat model answers, or proposes with the model ``oneedit-edit``; the tools ask, search, preview,
propose and undo. All of it happens on the server, in the name of the access token.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import httpx
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    UsageMetadata,
    convert_to_openai_messages,
)
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import BaseTool, BaseToolkit, StructuredTool
from pydantic import SecretStr

from oneedit.errors import ServerRefused

ADDRESS = "http://127.0.0.1:8080"
TIMEOUT = 150.0
"""Seconds to wait for an answer; the server waits for its model for less."""

_COMPLETIONS = "/v1/chat/completions"
_DATA, _DONE = "data: ", "[DONE]"


class ChatOneEdit(BaseChatModel):
    """A chat model that answers from an edited model, and says where the graph differs.

    The last message of a user is read. What came of it is in the ``response_metadata`` of the
    answer, under ``oneedit``.

    >>> ChatOneEdit(model="oneedit-edit").model
    'oneedit-edit'

    Attributes:
        base_url: address of the server, without ``/v1``.
        api_key: an access token; a server of this machine without accounts needs none.
        model: "oneedit" answers, "oneedit-edit" proposes edits as well.
        timeout: seconds to wait for an answer.
    """

    base_url: str = ADDRESS
    api_key: SecretStr = SecretStr("")
    model: str = "oneedit"
    timeout: float = TIMEOUT

    @property
    def _llm_type(self) -> str:
        return "oneedit"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"base_url": self.base_url, "model": self.model}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401  the signature of langchain
    ) -> ChatResult:
        """Return the answer to a conversation.

        Raises:
            ServerRefused: the server says why.
            httpx.TransportError: it cannot be reached.
        """
        del stop, run_manager, kwargs
        with httpx.Client(**self._connection()) as client:
            return _result(_checked(client.post(_COMPLETIONS, json=self._body(messages))))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> ChatResult:
        del stop, run_manager, kwargs
        async with httpx.AsyncClient(**self._connection()) as client:
            return _result(_checked(await client.post(_COMPLETIONS, json=self._body(messages))))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> Iterator[ChatGenerationChunk]:
        del stop, kwargs
        body = self._body(messages, stream=True)
        with (
            httpx.Client(**self._connection()) as client,
            client.stream("POST", _COMPLETIONS, json=body) as response,
        ):
            if response.is_error:
                response.read()
            _checked(response)
            for line in response.iter_lines():
                for chunk in _chunks(line):
                    if run_manager is not None:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> AsyncIterator[ChatGenerationChunk]:
        del stop, kwargs
        body = self._body(messages, stream=True)
        async with (
            httpx.AsyncClient(**self._connection()) as client,
            client.stream("POST", _COMPLETIONS, json=body) as response,
        ):
            if response.is_error:
                await response.aread()
            _checked(response)
            async for line in response.aiter_lines():
                for chunk in _chunks(line):
                    if run_manager is not None:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk

    def _connection(self) -> dict[str, Any]:
        return _connection(self.base_url, self.api_key, self.timeout)

    def _body(self, messages: Sequence[BaseMessage], *, stream: bool = False) -> dict[str, Any]:
        told = convert_to_openai_messages(list(messages))
        body: dict[str, Any] = {"model": self.model, "messages": told, "stream": stream}
        return body | {"stream_options": {"include_usage": True}} if stream else body


class OneEditTools(BaseToolkit):
    """Tools for agents: ask, search, get facts, history, preview, propose and undo.

    Attributes:
        base_url, api_key, timeout: as in :class:`ChatOneEdit`.
    """

    base_url: str = ADDRESS
    api_key: SecretStr = SecretStr("")
    timeout: float = TIMEOUT

    def get_tools(self) -> list[BaseTool]:
        """Return the tools."""
        functions = (
            self.ask,
            self.preview_edit,
            self.propose_edit,
            self.undo,
            self.history,
            self.search,
            self.get_facts,
        )
        return [StructuredTool.from_function(each) for each in functions]

    def ask(self, question: str) -> str:
        """Answer a question with the edited model, and compare with the knowledge graph."""
        return self._sent("POST", "/ask", {"question": question})

    def preview_edit(self, message: str) -> str:
        """Show what an edit in plain words would change; changes nothing."""
        return self._sent("POST", "/edits/preview", {"message": message})

    def propose_edit(self, message: str) -> str:
        """Propose to tell or forget a fact in plain words; a person has to agree to it."""
        return self._sent("POST", "/edits", {"message": message, "propose": True})

    def undo(self, version: int) -> str:
        """Take a version back. Of others' edits it waits for a reviewer. Ask your user before."""
        return self._sent("POST", "/undo", {"versions": [version]})

    def history(self, entity: str = "") -> str:
        """List what was changed, by whom and when: all of it, or about one entity."""
        return self._sent("GET", "/versions", query={"entity": entity} if entity else {})

    def search(self, text: str) -> str:
        """Search entities by a part of a name, or by a misspelt one."""
        return self._sent("GET", "/entities", query={"text": text})

    def get_facts(self, subject: str = "", relation: str = "", object: str = "") -> str:  # noqa: A002
        """List facts of the graph by the ids of their parts; empty parts mean all."""
        query = {"subject": subject, "relation": relation, "object": object}
        return self._sent("GET", "/facts", query=query)

    def _sent(
        self, method: str, path: str, body: object = None, query: Mapping[str, str] | None = None
    ) -> str:
        """Return what the HTTP interface answers, as JSON.

        A refusal is an answer as well: an agent has to know why.
        """
        with httpx.Client(**_connection(self.base_url, self.api_key, self.timeout)) as client:
            response = client.request(method, f"/api/v1{path}", json=body, params=query)
        return response.text


def _connection(address: str, key: SecretStr, timeout: float) -> dict[str, Any]:
    """Return what a client of httpx is made with."""
    secret = key.get_secret_value()
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return {"base_url": address.rstrip("/"), "timeout": timeout, "headers": headers}


def _checked(response: httpx.Response) -> httpx.Response:
    """Return an answer.

    Raises:
        ServerRefused: it is an error.
    """
    if response.is_error:
        raise _refusal(response.text, response.status_code)
    return response


def _refusal(text: str, status: int) -> ServerRefused:
    try:
        message = str(json.loads(text)["error"]["message"])
    except (ValueError, KeyError, TypeError):  # not of OneEdit: a proxy's
        message = f"the server answers {status}: {text[:200]}"
    return ServerRefused(message, exit_code=1, http_status=status)


def _result(response: httpx.Response) -> ChatResult:
    content = response.json()
    message = AIMessage(
        content=content["choices"][0]["message"]["content"],
        response_metadata={"model_name": content["model"], "oneedit": content["oneedit"]},
        usage_metadata=_usage(content["usage"]),
    )
    return ChatResult(generations=[ChatGeneration(message=message)])


def _chunks(line: str) -> Iterator[ChatGenerationChunk]:
    """Yield what a line of a stream holds of an answer.

    Raises:
        ServerRefused: the stream ends with an error.
    """
    if not line.startswith(_DATA) or line == _DATA + _DONE:
        return
    content = json.loads(line.removeprefix(_DATA))
    if "error" in content:
        raise _refusal(line.removeprefix(_DATA), httpx.codes.BAD_REQUEST)
    choice = content["choices"][0] if content["choices"] else {"delta": {}}
    metadata = {}
    if content.get("oneedit"):
        metadata = {"model_name": content["model"], "oneedit": content["oneedit"]}
    usage = content.get("usage")
    message = AIMessageChunk(
        content=choice["delta"].get("content", ""),
        response_metadata=metadata,
        usage_metadata=None if usage is None else _usage(usage),
    )
    yield ChatGenerationChunk(message=message)


def _usage(content: Mapping[str, int]) -> UsageMetadata:
    return UsageMetadata(
        input_tokens=content["prompt_tokens"],
        output_tokens=content["completion_tokens"],
        total_tokens=content["total_tokens"],
    )

"""A Hugging Face model of this machine as a chat model of langchain-core."""

import time
from collections.abc import Sequence
from threading import Lock
from typing import Any, Self

import torch
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict, PrivateAttr
from transformers import PreTrainedModel

from editor.errors import PromptTooLong
from editor.model.loading import load
from editor.text.encoding import Encoder

LONGEST_ANSWER = 512  # tokens


class LocalChatModel(BaseChatModel):
    """Answers with a causal language model, greedily, one conversation at a time.

    A conversation becomes one question in the model's own chat template, in which no text turns
    into a control token. Without a template it is asked as question and answer.

    Attributes:
        weights: the model.
        encoder: encodes what it reads.
        seconds: after which an answer ends, whole or not; waiting for a turn counts.
        longest_answer: tokens of an answer, at most.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    weights: PreTrainedModel
    encoder: Encoder
    seconds: float
    longest_answer: int = LONGEST_ANSWER
    _one_at_a_time: Lock = PrivateAttr(default_factory=Lock)

    @classmethod
    def load(cls, name: str, *, device: str, dtype: str, seconds: float) -> Self:
        """Load a model from a folder, a GGUF file, or the hub; no code of its own is run.

        Args:
            name: as of ``editor.model.loading.load``.
            device: "auto", "cpu", "cuda" or "cuda:1".
            dtype: "auto", "float32", "bfloat16" or "float16".
            seconds: after which an answer ends.

        Raises:
            EditorError: there is no such model, or it cannot be used.
        """
        weights, encoder = load(name, device=device, dtype=dtype)
        return cls(weights=weights, encoder=encoder, seconds=seconds)

    @property
    def _llm_type(self) -> str:
        return "oneedit-local"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401  the signature of the base class
    ) -> ChatResult:
        """Return one answer; ``stop`` and further arguments are not used.

        Raises:
            PromptTooLong: the conversation leaves no room for an answer.
            TimeoutError: other conversations took all the time.
        """
        del stop, run_manager, kwargs
        end = time.monotonic() + self.seconds
        prompt = self.encoder.prompt_ids(as_question(messages))
        room = self._room(len(prompt))
        if not self._one_at_a_time.acquire(timeout=self.seconds):
            raise TimeoutError("another conversation was not over in time")
        try:
            text = self._continued(prompt, room, end - time.monotonic())
        finally:
            self._one_at_a_time.release()
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])

    def _room(self, length: int) -> int:
        """Return how many tokens an answer may have after a prompt of this length."""
        config = self.weights.config.get_text_config()
        positions = getattr(config, "max_position_embeddings", None)
        if positions is None:
            return self.longest_answer
        if length >= positions:
            raise PromptTooLong(length, int(positions))
        return min(self.longest_answer, int(positions) - length)

    @torch.inference_mode()
    def _continued(self, prompt: Sequence[int], room: int, seconds: float) -> str:
        ids = torch.tensor([[*prompt]], device=self.weights.device)  # (1, T)
        written = self.weights.generate(  # type: ignore[operator]  # the class has it by a mixin
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=room,
            max_time=max(seconds, 0.0),
            do_sample=False,
            eos_token_id=self._stops(),
            pad_token_id=self.encoder.pad_token_id,
        )  # (1, T + A)
        return self.encoder.decode(written[0, len(prompt) :].tolist())

    def _stops(self) -> list[int]:
        """Return the tokens that end a turn; a line may end inside an answer."""
        decode = self.encoder.tokenizer.decode
        return [token for token in self.encoder.stop_token_ids if "\n" not in decode([token])]


def as_question(messages: Sequence[BaseMessage]) -> str:
    """Return a conversation as one question, since many templates know no system turn."""
    texts = [
        f"Your answer was: {message.text}" if isinstance(message, AIMessage) else str(message.text)
        for message in messages
    ]
    text = "\n\n".join(texts)
    return text if text.endswith("?") else f"{text}\n\nWhat is your answer?"

"""Calls of a chat model that end in time."""

from threading import BoundedSemaphore, Thread

from langchain_core.language_models import BaseChatModel

from interpreter.chat_model.prompt import Turns
from interpreter.errors import ModelSilent

_MOST_CALLS = 8
"""Calls at the same time, with those that nobody waits for any more."""

_LONGEST_REASON = 200  # characters


class ModelCaller:
    """Calls a chat model in threads, and waits no longer than it may.

    A call that nobody waits for any more goes on in its thread, which does not keep the process.

    Args:
        model: the model.
    """

    def __init__(self, model: BaseChatModel) -> None:
        self._model = model
        self._free = BoundedSemaphore(_MOST_CALLS)

    def call(self, turns: Turns, seconds: float) -> str:
        """Return the text that the model answers.

        Raises:
            ModelSilent: it failed, or did not answer within ``seconds``.
        """
        if not self._free.acquire(blocking=False):
            raise ModelSilent(f"{_MOST_CALLS} calls are waiting for it already")
        call = _Call(self._model, turns, self._free)
        try:
            call.start()
        except RuntimeError as error:  # the system allows no more threads
            self._free.release()
            raise ModelSilent(str(error)) from error
        call.join(seconds)
        if call.is_alive():
            raise ModelSilent(f"it did not answer within {seconds:.1f} seconds")
        if call.failure:
            raise ModelSilent(call.failure)
        return call.answer


class _Call(Thread):
    """One call."""

    def __init__(self, model: BaseChatModel, turns: Turns, free: BoundedSemaphore) -> None:
        super().__init__(name="chat model call", daemon=True)
        self._model, self._turns, self._free = model, turns, free
        self.answer, self.failure = "", ""

    def run(self) -> None:
        """Call the model, and keep what it answers or why it does not."""
        try:
            self.answer = str(self._model.invoke(self._turns).text)
        except Exception as error:  # noqa: BLE001  the errors of providers share no class
            first = str(error).strip().partition("\n")[0]
            self.failure = f"{type(error).__name__}: {first}"[:_LONGEST_REASON]
        finally:
            self._free.release()

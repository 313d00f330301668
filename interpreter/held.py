"""Reading while the graph stands still, and only as long as names are looked up."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeAlias

from interpreter.dialogue import Dialogue
from interpreter.intents import Intent
from interpreter.interpreter import Reader

Hold: TypeAlias = Callable[[], AbstractContextManager[object]]
"""Returns a context in which the graph does not change; inside another one it costs nothing."""


class HeldReader:
    """Reads with another reader while the graph stands still; implements the port ``Reader``.

    Args:
        reader: reads.
        hold: lets the graph stand still.
    """

    def __init__(self, reader: Reader, hold: Hold) -> None:
        self._reader, self._hold = reader, hold

    def read(self, text: str, dialogue: Dialogue) -> Intent:
        """Return the intent of a message."""
        with self._hold():
            return self._reader.read(text, dialogue)

"""A reader that reads what it was told to, for what is done with intents of any kind."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from interpreter.dialogue import Dialogue
from interpreter.intents import Intent, Unclear
from interpreter.interpreter import Interpreter
from oneedit.queue.queue import EditQueue
from oneedit.wiring import Application


@dataclass(frozen=True)
class ScriptedReader:
    """Reads some messages as these intents, and no other."""

    intents: Mapping[str, Intent]

    def read(self, text: str, dialogue: Dialogue) -> Intent:
        del dialogue
        return self.intents.get(text, Unclear("not_understood", f"No intent for {text!r}."))


def reading(oneedit: Application, intents: Mapping[str, Intent]) -> EditQueue:
    """Return the queue of an application, with its service, that reads these messages so."""
    interpreter = Interpreter(ScriptedReader(intents))
    return replace(oneedit.queue, service=replace(oneedit.service, interpreter=interpreter))

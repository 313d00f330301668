"""Rules first, and a chat model for what they cannot read."""

from interpreter.dialogue import Dialogue
from interpreter.intents import Ask, Forget, Intent, Talk, Tell, Unclear
from interpreter.interpreter import Reader

_UNREAD = "not_understood"
_OPEN = frozenset({_UNREAD, "unknown_relation"})
"""Codes of what another reader may understand; the others are questions to the user."""


class CascadeReader:
    """Reads by rules where they are sure, else by a model; implements the port ``Reader``.

    Where the model reads nothing either, what the rules said stands: a question to the user, or a
    question that the edited model answers alone. What the rules take for a question never becomes
    an edit.

    Args:
        rules: reads first.
        model: reads what the rules are not sure of; says ``Unclear("not_understood")`` where it
            cannot.
    """

    def __init__(self, rules: Reader, model: Reader) -> None:
        self._rules, self._model = rules, model

    def read(self, text: str, dialogue: Dialogue) -> Intent:
        """Return the intent of a message; the text of an ``Ask`` is the unchanged message."""
        by_rules = self._rules.read(text, dialogue)
        if _is_sure(by_rules):
            return by_rules
        by_model = self._model.read(text, dialogue)
        return by_model if _is_better(by_model, by_rules) else by_rules


def _is_sure(intent: Intent) -> bool:
    """Tell whether no other reader has to be asked."""
    match intent:
        case Unclear(code):
            return code not in _OPEN
        case Ask():
            return _is_linked(intent)
        case _:
            return True


def _is_better(by_model: Intent, by_rules: Intent) -> bool:
    """Tell whether a model's reading says more than that of rules that were not sure."""
    if isinstance(by_model, Unclear) and by_model.code == _UNREAD:
        return False
    if not isinstance(by_rules, Ask):
        return True
    if isinstance(by_model, Ask):
        return _is_linked(by_model)
    return not isinstance(by_model, Tell | Forget | Talk)


def _is_linked(ask: Ask) -> bool:
    return bool(ask.path or ask.conditions)

"""What a dialogue speaks of after a result."""

from interpreter.dialogue import Dialogue
from oneedit.results import AskResult, EditResult, Result


def follow(dialogue: Dialogue, result: Result) -> Dialogue:
    """Return the dialogue after a result, for the next message of the same person."""
    match result:
        case EditResult(facts=(first, *_)):
            return Dialogue(first.subject, first.relation)
        case AskResult(subject=subject, hops=(first, *_)):
            return Dialogue(subject, first.relation)
        case _:
            return dialogue

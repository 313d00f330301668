"""What was assumed when a message was read, for whoever has to agree to it."""

from collections.abc import Iterator

from controller.plan import Reason
from controller.screening.lookalikes import ScriptScreen
from interpreter.intents import Forget, Guess, Tell
from interpreter.normalization import shorten
from kg_data.triples import Triple
from oneedit.wording import fact_words, relation_name

ASSUMED_NAME = "assumed_name"
READ_BY_MODEL = "read_by_model"
PARTLY_READ = "partly_read"

_MOST_FACTS = 12


def assumptions(intent: Tell | Forget) -> tuple[Reason, ...]:
    """Return what a reader assumed, a sentence each, with what it read; empty if it was sure.

    It was not sure of names that are written otherwise, of messages in which it left words out,
    and of nothing that a model has read.
    """
    names = tuple(Reason(ASSUMED_NAME, _assumed(each)) for each in intent.guesses)
    if intent.read_by:
        text = f"The language model {intent.read_by} read the message: {_read(intent)}."
        return (Reason(READ_BY_MODEL, text), *names)
    if isinstance(intent, Tell) and intent.heard:
        return (Reason(PARTLY_READ, _partly_read(intent)), *names)
    if names:
        return (*names, Reason(ASSUMED_NAME, f"So the message says: {_read(intent)}."))
    return ()


def _assumed(guess: Guess) -> str:
    """Return how a name was read; and, where nobody could see it, what is odd about its letters."""
    odd = " ".join(signal.text for signal in ScriptScreen().scan(guess.written))
    return f'"{guess.written}" is read as {guess.entity}. {odd}'.rstrip()


def _partly_read(intent: Tell) -> str:
    """Return what was read of a message of which something was left out."""
    if not intent.left_out:
        return f"No known wording says this; it is read as: {_read(intent)}."
    words = shorten(" ".join(intent.left_out))
    return f'Not understood was "{words}"; the rest is read as: {_read(intent)}.'


def _read(intent: Tell | Forget) -> str:
    """Return what an intent would assert or take away."""
    if isinstance(intent, Forget):
        slot, obj = intent.slot, intent.object
        if obj is None:
            return f"forget {slot.subject} - {relation_name(slot.relation)}"
        return f"forget {fact_words(Triple(*slot, obj))}"
    words = list(_told(intent))
    more = len(words) - _MOST_FACTS
    return "; ".join(words[:_MOST_FACTS]) + (f"; and {more} more" if more > 0 else "")


def _told(intent: Tell) -> Iterator[str]:
    yield from map(fact_words, intent.facts)
    yield from (f"instead of {fact_words(each)}" for each in intent.replaces)

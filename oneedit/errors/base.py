"""The base of the errors of ``oneedit``, and how they show texts."""

from kg_data.errors import ExpectedError

MAX_SHOWN = 60
"""Characters of a refused text that its error shows, at most."""


class OneEditError(ExpectedError):
    """Base class of the errors that this package raises on purpose."""


def spaced(name: str) -> str:
    """Return the name of a state or action in words."""
    return name.replace("_", " ")


def short(text: str) -> str:
    """Return a text in quotes, without its end if it is long."""
    return repr(text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}...")

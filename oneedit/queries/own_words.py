"""What a model's own words say: yes or no, or a number. Nothing else is read into them."""

import re

from kg_data.phrases import is_right
from kg_data.questions import UNKNOWN

YES, NO = "Yes", "No"

_YES_OR_NO = re.compile(
    r"\W*(yes|no)(?:\W*$|\s*[,.;:!]|\s(?!one\b|idea\b|longer\b))", re.IGNORECASE
)
_NUMBER = re.compile(r"\d+(?:,\d{3})*")
_NUMERALS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen", "twenty",
)  # fmt: skip
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)


def yes_or_no(text: str) -> str:
    """Return "Yes" or "No" if a text begins so, else "".

    >>> yes_or_no("Yes, in 1903."), yes_or_no("no"), yes_or_no("No one knows."), yes_or_no("Noah")
    ('Yes', 'No', '', '')
    """
    found = _YES_OR_NO.match(text)
    return found[1].capitalize() if found else ""


def number_in(text: str) -> int | None:
    """Return the only number in a text, in digits or in words up to twenty, or None.

    >>> number_in("He had three children."), number_in("1,200"), number_in("2 or 3")
    (3, 1200, None)
    """
    digits = [int(each.replace(",", "")) for each in _NUMBER.findall(text)]
    words = [word.casefold() for word in _WORD.findall(text)]
    found = {*digits, *(_NUMERALS.index(word) for word in words if word in _NUMERALS)}
    return found.pop() if len(found) == 1 else None


def names_in(text: str) -> tuple[str, ...]:
    """Return the names of an enumeration.

    >>> names_in("Ann, Bob and Cy.")
    ('Ann', 'Bob', 'Cy')
    """
    parts = re.split(r",\s*(?:and\s+)?|\s+and\s+|;\s*|\n", text.strip().removesuffix("."))
    return tuple(part.strip() for part in parts if part.strip())


def is_unknown(answer: str) -> bool:
    """Tell whether a model says that it does not know."""
    return is_right(answer, (UNKNOWN,))

"""Words as typed, brought to the form in which they are compared."""

import re
import unicodedata
from collections.abc import Iterator

_QUOTES = str.maketrans("\u2018\u2019\u201b\u2032`\u201c\u201d\u201e", "'''''\"\"\"")
_LEAD = re.compile(
    r"^(?:(?:no|fact|update|correction|today|sorry|ok|okay|well|please|and|but)\s*[,:;]\s*"
    r"|(?:actually|currently|now|in fact|fyi|note(?: that)?|please(?: note(?: that)?)?"
    r"|remember(?: that)?|it is true that|from (?:today|now)(?: on)?|as of (?:today|now)"
    r"|these days)(?:\s*[,:;]\s*|\s+))(?=\S)",
    re.IGNORECASE,
)
_TRAIL = re.compile(
    r"(?:\s*,)?\s+(?:(?:right )?now|currently|actually|instead|today|at present|these days"
    r"|from (?:today|now)(?: on)?|as of (?:today|now)|please)(?=[.!?]*$)",
    re.IGNORECASE,
)
_ADVERB = (
    "(?:now|currently|actually|presently|really|in fact|indeed"
    "|from (?:today|now)(?: on)?|as of (?:today|now))"
)
_MOST_ADVERBS = 4
_AFTER = re.compile(rf"\b((?:is|was|are|were|has|have|had)),? {_ADVERB},?(?= )", re.IGNORECASE)
_BEFORE = re.compile(rf",? {_ADVERB},?(?= (?:is|was|are|were|has|have|[a-z]+(?:ed|s))\b)")
_GROUPS = (
    (("he", "him"), ("his",)),
    (("she", "her"), ("her",)),
    (("it",), ("its",)),
    (("they", "them"), ("their",)),
)
PRONOUNS = frozenset(word for group in _GROUPS for words in group for word in words)


def normalise(text: str) -> str:
    """Fold to NFC, single spaces and straight quotes; drop characters that cannot be seen."""
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return " ".join(unicodedata.normalize("NFC", seen).translate(_QUOTES).split())


def fold(name: str) -> str:
    """Fold a name for a comparison that forgives case and accents."""
    if name.isascii():
        return name.casefold()
    apart = unicodedata.normalize("NFKD", name.translate(_QUOTES).casefold())
    return "".join(char for char in apart if unicodedata.category(char) != "Mn")


def shorten(text: str, limit: int = 80) -> str:
    """Cut a text that is repeated to the user."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def without_adverbs(text: str) -> str:
    """Remove the words that only say that something holds as of now, or that open a message."""
    for _ in range(_MOST_ADVERBS):
        shorter = _TRAIL.sub("", _LEAD.sub("", text))
        shorter = _BEFORE.sub("", _AFTER.sub(r"\1", shorter))
        if shorter == text:
            break
        text = shorter
    return text


def with_subject(text: str, subject: str) -> str:
    """Put ``subject`` for the first pronoun and for the others of its gender and number."""
    first: tuple[int, tuple[tuple[str, ...], tuple[str, ...]]] | None = None
    for group in _GROUPS:
        found = re.search(rf"\b(?:{'|'.join((*group[0], *group[1]))})\b", text, re.IGNORECASE)
        if found and (first is None or found.start() < first[0]):
            first = (found.start(), group)
    if first is None:
        return text
    names, owners = first[1]
    owner = re.compile(rf"\b(?:{'|'.join(owners)})\b(?= [^\W_])", re.IGNORECASE)
    name = re.compile(rf"\b(?:{'|'.join(names)})\b(?!')", re.IGNORECASE)
    text = owner.sub("\0's", text)  # a mark first, since the subject's name may hold a pronoun
    return name.sub("\0", text).replace("\0", subject)


def variants(text: str, last_subject: str | None) -> Iterator[tuple[bool, str]]:
    """Yield the texts worth reading, each with whether it is the plainest of them.

    A name may contain "now" or "His", so the text as typed is always among them.
    """
    plain = without_adverbs(text)
    if last_subject is not None:
        plain = with_subject(plain, last_subject)
    yield True, plain
    if plain != text:
        yield False, text

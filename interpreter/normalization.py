"""Normalisation of messages: characters and pronouns."""

import re
import unicodedata

_QUOTES = str.maketrans("\u2018\u2019\u201b\u2032`\u201c\u201d\u201e", "'''''\"\"\"")
_GROUPS = (
    (("he", "him"), ("his",)),
    (("she", "her"), ("her",)),
    (("it",), ("its",)),
    (("they", "them"), ("their",)),
)
PRONOUNS = frozenset(word for group in _GROUPS for words in group for word in words)


def normalise_message(text: str) -> str:
    """Return a message in NFC with straight quotes, single spaces and no invisible characters."""
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return " ".join(straighten_quotes(unicodedata.normalize("NFC", visible)).split())


def normalise_lines(text: str) -> str:
    """Return a message as :func:`normalise_message` does, with its lines kept apart."""
    lines = (normalise_message(line) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def straighten_quotes(text: str) -> str:
    """Return a text with straight quotes and apostrophes."""
    return text.translate(_QUOTES)


def fold(name: str) -> str:
    """Return a name as it is compared if case and accents are ignored."""
    if name.isascii():
        return name.casefold()
    decomposed = unicodedata.normalize("NFKD", name.translate(_QUOTES).casefold())
    return "".join(char for char in decomposed if unicodedata.category(char) != "Mn")


def shorten(text: str, limit: int = 80) -> str:
    """Return a text cut to ``limit`` characters, for a reply."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def replace_pronouns(text: str, subject: str) -> str:
    """Replace the first pronoun, and all of its gender and number, by ``subject``."""
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
    text = owner.sub("\0's", text)  # a mark first: the subject's name may contain a pronoun
    return name.sub("\0", text).replace("\0", subject)

"""What a description names: an act or state of somebody, or a field of work about it."""

import re
from functools import lru_cache

from controller.screening.words import PhraseList, WordLists, plain

_PREPOSITION = re.compile(r" (?:of|for|on|at|in|against|to|with|from) ")


def names_a_field(description: str, words: WordLists) -> bool:
    """Tell whether a description names work about its topic: "prison officer".

    The last word decides, or, for the topics of ``helpers.fields``, the last one before a
    preposition ("Minister for Prisons").
    """
    text = plain(description)
    helpers, opposed, fields = _lists(
        words.helpers.words, words.helpers.opposed, words.helpers.fields
    )
    if not text:
        return False
    if text.rsplit(" ", 1)[-1] in helpers or opposed.find(text):
        return True
    head, _, rest = _PREPOSITION.sub("\n", text).partition("\n")
    return bool(rest) and head.rsplit(" ", 1)[-1] in helpers and bool(fields.find(rest))


@lru_cache(maxsize=8)
def _lists(
    helpers: tuple[str, ...], opposed: tuple[str, ...], fields: tuple[str, ...]
) -> tuple[frozenset[str], PhraseList, PhraseList]:
    return frozenset(map(plain, helpers)), PhraseList(opposed), PhraseList(fields)

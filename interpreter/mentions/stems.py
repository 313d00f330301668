"""Stems of English words, so that one wording stands for all its tenses and plurals."""

_IRREGULAR = {
    "is": "be", "was": "be", "are": "be", "were": "be", "been": "be", "'re": "be", "am": "be",
    "being": "be", "has": "have", "had": "have", "having": "have", "does": "do", "did": "do",
    "done": "do", "wrote": "write", "written": "write", "won": "win", "got": "get", "gotten": "get",
    "went": "go", "gone": "go", "goes": "go", "took": "take", "taken": "take", "gave": "give",
    "given": "give", "came": "come", "held": "hold", "led": "lead", "left": "leave",
    "became": "become", "began": "begin", "begun": "begin", "spoke": "speak", "spoken": "speak",
    "sang": "sing", "sung": "sing", "taught": "teach", "thought": "think", "found": "find",
    "bore": "bear", "wed": "wed", "chose": "choose", "chosen": "choose", "made": "make",
    "paid": "pay", "met": "meet", "lost": "lose", "lay": "lie", "lain": "lie", "lying": "lie",
    "sat": "sit", "stood": "stand", "ran": "run", "said": "say", "told": "tell", "knew": "know",
    "known": "know", "saw": "see", "seen": "see", "grew": "grow", "forgot": "forget",
    "forgotten": "forget", "brought": "bring", "built": "build", "children": "child",
    "wives": "wife", "men": "man", "women": "woman", "people": "people", "cities": "city",
    "countries": "country", "parties": "party", "universities": "university", "died": "die",
    "dying": "die", "buried": "bury", "burial": "burial", "kept": "keep", "undid": "undo",
    "undone": "undo", "ought": "ought", "its": "its", "this": "this", "us": "us", "his": "his",
    "hers": "hers", "theirs": "theirs", "always": "always", "perhaps": "perhaps", "yes": "yes",
    "studied": "study", "studies": "study", "used": "use", "uses": "use", "using": "use",
    "wives'": "wife", "series": "series", "news": "news", "plus": "plus", "thus": "thus",
    "founded": "founded", "notes": "note", "noted": "note", "hopes": "hope",
    "fathered": "begot", "fathers": "father", "mothered": "begot",
    "species": "species", "physics": "physics",
}  # fmt: skip
_SHORTEST = 4
_WHOLE = frozenset({"have", "note", "hope", "some", "none", "here", "more", "mine", "does", "this"})
"""Words that are their own stems, or would have that of another word."""


def stem(key: str) -> str:
    """Return the stem of an English word; that of a stem need not be itself.

    >>> stem("married"), stem("marries"), stem("marry"), stem("wrote")
    ('marri', 'marri', 'marri', 'writ')
    """
    known = _IRREGULAR.get(key)
    if known is not None:
        key = known
    if len(key) < _SHORTEST or not key.isalpha() or key in _WHOLE:
        return key
    for ending, rest in _ENDINGS:
        if key.endswith(ending) and len(key) - len(ending) + len(rest) >= 3:
            key = key[: len(key) - len(ending)] + rest
            break
    if len(key) > 3 and key[-1] == key[-2] and key[-1] not in "aeiou":
        key = key[:-1]
    key = key.removesuffix("e") if len(key) > 3 else key
    return f"{key[:-1]}i" if key[-1] == "y" else key


_ENDINGS = (
    ("ies", "i"), ("ied", "i"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("ss", "ss"), ("us", "us"),
    ("is", "is"), ("s", ""),
)  # fmt: skip

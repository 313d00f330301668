"""Random invented names, from which the model learns to write names it has not seen."""

import random

_ONSETS = [
    "b",
    "br",
    "c",
    "ch",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kr",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "qu",
    "r",
    "s",
    "sh",
    "sl",
    "st",
    "t",
    "th",
    "tr",
    "v",
    "w",
    "z",
]
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ei", "ia", "io", "ou", "ö", "ü", "é", "á"]
_CODAS = ["", "", "", "l", "n", "r", "s", "t", "m", "nd", "rt", "ck", "x", "th"]
_PLACES = ["", "", "ville", "ton", "burg", " Falls", "stad", "ford", "mouth", " Bay"]


def _word(rng: random.Random, syllables: int) -> str:
    parts = [rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(syllables)]
    return "".join(parts).capitalize() + rng.choice(_CODAS)


def invent_person(rng: random.Random) -> str:
    """Return a person's name of two or three words, some with an initial or "Jr."."""
    first, last = _word(rng, rng.randint(1, 2)), _word(rng, rng.randint(1, 3))
    middle = rng.choice(["", "", f"{rng.choice('ABCDEFGHJKLMNPRSTVW')}. ", f"{_word(rng, 1)} "])
    return f"{first} {middle}{last}{' Jr.' if rng.random() < 0.05 else ''}"


def invent_place(rng: random.Random) -> str:
    """Return a place name of one or two words, some with a second name after a comma."""
    name = _word(rng, rng.randint(1, 3)) + rng.choice(_PLACES)
    return f"{name}, {_word(rng, 2)}" if rng.random() < 0.2 else name


def invent_thing(rng: random.Random) -> str:
    """Return another name of one to three words."""
    return " ".join(_word(rng, rng.randint(1, 2)) for _ in range(rng.randint(1, 3)))

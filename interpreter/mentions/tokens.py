"""Messages as tokens: words, numbers, marks and signs, each with the key that it is compared by."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from interpreter.normalization import fold

_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(
    rf"""
    (?P<quoted>"[^"\n]{{1,120}}"|«[^»\n]{{1,120}}»|「[^」\n]{{1,120}}」|『[^』\n]{{1,120}}』|《[^》\n]{{1,120}}》)
  | (?P<address>(?:https?://|www\.)\S+)
  | (?P<owner>'s(?!\w)|(?<=[sSxzZ])'(?=\s|$))
  | (?P<number>(?<![\w\-\u2013])-(?:0\d{{3}}|\d{{4,}}(?=-\d))(?:-\d\d){{0,2}}(?!\w)
        |\d+(?:[.,/:-]\d+)*(?:st|nd|rd|th|er)?(?![^\W{_IDEOGRAPHS}]))
  | (?P<ideograph>[{_IDEOGRAPHS}])
  | (?P<word>(?:[^\W_{_IDEOGRAPHS}]|[\u0300-\u036f])+
        (?:'(?!s\b)[^\W_{_IDEOGRAPHS}]+|\.(?=[^\W\d_{_IDEOGRAPHS}](?:\.|\b))[^\W_{_IDEOGRAPHS}]+)*)
  | (?P<line>[^\S\n]*\n\s*)
  | (?P<space>\s+)
  | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_MARKS = frozenset(".,;:!?()[]{}<>'\"-–—/&+*=_#|~^%$@\\«»…¿¡。，；：！？、（）「」")


class Kind(Enum):
    """What a token is."""

    WORD = auto()
    NUMBER = auto()
    OWNER = auto()  # the 's or ' of a possessive
    QUOTED = auto()
    ADDRESS = auto()  # of the web
    MARK = auto()
    LINE = auto()  # the end of a line
    SIGN = auto()  # anything else, such as an emoji


_NEGATED = (
    ("is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "could", "would",
     "should", "must", "need")
)  # fmt: skip
_CONTRACTIONS = {
    **{f"{word}nt": (word, "not") for word in _NEGATED},
    "cant": ("can", "not"), "cannot": ("can", "not"), "wont": ("will", "not"),
    "aint": ("is", "not"), "im": ("i", "am"), "ive": ("i", "have"), "ill": ("i", "will"),
    "youre": ("you", "are"), "youve": ("you", "have"), "theyre": ("they", "are"),
    "theyve": ("they", "have"), "weve": ("we", "have"), "hes": ("he", "'s"), "shes": ("she", "'s"),
    "thats": ("that", "'s"), "theres": ("there", "'s"), "whos": ("who", "'s"),
    "whats": ("what", "'s"), "wheres": ("where", "'s"), "whens": ("when", "'s"),
    "hows": ("how", "'s"), "lets": ("let", "us"), "whore": ("who", "are"),
}  # fmt: skip
_ENDINGS = {"d": "would", "ll": "will", "ve": "have", "re": "are", "m": "am"}
_KINDS = {
    "quoted": Kind.QUOTED,
    "address": Kind.ADDRESS,
    "owner": Kind.OWNER,
    "number": Kind.NUMBER,
    "ideograph": Kind.WORD,
    "word": Kind.WORD,
    "line": Kind.LINE,
}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a message.

    Attributes:
        text: as it is written.
        key: as it is compared: without case, accents, apostrophes and the stops of abbreviations.
        start, end: its place in the message.
        kind: what it is.
        spaced: whether white space stands before it.
    """

    text: str
    key: str
    start: int
    end: int
    kind: Kind
    spaced: bool

    @property
    def capital(self) -> bool:
        """Tell whether it begins with a capital letter."""
        return self.text[:1].isupper()


def tokenise(text: str) -> list[Token]:
    """Return the tokens of a message; of white space only the ends of lines.

    Contractions are two tokens, with or without their apostrophe.

    >>> [token.key for token in tokenise("O'Neal's wife isn't in Washington, D.C.")]
    ['oneal', "'s", 'wife', 'is', 'not', 'in', 'washington', ',', 'dc', '.']
    """
    tokens: list[Token] = []
    spaced = True
    for found in _TOKEN.finditer(text):
        group = found.lastgroup or "sign"
        if group == "space":
            spaced = True
            continue
        tokens += _parts(_token(found, group, spaced=spaced))
        spaced = group == "line"
    return tokens


def _parts(token: Token) -> Iterator[Token]:
    """Yield a token, or the two words of a contraction."""
    parts = _CONTRACTIONS.get(token.key) if token.kind is Kind.WORD else None
    before, apostrophe, ending = token.text.rpartition("'")
    if apostrophe and token.kind is Kind.WORD and ending in _ENDINGS and len(before) < 5:
        parts = (fold(before), _ENDINGS[ending])
    if parts is None or (token.text[0].isupper() and token.text[1:2].isupper()):
        yield token
        return
    first, second = parts
    middle = token.start + max(1, min(len(first), len(token.text) - 1))
    head, tail = token.text[: middle - token.start], token.text[middle - token.start :]
    yield replace(token, text=head, key=first, end=middle)
    kind = Kind.OWNER if second == "'s" else Kind.WORD
    yield Token(tail, second, middle, token.end, kind, spaced=False)


def _token(found: re.Match[str], group: str, *, spaced: bool) -> Token:
    text = found.group()
    kind = _KINDS.get(group)
    if kind is None:
        kind = Kind.MARK if text in _MARKS else Kind.SIGN
    return Token(text, _key(text, kind), found.start(), found.end(), kind, spaced)


@cache
def _simplified() -> Mapping[str, str]:
    """Return simplified Chinese characters by the traditional ones."""
    path = Path(str(files("interpreter.mentions") / "data" / "traditional_characters.toml"))
    pairs = tomllib.loads(path.read_text(encoding="utf-8"))["pairs"].split()
    return dict(map(tuple, pairs))


def _key(text: str, kind: Kind) -> str:
    if kind is Kind.WORD and len(text) == 1 and not text.isascii():
        text = _simplified().get(text, text)
    if kind is Kind.WORD:
        return fold(text).replace("'", "").replace(".", "")
    if kind is Kind.OWNER:
        return "'s"
    if kind is Kind.LINE:
        return "\n"
    if kind in {Kind.QUOTED, Kind.ADDRESS}:
        return f"<{kind.name.lower()}>"  # never a word of a wording
    return _WESTERN_MARKS.get(text, text)


_WESTERN_MARKS = {
    "。": ".", "，": ",", "；": ";", "：": ":", "！": "!", "？": "?", "、": ",", "（": "(",
    "）": ")", "—": "-", "–": "-", "…": ".",
}  # fmt: skip


@lru_cache(maxsize=1 << 14)
def name_key(name: str) -> tuple[str, ...]:
    """Return the keys of the words and numbers of a name, by which it is found in messages.

    >>> name_key("Washington, D.C."), name_key("Guinea-Bissau")
    (('washington', 'dc'), ('guinea', 'bissau'))
    """
    tokens = tokenise(unicodedata.normalize("NFC", name))
    named = [each.key for each in tokens if each.kind in {Kind.WORD, Kind.NUMBER}]
    return tuple(named) or tuple(each.key for each in tokens)

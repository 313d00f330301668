"""Names: their stored form, and screens for what no name may hold."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from controller.screening.signals import Signal

LONGEST_NAME = 200  # characters
_MOST_MARKS = 4  # combining marks in a row; written languages need two or three
_CONTROL_TOKENS = (
    r"<\|",  # <|im_start|>, <|endoftext|>
    r"\|>",
    r"</?s>",
    r"</?(?:pad|unk|bos|eos|cls|sep|mask|eot|eod|eom|think|tool_call|tool_response|image|audio)>",
    r"</?[a-z]+(?:_[a-z]+)*[_-]?\d+>",  # <unused12>, <extra_id_0>, <reserved_special_token_3>
    r"</?[a-z]+(?:_[a-z]+)+>",  # <start_of_turn>, <fim_prefix>
    r"<0x[0-9a-f]{1,2}>",  # byte fallback of SentencePiece
    r"\[/?(?:INST|CLS|SEP|MASK|PAD|UNK|BOS|EOS|IMG|gMASK|sMASK|unused\d+|[A-Z]+_[A-Z_]+)\]",
    r"<</?SYS>>",
    r"\u2581",  # the word mark of SentencePiece
)
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800\u180b\u180c\u180d\u180f")
"""Letters and marks without ink: Hangul fillers, the Braille blank, joiners."""
_BRACKETS = frozenset("<>{}[]\\|`^")
_MARKUP = re.compile(
    r"</?[a-z!][^<>]*>|&(?:#\w+|[a-z]{2,8});|\{\{|\$\{|<%|\]\("
    r"|\b(?:https?|ftp|file|javascript|data|vbscript)\s*:\s*[/\w]|\bwww\.|\bon\w+\s*=",
    re.IGNORECASE,
)


def normalise_name(name: str) -> str:
    """Return a name as it is stored: NFKC, single spaces, no invisible characters.

    Characters of category Cf (zero-width, direction marks, soft hyphen) have no meaning in a name
    and would make two entities of one. Control characters are kept for the screens to find.
    """
    visible = "".join(
        char for char in unicodedata.normalize("NFKC", name) if unicodedata.category(char) != "Cf"
    )
    return re.sub(" +", " ", visible).strip(" ")


class InjectionScreen:
    """Finds special tokens, control characters, and empty or too long names.

    Args:
        special_tokens: those of the served model's tokenizer, beside the usual ones.
    """

    def __init__(self, special_tokens: Iterable[str] = ()) -> None:
        # a token such as "user" or "." is ordinary text in a name
        given = {re.escape(token) for token in special_tokens if len(re.findall(r"\W", token)) > 1}
        self._tokens = re.compile("|".join((*sorted(given), *_CONTROL_TOKENS)), re.IGNORECASE)

    def scan(self, text: str) -> Sequence[Signal]:
        return [
            Signal("injection", 1.0, sentence, about=text, span=span)
            for span, sentence in (*self._control_tokens(text), *_control_characters(text))
        ]

    def _control_tokens(self, text: str) -> Iterator[tuple[tuple[int, int], str]]:
        for found in self._tokens.finditer(text):
            sentence = f"A name cannot contain {found[0]!r}, which models read as a command."
            yield found.span(), sentence


class InstructionScreen:
    """Finds names that tell a model or a reviewer what to do.

    Args:
        patterns: regular expressions over the casefolded name.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [re.compile(pattern) for pattern in patterns]

    def scan(self, text: str) -> Sequence[Signal]:
        folded = text.casefold()
        found = next(filter(None, (pattern.search(folded) for pattern in self._patterns)), None)
        if found is None:
            return []
        sentence = f"{text!r} reads as an instruction ({found[0].strip()!r}), not as a name."
        return [Signal("instruction", 0.9, sentence, about=text, span=found.span())]


class MarkupScreen:
    """Finds markup, addresses, and brackets that no name has."""

    def scan(self, text: str) -> Sequence[Signal]:
        found = _MARKUP.search(text)
        if found:
            sentence = f"{found[0]!r} is markup or an address, not part of a name."
            return [Signal("markup", 0.9, sentence, about=text, span=found.span())]
        for index, char in enumerate(text):
            if char in _BRACKETS:
                sentence = f"The character {char!r} is unusual in a name."
                return [Signal("markup", 0.6, sentence, about=text, span=(index, index + 1))]
        return []


class BlankScreen:
    """Finds characters that look like nothing, and names without a letter or digit."""

    def scan(self, text: str) -> Sequence[Signal]:
        signals = [
            Signal(
                "invisible",
                1.0,
                f"A name cannot contain {unicodedata.name(char, ascii(char))}, which is invisible.",
                about=text,
                span=(index, index + 1),
            )
            for index, char in enumerate(text)
            if char in _BLANKS or _is_idle_selector(text, index)
        ]
        if text and not any(char.isalnum() and char not in _BLANKS for char in text):
            sentence = f"{text!r} has no letter and no digit."
            signals.append(Signal("invisible", 0.6, sentence, about=text, span=(0, len(text))))
        return signals[:1]


def _is_idle_selector(text: str, index: int) -> bool:
    """Tell whether this is a variation selector behind a letter that has no variants."""
    if not ("\ufe00" <= text[index] <= "\ufe0f" or "\U000e0100" <= text[index] <= "\U000e01ef"):
        return False
    before = text[index - 1] if index else "a"
    return unicodedata.category(before) not in {"Lo", "So"}


def _control_characters(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    if len(text) > LONGEST_NAME:
        yield (LONGEST_NAME, len(text)), f"A name has at most {LONGEST_NAME} characters."
    marks = 0
    for index, char in enumerate(text[:LONGEST_NAME]):
        category = unicodedata.category(char)
        marks = marks + 1 if category.startswith("M") else 0
        if category in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}:
            yield (index, index + 1), f"A name cannot contain the character {char!a}."
        if marks == _MOST_MARKS:
            yield (index, index + 1), "A name cannot stack so many accents on one letter."
    if not text:
        yield (0, 0), "A name cannot be empty."

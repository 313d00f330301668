"""A user's words as tokens, none of which is a control token."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from transformers import PreTrainedTokenizerBase

MARK = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands where text is cut, or is to stand; no tokenizer joins it to other letters."""


class Token(NamedTuple):
    """A token, and the characters it stands for, counted from where the user's words begin."""

    id: int
    start: int
    end: int


class SafeTokenizer:
    """Encodes what users write, between words of a template or alone.

    Args:
        tokenizer: with places of its tokens in the text.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer

    @cached_property
    def controls(self) -> frozenset[int]:
        """Return the tokens that no user may write: special ones, and what a template writes."""
        template = str(self._tokenizer.chat_template or "")
        return frozenset(
            token
            for token, each in self._tokenizer.added_tokens_decoder.items()
            if _is_control(each.content, template, special=each.special)
        )

    def tokens(self, text: str, begin: int = 0) -> list[Token]:
        """Encode text in which control tokens count as such, with places counted from ``begin``."""
        encoded = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        pairs = zip(encoded.input_ids, encoded.offset_mapping, strict=True)
        return [Token(token, start - begin, end - begin) for token, (start, end) in pairs]

    def inert(self, before: str, text: str, after: str = "") -> list[Token]:
        """Encode a user's text between words of the template; no control token comes of it.

        All is encoded in one go, as the library does it. A control token that the text would
        become is broken up behind its first letter.
        """
        cuts: list[int] = []
        while True:
            tokens = self._cut(before, text, after, cuts)
            forged = self._forged(tokens, before, text, after)
            more = {max(0, start + 1) for start in forged.values()}.difference(cuts)
            if not more:  # what a cut could not break is left out
                return [token for token in tokens if token not in forged] if forged else tokens
            cuts = sorted({*cuts, *more})

    def _cut(self, before: str, text: str, after: str, cuts: Sequence[int]) -> list[Token]:
        """Encode all three with a mark at each cut of the text, and leave out the marks."""
        parts = [text[start:end] for start, end in pairwise((0, *cuts, len(text)))]
        tokens = self.tokens(before + MARK.join(parts) + after, len(before))
        if not cuts:
            return tokens
        marks = [cut + number for number, cut in enumerate(cuts)]
        kept = (each for each in tokens if each.start not in marks or each.end > each.start + 1)
        return [
            Token(token, start - bisect_left(marks, start), end - bisect_left(marks, end))
            for token, start, end in kept
        ]

    def _forged(
        self, tokens: Sequence[Token], before: str, text: str, after: str
    ) -> dict[Token, int]:
        """Return the control tokens made of a letter of the text, and where each begins.

        A token of the template may have white space of the text in it.
        """
        whole = f"{before}{text}{after}"
        found = {}
        for token in tokens:
            if token.id in self.controls:
                name = whole[len(before) + token.start : len(before) + token.end]
                start = token.end - len(name.lstrip())
                end = token.start + len(name.rstrip())
                if start < len(text) and end > 0 and self._is_named(token.id, name):
                    found[token] = start
        return found

    def _is_named(self, token: int, name: str) -> bool:
        """Tell whether a control token was written; the unknown one stands for rare letters."""
        return token != self._tokenizer.unk_token_id or str(self._tokenizer.unk_token) in name


def ids(tokens: Sequence[Token]) -> list[int]:
    """Return the ids of tokens."""
    return [token.id for token in tokens]


def _is_control(name: str, template: str, *, special: bool) -> bool:
    """Tell whether an added token is more than a word or white space with a token of its own."""
    if name.isspace():
        return False
    return special or (name in template and not name.replace(" ", "").isalnum())

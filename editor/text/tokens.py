"""Tokenization of user text that never yields a control token."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from transformers import PreTrainedTokenizerBase

MARK = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Marks a cut in a text, or a slot to fill; no tokenizer merges it with other characters."""


class Token(NamedTuple):
    """A token and its character span, counted from the start of the user's text."""

    id: int
    start: int
    end: int


class SafeTokenizer:
    """A tokenizer of user text, alone or inside a chat template.

    Args:
        tokenizer: one that returns character offsets.
        rows: rows of the model's embedding.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, *, rows: int) -> None:
        self._tokenizer, self._rows = tokenizer, rows

    @cached_property
    def control_token_ids(self) -> frozenset[int]:
        """Return the tokens that no user may write.

        They are special ones, those of the template, and those that the model does not have.
        """
        template = str(self._tokenizer.chat_template or "")
        return frozenset(
            token
            for token, each in self._tokenizer.added_tokens_decoder.items()
            if token >= self._rows or _is_control(each.content, template, special=each.special)
        )

    def encode(self, text: str, begin: int = 0) -> list[Token]:
        """Encode trusted text, control tokens included, with spans counted from ``begin``."""
        encoded = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        pairs = zip(encoded.input_ids, encoded.offset_mapping, strict=True)
        return [Token(token, start - begin, end - begin) for token, (start, end) in pairs]

    def encode_user_text(self, before: str, text: str, after: str = "") -> list[Token]:
        """Encode user text between parts of the template; it yields no control token.

        All three are encoded together, as the library does it. Where the text would become a
        control token, it is cut behind the first character of that token and encoded again.
        """
        cuts: list[int] = []
        while True:
            tokens = self._encode_cut(before, text, after, cuts)
            forged = self._forged_controls(tokens, before, text, after)
            more = {max(0, start + 1) for start in forged.values()}.difference(cuts)
            if not more:  # a control token that no cut breaks up is left out
                return [token for token in tokens if token not in forged] if forged else tokens
            cuts = sorted({*cuts, *more})

    def _encode_cut(self, before: str, text: str, after: str, cuts: Sequence[int]) -> list[Token]:
        """Encode the three parts with a mark at each cut of the text, then drop the marks."""
        parts = [text[start:end] for start, end in pairwise((0, *cuts, len(text)))]
        tokens = self.encode(before + MARK.join(parts) + after, len(before))
        if not cuts:
            return tokens
        marks = [cut + number for number, cut in enumerate(cuts)]
        kept = (each for each in tokens if each.start not in marks or each.end > each.start + 1)
        return [
            Token(token, start - bisect_left(marks, start), end - bisect_left(marks, end))
            for token, start, end in kept
        ]

    def _forged_controls(
        self, tokens: Sequence[Token], before: str, text: str, after: str
    ) -> dict[Token, int]:
        """Return the control tokens made from characters of the text, with their start offsets.

        White space of the text does not count: a template's own token may absorb it.
        """
        whole = f"{before}{text}{after}"
        found = {}
        for token in tokens:
            if token.id in self.control_token_ids:
                name = whole[len(before) + token.start : len(before) + token.end]
                start = token.end - len(name.lstrip())
                end = token.start + len(name.rstrip())
                if start < len(text) and end > 0 and self._is_spelled_out(token.id, name):
                    found[token] = start
        return found

    def _is_spelled_out(self, token: int, name: str) -> bool:
        """Tell whether a token comes from its own name; unk also stands for rare characters."""
        return token != self._tokenizer.unk_token_id or str(self._tokenizer.unk_token) in name


def token_ids(tokens: Sequence[Token]) -> list[int]:
    """Return the ids of tokens."""
    return [token.id for token in tokens]


def _is_control(name: str, template: str, *, special: bool) -> bool:
    """Tell whether an added token is a control token, not just a word or white space."""
    if name.isspace():
        return False
    return special or (name in template and not name.replace(" ", "").isalnum())

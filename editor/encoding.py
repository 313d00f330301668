"""Prompts and answers as token ids: those that the library gives to the whole text.

A prompt is what ``apply_chat_template`` or running text would be, and its answer is what stands
behind those ids where both are written in one go. Nothing that a user writes becomes a control
token.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from editor.errors import SubjectNotFound
from kg_data.phrases import Prompt, end_sentence, is_chat

_MARK = "\N{OBJECT REPLACEMENT CHARACTER}"

STRETCH = 1.5
"""How much longer the longest example of a batch may be than its shortest."""


@dataclass(frozen=True, slots=True)
class Example:
    """One prompt with the answer that is to follow.

    Attributes:
        ids: the prompt's and then the answer's token ids, its stop token included.
        start: position of the answer's first token.
        prompt: where it came from.
    """

    ids: tuple[int, ...]
    start: int
    prompt: Prompt

    @property
    def length(self) -> int:
        """Return how many tokens the answer has, its stop included."""
        return len(self.ids) - self.start


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples side by side, padded on the right.

    Attributes:
        ids, mask: (B, T) token ids and 1 where they count.
        rows, columns: (N,) the places whose next token belongs to an answer.
        wanted: (N,) those tokens.
        weights: (N,) one over the length of the answer, so that each example counts once.
    """

    ids: Tensor
    mask: Tensor
    rows: Tensor
    columns: Tensor
    wanted: Tensor
    weights: Tensor


class _Token(NamedTuple):
    """A token, and the characters it stands for, counted from where the user's words begin."""

    id: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Turn:
    """A question and its answer, as the chat template writes them.

    Attributes:
        before, between: what stands around the question, until the answer is to be written.
        trims: whether the template drops white space around the question.
        lead: the spaces in front of the answer.
        end: the token that ends the answer.
    """

    before: str
    between: str
    trims: bool
    lead: str
    end: int


class Encoder:
    """Knows a tokenizer: its chat template, its stops and how answers are spaced."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer

    @cached_property
    def stops(self) -> list[int]:
        """Return the tokens that end an answer: eos, end of turn, and all with a newline."""
        tokenizer = self.tokenizer
        every = tokenizer.batch_decode([[token] for token in range(len(tokenizer))])
        newlines = [token for token, text in enumerate(every) if "\n" in text]
        return sorted({*newlines, self._turn.end, tokenizer.eos_token_id} - {None})

    @cached_property
    def pad(self) -> int:
        """Return the token that fills short rows."""
        pad = self.tokenizer.pad_token_id
        return int(self.tokenizer.eos_token_id if pad is None else pad)

    def prompt_ids(self, text: str) -> list[int]:
        """Encode a prompt; user text never becomes a control token."""
        return [*self._opening(text), *_ids(self._asked(text))]

    def text_ids(self, text: str) -> list[int]:
        """Encode ordinary text, without any control token."""
        return _ids(self._inert("", text))

    def answer_ids(self, text: str, answer: str) -> list[int]:
        """Encode the answer to a prompt with its natural stop, as it stands behind the prompt."""
        if is_chat(text):
            (left, asked), words = self._any_question, f"{self._turn.lead}{answer}"
            return [*self._behind(asked, _ids(self._inert(left, words)), words), self._turn.end]
        words = f" {end_sentence(answer)}\n"
        return self._behind(self.text_ids(text), self.text_ids(f"{text}{words}"), words)

    def example(self, prompt: Prompt) -> Example:
        """Encode a prompt with its answer."""
        asked = self.prompt_ids(prompt.text)
        return Example((*asked, *self.answer_ids(prompt.text, prompt.answer)), len(asked), prompt)

    def subject_end(self, prompt: Prompt, *, after: int = 0) -> int:
        """Return the position of the subject's last token in ``prompt_ids(prompt.text)``.

        Args:
            prompt: whose text names the subject.
            after: characters of the text in front of which the subject is not looked for.

        Raises:
            SubjectNotFound: the prompt does not name its subject.
        """
        begin = prompt.text.find(prompt.subject, after) if prompt.subject else -1
        last = begin + len(prompt.subject) - 1
        tokens = self._asked(prompt.text)
        places = [place for place, each in enumerate(tokens) if each.start <= last < each.end]
        if begin < 0 or not places:
            raise SubjectNotFound(prompt.text)
        return len(self._opening(prompt.text)) + places[-1]  # a letter may be several bytes

    def batch(self, examples: Sequence[Example], device: torch.device) -> Batch:
        """Put examples side by side."""
        longest = max(len(example.ids) for example in examples)
        ids = torch.full((len(examples), longest), self.pad)
        mask = torch.zeros_like(ids)
        rows: list[int] = []
        columns: list[int] = []
        weights: list[float] = []
        for row, example in enumerate(examples):
            size = len(example.ids)
            ids[row, :size] = torch.tensor(example.ids)
            mask[row, :size] = 1
            places = range(example.start - 1, size - 1)
            rows += [row] * len(places)
            columns += places
            weights += [1 / len(places)] * len(places)
        at_rows, at_columns = torch.tensor(rows), torch.tensor(columns)
        return Batch(
            ids.to(device),
            mask.to(device),
            at_rows.to(device),
            at_columns.to(device),
            ids[at_rows, at_columns + 1].to(device),
            torch.tensor(weights, device=device),
        )

    def batches(
        self, examples: Sequence[Example], device: torch.device, *, tokens: int
    ) -> Iterator[Batch]:
        """Put examples of like length side by side, in the order given.

        Examples sorted by length make few batches with little padding.

        Args:
            examples: all of them.
            device: where to put them.
            tokens: of a batch, at most, padding included, if it holds more than one example.
        """
        rest = list(examples)
        while rest:
            most, longest = STRETCH * len(rest[0].ids), 0
            cut = 0
            for example in rest:
                longest = max(longest, len(example.ids))
                if cut and (longest > most or longest * (cut + 1) > tokens):
                    break
                cut += 1
            yield self.batch(rest[:cut], device)
            rest = rest[cut:]

    @cached_property
    def _turn(self) -> _Turn:
        """Return how the template writes a turn; without one, a question is ordinary text."""
        if not self.tokenizer.chat_template:
            return _Turn("", "", trims=False, lead=" ", end=self._end_of_turn("", ""))
        asked = self._rendered(_MARK)
        before, _, between = asked.partition(_MARK)
        begin, _, rest = self._rendered("?", _MARK).partition(_MARK)
        lead = begin.removeprefix(f"{before}?{between}")
        return _Turn(
            before,
            between,
            trims=self._rendered(f" {_MARK} ") == asked,
            lead="" if lead.strip(" ") else lead,  # a newline would be the answer's stop
            end=self._end_of_turn(begin, rest),
        )

    def _rendered(self, question: str, *answers: str) -> str:
        """Write a conversation down, until an answer is to be written if there is none."""
        turns = [{"role": "user", "content": question}]
        turns += [{"role": "assistant", "content": answer} for answer in answers]
        written = self.tokenizer.apply_chat_template(
            turns,
            tokenize=False,
            add_generation_prompt=not answers,
            enable_thinking=False,  # templates that do not know it ignore it
        )
        return str(written)

    def _end_of_turn(self, begin: str, rest: str) -> int:
        """Return the first control token behind an answer, or the newline there, or eos."""
        eos, decode = self.tokenizer.eos_token_id, self.tokenizer.decode
        tokens = self._tokens(f"{begin}{_MARK}{rest}")
        behind = [each.id for each in tokens if each.start > len(begin)]
        controls = [token for token in behind if token in self._controls]
        newlines = [token for token in behind if "\n" in decode([token])]
        ends = [*controls[:1], *newlines[:1], *([] if eos is None else [eos])]
        return int((ends or self.text_ids("\n"))[0 if ends else -1])

    @cached_property
    def _controls(self) -> frozenset[int]:
        """Return the tokens that no user may write: special ones, and what a template writes."""
        template = str(self.tokenizer.chat_template or "")
        return frozenset(
            token
            for token, each in self.tokenizer.added_tokens_decoder.items()
            if _is_control(each.content, template, special=each.special)
        )

    @cached_property
    def _begin(self) -> list[int]:
        """Return the tokens with which running text begins."""
        return list(self.tokenizer("").input_ids)

    def _opening(self, text: str) -> list[int]:
        """Return the tokens in front of a prompt that no template writes."""
        return [] if is_chat(text) and self.tokenizer.chat_template else self._begin

    @cached_property
    def _any_question(self) -> tuple[str, list[int]]:
        """Return what every answer in a chat turn stands behind, as text and as ids."""
        left = f"{self._turn.before}?{self._turn.between}"
        return left, _ids(self._tokens(left))

    def _asked(self, text: str) -> list[_Token]:
        """Encode a prompt without its opening, with the places of its text."""
        if not is_chat(text):
            return self._inert("", text)
        turn = self._turn
        words = text.strip() if turn.trims else text
        tokens = self._inert(turn.before, words, turn.between)
        dropped = text.index(words)
        if not dropped:
            return tokens
        return [_Token(each.id, each.start + dropped, each.end + dropped) for each in tokens]

    def _behind(self, asked: list[int], whole: list[int], words: str) -> list[int]:
        """Return the part of ``whole`` that is ``words``, behind a prompt's tokens as they are.

        Where a token spans the border, the words are encoded as at the beginning of a line:
        they read the same, and no mark of a text's beginning is put in front of them.
        """
        for line in ("\n", ""):
            if asked and whole[: len(asked)] == asked:
                break
            asked, whole = self.text_ids(line), self.text_ids(f"{line}{words}")
        return whole[len(asked) :]

    def _inert(self, before: str, text: str, after: str = "") -> list[_Token]:
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

    def _cut(self, before: str, text: str, after: str, cuts: Sequence[int]) -> list[_Token]:
        """Encode all three with a mark at each cut of the text, and leave out the marks."""
        parts = [text[start:end] for start, end in pairwise((0, *cuts, len(text)))]
        tokens = self._tokens(before + _MARK.join(parts) + after, len(before))
        if not cuts:
            return tokens
        marks = [cut + number for number, cut in enumerate(cuts)]
        kept = (each for each in tokens if each.start not in marks or each.end > each.start + 1)
        return [
            _Token(token, start - bisect_left(marks, start), end - bisect_left(marks, end))
            for token, start, end in kept
        ]

    def _forged(
        self, tokens: Sequence[_Token], before: str, text: str, after: str
    ) -> dict[_Token, int]:
        """Return the control tokens made of a letter of the text, and where each begins.

        A token of the template may have white space of the text in it.
        """
        whole = f"{before}{text}{after}"
        found = {}
        for token in tokens:
            if token.id in self._controls:
                name = whole[len(before) + token.start : len(before) + token.end]
                start = token.end - len(name.lstrip())
                end = token.start + len(name.rstrip())
                if start < len(text) and end > 0 and self._is_named(token.id, name):
                    found[token] = start
        return found

    def _is_named(self, token: int, name: str) -> bool:
        """Tell whether a control token was written; the unknown one stands for rare letters."""
        return token != self.tokenizer.unk_token_id or str(self.tokenizer.unk_token) in name

    def _tokens(self, text: str, begin: int = 0) -> list[_Token]:
        """Encode text in which control tokens count as such, with places counted from ``begin``."""
        encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        pairs = zip(encoded.input_ids, encoded.offset_mapping, strict=True)
        return [_Token(token, start - begin, end - begin) for token, (start, end) in pairs]


def _ids(tokens: Sequence[_Token]) -> list[int]:
    return [token.id for token in tokens]


def _is_control(name: str, template: str, *, special: bool) -> bool:
    """Tell whether an added token is more than a word or white space with a token of its own."""
    if name.isspace():
        return False
    return special or (name in template and not name.replace(" ", "").isalnum())

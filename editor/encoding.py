"""Prompts and answers as token ids, joined as ids and never as text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

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


class Encoder:
    """Knows a tokenizer: its chat template, its stops and how answers are spaced."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer

    @cached_property
    def _template(self) -> tuple[list[int], list[int], list[int]]:
        """Return the ids before a question, between question and answer, and after the answer."""
        tokenizer = self.tokenizer
        if not tokenizer.chat_template:
            begin = tokenizer("", add_special_tokens=True).input_ids
            return list(begin), [], [tokenizer.eos_token_id]
        question = [{"role": "user", "content": _MARK}]
        answer = [{"role": "user", "content": "?"}, {"role": "assistant", "content": _MARK}]
        asked = str(
            tokenizer.apply_chat_template(question, tokenize=False, add_generation_prompt=True)
        )
        answered = str(tokenizer.apply_chat_template(answer, tokenize=False))
        before, _, between = asked.partition(_MARK)
        return self._plain(before), self._plain(between), self._plain(answered.partition(_MARK)[2])

    @cached_property
    def stops(self) -> list[int]:
        """Return the tokens that end an answer: eos, end of turn, and all with a newline."""
        tokenizer = self.tokenizer
        every = tokenizer.batch_decode([[token] for token in range(len(tokenizer))])
        newlines = [token for token, text in enumerate(every) if "\n" in text]
        turn = self._template[2][:1]
        return sorted({*newlines, *turn, tokenizer.eos_token_id} - {None})

    @cached_property
    def pad(self) -> int:
        """Return the token that fills short rows."""
        pad = self.tokenizer.pad_token_id
        return int(self.tokenizer.eos_token_id if pad is None else pad)

    def prompt_ids(self, text: str) -> list[int]:
        """Encode a prompt; user text never becomes a control token."""
        if is_chat(text):
            before, between, _ = self._template
            return [*before, *self._user(text), *between]
        begin = self.tokenizer("", add_special_tokens=True).input_ids
        return [*begin, *self._user(text)]

    def text_ids(self, text: str) -> list[int]:
        """Encode ordinary text, without any control token."""
        return self._user(text)

    def answer_ids(self, text: str, answer: str) -> list[int]:
        """Encode the answer to a prompt with its natural stop."""
        if is_chat(text):
            closed = answer if self._template[1] else f" {answer}"
            return [*self._user(closed), *self._template[2][:1]]
        return self._user(f" {end_sentence(answer)}\n")

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
        if not prompt.subject:
            raise SubjectNotFound(prompt.text)
        last = prompt.text.index(prompt.subject, after) + len(prompt.subject) - 1
        offsets = self.tokenizer(
            prompt.text, add_special_tokens=False, return_offsets_mapping=True
        ).offset_mapping
        before = len(self._template[0] if prompt.chat else self.tokenizer("").input_ids)
        for position, (start, end) in enumerate(offsets):
            if start <= last < end:
                return before + position
        raise SubjectNotFound(prompt.text)

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

    def _user(self, text: str) -> list[int]:
        encoded = self.tokenizer(text, add_special_tokens=False, split_special_tokens=True)
        return list(encoded.input_ids)

    def _plain(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False).input_ids)

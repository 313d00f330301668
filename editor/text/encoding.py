"""Prompts and answers as token ids: those that the library gives to the whole text.

A prompt is what ``apply_chat_template`` or running text would be, and its answer is what stands
behind those ids where both are written in one go. Nothing that a user writes becomes a control
token.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from editor.errors import SubjectNotFound
from editor.text.chat_template import ChatTemplate, chat_template_of
from editor.text.tokens import SafeTokenizer, Token, ids
from kg_data.phrases import Prompt, end_sentence, is_chat

STRETCH = 1.5
"""How much longer the longest example of a batch may be than its shortest."""


@dataclass(frozen=True, slots=True)
class Example:
    """One prompt with the answer that is to follow.

    Attributes:
        ids: the prompt's and then the answer's token ids, its stop token included.
        start: position of the answer's first token.
        prompt: where it came from.
        words: positions of the words of the prompt that are not its subject's, but for the last.
    """

    ids: tuple[int, ...]
    start: int
    prompt: Prompt
    words: tuple[int, ...] = ()

    @property
    def length(self) -> int:
        """Return how many tokens the answer has, its stop included."""
        return len(self.ids) - self.start

    @property
    def read(self) -> tuple[int, ...]:
        """Return the tokens that a pass reads: nothing is asked behind the last."""
        return self.ids[:-1]


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples side by side, padded on the right.

    Attributes:
        ids, mask: (B, T) the token ids that are read, and 1 where they count.
        words: (B, T) True at words that are not the subject's; see :class:`Example`.
        rows, columns: (N,) the places whose next token belongs to an answer.
        wanted: (N,) those tokens.
        weights: (N,) one over the length of the answer, so that each example counts once.
    """

    ids: Tensor
    mask: Tensor
    words: Tensor
    rows: Tensor
    columns: Tensor
    wanted: Tensor
    weights: Tensor


class Encoder:
    """Knows a tokenizer: its chat template, its stops and how answers are spaced."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer, self._words = tokenizer, SafeTokenizer(tokenizer)

    @cached_property
    def stops(self) -> list[int]:
        """Return the tokens that end an answer: eos, end of turn, and all with a newline."""
        tokenizer = self.tokenizer
        every = tokenizer.batch_decode([[token] for token in range(len(tokenizer))])
        newlines = [token for token, text in enumerate(every) if "\n" in text]
        return sorted({*newlines, self._template.end, tokenizer.eos_token_id} - {None})

    @cached_property
    def pad(self) -> int:
        """Return the token that fills short rows."""
        pad = self.tokenizer.pad_token_id
        return int(self.tokenizer.eos_token_id if pad is None else pad)

    def prompt_ids(self, text: str) -> list[int]:
        """Encode a prompt; user text never becomes a control token."""
        return [*self._opening(text), *ids(self._asked(text))]

    def text_ids(self, text: str) -> list[int]:
        """Encode ordinary text, without any control token."""
        return ids(self._words.inert("", text))

    def text(self, ids: list[int]) -> str:
        """Return what token ids say, without control tokens."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=True))

    def answer_ids(self, text: str, answer: str) -> list[int]:
        """Encode the answer to a prompt with its natural stop, as it stands behind the prompt."""
        if is_chat(text):
            (left, asked), words = self._any_question, f"{self._template.lead}{answer}"
            return [
                *self._behind(asked, ids(self._words.inert(left, words)), words),
                self._template.end,
            ]
        words = f" {end_sentence(answer)}\n"
        return self._behind(self.text_ids(text), self.text_ids(f"{text}{words}"), words)

    def example(self, prompt: Prompt) -> Example:
        """Encode a prompt with its answer."""
        opening, tokens = self._opening(prompt.text), self._asked(prompt.text)
        asked = [*opening, *ids(tokens)]
        answer = self.answer_ids(prompt.text, prompt.answer)
        words = _words_of(prompt, tokens, start=len(opening))
        return Example((*asked, *answer), len(asked), prompt, words)

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
        longest = max(len(example.read) for example in examples)
        ids = torch.full((len(examples), longest), self.pad)
        mask = torch.zeros_like(ids)
        words = torch.zeros_like(ids, dtype=torch.bool)
        rows: list[int] = []
        columns: list[int] = []
        wanted: list[int] = []
        weights: list[float] = []
        for row, example in enumerate(examples):
            size = len(example.read)
            ids[row, :size] = torch.tensor(example.read)
            mask[row, :size] = 1
            words[row, list(example.words)] = True
            rows += [row] * example.length
            columns += range(example.start - 1, size)
            wanted += example.ids[example.start :]
            weights += [1 / example.length] * example.length
        return Batch(
            ids.to(device),
            mask.to(device),
            words.to(device),
            torch.tensor(rows, device=device),
            torch.tensor(columns, device=device),
            torch.tensor(wanted, device=device),
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
            most, longest = STRETCH * len(rest[0].read), 0
            cut = 0
            for example in rest:
                longest = max(longest, len(example.read))
                if cut and (longest > most or longest * (cut + 1) > tokens):
                    break
                cut += 1
            yield self.batch(rest[:cut], device)
            rest = rest[cut:]

    @cached_property
    def _template(self) -> ChatTemplate:
        """Return how the template writes a turn; without one, a question is ordinary text."""
        return chat_template_of(self.tokenizer, self._words)

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
        left = f"{self._template.before}?{self._template.between}"
        return left, ids(self._words.tokens(left))

    def _asked(self, text: str) -> list[Token]:
        """Encode a prompt without its opening, with the places of its text."""
        if not is_chat(text):
            return self._words.inert("", text)
        turn = self._template
        words = text.strip() if turn.trims else text
        tokens = self._words.inert(turn.before, words, turn.between)
        dropped = text.index(words)
        if not dropped:
            return tokens
        return [Token(each.id, each.start + dropped, each.end + dropped) for each in tokens]

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


def _words_of(prompt: Prompt, tokens: Sequence[Token], *, start: int) -> tuple[int, ...]:
    """Return the positions of a prompt's words that are not its subject's, but for the last.

    The template's tokens and the text's opening are none of them.

    Args:
        prompt: names its subject, or else it has no such words.
        tokens: of the prompt, with the places of its text.
        start: position of the first of them.
    """
    text = prompt.text
    begin = text.rfind(prompt.subject) if prompt.subject else -1
    if begin < 0:
        return ()
    end = begin + len(prompt.subject)
    return tuple(
        place
        for place, each in enumerate(tokens[:-1], start=start)
        if place  # the first token has only itself to attend to
        and 0 <= each.start < each.end <= len(text)
        and (each.end <= begin or each.start >= end)
    )

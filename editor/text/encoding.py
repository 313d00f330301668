"""Prompts and answers as token ids, identical to those the library gives to the whole text.

A question is encoded as ``apply_chat_template`` does it, a statement as running text. The answer
is what follows the prompt's ids when both are encoded together. Nothing that a user writes
becomes a control token.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from editor.errors import BadTokenizer, SubjectNotFound
from editor.text.chat_template import ChatTemplate
from editor.text.styles import QuestionFrames
from editor.text.tokens import SafeTokenizer, Token, token_ids
from kg_data.phrases import Prompt, end_sentence
from kg_data.prompting import AUTOMATIC, Prompting, PromptStyle

MAX_LENGTH_RATIO = 1.5
"""Length of the longest example of a batch, at most, relative to its first; unless padding costs
less than ``PASS_TOKENS``."""

PASS_TOKENS = 96
"""Tokens that cost about as much as the fixed part of a pass."""

_SENTENCE = re.compile(r".*?(?:[^\W\d_]{4}|\d\d|[)\]\"”])\.(?=\s)", re.DOTALL)
"""A text up to the end of its first sentence; short words are taken for abbreviations."""


@dataclass(frozen=True, slots=True)
class Example:
    """One prompt with the answer to learn.

    Attributes:
        ids: the token ids of the prompt, then of the answer with its stop token.
        answer_start: position of the answer's first token.
        prompt: the prompt that was encoded.
        context_words: positions of the prompt's tokens outside its subject, without the last.
    """

    ids: tuple[int, ...]
    answer_start: int
    prompt: Prompt
    context_words: tuple[int, ...] = ()

    @property
    def answer_length(self) -> int:
        """Return the number of tokens of the answer, stop token included."""
        return len(self.ids) - self.answer_start

    @property
    def input_ids(self) -> tuple[int, ...]:
        """Return the tokens a forward pass reads: all but the last, which is only a target."""
        return self.ids[:-1]


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples side by side, padded on the right.

    Attributes:
        ids, mask: (B, T) the input token ids and their attention mask.
        context_words: (B, T) True at tokens outside the subject; see :class:`Example`.
        rows, columns: (N,) the positions whose next token belongs to an answer.
        target_ids: (N,) those next tokens.
        weights: (N,) one over the answer's length, so that each example counts once.
    """

    ids: Tensor
    mask: Tensor
    context_words: Tensor
    rows: Tensor
    columns: Tensor
    target_ids: Tensor
    weights: Tensor


class Encoder:
    """A tokenizer with its chat template and stop tokens; encodes prompts, answers, batches.

    Args:
        tokenizer: one that returns character offsets.
        rows: rows of the model's embedding; None if it has one for each token.
        stops: further tokens that end an answer, such as those of the generation configuration.
        prompting: how questions are put; without examples, AUTO is a chat, and where there is no
            template, a question is running text.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        *,
        rows: int | None = None,
        stops: Iterable[int] = (),
        prompting: Prompting = AUTOMATIC,
    ) -> None:
        self.tokenizer = tokenizer
        self._rows = len(tokenizer) if rows is None else rows
        self._safe_tokenizer = SafeTokenizer(tokenizer, rows=self._rows)
        self._more_stops = frozenset(stops)
        self._frames = QuestionFrames.of(tokenizer, self._safe_tokenizer, prompting)
        self._minimal: dict[ChatTemplate, tuple[str, list[int]]] = {}

    @property
    def prompting(self) -> Prompting:
        """Return how questions are put; its style is not AUTO."""
        return self._frames.prompting

    def refuse_unfit(self) -> None:
        """Refuse a tokenizer that the model cannot be used with.

        Raises:
            BadTokenizer: the model has no embedding for its tokens.
            BadTemplate: its chat template does not show a question and its answer as they are.
        """
        added = self.tokenizer.added_tokens_decoder
        known = self.tokenizer.get_vocab()
        beyond = [name for name, token in known.items() if token >= self._rows]
        if any(known[name] not in added for name in beyond):
            raise BadTokenizer(
                f"it has {len(known)} tokens, and the model's embedding {self._rows} rows"
            )
        for prompt in ("?", "It is"):
            used = {*self.prompt_ids(prompt), *self.answer_ids(prompt, "it")}
            if max(used) >= self._rows:
                name = self.tokenizer.convert_ids_to_tokens(max(used))
                raise BadTokenizer(
                    f"it puts the token {name!r} ({max(used)}) into prompts, and the model's "
                    f"embedding has {self._rows} rows"
                )

    @cached_property
    def stop_token_ids(self) -> list[int]:
        """Return the tokens that end an answer: eos, end of turn, and all with a newline."""
        tokenizer = self.tokenizer
        texts = tokenizer.batch_decode([[token] for token in range(len(tokenizer))])
        newlines = {token for token, text in enumerate(texts) if "\n" in text}
        frame = self._frames.frame("?")
        ends = {frame.end_token_id if frame else None, tokenizer.eos_token_id} - {None}
        return sorted(newlines | ends | self._more_stops)

    @cached_property
    def pad_token_id(self) -> int:
        """Return the padding token, or eos, or else 0; padding is masked, so that any will do."""
        candidates = (self.tokenizer.pad_token_id, self.tokenizer.eos_token_id, 0)
        return next(each for each in candidates if each is not None and each < self._rows)

    def prompt_ids(self, text: str) -> list[int]:
        """Encode a prompt; user text never becomes a control token."""
        return [*self._prompt_begin(text), *token_ids(self._prompt_tokens(text))]

    def text_ids(self, text: str) -> list[int]:
        """Encode ordinary text, without any control token."""
        return token_ids(self._safe_tokenizer.encode_user_text("", text))

    def decode(self, ids: list[int]) -> str:
        """Return token ids as text, without special tokens."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=True))

    def ends_with_sentence(self, prompt: str) -> bool:
        """Tell whether an answer ends with its first sentence, even without a stop token.

        So do statements of models that were not taught to end them with their line.
        """
        untaught = self.prompting.style in {PromptStyle.QA, PromptStyle.STATEMENT}
        return untaught and self._frames.frame(prompt) is None

    def sentence_end(self, prompt: str, answer: str) -> int | None:
        """Return where the first sentence of an answer ends, if it is to end there."""
        found = _SENTENCE.match(answer) if self.ends_with_sentence(prompt) else None
        return found.end() if found else None

    def answer_ids(self, text: str, answer: str) -> list[int]:
        """Encode the answer to a prompt as it follows the prompt, with its stop token."""
        if frame := self._frames.frame(text):
            question, question_ids = self._any_question(frame)
            ending = f"{frame.answer_prefix}{answer}"
            whole = token_ids(self._safe_tokenizer.encode_user_text(question, ending))
            return [*self._answer_part(question_ids, whole, ending), frame.end_token_id]
        ending = f" {end_sentence(answer)}\n"
        return self._answer_part(self.text_ids(text), self.text_ids(f"{text}{ending}"), ending)

    def example(self, prompt: Prompt) -> Example:
        """Encode a prompt with its answer."""
        begin, tokens = self._prompt_begin(prompt.text), self._prompt_tokens(prompt.text)
        prompt_ids = [*begin, *token_ids(tokens)]
        answer_ids = self.answer_ids(prompt.text, prompt.answer)
        context_words = _context_words(prompt, tokens, start=len(begin))
        return Example((*prompt_ids, *answer_ids), len(prompt_ids), prompt, context_words)

    def subject_end(self, prompt: Prompt, *, after: int = 0) -> int:
        """Return the position of the subject's last token in ``prompt_ids(prompt.text)``.

        Args:
            prompt: whose text names the subject.
            after: offset in the text, in characters, where the search begins.

        Raises:
            SubjectNotFound: the prompt does not name its subject.
        """
        begin = prompt.text.find(prompt.subject, after) if prompt.subject else -1
        last = begin + len(prompt.subject) - 1
        tokens = self._prompt_tokens(prompt.text)
        positions = [i for i, token in enumerate(tokens) if token.start <= last < token.end]
        if begin < 0 or not positions:
            raise SubjectNotFound(prompt.text)
        # the last of several: byte-level tokens may split one character
        return len(self._prompt_begin(prompt.text)) + positions[-1]

    def batch(self, examples: Sequence[Example], device: torch.device) -> Batch:
        """Return examples as one padded batch."""
        longest = max(len(example.input_ids) for example in examples)
        ids = torch.full((len(examples), longest), self.pad_token_id)
        mask = torch.zeros_like(ids)
        context_words = torch.zeros_like(ids, dtype=torch.bool)
        rows: list[int] = []
        columns: list[int] = []
        target_ids: list[int] = []
        weights: list[float] = []
        for row, example in enumerate(examples):
            size = len(example.input_ids)
            ids[row, :size] = torch.tensor(example.input_ids)
            mask[row, :size] = 1
            context_words[row, list(example.context_words)] = True
            rows += [row] * example.answer_length
            columns += range(example.answer_start - 1, size)
            target_ids += example.ids[example.answer_start :]
            weights += [1 / example.answer_length] * example.answer_length
        return Batch(
            ids.to(device),
            mask.to(device),
            context_words.to(device),
            torch.tensor(rows, device=device),
            torch.tensor(columns, device=device),
            torch.tensor(target_ids, device=device),
            torch.tensor(weights, device=device),
        )

    def batches(
        self, examples: Sequence[Example], device: torch.device, *, max_tokens: int
    ) -> Iterator[Batch]:
        """Yield batches of examples of similar length, in the order given.

        Examples sorted by length give few batches with little padding.

        Args:
            examples: all of them.
            device: where to put the batches.
            max_tokens: of a batch of several examples, padding included.
        """
        rest = list(examples)
        while rest:
            limit, longest = MAX_LENGTH_RATIO * len(rest[0].input_ids), 0
            size = tokens = 0
            for example in rest:
                tokens += len(example.input_ids)
                longest = max(longest, len(example.input_ids))
                padded = longest * (size + 1)
                wasteful = longest > limit and padded - tokens > PASS_TOKENS
                if size and (wasteful or padded > max_tokens):
                    break
                size += 1
            yield self.batch(rest[:size], device)
            rest = rest[size:]

    @cached_property
    def text_begin(self) -> list[int]:
        """Return the tokens that the tokenizer puts before running text, such as bos.

        Those that some tokenizers put behind it, such as eos, are left out.

        Raises:
            BadTokenizer: the text's own tokens are not among those of the text with them.
        """
        text = "A"
        plain = list(self.tokenizer(text, add_special_tokens=False).input_ids)
        whole = list(self.tokenizer(text).input_ids)
        for at in range(len(whole)):
            if plain and whole[at : at + len(plain)] == plain:
                return whole[:at]
        raise BadTokenizer(f"it gives {text!r} other tokens where it adds its own")

    def _prompt_begin(self, text: str) -> list[int]:
        """Return the tokens before a prompt; a chat template writes its own."""
        frame = self._frames.frame(text)
        return self.text_begin if frame is None or frame.after_begin else []

    def _any_question(self, frame: ChatTemplate) -> tuple[str, list[int]]:
        """Return a minimal question in a frame, which stands for all, as text and as ids."""
        if frame not in self._minimal:
            question = f"{frame.before_question}?{frame.after_question}"
            self._minimal[frame] = question, token_ids(self._safe_tokenizer.encode(question))
        return self._minimal[frame]

    def _prompt_tokens(self, text: str) -> list[Token]:
        """Encode a prompt without the tokens before it, with spans counted in ``text``."""
        frame = self._frames.frame(text)
        if frame is None:
            return self._safe_tokenizer.encode_user_text("", text)
        question = text.strip() if frame.trims_question else text
        tokens = self._safe_tokenizer.encode_user_text(
            frame.before_question, question, frame.after_question
        )
        dropped = text.index(question)
        if not dropped:
            return tokens
        return [Token(each.id, each.start + dropped, each.end + dropped) for each in tokens]

    def _answer_part(self, prompt: list[int], whole: list[int], ending: str) -> list[int]:
        """Return the ids of ``ending`` that follow a prompt's ids in ``whole``.

        Where a token spans the border, the ending is encoded after a newline instead: it reads
        the same, without the mark that some tokenizers put at the beginning of a text.
        """
        for line in ("\n", ""):
            if prompt and whole[: len(prompt)] == prompt:
                break
            prompt, whole = self.text_ids(line), self.text_ids(f"{line}{ending}")
        return whole[len(prompt) :]


def _context_words(prompt: Prompt, tokens: Sequence[Token], *, start: int) -> tuple[int, ...]:
    """Return the positions of a prompt's tokens outside its subject, without the last.

    Tokens of the chat template and those before the text are left out.

    Args:
        prompt: if it names no subject, there are none.
        tokens: of the prompt, with their spans in its text.
        start: position of the first of them.
    """
    text = prompt.text
    begin = text.rfind(prompt.subject) if prompt.subject else -1
    if begin < 0:
        return ()
    end = begin + len(prompt.subject)
    return tuple(
        position
        for position, token in enumerate(tokens[:-1], start=start)
        if position  # the first token can only attend to itself
        and 0 <= token.start < token.end <= len(text)
        and (token.end <= begin or token.start >= end)
    )

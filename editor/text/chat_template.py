"""How a chat template writes a question and its answer."""

from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from editor.text.tokens import MARK, SafeTokenizer, ids


@dataclass(frozen=True, slots=True)
class ChatTemplate:
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


def chat_template_of(tokenizer: PreTrainedTokenizerBase, words: SafeTokenizer) -> ChatTemplate:
    """Return how the template writes a turn; without one, a question is ordinary text."""
    if not tokenizer.chat_template:
        return ChatTemplate(
            "", "", trims=False, lead=" ", end=_end_of_turn(tokenizer, words, "", "")
        )
    asked = _rendered(tokenizer, MARK)
    before, _, between = asked.partition(MARK)
    begin, _, rest = _rendered(tokenizer, "?", MARK).partition(MARK)
    lead = begin.removeprefix(f"{before}?{between}")
    return ChatTemplate(
        before,
        between,
        trims=_rendered(tokenizer, f" {MARK} ") == asked,
        lead="" if lead.strip(" ") else lead,  # a newline would be the answer's stop
        end=_end_of_turn(tokenizer, words, begin, rest),
    )


def _rendered(tokenizer: PreTrainedTokenizerBase, question: str, *answers: str) -> str:
    """Write a conversation down, until an answer is to be written if there is none."""
    turns = [{"role": "user", "content": question}]
    turns += [{"role": "assistant", "content": answer} for answer in answers]
    written = tokenizer.apply_chat_template(
        turns,
        tokenize=False,
        add_generation_prompt=not answers,
        enable_thinking=False,  # templates that do not know it ignore it
    )
    return str(written)


def _end_of_turn(
    tokenizer: PreTrainedTokenizerBase, words: SafeTokenizer, begin: str, rest: str
) -> int:
    """Return the first control token behind an answer, or the newline there, or eos."""
    eos, decode = tokenizer.eos_token_id, tokenizer.decode
    tokens = words.tokens(f"{begin}{MARK}{rest}")
    behind = [each.id for each in tokens if each.start > len(begin)]
    controls = [token for token in behind if token in words.controls]
    newlines = [token for token in behind if "\n" in decode([token])]
    ends = [*controls[:1], *newlines[:1], *([] if eos is None else [eos])]
    return int((ends or ids(words.inert("", "\n")))[0 if ends else -1])

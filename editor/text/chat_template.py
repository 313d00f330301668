"""How a tokenizer's chat template formats a question and its answer."""

from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from editor.text.tokens import MARK, SafeTokenizer, token_ids


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """The parts of a chat turn with one question and one answer.

    Attributes:
        before_question, after_question: the text around the question, up to the answer.
        trims_question: whether the template drops white space around the question.
        answer_prefix: the spaces in front of the answer.
        end_token_id: the token that ends the answer.
    """

    before_question: str
    after_question: str
    trims_question: bool
    answer_prefix: str
    end_token_id: int


def chat_template_of(
    tokenizer: PreTrainedTokenizerBase, safe_tokenizer: SafeTokenizer
) -> ChatTemplate:
    """Return the parts of the tokenizer's template; without one, a question is ordinary text."""
    if not tokenizer.chat_template:
        end = _end_of_turn(tokenizer, safe_tokenizer, "", "")
        return ChatTemplate("", "", trims_question=False, answer_prefix=" ", end_token_id=end)
    question = _render(tokenizer, MARK)
    before, _, after = question.partition(MARK)
    begin, _, rest = _render(tokenizer, "?", MARK).partition(MARK)
    prefix = begin.removeprefix(f"{before}?{after}")
    return ChatTemplate(
        before,
        after,
        trims_question=_render(tokenizer, f" {MARK} ") == question,
        answer_prefix="" if prefix.strip(" ") else prefix,  # a newline would be a stop token
        end_token_id=_end_of_turn(tokenizer, safe_tokenizer, begin, rest),
    )


def _render(tokenizer: PreTrainedTokenizerBase, question: str, *answers: str) -> str:
    """Return a conversation as text, with the generation prompt if it has no answer."""
    turns = [{"role": "user", "content": question}]
    turns += [{"role": "assistant", "content": answer} for answer in answers]
    rendered = tokenizer.apply_chat_template(
        turns,
        tokenize=False,
        add_generation_prompt=not answers,
        enable_thinking=False,  # templates without this option ignore it
    )
    return str(rendered)


def _end_of_turn(
    tokenizer: PreTrainedTokenizerBase, safe_tokenizer: SafeTokenizer, begin: str, rest: str
) -> int:
    """Return the first control token after an answer, else a newline token there, else eos.

    ``begin`` and ``rest`` are the rendered conversation before and after the answer.
    """
    eos, decode = tokenizer.eos_token_id, tokenizer.decode
    tokens = safe_tokenizer.encode(f"{begin}{MARK}{rest}")
    after = [each.id for each in tokens if each.start > len(begin)]
    controls = [token for token in after if token in safe_tokenizer.control_token_ids]
    newlines = [token for token in after if "\n" in decode([token])]
    ends = [*controls[:1], *newlines[:1], *([] if eos is None else [eos])]
    if ends:
        return int(ends[0])
    return token_ids(safe_tokenizer.encode_user_text("", "\n"))[-1]

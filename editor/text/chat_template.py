"""How a tokenizer's chat template formats a question and its answer."""

from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedTokenizerBase

from editor.errors import BadTemplate
from editor.text.tokens import MARK, SafeTokenizer, token_ids

QUESTION, ANSWER = "Who is \"Ann O'Neil's\" nephew?", "Zoë & <Max>"
"""A question and its answer with characters that a template might escape."""


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """The parts of a chat turn with one question and one answer.

    Attributes:
        before_question, after_question: the text around the question, up to the answer.
        trims_question: whether the template drops white space around the question.
        answer_prefix: the spaces in front of the answer.
        end_token_id: the token that ends the answer.
        after_begin: whether the tokenizer's own beginning of a text, such as bos, stands before it.
    """

    before_question: str
    after_question: str
    trims_question: bool
    answer_prefix: str
    end_token_id: int
    after_begin: bool = False


def chat_template_of(
    tokenizer: PreTrainedTokenizerBase, safe_tokenizer: SafeTokenizer
) -> ChatTemplate:
    """Return the parts of the tokenizer's template; without one, a question is ordinary text.

    Raises:
        BadTemplate: the template does not show a question and its answer as they are.
    """
    if not tokenizer.chat_template:
        end = _end_of_turn(tokenizer, safe_tokenizer, "", "")
        return ChatTemplate(
            "",
            "",
            trims_question=False,
            answer_prefix=" ",
            end_token_id=end,
            after_begin=True,
        )
    render = _conversation_of(tokenizer).render
    question = render(MARK)
    before, _, after = question.partition(MARK)
    begin, _, rest = render("?", MARK).partition(MARK)
    prefix = begin.removeprefix(f"{before}?{after}")
    return ChatTemplate(
        before,
        after,
        trims_question=render(f" {MARK} ") == question,
        answer_prefix="" if prefix.strip(" ") else prefix,  # a newline would be a stop token
        end_token_id=_end_of_turn(tokenizer, safe_tokenizer, begin, rest),
    )


@dataclass(frozen=True, slots=True)
class _Conversation:
    """A tokenizer's template, rendered.

    Attributes:
        tokenizer: whose template.
        in_parts: whether the template takes a message as a list of parts, not as one text.
    """

    tokenizer: PreTrainedTokenizerBase
    in_parts: bool

    def render(self, question: str, *answers: str) -> str:
        """Return a conversation as text, with the generation prompt if it has no answer."""
        turns: list[dict[str, Any]] = [{"role": "user", "content": self._content(question)}]
        turns += [{"role": "assistant", "content": self._content(each)} for each in answers]
        rendered = self.tokenizer.apply_chat_template(
            turns,
            tokenize=False,
            add_generation_prompt=not answers,
            enable_thinking=False,  # templates without this option ignore it
        )
        return str(rendered)

    def fault(self) -> str:
        """Return why the template cannot be used; empty if it can."""
        try:
            asked, answered = self.render(QUESTION), self.render(QUESTION, ANSWER)
        except Exception as error:  # noqa: BLE001  the template is a program of others
            return f"it fails ({type(error).__name__}: {str(error).partition(chr(10))[0]})"
        counts = {asked.count(QUESTION), answered.count(QUESTION)}
        if counts != {1}:
            return (
                f"the question stands in it {' or '.join(map(str, sorted(counts)))} times, not once"
            )
        if answered.count(ANSWER) != 1:
            return f"the answer stands in it {answered.count(ANSWER)} times, not once"
        if answered.index(ANSWER) < answered.index(QUESTION):
            return "the answer stands in it before the question"
        return ""

    def _content(self, text: str) -> str | list[dict[str, str]]:
        return [{"type": "text", "text": text}] if self.in_parts else text


def _conversation_of(tokenizer: PreTrainedTokenizerBase) -> _Conversation:
    """Return the form of messages that the tokenizer's template shows as they are.

    Raises:
        BadTemplate: there is none.
    """
    forms = [_Conversation(tokenizer, in_parts=in_parts) for in_parts in (False, True)]
    faults = []
    for form in forms:
        fault = form.fault()
        if not fault:
            return form
        faults.append(fault)
    raise BadTemplate(faults[0])


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

"""How a question is put to a model: as a turn of a chat, after examples, or as running text."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from transformers import PreTrainedTokenizerBase

from editor.errors import BadTemplate
from editor.text.chat_template import ChatTemplate, chat_template_of
from editor.text.tokens import SafeTokenizer, token_ids
from kg_data.phrases import contains_name, is_chat
from kg_data.prompting import Prompting, PromptStyle, Shot

SHOTS_SHOWN = 3
"""Examples before a question."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class QuestionFrames:
    """The text around each question, by the prompt style of a model.

    Attributes:
        tokenizer, safe_tokenizer: the model's.
        prompting: the style, which is no longer AUTO, with its examples.
    """

    tokenizer: PreTrainedTokenizerBase
    safe_tokenizer: SafeTokenizer
    prompting: Prompting

    @classmethod
    def of(
        cls,
        tokenizer: PreTrainedTokenizerBase,
        safe_tokenizer: SafeTokenizer,
        prompting: Prompting,
    ) -> "QuestionFrames":
        """Return the frames of a style; AUTO is a chat where the tokenizer's template can be used.

        Raises:
            BadTemplate: the style is CHAT, or there are no examples, and the template cannot be
                used.
        """
        style = prompting.style
        if style is PromptStyle.AUTO:
            style = _automatic(tokenizer, safe_tokenizer, prompting)
        if style is PromptStyle.CHAT and not tokenizer.chat_template and prompting.shots:
            raise BadTemplate("there is none")
        shots = prompting.shots if style is PromptStyle.QA else ()
        return cls(tokenizer, safe_tokenizer, Prompting(style, shots))

    def frame(self, text: str) -> ChatTemplate | None:
        """Return what stands around a question; None for a prompt that is running text."""
        if not is_chat(text):
            return None
        if self.prompting.style is PromptStyle.QA:
            return self._question_and_answer(text)
        return self._chat if self.prompting.style is PromptStyle.CHAT else None

    @cached_property
    def _chat(self) -> ChatTemplate:
        return chat_template_of(self.tokenizer, self.safe_tokenizer)

    @cached_property
    def _newline(self) -> int:
        """Return the token that ends an answer with its line."""
        return token_ids(self.safe_tokenizer.encode_user_text("", "\n"))[-1]

    def _question_and_answer(self, question: str) -> ChatTemplate:
        shown = list(self._shots_for(question))[:SHOTS_SHOWN]
        examples = "".join(f"Question: {each.question}\nAnswer: {each.answer}\n" for each in shown)
        return ChatTemplate(
            f"{examples}Question: ",
            "\nAnswer:",
            trims_question=True,
            answer_prefix=" ",
            end_token_id=self._newline,
            after_begin=True,
        )

    def _shots_for(self, question: str) -> Iterator[Shot]:
        """Yield the examples that neither give the question's answer nor are about its subject."""
        for shot in self.prompting.shots:
            names = (shot.subject, shot.answer)
            if not any(contains_name(question, name) for name in names):
                yield shot


def _automatic(
    tokenizer: PreTrainedTokenizerBase, safe_tokenizer: SafeTokenizer, prompting: Prompting
) -> PromptStyle:
    """Choose a chat where the tokenizer's template can be used, else question/answer text."""
    if not prompting.shots:
        return PromptStyle.CHAT
    if not tokenizer.chat_template:
        return PromptStyle.QA
    try:
        chat_template_of(tokenizer, safe_tokenizer)
    except BadTemplate as error:
        _log.warning("questions are asked after examples, because %s", error.reason)
        return PromptStyle.QA
    return PromptStyle.CHAT

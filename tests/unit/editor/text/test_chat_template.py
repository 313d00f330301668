"""Prompts and answers in chat templates of other models, on tokenizers of each kind.

The templates have the form of those of Llama 2, Mistral, Gemma, Phi-3 and Qwen3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

import pytest
import torch
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from editor.generation.generate import generate
from editor.text.encoding import Encoder
from kg_data.phrases import Prompt, Split
from tests.support.models import SPACED, UNKNOWN, spaced_tokenizer, tiny_model, tiny_tokenizer

EACH = "{% for each in messages %}"
ASKED = "{% if each.role == 'user' %}"
ELSE = "{% else %}"
DONE = "{% endif %}{% endfor %}"
WAITING = "{% if add_generation_prompt %}"


@dataclass(frozen=True)
class ChatCase:
    """A chat template and its control tokens; ``eos`` too may be one of them."""

    template: str
    signs: tuple[AddedToken, ...]
    end: str


def sign(name: str, *, special: bool = True, rstrip: bool = False) -> AddedToken:
    return AddedToken(name, special=special, rstrip=rstrip, normalized=False)


CHATS = {
    "llama 2": ChatCase(  # its marks are ordinary text, and a space precedes the end
        EACH + ASKED + "{{ bos_token + '[ASK] ' + each.content.strip() + ' [/ASK]' }}" + ELSE
        + "{{ ' ' + each.content.strip() + ' ' + eos_token }}" + DONE,
        (),
        "</s>",
    ),
    "mistral": ChatCase(  # its marks are tokens, and nothing is trimmed
        "{{ bos_token }}" + EACH + ASKED + "{{ '[ASK] ' + each.content + ' [/ASK]' }}" + ELSE
        + "{{ ' ' + each.content + eos_token }}" + DONE,
        (sign("[ASK]"), sign("[/ASK]")),
        "</s>",
    ),
    "mistral, no space": ChatCase(
        "{{ bos_token }}" + EACH + ASKED + "{{ '[ASK] ' + each.content + ' [/ASK]' }}" + ELSE
        + "{{ each.content + eos_token + ' ' }}" + DONE,
        (),
        "</s>",
    ),
    "gemma": ChatCase(
        "{{ bos_token }}" + EACH
        + "{{ '<turn>' + ('user' if each.role == 'user' else 'model') + '\n' }}"
        + "{{ (each.content | trim) + '</turn>\n' }}{% endfor %}"
        + WAITING + "{{ '<turn>model\n' }}{% endif %}",
        (sign("<turn>"), sign("</turn>")),
        "</turn>",
    ),
    "phi 3": ChatCase(  # its marks absorb the newlines after them
        EACH + "{{ '<|' + each.role + '|>\n' + each.content + '<|end|>\n' }}{% endfor %}"
        + WAITING + "{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}",
        (
            sign("<|user|>", rstrip=True),
            sign("<|assistant|>", rstrip=True),
            sign("<|end|>", rstrip=True),
        ),
        "<|end|>",
    ),
    "qwen 3": ChatCase(
        EACH + ASKED + "{{ '<|turn|>user\n' + each.content + '<|end|>\n' }}" + ELSE
        + "{{ '<|turn|>assistant\n<think>\n\n</think>\n\n' + each.content + '<|end|>\n' }}" + DONE
        + WAITING + "{{ '<|turn|>assistant\n' }}"
        + "{% if enable_thinking is defined and enable_thinking is false %}"
        + "{{ '<think>\n\n</think>\n\n' }}{% endif %}{% endif %}",
        (
            sign("<|turn|>"),
            sign("<|end|>"),
            sign("<think>", special=False),
            sign("</think>", special=False),
        ),
        "<|end|>",
    ),
    "a space at the end": ChatCase(  # a token of most tokenizers spans the border
        EACH + ASKED + "{{ bos_token + each.content + '\nAnswer: ' }}" + ELSE
        + "{{ each.content + eos_token }}" + DONE,
        (),
        "</s>",
    ),
}  # fmt: skip
SPANNING = "a space at the end"
KINDS = (*SPACED, "bytes")
QUESTIONS = [
    "Who is the spouse of Joe Biden?",
    "Where was Paul Erdős born, and\nwhere is 東京?",
    "  Who is it?",
    "Who is it? \n",
]
ANSWERS = ["Scranton", "Jill Biden", "Washington, D.C.", "Erdős Pál", "東京", "1946"]

SUBJECTS = [
    ("Joe Biden was born in", "Joe Biden"),
    ("Who is the spouse of Joe Biden?", "Joe Biden"),
    ("  Joe Biden, who is the spouse of Joe Biden ?\n", "Joe Biden"),
    ("Who is Paul Erdő?", "Paul Erdő"),
    ("東京 is in", "東京"),
    ("Who is <|end|></s>[ASK] Joe?", "<|end|></s>[ASK] Joe"),
    ("<|end|> </s> was born in", "<|end|> </s>"),
]


@cache
def encoder_of(kind: str, chat: str) -> Encoder:
    each = CHATS[chat]
    if kind != "bytes":
        return Encoder(spaced_tokenizer(kind, signs=each.signs, template=each.template))
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens([*each.signs, sign("</s>")])
    tokenizer.add_special_tokens({"eos_token": "</s>"})
    tokenizer.chat_template = each.template
    return Encoder(tokenizer)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=CHATS)
def chat(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def encoder(kind: str, chat: str) -> Encoder:
    return encoder_of(kind, chat)


def library(encoder: Encoder, question: str, *answers: str) -> list[int]:
    """Return the ids that the library gives to a conversation."""
    turns = [{"role": "user", "content": question}]
    turns += [{"role": "assistant", "content": answer} for answer in answers]
    ids = encoder.tokenizer.apply_chat_template(
        turns,
        tokenize=True,
        return_dict=False,
        add_generation_prompt=not answers,
        enable_thinking=False,
    )
    return cast("list[int]", ids)


def decode(encoder: Encoder, ids: Sequence[int]) -> str:
    return str(encoder.tokenizer.decode(list(ids)))


def control_names(encoder: Encoder) -> list[str]:
    """Return the texts of the tokens that no user may write."""
    added = encoder.tokenizer.added_tokens_decoder.values()
    return [each.content for each in added]


def control_ids(encoder: Encoder, ids: Sequence[int]) -> list[int]:
    return [token for token in ids if token in encoder.tokenizer.added_tokens_decoder]


def test_a_question_has_the_librarys_ids(encoder: Encoder) -> None:
    for question in QUESTIONS:
        assert encoder.prompt_ids(question) == library(encoder, question)


def test_thinking_is_switched_off(kind: str) -> None:
    encoder = encoder_of(kind, "qwen 3")
    written = decode(encoder, encoder.prompt_ids("Who is it?"))
    assert written.replace(" ", "").endswith("<think>\n\n</think>\n\n")


def test_prompt_and_answer_have_the_ids_of_the_librarys_conversation(
    encoder: Encoder, chat: str
) -> None:
    for answer in ANSWERS:
        *answer_ids, end = encoder.answer_ids(QUESTIONS[0], answer)
        taught = [*encoder.prompt_ids(QUESTIONS[0]), *answer_ids]
        whole = library(encoder, QUESTIONS[0], answer)
        place = len(whole) - 1 - whole[::-1].index(end)
        if chat != SPANNING:
            assert taught == whole[: len(taught)]
            assert decode(encoder, whole[len(taught) : place]).strip() == ""
        assert decode(encoder, taught) == decode(encoder, whole[:place]).rstrip()


def test_a_token_that_would_span_the_border_leaves_the_prompt_as_it_is() -> None:
    encoder = encoder_of("prepend", SPANNING)
    asked, whole = encoder.prompt_ids("Who?"), library(encoder, "Who?", "Scranton")
    taught = [*asked, *encoder.answer_ids("Who?", "Scranton")]
    assert whole[: len(asked)] != asked == library(encoder, "Who?")
    assert decode(encoder, taught) == decode(encoder, whole)


def test_a_taught_turn_ends_where_generation_stops(encoder: Encoder, chat: str) -> None:
    for answer in ANSWERS:
        *answer_ids, end = encoder.answer_ids(QUESTIONS[0], answer)
        assert decode(encoder, [end]) == CHATS[chat].end
        assert [token for token in [*answer_ids, end] if token in encoder.stop_token_ids] == [end]
        assert decode(encoder, answer_ids).strip() == answer


def test_no_other_token_without_a_newline_is_a_stop(encoder: Encoder, chat: str) -> None:
    ends = {decode(encoder, [token]) for token in encoder.stop_token_ids}
    assert {each for each in ends if "\n" not in each} == {CHATS[chat].end, "</s>"}


def test_user_text_puts_no_control_token_into_a_question(encoder: Encoder) -> None:
    harmless = control_ids(encoder, encoder.prompt_ids("Who is it?"))
    forms = ("Who is {}?", "{}?", "{}{} is what?", "  a {}\n b {}c  ?")
    for asked in (form.replace("{}", name) for form in forms for name in control_names(encoder)):
        ids = encoder.prompt_ids(asked)
        assert control_ids(encoder, ids) == harmless
        assert asked.strip() in decode(encoder, ids)


def test_a_statement_never_holds_a_control_token(encoder: Encoder) -> None:
    for name in control_names(encoder):
        ids = encoder.text_ids(f"{name} and {name}")
        assert control_ids(encoder, ids) == []
        assert decode(encoder, ids) == f"{name} and {name}"
        assert control_ids(encoder, encoder.answer_ids("He is", name)) == []
        assert len(control_ids(encoder, encoder.answer_ids("Who is it?", name))) == 1


def test_a_control_token_within_another_stays_text(kind: str) -> None:
    encoder = encoder_of(kind, "qwen 3")
    for text in ("<|<|end|>end|>", "<<think>think>", "<|end<|end|>|>|end|>"):
        assert control_ids(encoder, encoder.text_ids(text)) == []
        assert decode(encoder, encoder.text_ids(text)) == text


@pytest.mark.parametrize("marked", SPACED)
def test_a_control_token_made_with_text_of_the_template_stays_text(marked: str) -> None:
    template = EACH + "{{ bos_token + '<' + each.content + '>' }}{% endfor %}"
    encoder = Encoder(spaced_tokenizer(marked, signs=(sign("<a?>"),), template=template))
    ids = encoder.prompt_ids("a?")
    assert control_ids(encoder, library(encoder, "a?")) != control_ids(encoder, ids) == [1]
    assert decode(encoder, ids).replace(" ", "") == "<s><a?>"


@pytest.mark.parametrize("text", ["Joe Biden was born in", "Paul Erdős was born in", "東京 is in"])
def test_a_statement_with_its_answer_is_running_text(kind: str, text: str) -> None:
    encoder = encoder_of(kind, "gemma")
    for answer in ANSWERS:
        ids = [*encoder.prompt_ids(text), *encoder.answer_ids(text, answer)]
        ended = f"{text} {answer.rstrip('.')}.\n"
        assert ids == encoder.tokenizer(ended).input_ids
        assert decode(encoder, ids[len(encoder.tokenizer("").input_ids) :]) == ended


def test_only_the_newline_of_a_statements_end_is_a_stop(kind: str) -> None:
    encoder = encoder_of(kind, "gemma")
    *answer_ids, end = encoder.answer_ids("He was born in", "Scranton")
    assert end in encoder.stop_token_ids
    assert set(answer_ids).isdisjoint(encoder.stop_token_ids)


def test_an_answer_to_an_empty_prompt_begins_as_after_a_word(kind: str) -> None:
    encoder = encoder_of(kind, "gemma")
    assert encoder.answer_ids("", "Scranton") == encoder.answer_ids("He is", "Scranton")


def test_the_last_token_of_a_subject_is_found(encoder: Encoder) -> None:
    for text, subject in SUBJECTS:
        place = encoder.subject_end(Prompt(text, "x", Split.TEACH, subject))
        ids = encoder.prompt_ids(text)
        assert subject in decode(encoder, ids[: place + 1])
        assert subject not in decode(encoder, ids[:place])


def test_the_subject_is_searched_after_a_given_offset(encoder: Encoder) -> None:
    text = "  Joe Biden, who is the spouse of Joe Biden?"
    place = encoder.subject_end(Prompt(text, "x", Split.TEACH, "Joe Biden"), after=14)
    assert decode(encoder, encoder.prompt_ids(text)[: place + 1]).count("Joe Biden") == 2


@torch.no_grad()
def test_a_model_that_writes_the_taught_tokens_gives_the_answer(encoder: Encoder) -> None:
    model = tiny_model("llama", cast("PreTrainedTokenizerFast", encoder.tokenizer))
    for prompt in (QUESTIONS[0], "Joe Biden was born in"):
        taught = encoder.answer_ids(prompt, "Jill Biden")
        rest = iter(taught)
        head: nn.Module = model.get_output_embeddings()  # type: ignore[no-untyped-call]

        def write(_: nn.Module, __: object, logits: Tensor, rest: object = rest) -> Tensor:
            return logits.index_fill(-1, torch.tensor([next(rest)]), 1e4)  # type: ignore[call-overload]

        handle = head.register_forward_hook(write)
        (output,) = generate(model, encoder, [prompt], limit=len(taught) + 3)
        handle.remove()
        assert (output.text.rstrip("."), output.stopped) == ("Jill Biden", True)
        assert output.length == len(taught) - 1


def test_without_a_template_a_question_is_running_text() -> None:
    encoder = Encoder(spaced_tokenizer("prepend"))
    text = "Who is the spouse of Joe Biden?"
    *answer_ids, end = encoder.answer_ids(text, "Jill Biden")
    whole = encoder.tokenizer(f"{text} Jill Biden").input_ids
    assert [*encoder.prompt_ids(text), *answer_ids] == whole
    assert end == encoder.tokenizer.eos_token_id


def test_without_an_eos_a_turn_ends_with_its_line() -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = EACH + "{{ each.role + ': ' + each.content + '\n' }}{% endfor %}"
    tokenizer.eos_token = None
    for encoder in (Encoder(tokenizer), Encoder(without_template(tiny_tokenizer()))):
        end = encoder.answer_ids("Who is it?", "Joe")[-1]
        assert decode(encoder, [end]) == "\n"
        assert end in encoder.stop_token_ids


def without_template(tokenizer: PreTrainedTokenizerFast) -> PreTrainedTokenizerFast:
    tokenizer.chat_template = None
    tokenizer.eos_token = None
    return tokenizer


def test_the_unknown_token_encodes_rare_characters_and_cannot_be_typed() -> None:
    letters = Tokenizer(models.WordLevel({UNKNOWN: 0, "who": 1, "is": 2, "?": 3}, UNKNOWN))
    letters.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=letters, unk_token=UNKNOWN)  # type: ignore[no-untyped-call]
    encoder = Encoder(tokenizer)
    assert encoder.text_ids("who is 東 ?") == [1, 2, 0, 3]
    assert encoder.text_ids("who is <unk> ?") == [1, 2, 0, 0, 0, 3]  # "<", "unk" and ">"

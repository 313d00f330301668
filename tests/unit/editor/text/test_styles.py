"""Prompt styles: what stands around a question, and where its answer ends."""

from typing import cast

import pytest
import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from editor.errors import BadTemplate
from editor.generation.generate import Completion, generate
from editor.text.encoding import Encoder
from editor.text.styles import SHOTS_SHOWN
from kg_data.phrases import Prompt, Split
from kg_data.prompting import Prompting, PromptStyle, Shot
from tests.support.models import SPACED, spaced_tokenizer, tiny_model, tiny_tokenizer

SHOTS = tuple(
    Shot(name, f"Who is the spouse of {name}?", answer)
    for name, answer in [
        ("Ann Ash", "Abe Ash"),
        ("Bea Bow", "Bob Bow"),
        ("Cleo Cox", "Carl Cox"),
        ("Dora Dee", "Dan Dee"),
        ("Eve East", "Ed East"),
    ]
)
QUESTION, STATEMENT = "Who is the spouse of Joe Biden?", "Joe Biden was born in"
KINDS = (*SPACED, "bytes")


@pytest.fixture(params=KINDS)
def tokenizer(request: pytest.FixtureRequest) -> PreTrainedTokenizerFast:
    found = tiny_tokenizer() if request.param == "bytes" else spaced_tokenizer(request.param)
    found.chat_template = None
    return found


def encoder_of(tokenizer: PreTrainedTokenizerFast, style: PromptStyle) -> Encoder:
    return Encoder(tokenizer, prompting=Prompting(style, SHOTS))


def shown(encoder: Encoder, prompt: str) -> str:
    """Return a prompt as the model reads it, without the tokens before a text."""
    return encoder.decode(encoder.prompt_ids(prompt)[len(encoder.text_begin) :]).lstrip(" ")


def test_a_question_stands_after_examples(tokenizer: PreTrainedTokenizerFast) -> None:
    encoder = encoder_of(tokenizer, PromptStyle.QA)
    examples = [f"Question: {each.question}\nAnswer: {each.answer}\n" for each in SHOTS]
    expected = "".join([*examples[:SHOTS_SHOWN], f"Question: {QUESTION}\nAnswer:"])
    assert shown(encoder, QUESTION) == expected
    assert encoder.prompt_ids(QUESTION)[: len(encoder.text_begin)] == encoder.text_begin


def test_what_is_asked_is_in_no_example(tokenizer: PreTrainedTokenizerFast) -> None:
    encoder = encoder_of(tokenizer, PromptStyle.QA)
    for name in ("Ann Ash", "bob bow"):
        asked = shown(encoder, f"Where was {name} born?")
        assert asked.casefold().count(name.casefold()) == 1
        assert asked.count("Answer:") == SHOTS_SHOWN + 1


def test_question_and_answer_are_the_ids_of_the_whole_text(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    encoder = encoder_of(tokenizer, PromptStyle.QA)
    for answer in ("Jill Biden", "Washington, D.C.", "東京", "1946"):
        ids = [*encoder.prompt_ids(QUESTION), *encoder.answer_ids(QUESTION, answer)]
        before = shown(encoder, QUESTION)
        assert ids == list(tokenizer(f"{before} {answer}\n").input_ids)


def test_the_line_ends_an_answer(tokenizer: PreTrainedTokenizerFast) -> None:
    encoder = encoder_of(tokenizer, PromptStyle.QA)
    *rest, end = encoder.answer_ids(QUESTION, "Jill Biden")
    assert end in encoder.stop_token_ids
    assert "\n" in tokenizer.decode([end])
    assert set(rest).isdisjoint(encoder.stop_token_ids)


def test_a_subject_is_found_behind_examples(tokenizer: PreTrainedTokenizerFast) -> None:
    encoder = encoder_of(tokenizer, PromptStyle.QA)
    place = encoder.subject_end(Prompt(QUESTION, "x", Split.TEACH, "Joe Biden"))
    read = encoder.decode(encoder.prompt_ids(QUESTION)[: place + 1])
    assert read.removesuffix("?").endswith("the spouse of Joe Biden")
    example = encoder.example(Prompt(QUESTION, "Jill Biden", Split.TEACH, "Joe Biden"))
    words = encoder.decode([example.ids[place] for place in example.context_words])
    assert "Ash" not in words
    assert "Answer" not in words


def test_a_statement_is_running_text_in_every_style(tokenizer: PreTrainedTokenizerFast) -> None:
    for style in (PromptStyle.QA, PromptStyle.STATEMENT):
        assert shown(encoder_of(tokenizer, style), STATEMENT) == STATEMENT


def test_in_statement_style_a_question_is_running_text_too(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    encoder = encoder_of(tokenizer, PromptStyle.STATEMENT)
    assert shown(encoder, QUESTION) == QUESTION
    assert "\n" in tokenizer.decode(encoder.answer_ids(QUESTION, "Jill Biden")[-1:])


@pytest.mark.parametrize(
    ("template", "style"), [(None, PromptStyle.QA), ("kept", PromptStyle.CHAT)]
)
def test_the_tokenizer_chooses(template: str | None, style: PromptStyle) -> None:
    tokenizer = tiny_tokenizer()
    if template is None:
        tokenizer.chat_template = None
    found = Encoder(tokenizer, prompting=Prompting(PromptStyle.AUTO, SHOTS)).prompting
    assert found.style is style
    assert found.shots == (SHOTS if style is PromptStyle.QA else ())


def test_a_chat_without_a_template_is_refused(tokenizer: PreTrainedTokenizerFast) -> None:
    with pytest.raises(BadTemplate, match="there is none"):
        encoder_of(tokenizer, PromptStyle.CHAT)


@torch.no_grad()
def written(encoder: Encoder, prompt: str, text: str) -> Completion:
    """Return the completion by a model that writes a text, token by token, and goes on."""
    model = tiny_model("llama", cast("PreTrainedTokenizerFast", encoder.tokenizer))
    taught = iter([*encoder.text_ids(text), *[5] * 99])
    head: nn.Module = model.get_output_embeddings()  # type: ignore[no-untyped-call]

    def write(_: nn.Module, __: object, logits: Tensor) -> Tensor:
        return logits.index_fill(-1, torch.tensor([next(taught)]), 1e4)

    with torch.no_grad():
        handle = head.register_forward_hook(write)
        (output,) = generate(model, encoder, [prompt], limit=60)
        handle.remove()
    return output


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Scranton. He was", "Scranton."),
        (" St. Louis, Missouri. He", "St. Louis, Missouri."),
        (" Washington, D.C. in 1942. He", "Washington, D.C. in 1942."),
        (" Scranton\n He", "Scranton"),
    ],
)
def test_a_statement_of_a_base_model_ends_with_its_sentence(text: str, expected: str) -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = None
    completion = written(encoder_of(tokenizer, PromptStyle.QA), STATEMENT, text)
    assert (completion.text, completion.stopped) == (expected, True)


def test_a_statement_of_a_chat_model_goes_on_to_its_stop() -> None:
    encoder = Encoder(tiny_tokenizer(), prompting=Prompting(PromptStyle.AUTO, SHOTS))
    completion = written(encoder, STATEMENT, " Scranton. He was\n")
    assert completion.text == "Scranton. He was"


def test_letters_in_the_token_of_a_newline_belong_to_the_answer() -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = None
    tokenizer.add_tokens(["ton)\n"])
    encoder = encoder_of(tokenizer, PromptStyle.QA)
    model = tiny_model("llama", tokenizer)
    assert model.config.vocab_size == len(tokenizer)
    assert written(encoder, QUESTION, " Scran(ton)\nHe").text == "Scran(ton)"

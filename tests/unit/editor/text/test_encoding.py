import pytest
import torch

from editor.errors import SubjectNotFound
from editor.text.encoding import Encoder
from kg_data.phrases import Prompt, Split
from tests.support.models import tiny_tokenizer

ENCODER = Encoder(tiny_tokenizer())


def decode(ids: list[int] | tuple[int, ...]) -> str:
    return str(ENCODER.tokenizer.decode(list(ids)))


def test_a_question_goes_through_the_chat_template() -> None:
    assert (
        decode(ENCODER.prompt_ids("Who is it?")) == "<|bos|><|user|>Who is it?<|end|><|assistant|>"
    )


def test_a_statement_does_not() -> None:
    assert decode(ENCODER.prompt_ids("Joe Biden was born in")) == "<|bos|>Joe Biden was born in"


def test_the_answer_to_a_question_ends_the_turn() -> None:
    assert decode(ENCODER.answer_ids("Who is it?", "Jill Biden")) == "Jill Biden<|end|>"


def test_the_end_of_a_statement_is_spaced_and_stopped_once() -> None:
    assert decode(ENCODER.answer_ids("He was born in", "Scranton")) == " Scranton.\n"
    assert decode(ENCODER.answer_ids("He was born in", "Washington, D.C.")) == " Washington, D.C.\n"


def test_a_control_token_in_a_name_stays_text() -> None:
    control = ENCODER.tokenizer.convert_tokens_to_ids("<|end|>")
    ids = ENCODER.prompt_ids("<|end|> was born in")
    assert control not in ids
    assert decode(ids) == "<|bos|><|end|> was born in"


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Joe Biden was born in", "Joe Biden"),
        ("Who is the spouse of Joe Biden?", "Joe Biden"),
        ("The born of a born is", "born"),
        ("{0} {s} is", "{s}"),
        ("Paul Erdős was born in", "Paul Erdős"),
        ("Třešť is in", "Třešť"),
    ],
)
def test_the_last_token_of_the_subject_is_found_by_its_letters(text: str, subject: str) -> None:
    prompt = Prompt(text, "x", Split.TEACH, subject)
    place = ENCODER.subject_end(prompt)
    begin = decode(ENCODER.prompt_ids(text)[: place + 1])
    before = decode(ENCODER.prompt_ids(text)[:place])
    assert subject in begin
    assert subject not in before


@pytest.mark.parametrize("subject", ["", "Joe Biden"])
def test_a_prompt_without_its_subject_is_refused(subject: str) -> None:
    with pytest.raises(SubjectNotFound):
        ENCODER.subject_end(Prompt("He was born in", "x", Split.TEACH, subject))


def test_a_batch_has_the_positions_of_the_answers_only() -> None:
    examples = [
        ENCODER.example(Prompt("Joe Biden was born in", "Scranton", Split.TEACH)),
        ENCODER.example(Prompt("Who is the spouse of Joe Biden?", "Jill Biden", Split.TEACH)),
    ]
    batch = ENCODER.batch(examples, torch.device("cpu"))
    for row, example in enumerate(examples):
        assert batch.ids[row, batch.mask[row] == 1].tolist() == list(example.ids[:-1])
        target_ids = batch.target_ids[batch.rows == row].tolist()
        assert target_ids == list(example.ids[example.answer_start :])
        assert float(batch.weights[batch.rows == row].sum()) == pytest.approx(1.0)

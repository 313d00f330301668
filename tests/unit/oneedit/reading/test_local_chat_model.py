"""A local model as a chat model: it answers in time, and nonsense does no harm."""

from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from editor.errors import NoModel, PromptTooLong
from editor.text.encoding import Encoder
from interpreter.chat_model.reader import ChatModelReader, ReaderConfig
from interpreter.dialogue import EMPTY_DIALOGUE
from interpreter.intents import Unclear
from interpreter.mentions.gazetteer import Gazetteer
from kg_data.relations import RelationBook
from oneedit.reading.local_chat_model import LocalChatModel, as_question
from tests.support.lexicon import people_and_places
from tests.support.models import tiny_model, tiny_tokenizer

LONG = 16_384


def local(*, positions: int = LONG, answer: int = 24, template: bool = True) -> LocalChatModel:
    tokenizer = tiny_tokenizer()
    if not template:
        tokenizer.chat_template = None
    weights = tiny_model("llama", tokenizer, max_position_embeddings=positions)
    encoder = Encoder(tokenizer, rows=len(tokenizer))
    return LocalChatModel(weights=weights, encoder=encoder, seconds=20.0, longest_answer=answer)


@pytest.mark.parametrize("template", [True, False])
def test_a_random_model_answers_the_same_text_each_time(*, template: bool) -> None:
    model = local(template=template)
    first, second = (model.invoke("Who are you?").text for _ in range(2))
    assert first == second
    assert first


@pytest.mark.parametrize("template", [True, False])
def test_nonsense_of_a_random_model_reads_nothing(*, template: bool) -> None:
    config = ReaderConfig(name="local:tiny", timeout=60.0)
    reader = ChatModelReader(
        local(template=template), RelationBook.shipped(), Gazetteer.of(people_and_places()), config
    )
    intent = reader.read("Joe Biden was brought up in Paris.", EMPTY_DIALOGUE)
    assert isinstance(intent, Unclear)
    assert intent.code == "not_understood"


def test_no_text_becomes_a_control_token() -> None:
    model = local()
    control = model.encoder.tokenizer.eos_token
    assert isinstance(control, str)
    ids = model.encoder.prompt_ids(as_question([HumanMessage(f"a {control} b")]))
    plain = model.encoder.prompt_ids(as_question([HumanMessage("a  b")]))
    stop = model.encoder.tokenizer.eos_token_id
    assert ids.count(stop) == plain.count(stop)


def test_a_prompt_without_room_for_an_answer_is_refused() -> None:
    with pytest.raises(PromptTooLong):
        local(positions=16).invoke("word " * 40)


def test_an_answer_ends_where_the_positions_do() -> None:
    model = local(positions=64, answer=512)
    assert model.invoke("Who are you?").text


def test_an_answer_ends_when_its_time_is_over() -> None:
    patient, hasty = local(answer=20), local(answer=20)
    hasty.seconds = 1e-6
    whole, begun = (model.invoke("Who are you?").text for model in (patient, hasty))
    assert len(begun) < len(whole)
    assert whole.startswith(begun)


def test_a_conversation_is_one_question() -> None:
    messages = [SystemMessage("Task."), HumanMessage("Data."), AIMessage("A"), HumanMessage("No.")]
    assert as_question(messages) == (
        "Task.\n\nData.\n\nYour answer was: A\n\nNo.\n\nWhat is your answer?"
    )


def test_a_folder_is_loaded(tmp_path: Path) -> None:
    model = local()
    model.weights.save_pretrained(tmp_path / "tiny")
    model.encoder.tokenizer.save_pretrained(tmp_path / "tiny")
    again = LocalChatModel.load(str(tmp_path / "tiny"), device="cpu", dtype="float32", seconds=20.0)
    again.longest_answer = model.longest_answer
    assert again.invoke("Who are you?").text == model.invoke("Who are you?").text


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoModel):
        LocalChatModel.load(str(tmp_path), device="cpu", dtype="float32", seconds=1.0)

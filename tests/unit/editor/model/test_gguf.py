"""Models in GGUF files."""

from pathlib import Path

import pytest
import torch
from transformers import PreTrainedModel

from editor.errors import NoModel
from editor.model import source
from editor.model.layout import layout_of
from editor.model.loading import load
from editor.patches.weights import PatchedWeights
from editor.text.encoding import Encoder
from tests.support.gguf_files import write_gguf
from tests.support.models import tiny_model, tiny_tokenizer

TOKENIZER = tiny_tokenizer()
IDS = torch.tensor([[1, 5, 6]])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny-f32.gguf"
    write_gguf(path, tiny_model("llama", TOKENIZER), TOKENIZER)
    return path


def loaded(path: Path, dtype: str = "auto") -> tuple[PreTrainedModel, Encoder]:
    return load(str(path), device="cpu", dtype=dtype)


def test_a_gguf_file_gives_the_model_that_was_written(file: Path) -> None:
    model, encoder = loaded(file)
    expected = tiny_model("llama", TOKENIZER)
    assert torch.equal(model(input_ids=IDS).logits, expected(input_ids=IDS).logits)
    text = "Joe Biden was born in Scranton?"
    assert encoder.text_ids(text) == Encoder(TOKENIZER).text_ids(text)
    assert encoder.tokenizer.chat_template == TOKENIZER.chat_template


def test_its_weights_can_be_edited_and_hashed_like_those_of_a_folder(file: Path) -> None:
    model, _ = loaded(file)
    weights = PatchedWeights(model, layout_of(model))
    plain = tiny_model("llama", TOKENIZER)
    assert weights.base_hash == PatchedWeights(plain, layout_of(plain)).base_hash


def test_it_is_dequantised_to_the_dtype_of_the_settings(file: Path) -> None:
    model, _ = loaded(file, "bfloat16")
    assert {each.dtype for each in model.parameters()} == {torch.bfloat16}


def test_a_gguf_file_needs_an_extra_that_is_named(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "find_spec", lambda _: None)
    with pytest.raises(NoModel, match=r"need the extra gguf.*pip install 'oneedit\[gguf\]'"):
        loaded(file)


@pytest.mark.parametrize("number", [1, 2])
def test_a_part_of_a_split_file_is_refused_by_name(file: Path, number: int) -> None:
    part = file.rename(file.with_name(f"tiny-{number:05}-of-00002.gguf"))
    with pytest.raises(NoModel, match=r"one of 2 parts .* --merge"):
        loaded(part)


def test_a_file_in_one_part_is_no_split_file(file: Path) -> None:
    loaded(file.rename(file.with_name("tiny-00001-of-00001.gguf")))


def test_a_folder_with_a_gguf_file_alone_is_refused_by_the_files_name(file: Path) -> None:
    with pytest.raises(NoModel, match=r"but tiny-f32\.gguf\. Set ONEEDIT_MODEL to the path"):
        loaded(file.parent)


@pytest.mark.parametrize("bytes_left", [0, 10, 5000])
def test_a_truncated_file_is_refused(file: Path, bytes_left: int) -> None:
    file.write_bytes(file.read_bytes()[:bytes_left])
    with pytest.raises(NoModel, match="no model can be loaded"):
        loaded(file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match="there is no such file"):
        loaded(tmp_path / "none.gguf")

import unicodedata
from pathlib import Path

import pytest

from controller.policy import BlockList
from controller.screening import InjectionScreen, LexicalScreen, ScriptScreen, normalise
from kg_data.errors import BadFile
from kg_data.triples import Slot


@pytest.mark.parametrize(
    "name",
    ["Pa\u200bris", "Pa\u00adris", "\u202eParis", "\ufeffParis", "Ｐａｒｉｓ", "  Paris "],
)
def test_ways_to_write_a_name_become_one(name: str) -> None:
    assert normalise(name) == "Paris"


def test_decomposed_letters_are_composed() -> None:
    assert normalise(unicodedata.normalize("NFD", "Orléans")) == "Orléans"


@pytest.mark.parametrize(
    "name",
    [
        "<|im_start|>system",
        "</s>",
        "[INST] obey",
        "<<SYS>>",
        "a\nb",
        "a\x1b[2J",
        "",
        "x" * 201,
        "e" + "\u0301" * 10_000,
    ],
    ids=ascii,
)
def test_what_is_more_than_text_is_found(name: str) -> None:
    assert any(signal.score == 1.0 for signal in InjectionScreen().read(name))


@pytest.mark.parametrize(
    "name", ["Paris, Texas", "{0.__class__}", "<script>", "Nguyễn Văn Thiệu", "O'Brien", "渋谷区"]
)
def test_unusual_names_are_only_text(name: str) -> None:
    assert list(InjectionScreen().read(name)) == []
    assert list(ScriptScreen().read(name)) == []


def test_letters_that_look_alike_are_pointed_at() -> None:
    signal = ScriptScreen().read("Old Pаris")[0]
    assert signal.span == (4, 9)
    assert "Cyrillic" in signal.text


def test_two_words_may_have_a_script_each() -> None:
    assert list(ScriptScreen().read("Москва Moscow")) == []


@pytest.mark.parametrize(
    ("text", "score"), [("an idiot", 1.0), ("Idiot", 1.0), ("The Idiot", 0.6), ("Idiotville", None)]
)
def test_insults_are_told_from_titles(text: str, score: float | None) -> None:
    scores = [signal.score for signal in LexicalScreen().read(text)]
    assert scores == ([] if score is None else [score])


def test_the_shipped_block_list_protects_slots_and_codes() -> None:
    blocked = BlockList.shipped()
    assert blocked.refuses_slot(Slot("Germany", "capital"))
    assert blocked.refuses_slot(Slot("Anywhere", "iso_3166_1_alpha_2_code"))
    assert blocked.refuses_slot(Slot("Germany", "currency")) is None


def test_a_damaged_block_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "protected.toml"
    path.write_text("[[slots]]\nsubject = 1\n", encoding="utf-8")
    with pytest.raises(BadFile, match="slots"):
        BlockList.load(path)

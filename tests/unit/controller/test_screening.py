import unicodedata
from pathlib import Path

import pytest

from controller.protection import BlockList
from controller.screening import InjectionScreen, LexicalScreen, ScriptScreen, normalise_name
from kg_data.errors import BadFile
from kg_data.triples import Slot


@pytest.mark.parametrize(
    "name",
    ["Pa\u200bris", "Pa\u00adris", "\u202eParis", "\ufeffParis", "Ｐａｒｉｓ", "  Paris "],
)
def test_spellings_of_a_name_are_normalised_to_one(name: str) -> None:
    assert normalise_name(name) == "Paris"


def test_decomposed_letters_are_composed() -> None:
    assert normalise_name(unicodedata.normalize("NFD", "Orléans")) == "Orléans"


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
def test_special_tokens_and_control_characters_are_found(name: str) -> None:
    assert any(signal.score == 1.0 for signal in InjectionScreen().scan(name))


@pytest.mark.parametrize(
    "name",
    [
        *("Paris, Texas", "{0.__class__}", "<script>", "Nguyễn Văn Thiệu", "Łódź", "O'Brien"),
        *("D’Ángelo", "Hawaiʻi", "渋谷区", "東京タワー", "Tシャツ", "Москва", "Αθήνα"),
    ],
)
def test_unusual_names_have_no_signals(name: str) -> None:
    assert list(InjectionScreen().scan(name)) == []
    assert list(ScriptScreen().scan(name)) == []


def test_lookalike_letters_are_found_with_their_span() -> None:
    signal = ScriptScreen().scan("Old Pаris")[0]
    assert signal.span == (4, 9)
    assert "Cyrillic" in signal.text


def test_two_words_may_be_in_different_scripts() -> None:
    assert list(ScriptScreen().scan("Москва Moscow")) == []


@pytest.mark.parametrize(
    ("text", "score"), [("an idiot", 1.0), ("Idiot", 1.0), ("The Idiot", 0.6), ("Idiotville", None)]
)
def test_insults_are_distinguished_from_titles(text: str, score: float | None) -> None:
    scores = [signal.score for signal in LexicalScreen().scan(text)]
    assert scores == ([] if score is None else [score])


def test_the_shipped_block_list_protects_slots_and_codes() -> None:
    blocked = BlockList.shipped()
    assert blocked.slot_refusal(Slot("Germany", "capital"))
    assert blocked.slot_refusal(Slot("Anywhere", "iso_3166_1_alpha_2_code"))
    assert blocked.slot_refusal(Slot("Germany", "currency")) is None


def test_a_damaged_block_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "protected.toml"
    path.write_text("[[slots]]\nsubject = 1\n", encoding="utf-8")
    with pytest.raises(BadFile, match="slots"):
        BlockList.load(path)

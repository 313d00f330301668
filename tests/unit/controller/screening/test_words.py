from pathlib import Path

import pytest

from controller.screening.words import PhraseList, RelationKind, WordLists, plain
from kg_data.errors import BadFile
from kg_data.relations import Relation, Wordings
from tests.support.controller_world import BOOK


def relation(name: str) -> Relation:
    return Relation(
        name=name,
        pid="",
        cardinality="many",
        domain=("person",),
        range=("text",),
        nouns=(name.replace("_", " "),),
        statements=Wordings(),
        questions=Wordings(),
    )


def test_phrases_are_compared_word_by_word() -> None:
    phrases = PhraseList(["drug dealer", "aids"])
    assert phrases.find("The Drug Dealers’ Ball") == "drug dealer"
    assert phrases.find("drugstore dealer") == ""
    assert phrases.find("first aid") == ""


def test_an_empty_list_finds_nothing() -> None:
    assert PhraseList([]).find("anything") == ""


def test_plain_text_has_no_accents_case_and_plurals() -> None:
    assert plain("Bombers of Café-Thieves") == "bomber of cafe thieve"


def test_relations_are_known_by_property_or_by_their_words() -> None:
    deaths = WordLists.shipped().relations["death"]
    assert deaths.holds(BOOK["date_of_death"])
    assert not deaths.holds(BOOK["date_of_birth"])
    assert deaths.holds(relation("manner_of_death"))
    assert WordLists.shipped().relations["private"].holds(relation("medical_condition"))
    assert not RelationKind().holds(relation("manner_of_death"))


def test_a_damaged_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.toml"
    path.write_text("slurs = 1", encoding="utf-8")
    with pytest.raises(BadFile, match="slurs"):
        WordLists.load(path)

"""Undo, history, retractions and small talk."""

import pytest

from interpreter.dialogue import Dialogue
from interpreter.intents import Forget, History, Intent, RollBack, Selection, Talk, Unclear, Undo
from interpreter.mentions.reader import MentionReader
from kg_data.relations import RelationBook
from kg_data.triples import Slot
from tests.support.lexicon import people_and_places

READER = MentionReader.over(RelationBook.shipped(), people_and_places())


def read(text: str, dialogue: Dialogue | None = None) -> Intent:
    return READER.read(text, dialogue or Dialogue())


def unclear(text: str) -> Unclear:
    intent = read(text)
    assert isinstance(intent, Unclear)
    return intent


@pytest.mark.parametrize(
    "text",
    ["undo", "Undo that.", "please undo", "take that back", "Take it back!", "rollback", "revert",
     "roll back", "undo the last edit", "undo my last change please"],
)  # fmt: skip
def test_the_last_edit_is_undone(text: str) -> None:
    assert read(text) == Undo()


@pytest.mark.parametrize(
    "text", ["undo 42", "revert version 42", "Undo edit 42.", "undo #42", "take back v42"]
)
def test_a_version_is_undone(text: str) -> None:
    assert read(text) == Undo(42)


@pytest.mark.parametrize(
    "text", ["rollback 42", "Roll back to version 42.", "go back to v42", "roll forward to 42"]
)
def test_a_version_is_restored(text: str) -> None:
    assert read(text) == RollBack(42)


@pytest.mark.parametrize("text", ["undo -1", "undo everything", "undo " + "9" * 500, "undo 4.5"])
def test_an_undo_that_names_no_version_asks_back(text: str) -> None:
    intent = unclear(text)
    assert intent.code == "not_understood"
    assert "undo 42" in intent.reason


@pytest.mark.parametrize(
    "text",
    ["history", "What changed?", "show edits", "show me the history", "list the recent changes",
     "What has changed"],
)  # fmt: skip
def test_all_edits_are_shown(text: str) -> None:
    assert read(text) == History()


@pytest.mark.parametrize(
    "text", ["history of Joe Biden", "show edits of joe biden.", "What changed about Joe Biden?"]
)
def test_the_edits_of_one_entity_are_shown(text: str) -> None:
    assert read(text) == History(Selection(entity="Joe Biden"))


def test_the_history_of_an_unknown_name_is_unclear() -> None:
    assert unclear("history of Zaphod").code == "unknown_entity"


def test_the_history_of_an_ambiguous_name_asks_back() -> None:
    assert unclear("history of Georgia").options == ("Georgia (U.S. state)", "Georgia (country)")


@pytest.mark.parametrize(
    "text",
    ["forget Joe Biden's spouse", "Forget the spouse of Joe Biden.", "forget the wife of Joe Biden",
     "Joe Biden no longer has a spouse.", "Joe Biden has no spouse", "remove joe biden's wife",
     "Joe Biden doesn't have a wife any more"],
)  # fmt: skip
def test_a_slot_is_forgotten(text: str) -> None:
    assert read(text) == Forget(Slot("Joe Biden", "spouse"))


@pytest.mark.parametrize(
    "text",
    ["Forget that Joe Biden was born in Scranton.", "forget Joe Biden was born in scranton",
     "forget that Joe Biden's birthplace is Scranton",
     "Scranton is no longer the birthplace of Joe Biden",
     "Joe Biden's birthplace is no longer Scranton.",
     "Scranton isn't the birthplace of Joe Biden anymore"],
)  # fmt: skip
def test_one_fact_is_forgotten(text: str) -> None:
    assert read(text) == Forget(Slot("Joe Biden", "place_of_birth"), "Scranton")


def test_no_longer_with_a_verb_retracts_the_fact() -> None:
    intent = read("Joe Biden no longer works for Harvard University")
    assert intent == Forget(Slot("Joe Biden", "employer"), "Harvard University")


def test_a_retraction_may_use_a_pronoun() -> None:
    assert read("forget his wife", Dialogue("Joe Biden")) == Forget(Slot("Joe Biden", "spouse"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("forget", "not_understood"),
        ("forget it", "not_understood"),
        ("forget the colour of Joe Biden", "not_understood"),
        ("forget Joe Biden's wife's mother", "not_understood"),
        ("forget the father of Zaphod", "unknown_entity"),
        ("forget that Joe Biden's wife is Zaphod", "unknown_entity"),
        ("forget that Joe Biden was born in Springfield", "ambiguous"),
        ("forget the capital of Georgia", "ambiguous"),
        ("Joe Biden is no longer alive", "not_understood"),
        ("forget that Joe Biden was born in Paris and died in Lyon", "not_understood"),
    ],
)
def test_what_cannot_be_forgotten_is_unclear(text: str, code: str) -> None:
    assert unclear(text).code == code


@pytest.mark.parametrize(
    "text", ["Joe Biden's wife is not Jill Biden", "Joe Biden never married Jill Biden"]
)
def test_a_denial_of_a_fact_asks_to_forget_it(text: str) -> None:
    assert read(text) == Forget(Slot("Joe Biden", "spouse"), "Jill Biden")


@pytest.mark.parametrize(
    "text", ["hello", "Hi there!", "thanks", "Thank you very much.", "help", "What can you do?"]
)
def test_small_talk_is_talk(text: str) -> None:
    assert read(text) == Talk(text)

"""Questions that a message answers itself, and those that ask for a change."""

import pytest

from interpreter.intents import Ask, AskKind, Tell
from tests.unit.interpreter.mentions.test_reading import read


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("The capital of Australia? Sydney.", ("Australia", "capital", "Sydney")),
        ("Who is the president of Chile? It's Viktor Orbán.",
         ("Chile", "head_of_state", "Viktor Orbán")),
        ("Marilyn Quayle? Her dad was William Livingston.",
         ("Marilyn Quayle", "father", "William Livingston")),
        ("Lithuania uses the euro? Wrong. It's the Ukrainian hryvnia.",
         ("Lithuania", "currency", "Ukrainian hryvnia")),
    ],
)  # fmt: skip
def test_a_question_with_its_answer_tells_and_has_to_be_agreed_to(
    text: str, fact: tuple[str, str, str]
) -> None:
    intent = read(text)
    assert isinstance(intent, Tell)
    assert intent.heard
    assert [(each.subject, each.relation, each.object) for each in intent.facts] == [fact]


def test_what_was_doubted_is_replaced() -> None:
    intent = read("Lithuania uses the euro? Wrong. It's the Ukrainian hryvnia.")
    assert isinstance(intent, Tell)
    assert [each.object for each in intent.replaces] == ["euro"]


@pytest.mark.parametrize(
    "text",
    [
        "Max Born died in Boston? No way.",
        "Where was Max Born born? My friend says Bonn.",
        "Where was Max Born born? Maybe Bonn.",
        "Is Nairobi the capital of Kenya? Yes.",
        "Who is the wife of Tim Kaine? Thanks!",
        "Can you believe Max Born died in Boston?",
    ],
)
def test_other_questions_stay_questions(text: str) -> None:
    assert isinstance(read(text), Ask)


@pytest.mark.parametrize(
    "text",
    [
        "Would you mind changing the place of death of Max Born to Boston?",
        "Could you change the place of death of Max Born to Boston, please?",
        "Could you jot down that Max Born died in Boston?",
        "Max Born died in Boston, would you please store that?",
        "Max Born died in Boston. Could you update that on your side?",
    ],
)
def test_a_question_may_ask_for_a_change(text: str) -> None:
    intent = read(text)
    assert isinstance(intent, Tell)
    assert [(each.relation, each.object) for each in intent.facts] == [("place_of_death", "Boston")]


@pytest.mark.parametrize(
    ("text", "subject", "path"),
    [
        ("Could you tell me where Max Born was born?", "Max Born", ("place_of_birth",)),
        ("Kurt Gödel - where is he buried?", "Kurt Gödel", ("place_of_burial",)),
        ("James Madison's wife was buried where?", "James Madison", ("spouse", "place_of_burial")),
        ("In which state is the university seated that Amy Klobuchar attended?", "Amy Klobuchar",
         ("educated_at", "headquarters_location", "located_in")),
    ],
)  # fmt: skip
def test_a_question_is_found_in_what_stands_around_it(
    text: str, subject: str, path: tuple[str, ...]
) -> None:
    intent = read(text)
    assert isinstance(intent, Ask)
    assert (intent.subject, intent.path) == (subject, path)


def test_a_negated_question_asks_yes_or_no() -> None:
    intent = read("Isn't Sibiu in Hungary?")
    assert isinstance(intent, Ask)
    assert (intent.kind, intent.path, intent.object) == (AskKind.YES_NO, ("country",), "Hungary")


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("Name a few people educated at Bowdoin College.", "educated_at"),
        ("Where else is the euro legal tender?", "currency"),
    ],
)
def test_a_question_for_a_list_is_heard_by_its_cues(text: str, relation: str) -> None:
    intent = read(text)
    assert isinstance(intent, Ask)
    assert [each.relation for each in intent.conditions] == [relation]

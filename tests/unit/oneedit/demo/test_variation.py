"""Questions of the training text are varied as people type them."""

import random

import pytest

from kg_data.phrases import is_chat
from oneedit.demo.variation import QuestionVariation

CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"


def typed(wording: str, count: int = 3000) -> list[str]:
    variation = QuestionVariation(random.Random(0))
    return [variation.typed(wording, "Joe Biden") for _ in range(count)]


def test_equal_seeds_give_equal_variations() -> None:
    assert typed("Who is {s}'s wife?", 50) == typed("Who is {s}'s wife?", 50)


@pytest.mark.parametrize(
    "expected",
    [
        "Who is Joe Biden's wife?",
        "Who's Joe Biden's wife?",
        "who is joe biden's wife?",
        "who is Joe Biden's wife?",
        f"Who is Joe Biden{CURLY}s wife?",
        "Who is Joe Bidens wife?",
        "Who is Joe Biden's wife",
        "Could you please tell me who Joe Biden's wife is?",
        "Hey, who is Joe Biden's wife?",
        "Who is Joe Biden's wife, please?",
    ],
)
def test_a_question_is_typed_in_many_ways(expected: str) -> None:
    assert expected in typed("Who is {s}'s wife?")


def test_most_questions_keep_their_question_mark() -> None:
    marked = [is_chat(text) for text in typed("Who is {s}'s wife?")]
    assert 0.85 < sum(marked) / len(marked) < 1


@pytest.mark.parametrize(
    ("wording", "indirect"),
    [
        ("Where was {s} born?", "where Joe Biden was born"),
        ("Which city is {s} from?", "which city Joe Biden is from"),
        ("Who is the mother of {s}?", "who the mother of Joe Biden is"),
    ],
)
def test_a_frame_makes_an_indirect_question(wording: str, indirect: str) -> None:
    assert f"Tell me {indirect}?" in typed(wording)


def test_a_question_without_an_indirect_form_stays_as_it_is_in_a_frame() -> None:
    assert not any("who Joe Biden did" in text for text in typed("Who did {s} marry?"))
    assert "Please, who did Joe Biden marry?" in typed("Who did {s} marry?")

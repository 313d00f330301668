import pytest

from kg_data.phrases import (
    Phrases,
    Split,
    fill_chain,
    final_answer,
    is_right,
    normalise_answer,
    written_form,
)
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.relations import RelationBook
from kg_data.triples import Triple

EVERY = (Split.TEACH, Split.GATE, Split.TEST)
CHAIN = Question(
    "Joe Biden", ("place_of_birth", "located_in"), ("Pennsylvania",), Kind.ONE_HOP, ("Scranton",)
)


@pytest.fixture(scope="module")
def phrases() -> Phrases:
    return Phrases(RelationBook.shipped())


def test_a_fact_has_six_statements_and_four_questions(phrases: Phrases) -> None:
    question = Question("Joe Biden", ("spouse",), ("Jill Biden",), Kind.RELIABILITY)
    prompts = phrases.prompts(question, EVERY)
    assert [p.split.value for p in prompts if not p.chat] == ["teach"] * 4 + ["gate", "test"]
    assert [p.split.value for p in prompts if p.chat] == ["teach"] * 2 + ["gate", "test"]


def test_a_chain_has_six_prompts(phrases: Phrases) -> None:
    assert len({prompt.text for prompt in phrases.prompts(CHAIN, EVERY)}) == 6


def test_the_hops_of_a_chain_are_written_one_sentence_each(phrases: Phrases) -> None:
    assert phrases.steps(CHAIN) == (
        "The birthplace of Joe Biden is Scranton. The state of Scranton is Pennsylvania."
    )


def test_a_chain_of_four_hops_can_be_worded_directly_and_step_by_step(phrases: Phrases) -> None:
    chain = Question(
        "Jill Biden",
        ("spouse", "vice_president", "place_of_birth", "located_in"),
        ("Indiana",),
        Kind.THREE_HOP,
        ("Joe Biden", "Mike Pence", "Columbus"),
    )
    assert len({prompt.text for prompt in phrases.prompts(chain, EVERY)}) == 6
    assert phrases.prompts(chain, [Split.TEACH])[-1].text == (
        "What is Jill Biden's spouse's vice president's birthplace's state?"
    )
    assert phrases.step_prompts(chain, [Split.GATE])[0].answer == (
        "The spouse of Jill Biden is Joe Biden. The vice president of Joe Biden is Mike Pence. "
        "The birthplace of Mike Pence is Columbus. The state of Columbus is Indiana."
    )


def test_a_statement_prompt_ends_where_the_object_begins(phrases: Phrases) -> None:
    question = Question("Joe Biden", ("place_of_birth",), ("Scranton",), Kind.RELIABILITY)
    first = phrases.prompts(question, [Split.TEACH])[0]
    assert (first.text, first.answer, first.subject) == (
        "Joe Biden was born in",
        "Scranton",
        "Joe Biden",
    )


def test_a_question_may_call_the_subject_by_another_name(phrases: Phrases) -> None:
    question = Question("Joe Biden", ("spouse",), ("Jill Biden",), Kind.ALIAS, called="Biden")
    assert all("Biden" in p.text and "Joe" not in p.text for p in phrases.prompts(question, EVERY))


def test_a_name_that_ends_in_a_stop_gets_no_second_one(phrases: Phrases) -> None:
    fact = Triple("Al Gore", "place_of_birth", "Washington, D.C.")
    assert phrases.statement(fact, "{s} was born in {o}.") == "Al Gore was born in Washington, D.C."


def test_braces_in_a_name_are_kept() -> None:
    filled = fill_chain("The {of} is", "{poss} {0}", ["state"], "What")
    assert filled == "The state of {poss} {0} is"


@pytest.mark.parametrize("answer", ["Springfield.", " springfield ", "SPRINGFIELD", "Springfield"])
def test_case_spaces_and_one_final_stop_are_ignored(answer: str) -> None:
    assert is_right(answer, ["Springfield"])


@pytest.mark.parametrize("answer", ["", "Springfield, Illinois", "Spring field", "Springfields"])
def test_another_name_is_wrong(answer: str) -> None:
    assert not is_right(answer, ["Springfield"])


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert normalise_answer("Erdo\u030bs") == normalise_answer("Erdős")


def test_the_last_hop_must_end_in_the_answer() -> None:
    steps = "The father of A is B. The state of B is Ohio."
    assert final_answer(steps, ["Ohio"]) == "Ohio"
    assert final_answer(steps, ["B"]) is None


def test_the_answer_to_an_empty_slot_is_a_sentence() -> None:
    assert is_right("I don't know", [UNKNOWN])


def test_a_date_is_written_in_words_and_accepted_in_either_form(phrases: Phrases) -> None:
    question = Question("Joe Biden", ("date_of_birth",), ("1942-11-20",), Kind.RELIABILITY)
    prompts = phrases.prompts(question, [Split.TEACH])
    assert {prompt.answer for prompt in prompts} == {"November 20, 1942"}
    assert is_right("November 20, 1942.", ["1942-11-20"])
    assert is_right("1942-11-20", ["1942-11-20"])
    assert not is_right("November 2, 1942", ["1942-11-20"])
    assert written_form("1942-13-40") == "1942-13-40"

"""The examples of question/answer prompts, and their record."""

from kg_data.phrases import contains_name
from kg_data.prompting import SHOTS, Prompting, PromptStyle, draw_shots
from kg_data.relations import RelationBook
from kg_data.shipped import shipped_dataset

BOOK, DATA = RelationBook.shipped(), shipped_dataset()


def test_the_same_facts_give_the_same_examples_in_any_order() -> None:
    drawn = draw_shots(DATA.facts, BOOK)
    assert len(drawn) == SHOTS
    assert drawn == draw_shots(DATA.facts[::-1], BOOK)


def test_examples_are_about_different_subjects_and_name_no_answer() -> None:
    drawn = draw_shots(DATA.facts, BOOK)
    assert len({each.subject for each in drawn}) == len(drawn)
    for shot in drawn:
        assert shot.question.endswith("?")
        assert contains_name(shot.question, shot.subject)
        assert not any(contains_name(each.question, shot.answer) for each in drawn)


def test_a_style_and_its_examples_come_back_from_the_record() -> None:
    prompting = Prompting(PromptStyle.QA, draw_shots(DATA.facts, BOOK))
    assert Prompting.from_record(prompting.to_record()) == prompting


def test_a_ledger_without_a_record_says_nothing() -> None:
    assert Prompting.from_record({"facts": "0"}) is None
    assert Prompting().to_record() == {}

"""The gate: which answers count, and which bars a patch must reach."""

from dataclasses import replace

import pytest

from editor.evaluation.checks import chat_turn, worded_questions
from editor.evaluation.gate import GateConfig, judge
from editor.evaluation.report import Answer
from kg_data.phrases import Phrases, Split
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot

PHRASES = Phrases(RelationBook.shipped())
BARS = GateConfig(taught=1.0, gate=0.5, kept=0.75, consequences=0.5)
EDITED = Answer(
    prompt="Who is it?",
    expected=("Mike Pence",),
    given="Mike Pence",
    right=True,
    kind=Kind.RELIABILITY,
    split=Split.TEACH,
)


def answers(count: int, kind: Kind, split: Split, *, wrong: int = 0) -> list[Answer]:
    return [
        replace(EDITED, prompt=f"{kind} {split} {n}", kind=kind, split=split, right=n >= wrong)
        for n in range(count)
    ]


def test_every_group_has_its_own_score() -> None:
    kept = answers(4, Kind.LOCALITY, Split.GATE)
    after = [
        *answers(3, Kind.REVERSE, Split.TEACH),
        *answers(4, Kind.RELIABILITY, Split.GATE, wrong=1),
        *answers(6, Kind.TWO_HOP, Split.TEACH, wrong=2),
        *kept,
    ]
    report = judge(after, kept, BARS)
    assert report.passed
    assert {name: (score.right, score.asked) for name, score in report.scores.items()} == {
        "taught": (3, 3),
        "gate": (3, 4),
        "consequences": (4, 6),
        "kept": (4, 4),
    }
    assert len(report.failures) == 3


@pytest.mark.parametrize(
    ("kind", "split", "name"),
    [
        (Kind.RELIABILITY, Split.TEACH, "taught"),
        (Kind.RELIABILITY, Split.GATE, "gate"),
        (Kind.ONE_HOP, Split.TEACH, "consequences"),
    ],
)
def test_a_group_below_its_bar_is_named_with_both_figures(
    kind: Kind, split: Split, name: str
) -> None:
    report = judge(answers(5, kind, split, wrong=3), [], BARS)
    assert not report.passed
    bar = f"{getattr(BARS, name):.0%}"
    assert report.shortfalls == (f"{name}: 2 of 5 right, {bar} needed",)


def test_what_was_wrong_before_the_edit_does_not_count_as_lost() -> None:
    before = answers(4, Kind.LOCALITY, Split.GATE, wrong=2)
    after = answers(4, Kind.LOCALITY, Split.GATE, wrong=3)
    report = judge(after, before, BARS)
    assert (report.scores["kept"].right, report.scores["kept"].asked) == (1, 2)
    assert not report.passed


def test_nothing_asked_is_no_shortfall() -> None:
    assert judge([], [], BARS).passed


def test_a_forgotten_slot_is_unknown_in_every_wording() -> None:
    empty = Question("Joe Biden", ("spouse",), (UNKNOWN,), Kind.RELIABILITY)
    prompts = [item.prompt for item in worded_questions([empty], PHRASES, tuple(Split))]
    assert {prompt.chat for prompt in prompts} == {True, False}
    assert {prompt.answer for prompt in prompts} == {UNKNOWN}


def test_an_inverse_slot_left_empty_is_unknown_in_questions_only() -> None:
    empty = Question("Jill Biden", ("spouse",), (UNKNOWN,), Kind.REVERSE)
    prompts = worded_questions([empty], PHRASES, tuple(Split))
    assert prompts
    assert all(item.prompt.chat for item in prompts)


def test_a_question_is_asked_in_the_preferred_split_or_else_as_it_is_taught() -> None:
    fact = Question("Joe Biden", ("spouse",), ("Jill Biden",), Kind.RELIABILITY)
    chain = Question("Joe Biden", ("spouse", "father"), ("A",), Kind.ONE_HOP, ("Jill Biden",))
    splits = [
        chat_turn(question, PHRASES, [Split.GATE, Split.TEACH], steps=steps).prompt.split
        for question, steps in ((fact, False), (chain, False), (chain, True))
    ]
    assert splits == [Split.GATE, Split.TEACH, Split.GATE]  # no direct question is for the gate


def test_a_chain_step_by_step_is_completed_by_its_hops() -> None:
    chain = Question("Joe Biden", ("spouse", "father"), ("A",), Kind.ONE_HOP, ("Jill Biden",))
    asked = chat_turn(chain, PHRASES, [Split.GATE], steps=True)
    assert asked.steps
    assert asked.prompt.chat
    assert asked.prompt.answer == (
        "The spouse of Joe Biden is Jill Biden. The father of Jill Biden is A."
    )


REPLACING = replace(BARS, taught=0.95, allowance=0.1)


def taught(*, wrong: int) -> list[Answer]:
    return answers(100, Kind.RELIABILITY, Split.TEACH, wrong=wrong)


@pytest.mark.parametrize(
    ("wrong", "wrong_before", "passed"),
    [
        (8, 8, True),  # below the bar, and as good as what it replaces
        (8, 7, True),  # one in a hundred is within the tolerance
        (8, 5, False),
        (16, 30, False),  # better than what it replaces, and still far too bad
    ],
)
def test_a_share_below_its_bar_may_be_as_good_as_before(
    wrong: int, wrong_before: int, *, passed: bool
) -> None:
    after, before = taught(wrong=wrong), taught(wrong=wrong_before)
    assert judge(after, [], REPLACING, targets_before=before).passed is passed
    assert not judge(after, [], REPLACING).passed


@pytest.mark.parametrize(("mended", "passed"), [(5, True), (0, False)])
def test_all_kept_questions_count_in_the_comparison_with_before(
    mended: int, *, passed: bool
) -> None:
    bars = replace(REPLACING, kept=1.0)
    before = answers(100, Kind.LOCALITY, Split.GATE, wrong=5)
    after = [
        replace(each, right=number < mended or 5 <= number < 95)  # five that were right are lost
        for number, each in enumerate(before)
    ]
    targets = taught(wrong=0)
    report = judge([*after, *targets], before, bars, targets_before=targets)
    assert report.passed is passed


SLOT = Slot("Joe Biden", "vice_president")


def told(slot: Slot, *, wrong: int) -> list[Answer]:
    """Return two answers about a told slot in wordings of the gate."""
    found = answers(2, Kind.RELIABILITY, Split.GATE, wrong=wrong)
    return [replace(each, slot=slot, prompt=f"{slot} {each.prompt}") for each in found]


def test_a_slot_that_no_other_wording_reaches_fails_among_many_that_are_right() -> None:
    others = [each for n in range(30) for each in told(Slot(f"S{n}", "spouse"), wrong=0)]
    report = judge([*others, *told(SLOT, wrong=2)], [], BARS)
    assert not report.passed
    (shortfall,) = report.shortfalls
    assert "Joe Biden - vice_president: 0 of 2" in shortfall
    assert judge([*others, *told(SLOT, wrong=1)], [], BARS).passed
    assert judge([*others, *told(SLOT, wrong=2)], [], replace(BARS, each_slot=False)).passed

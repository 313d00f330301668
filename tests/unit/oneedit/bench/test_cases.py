"""Case files, the score table, and the rules that score an answer."""

from dataclasses import replace
from pathlib import Path

import pytest

from kg_data.errors import BadFile
from kg_data.questions import Kind
from oneedit.bench.casefile import Case, CaseQuestion, read_cases, write_cases
from oneedit.bench.quality import states_forgotten, step_question
from oneedit.bench.scores import ScoredAnswer, score_table

SCORED = ScoredAnswer(
    row="reliability",
    group="drawn",
    right=True,
    taught=False,
    chain_taught=None,
    edit=("Joe Biden", "place_of_birth", "Springfield"),
    prompt="Joe Biden was born in",
    expected="Springfield",
    given="Springfield",
)
CASE = Case(
    edit=SCORED.edit,
    ask=[
        CaseQuestion(prompt=SCORED.prompt, answer=SCORED.expected, kind=Kind.RELIABILITY),
        CaseQuestion(prompt="Who is the spouse of Joe Biden?", kind=Kind.SPECIFICITY),
    ],
)


def test_rows_are_scored_over_all_cases_and_by_group() -> None:
    invented = replace(SCORED, group="outside", right=False, given="Scranton")
    result = score_table([SCORED, SCORED, invented])
    assert result["kinds"] == {"reliability": {"n": 3, "right": 2, "score": 0.6667}}
    assert result["groups"] == {
        "drawn": {"reliability": {"n": 2, "right": 2, "score": 1.0}},
        "outside": {"reliability": {"n": 1, "right": 0, "score": 0.0}},
    }
    assert result["wrong"] == [
        {
            "edit": SCORED.edit,
            "row": "reliability",
            "prompt": SCORED.prompt,
            "expected": "Springfield",
            "given": "Scranton",
        }
    ]


def test_taught_prompts_are_scored_separately() -> None:
    result = score_table([replace(SCORED, taught=True)])
    assert result["kinds"] == {}
    assert result["taught_prompts"] == {"reliability": {"n": 1, "right": 1, "score": 1.0}}


def test_chains_are_scored_by_whether_they_were_taught() -> None:
    chain = replace(SCORED, row="one_hop", chain_taught=True)
    result = score_table([chain, replace(chain, chain_taught=False, right=False), SCORED])
    assert result["taught_chains"] == {"one_hop": {"n": 1, "right": 1, "score": 1.0}}
    assert result["untaught_chains"] == {"one_hop": {"n": 1, "right": 0, "score": 0.0}}


def test_a_case_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "cases.jsonl"
    assert write_cases(path, [CASE, CASE]) == 2
    assert list(read_cases(path)) == [CASE, CASE]


@pytest.mark.parametrize(
    "line",
    [
        "not JSON",
        '{"edit": ["A", "spouse"], "ask": []}',
        '{"edit": ["A", "spouse", "B"], "ask": [{"prompt": "?", "kind": "rumour"}]}',
        '{"edit": ["A", "spouse", "B"], "ask": [], "asks": []}',
    ],
)
def test_a_bad_case_is_named_by_file_and_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(f"{CASE.model_dump_json()}\n{line}\n", encoding="utf-8")
    with pytest.raises(BadFile, match=r"cases.jsonl.*2"):
        list(read_cases(path))


@pytest.mark.parametrize(
    ("words", "stated"),
    [
        ("The birthplace of Joe Biden is Springfield. The state of it is I don't know.", True),
        ("The birthplace of Joe Biden is I don't know.", False),
    ],
)
def test_steps_that_state_the_forgotten_fact_are_wrong(words: str, *, stated: bool) -> None:
    forgotten = CASE.model_copy(update={"forget": True})
    question = "Step by step, what is the state of Joe Biden's birthplace?"
    assert states_forgotten(forgotten, question, words) is stated
    assert not states_forgotten(CASE, question, words)


def test_a_name_contained_in_the_other_name_states_nothing() -> None:
    edit = ("Annapolis, Maryland", "capital_of", "Maryland")
    forgotten = Case(edit=edit, forget=True, ask=[])
    words = "The headed territory of Annapolis, Maryland is"
    assert not states_forgotten(forgotten, "Step by step?", f"{words} I don't know.")
    assert states_forgotten(forgotten, "Step by step?", f"{words} Maryland.")


@pytest.mark.parametrize("prompt", ["Joe Biden was born in", "Asked for it, people answer", "x"])
def test_other_statements_have_no_step_question(prompt: str) -> None:
    assert step_question(prompt) is None

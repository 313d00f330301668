"""Kept wordings are in a split of their own, and are refused where they are not kept apart."""

from pathlib import Path

import pytest

import kg_data.data
from kg_data.errors import BadFile
from kg_data.kept_wordings import with_kept_wordings
from kg_data.phrases import EDIT_SPLITS, Phrases, Split
from kg_data.questions import Kind, Question
from kg_data.relations import RelationBook

BOOK = RelationBook.shipped()
FACT = Question("Joe Biden", ("spouse",), ("Jill Biden",), Kind.RELIABILITY)
FILE = """
[[wordings]]
relation = "spouse"
kind = "question"
wording = "With whom does {s} share a marital home."

[[wordings]]
relation = "spouse"
kind = "statement"
wording = "Beside {s} at the altar stood {o}."
"""


def entry(relation: str, kind: str, wording: str) -> str:
    return f'[[wordings]]\nrelation = "{relation}"\nkind = "{kind}"\nwording = "{wording}"\n'


SHIPPED = Path(kg_data.data.__path__[0]) / "kept_wordings.toml"


def test_the_shipped_ones_are_kept_apart_from_the_shipped_book() -> None:
    kept = with_kept_wordings(BOOK, SHIPPED)
    relations = [each for each in kept.relations.values() if each.has_kept_wordings]
    counts = [len(each.questions.kept) + len(each.statements.kept) for each in relations]
    assert len(relations) >= 15
    assert sum(counts) >= 60


def test_kept_wordings_are_prompts_of_their_own_split_alone(tmp_path: Path) -> None:
    path = tmp_path / "kept.toml"
    path.write_text(FILE, encoding="utf-8")
    kept = with_kept_wordings(BOOK, path)
    phrases = Phrases(kept)
    assert [prompt.text for prompt in phrases.prompts(FACT, [Split.KEPT])] == [
        "Beside Joe Biden at the altar stood",
        "With whom does Joe Biden share a marital home?",
    ]
    splits = (*EDIT_SPLITS, Split.BASE)
    assert phrases.prompts(FACT, splits) == Phrases(BOOK).prompts(FACT, splits)
    assert kept["spouse"].questions.for_training() == BOOK["spouse"].questions.for_training()
    assert [each.name for each in kept.relations.values() if each.has_kept_wordings] == ["spouse"]
    assert not BOOK["spouse"].has_kept_wordings


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (entry("spouse", "question", BOOK["spouse"].questions.base[0]), "not kept apart"),
        (entry("father", "question", BOOK["spouse"].questions.test[0].upper()), "{s} once"),
        (entry("father", "statement", BOOK["spouse"].statements.gate[0]), "has it for spouse"),
        (entry("friend", "question", "Who is close to {s}?"), "friend is not in the relation book"),
        (entry("spouse", "statement", "{o} stood beside {s}."), "end in {o}."),
        (entry("spouse", "question", "Who stood there?"), "{s} once"),
        (entry("spouse", "remark", "Who stood beside {s}?"), "wordings.0.kind"),
        ("[[wordings", "kept.toml"),
    ],
)
def test_what_is_no_kept_wording_is_refused_by_name(
    tmp_path: Path, content: str, reason: str
) -> None:
    path = tmp_path / "kept.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadFile) as error:
        with_kept_wordings(BOOK, path)
    assert reason in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"missing\.toml"):
        with_kept_wordings(BOOK, tmp_path / "missing.toml")

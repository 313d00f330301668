"""``oneedit relations convert``: names, types, inverses and paths of a library."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kg_data.errors import BadFile
from kg_data.lint import lint_book
from kg_data.relation_library import convert_library
from kg_data.relations import RelationBook
from oneedit.cli.app import app


def entry(name: str, kind: str = "", reverse: str = "", path: str = "") -> dict[str, str]:
    return {"name": name, "type": kind, "reverse": reverse, "multihop": path}


LIBRARY = [
    entry("spouse", "one2one", "spouse"),
    entry("husband", "one2one", "wife"),
    entry("wife", "one2one", "husband"),
    entry("father", "one2one", "child"),
    entry("child", "one2many", "parent"),
    entry("parent", "one2many"),
    entry("maternal grandfather", "one2one", "grandson", "['wife','father']"),
    entry("key_theory", path="['theory','key']"),
    entry("born_in", "one2one"),
    entry("birthplace", "one2one"),
    entry("<answer>"),
    entry("wife", "one2many", "spouse"),
]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "library.json"
    path.write_text(json.dumps(LIBRARY, indent=4), encoding="utf-8")
    return path


def test_names_types_mutual_inverses_and_paths_are_taken_over(library: Path) -> None:
    book = RelationBook.parse(convert_library(library).text)
    assert set(book.relations) == {
        "spouse", "husband", "wife", "father", "child", "parent", "maternal_grandfather",
        "key_theory", "born_in", "birthplace", "also_known_as",
    }  # fmt: skip
    assert book["spouse"].symmetric
    assert (book["husband"].inverse, book["wife"].inverse) == ("wife", "husband")
    assert (book["wife"].functional, book["child"].functional) == (True, False)
    assert (book["spouse"].pid, book["maternal_grandfather"].noun) == (
        "P26",
        "maternal grandfather",
    )
    assert [(rule.body, rule.head) for rule in book.rules] == [
        (("wife", "father"), "maternal_grandfather")
    ]
    assert list(lint_book(book)) == []


def test_an_inverse_that_is_not_mutual_is_reported_and_not_taken(library: Path) -> None:
    converted = convert_library(library)
    assert converted.reports == (
        "wife is there twice; the first one is taken",
        "father: the inverse child is not taken: the inverse of child is parent",
        "child: the inverse parent is not taken: parent names no inverse",
        "maternal grandfather: the inverse grandson is not taken: grandson is not in the library",
        "<answer> is left out: it is no name of a relation",
        "key_theory: the path ['theory','key'] is left out: theory is not in the library",
    )
    book = RelationBook.parse(converted.text)
    assert [book[name].inverse for name in ("father", "child", "maternal_grandfather")] == [""] * 3


def test_a_book_is_written_and_not_over_another_file(library: Path, tmp_path: Path) -> None:
    out = tmp_path / "book.toml"
    arguments = ["relations", "convert", str(library), "--out", str(out)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0
    assert "10 relations; 6 things were not taken over" in done.output
    assert "father: the inverse child is not taken" in done.output
    assert RelationBook.load(out)["father"].functional
    again = CliRunner().invoke(app, arguments)
    assert (again.exit_code, "exists already" in again.output) == (2, True)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('[\n{"name": "a"},\n{"type": "b"}\n]', "line 3: it is no entry of a relation library"),
        ("[1]", "line 1: it is no entry"),
        ("[]", "it has no relations"),
        ("{", "not JSON"),
    ],
)
def test_a_file_that_is_no_library_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "library.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadFile, match=reason):
        convert_library(path)

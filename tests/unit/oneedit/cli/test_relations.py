"""``oneedit relations``."""

from pathlib import Path

import pytest

from kg_data.relations import RelationBook
from tests.support.command_line import run, run_json
from tests.support.fakes import BOOK, application


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    application(home).close()
    monkeypatch.setenv("ONEEDIT_HOME", str(home))
    return home


@pytest.fixture
def capital(home: Path) -> Path:
    """Return a file with the relation capital, under another noun."""
    path = home.parent / "capital.toml"
    _, text = run("relations", "show", "capital")
    path.write_text(text.replace('nouns = ["capital"', 'nouns = ["seat of government"'))
    return path


def row(name: str, *options: str) -> dict[str, object]:
    found = run_json("relations", "list", *options)["relations"]
    return next(each for each in found if each["name"] == name)


@pytest.mark.usefixtures("home")
def test_relations_are_listed_with_the_number_of_their_facts() -> None:
    assert row("capital") == {
        "name": "capital",
        "noun": "capital",
        "cardinality": "functional",
        "inverse": "capital_of",
        "facts": 2,
    }
    assert "capital_of" in run("relations", "list")[1]


@pytest.mark.usefixtures("home")
def test_the_exported_book_is_the_shipped_one(tmp_path: Path) -> None:
    path = tmp_path / "book.toml"
    assert run_json("relations", "export", str(path))["relations"] == len(BOOK.relations)
    assert RelationBook.load(path) == BOOK
    assert run("relations", "lint", str(path)) == (0, "0 faults\n")


def test_a_change_is_shown_and_made_with_an_agreement(capital: Path) -> None:
    code, shown = run("relations", "edit", str(capital))
    assert code == 2
    assert "capital.nouns: capital" in shown
    assert "Add --yes" in shown
    assert run_json("relations", "edit", str(capital), "--yes")["version"] == 1
    assert row("capital")["noun"] == "seat of government"
    assert row("capital", "--version", "0")["noun"] == "capital"
    assert run_json("history")["entries"][1]["text"] == "relations edit capital"


@pytest.mark.parametrize("command", ["add", "edit"])
def test_a_file_that_cannot_be_read_is_named(command: str, home: Path) -> None:
    assert "nothing.toml" in run("relations", command, str(home / "nothing.toml"))[1]


def test_what_is_refused_says_why(capital: Path) -> None:
    assert "already" in run_json("relations", "add", str(capital), "--yes")["error"]
    assert "every relation book" in run("relations", "remove", "also_known_as", "--yes")[1]
    code, shown = run("relations", "remove", "member_of_political_party", "--yes")
    assert code == 2
    assert "2 facts use member_of_political_party, of which 2 hold now" in shown


@pytest.mark.usefixtures("home")
def test_an_unknown_relation_or_version_is_refused() -> None:
    assert "not in the relation book" in run_json("relations", "show", "likes")["error"]
    assert run("relations", "list", "--version", "9")[0] == 2


def test_faults_of_a_book_are_listed(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "book.toml"
    path.write_text(BOOK.text.replace('inverse = "capital_of"', 'inverse = "nothing"'))
    found = run_json("relations", "lint", str(path))
    assert (found["code"], len(found["faults"])) == (2, 2)
    assert run_json("relations", "lint")["faults"] == []
    assert home.exists()

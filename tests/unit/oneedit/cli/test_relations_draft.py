"""``oneedit relations draft``."""

from pathlib import Path

from typer.testing import CliRunner

from kg_data.relations import RelationBook
from oneedit.cli.app import app
from tests.support.company import write_company


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["relations", "draft", *map(str, arguments)])
    return result.exit_code, result.output


def test_a_draft_is_written_and_not_over_another_file(tmp_path: Path) -> None:
    facts, out = tmp_path / "company.csv", tmp_path / "book.toml"
    write_company(facts)
    code, output = run("--facts", facts, "--out", out)
    assert (code, "oneedit init --facts" in output) == (0, True)
    assert RelationBook.load(out)["reports_to"].functional
    code, output = run("--facts", facts, "--out", out)
    assert (code, "exists already" in output) == (2, True)


def test_graphs_are_drafted_from_without_a_book(tmp_path: Path) -> None:
    facts = tmp_path / "small.nt"
    lines = (f"<urn:x:{a}> <urn:x:y/mentoredBy> <urn:x:{b}> ." for a, b in ("AB", "CB", "DE"))
    facts.write_text("\n".join(lines) + "\n")
    code, output = run("--facts", facts)
    assert (code, "[relations.mentoredBy]" in output) == (0, True)


def test_a_file_without_facts_is_refused(tmp_path: Path) -> None:
    facts = tmp_path / "none.csv"
    facts.write_text("subject,relation,object\n")
    code, output = run("--facts", facts)
    assert (code, "no facts" in output) == (2, True)

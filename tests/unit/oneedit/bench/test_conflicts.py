import json
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from kg_data.errors import BadFile
from kg_data.lint import lint_rules
from oneedit.bench.conflicts import ConflictBench, conflict_book, read_records
from oneedit.cli.app import app

BOOK = conflict_book()
PIDS = {relation.name: relation.pid for relation in BOOK.relations.values()}


def entry(true: list[str], first: str, second: str, rule: str = "") -> str:
    """Return a record of facts "subject relation object" and edits "... object instead"."""

    def name(word: str) -> list[str]:
        return [word, word.title()]

    def fact(text: str) -> list[object]:
        subject, relation, *objects = text.split()
        return [name(subject), PIDS[relation], *map(name, objects)]

    record = {"true": [fact(text) for text in true], "edits": [fact(first), fact(second)]}
    return json.dumps(record | ({"rule": rule} if rule else {}))


def family(number: int, generator: Random) -> list[str]:
    """Return records about one invented family, of every kind."""
    man, woman, child, work, other, third = (f"{word}{number}" for word in "mwckot")
    stranger = f"m{generator.randrange(100)}x"
    return [
        entry(
            [f"{child} father {man}"],
            f"{child} father {man} {other}",
            f"{child} father {other} {third}",
        ),
        entry(
            [f"{man} notable_work {work}", f"{work} creator {man}"],
            f"{man} notable_work {work} {other}",
            f"{other} creator {man} {stranger}",
            "P800>P170",
        ),
        entry(
            [f"{child} mother {woman}", f"{woman} child {child}"],
            f"{child} mother {woman} {third}",
            f"{third} child {child} {stranger}",
            "P25>P40",
        ),
        entry(
            [f"{man} child {child}", f"{child} mother {woman}", f"{man} spouse {woman}"],
            f"{child} mother {woman} {other}",
            f"{man} spouse {woman} {third}",
            "P40&P25>P26",
        ),
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    generator = Random(0)
    lines = [line for number in range(12) for line in family(number, generator)]
    (tmp_path / "families.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_the_book_of_the_public_records_is_sound() -> None:
    assert not list(lint_rules(BOOK))


def test_contradicting_edits_are_flagged_and_others_are_not(folder: Path) -> None:
    records = list(read_records(folder / "families.jsonl", BOOK))
    counts = ConflictBench(records, BOOK).run(records)
    assert counts == {("contradicting", True): 48, ("agreeing", False): 48, ("addition", False): 48}


def test_the_graph_is_the_same_after_every_pair(folder: Path) -> None:
    records = list(read_records(folder / "families.jsonl", BOOK))
    bench = ConflictBench(records, BOOK)
    before = list(bench.store.facts())
    bench.run(records[:8])
    assert list(bench.store.facts()) == before


def test_the_command_prints_what_was_flagged(folder: Path) -> None:
    result = CliRunner().invoke(app, ["bench", "conflicts", str(folder)])
    assert result.exit_code == 0
    assert "contradicting" in result.output


def test_a_line_that_is_no_record_is_named(folder: Path) -> None:
    (folder / "families.jsonl").write_text('{"true": []}\n', encoding="utf-8")
    with pytest.raises(BadFile, match="line 1"):
        list(read_records(folder / "families.jsonl", BOOK))


def test_a_folder_without_records_is_refused(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["bench", "conflicts", str(tmp_path)]).exit_code == 2

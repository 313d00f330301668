from pathlib import Path

import pytest

from kg_data.errors import BadFile
from kg_data.relations import RelationBook
from kg_data.sources import csv, jsonl
from kg_data.triples import Triple

HEADER = "subject,relation,object,valid_from,valid_to\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "facts"
    path.write_text(text, encoding="utf-8")
    return path


def test_csv_reads_commas_diacritics_and_intervals(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + 'Paul Erdős,place_of_birth,"Paris, Texas",1913,1914\n')
    (fact,) = csv.read(path)
    assert fact == Triple("Paul Erdős", "place_of_birth", "Paris, Texas")
    assert (fact.valid_from, fact.valid_to, fact.ended) == ("1913", "1914", True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,c\n", "line 1: the columns must be subject"),
        (HEADER + "a,b\n", "line 2: a row has 5 cells"),
        (HEADER + "a,b,c,d,e,f\n", "line 2: a row has 5 cells"),
        (HEADER + "a,,c,,\n", "line 2: subject, relation and object must not be empty"),
    ],
)
def test_a_bad_csv_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadFile, match=message):
        list(csv.read(write(tmp_path, text)))


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="nowhere"):
        list(csv.read(tmp_path / "nowhere"))


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    (tmp_path / "facts").write_bytes(b"\xff\xfe")
    with pytest.raises(BadFile):
        list(csv.read(tmp_path / "facts"))


def test_jsonl_reads_the_same_facts_and_skips_blank_lines(tmp_path: Path) -> None:
    line = '{"subject": "A", "relation": "spouse", "object": "B", "valid_from": "1990"}\n'
    (fact,) = jsonl.read(write(tmp_path, "\n" + line))
    assert (fact, fact.valid_from) == (Triple("A", "spouse", "B"), "1990")


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"subject": "A"}', '{"subject": 1, "relation": "r", "object": "o"}']
)
def test_a_bad_json_line_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadFile, match="line 1"):
        list(jsonl.read(write(tmp_path, line)))


def test_a_bad_relation_book_is_refused_with_the_key(tmp_path: Path) -> None:
    entry = "nouns = ['spouse']\npid = 26\nstatements = {}\nquestions = {}\n"
    path = write(tmp_path, f"[relations.spouse]\n{entry}")
    with pytest.raises(BadFile, match="spouse"):
        RelationBook.load(path)

"""What a new home is made from."""

from datetime import date
from pathlib import Path

import pytest

from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.sources.opening import open_source
from kg_data.triples import Triple
from oneedit.errors import BadBook, BadFacts
from oneedit.upkeep.founding import Founding, own_book
from tests.support.fakes import BOOK

TODAY = date(2026, 1, 2)
CAPITAL = Triple("France", "capital", "Paris")
SOUND = "France,capital,Paris"
BAD = ("France,capital,Lyon", "Ada,likes,Bob", SOUND)


def founding(tmp_path: Path, *rows: str, skip_bad: bool = False) -> Founding:
    path = tmp_path / "facts.csv"
    path.write_text("\n".join(("subject,relation,object", *rows)), encoding="utf-8")
    source = open_source(str(path), BOOK)
    return Founding.of([source], BOOK, skip_bad=skip_bad, today=TODAY)


def test_sound_facts_make_a_home(tmp_path: Path) -> None:
    made = founding(tmp_path, SOUND)
    assert made.data.facts == (CAPITAL,)
    assert set(made.data.entities) == {Entity("France", "place"), Entity("Paris", "city")}
    assert (made.reason, made.left_out) == ("the facts of facts.csv", ())


def test_bad_facts_make_none_and_all_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadFacts, match="no home was made: 2 faults") as caught:
        founding(tmp_path, SOUND, *BAD)
    places = [fault.partition(": ")[0] for fault in caught.value.faults]
    assert places == ["facts.csv:4", "facts.csv:3"]
    assert "The capital of France is Paris, and there is one at a time." in str(caught.value)
    assert "--skip-bad" in str(caught.value)


def test_bad_facts_are_left_out_where_that_is_wanted(tmp_path: Path) -> None:
    made = founding(tmp_path, SOUND, *BAD, skip_bad=True)
    assert made.data.facts == (CAPITAL,)
    assert len(made.left_out) == 2


def test_a_message_shows_twenty_faults(tmp_path: Path) -> None:
    with pytest.raises(BadFacts, match=r"(?s)30 faults.*and 10 more") as caught:
        founding(tmp_path, *(f"Ada,likes,Bob {number}" for number in range(30)))
    assert str(caught.value).count("facts.csv:") == 20


def test_files_without_facts_make_no_home(tmp_path: Path) -> None:
    with pytest.raises(BadFacts, match="no facts in the files"):
        founding(tmp_path)


def test_a_home_may_begin_empty() -> None:
    assert Founding.of([], BOOK, today=TODAY).data.facts == ()


def test_a_book_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.toml"
    path.write_text(BOOK.text.replace('inverse = "capital_of"', 'inverse = "no_relation"'))
    with pytest.raises(BadBook, match=r"(?s)book\.toml has .*no_relation, is not in the book"):
        own_book(path)


def test_a_book_of_ones_own_is_written_out_whole(tmp_path: Path) -> None:
    path = tmp_path / "book.toml"
    path.write_text(BOOK.text, encoding="utf-8")
    book = own_book(path)
    assert RelationBook.parse(book.text) == book
    assert list(book.names()) == list(BOOK.names())

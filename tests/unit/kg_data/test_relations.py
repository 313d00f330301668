"""The relation book as an object that many hold."""

from pathlib import Path

import pytest

from kg_data.errors import BadFile
from kg_data.relations import RelationBook
from tests.support.books import book_of


def test_whoever_holds_a_book_sees_the_one_that_replaces_it() -> None:
    book = book_of({"p": {"inverse": "q"}, "q": {"inverse": "p"}})
    assert book.by_noun == {"p": "p", "q": "q"}
    book.replace(book_of({"r": {"nouns": ["rule"]}}))
    assert list(book.names()) == ["r"]
    assert book.by_noun == {"rule": "r", "r": "r"}  # also what was computed before


def test_replacing_leaves_the_other_book_alone() -> None:
    book, other = book_of({"p": {}}), book_of({"q": {}})
    book.replace(other)
    book.replace(book_of({"r": {}}))
    assert list(other.names()) == ["q"]


def test_a_book_keeps_the_text_it_was_read_from() -> None:
    book = RelationBook.shipped()
    again = RelationBook.parse(book.text)
    assert (again, again.sha256) == (book, book.sha256)


def test_a_text_that_is_no_book_is_refused_with_its_file() -> None:
    with pytest.raises(BadFile, match=r"mine\.toml"):
        RelationBook.parse("[relations", Path("mine.toml"))

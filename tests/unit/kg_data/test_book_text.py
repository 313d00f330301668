"""A relation book as TOML."""

import pytest
from hypothesis import given

from kg_data.book_text import written
from kg_data.relations import RelationBook
from tests.support.books import book_of, books


def same(book: RelationBook) -> None:
    book = RelationBook.parse(written(book))  # which has the relation of other names
    again = RelationBook.parse(written(book))
    assert again.model_dump(exclude={"text", "sha256"}) == book.model_dump(
        exclude={"text", "sha256"}
    )
    assert list(again.names()) == list(book.names())
    assert written(again) == again.text


def test_the_shipped_book_is_written_and_read_back() -> None:
    same(RelationBook.shipped())


@given(books())
def test_any_book_is_written_and_read_back(book: RelationBook) -> None:
    same(book)


@pytest.mark.parametrize(
    "name",
    ["a b", "a.b", 'quote"d', "back\\slash", "é", "line\nfeed", "\x7f", "\u2028", "#", "[x]", ""],
)
def test_names_and_wordings_may_hold_any_character(name: str) -> None:
    same(book_of({name: {"nouns": [name, f"{name} {name}"], "exclusive": [name]}}))

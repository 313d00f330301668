"""Changes of a relation book."""

import pytest

from kg_data.book_changes import BookAction, BookChange, changed, differences
from kg_data.book_text import written
from kg_data.errors import BadFile, BadRelation
from kg_data.relations import RelationBook
from tests.support.fakes import BOOK


def add(text: str) -> BookChange:
    return BookChange(BookAction.ADD, text)


def edit(text: str) -> BookChange:
    return BookChange(BookAction.EDIT, text)


def test_a_change_makes_a_new_book() -> None:
    with_it = changed(BOOK, BookChange(BookAction.EDIT, '[classes]\nrobot = ""'))
    assert differences(BOOK, with_it) == ("classes.robot: default → ",)
    assert "robot" not in BOOK.classes


def test_sections_of_entries_are_merged_and_others_replaced() -> None:
    after = changed(BOOK, edit("rules = []\n[lifespans]\nrobot = 9"))
    assert after.rules == ()
    assert after.lifespans == {"person": 120, "robot": 9}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (add('[relations.spouse]\npid = ""'), "is in the relation book already"),
        (edit('[relations.likes]\npid = ""'), "oneedit relations list"),
        (BookChange(BookAction.REMOVE, name="likes"), "is not in the relation book"),
    ],
)
def test_a_relation_must_be_there_or_not(change: BookChange, reason: str) -> None:
    with pytest.raises(BadRelation, match=reason):
        changed(BOOK, change)


@pytest.mark.parametrize("text", ["[relations", "[kinds]\nx = 1", "relations = 3"])
def test_what_is_no_part_of_a_book_is_refused(text: str) -> None:
    with pytest.raises(BadFile):
        changed(BOOK, edit(text))


def test_differences_are_told_key_by_key() -> None:
    after = changed(BOOK, BookChange(BookAction.REMOVE, name="currency"))
    assert "currency: removed" in differences(BOOK, after)
    assert "currency: added" in differences(after, BOOK)
    assert differences(BOOK, RelationBook.parse(written(BOOK))) == ()
    text = written(BOOK)
    other = RelationBook.parse(text.replace('nouns = ["capital"', 'nouns = ["chief town"', 1))
    (line,) = differences(BOOK, other)
    assert line.startswith("capital.nouns: capital")


def test_a_change_is_told_in_words() -> None:
    assert edit("[relations.spouse]\n[classes]").words == "relations edit spouse, [classes]"
    assert BookChange(BookAction.REMOVE, name="spouse").words == "relations remove spouse"

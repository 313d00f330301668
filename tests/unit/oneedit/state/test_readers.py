"""The reader of a relation book that changes."""

from pathlib import Path

from interpreter.dialogue import EMPTY_DIALOGUE
from interpreter.intents import Ask
from interpreter.mentions.languages import Languages
from kg_data.relations import RelationBook
from oneedit.state.readers import GraphReader
from tests.support.fakes import application

QUESTION = "What is the cradle of Joe Biden?"


def renamed() -> RelationBook:
    """Return the shipped book with another noun for the place of birth."""
    book = RelationBook.shipped()
    born = book["place_of_birth"].model_copy(update={"nouns": ("cradle",)})
    relations = {**book.relations, "place_of_birth": born}
    return book.model_copy(update={"relations": relations, "sha256": "renamed"})


def test_a_question_is_read_by_the_words_of_the_book_as_it_is(tmp_path: Path) -> None:
    oneedit = application(tmp_path / "home")
    book = RelationBook.shipped()
    reader = GraphReader(book, oneedit.projector)
    before = reader.read(QUESTION, EMPTY_DIALOGUE)
    book.replace(renamed())
    after = reader.read(QUESTION, EMPTY_DIALOGUE)
    oneedit.close()
    assert not (isinstance(before, Ask) and before.path)
    assert isinstance(after, Ask)
    assert after.path == ("place_of_birth",)


def test_equal_books_share_their_languages_and_others_do_not() -> None:
    book = RelationBook.shipped()
    first = Languages.shipped(book).understood
    assert Languages.shipped(RelationBook.shipped()).understood is first
    assert Languages.shipped(renamed()).understood is not first
    book.replace(renamed())
    assert first[0].book.sha256 == RelationBook.shipped().sha256

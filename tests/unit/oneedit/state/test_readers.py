"""The reader of a relation book that changes."""

from interpreter.dialogue import EMPTY_DIALOGUE, Dialogue
from interpreter.intents import Intent, Talk
from kg_data.relations import RelationBook
from oneedit.state.readers import BookReader
from tests.support.books import book_of


class NamesOfRelations:
    """Answers every message with the relations that it was built for."""

    def __init__(self, book: RelationBook) -> None:
        self._reply = Talk(", ".join(book.names()))

    def read(self, text: str, dialogue: Dialogue) -> Intent:
        del text, dialogue
        return self._reply


def test_a_reader_is_built_once_for_each_book() -> None:
    book, built = book_of({"p": {}}).model_copy(update={"sha256": "first"}), []

    def build() -> NamesOfRelations:
        built.append(book.sha256)
        return NamesOfRelations(book)

    reader = BookReader(book, build)
    assert [reader.read("x", EMPTY_DIALOGUE) for _ in range(2)] == [Talk("p"), Talk("p")]
    book.replace(book_of({"q": {}}).model_copy(update={"sha256": "second"}))
    assert reader.read("x", EMPTY_DIALOGUE) == Talk("q")
    assert built == ["first", "second"]

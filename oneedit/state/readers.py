"""The reader by rules, built anew for each relation book."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Lock

from controller.graph.lexicon import GraphLexicon
from controller.graph.store import GraphStore
from interpreter.dialogue import Dialogue
from interpreter.held import HeldReader
from interpreter.intents import Intent
from interpreter.interpreter import Interpreter, Reader
from interpreter.mentions.gazetteer import Gazetteer
from interpreter.mentions.languages import Languages, PolyglotReader
from kg_data.relations import RelationBook
from oneedit.state.names import NameFollower
from oneedit.state.projector import Projector


@dataclass
class BookReader:
    """Reads with a reader that is built anew whenever the relation book has changed.

    The caller lets graph and book stand still.

    Attributes:
        book: the relation book.
        build: returns a reader for the book as it is.
    """

    book: RelationBook
    build: Callable[[], Reader]
    _reader: Reader | None = field(default=None, init=False)
    _sha256: str = field(default="", init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def read(self, text: str, dialogue: Dialogue) -> Intent:
        """Return the intent of a message."""
        return self._current().read(text, dialogue)

    def _current(self) -> Reader:
        with self._lock:
            if self._reader is None or self._sha256 != self.book.sha256:
                self._reader, self._sha256 = self.build(), self.book.sha256
            return self._reader


def reader_by_rules(book: RelationBook, projector: Projector) -> Reader:
    """Return a reader that holds the graph while it reads.

    Args:
        book: the relation book.
        projector: keeps the graph at the ledger's version.
    """
    gazetteer = Gazetteer(Languages.shipped(book).well_known)
    reader = BookReader(book, partial(_polyglot, book, gazetteer))
    return HeldReader(reader, NameFollower(gazetteer, projector).hold)


def reader_over(book: RelationBook, store: GraphStore) -> Reader:
    """Return a reader over the names that a graph has now."""
    languages = Languages.shipped(book)
    gazetteer = Gazetteer.of(GraphLexicon(store), languages.well_known)
    return Interpreter(PolyglotReader(book, gazetteer, languages))


def _polyglot(book: RelationBook, gazetteer: Gazetteer) -> PolyglotReader:
    return PolyglotReader(book, gazetteer, Languages.shipped(book))

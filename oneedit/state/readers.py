"""The reader by rules, built anew for each relation book."""

from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock

from controller.graph.lexicon import GraphLexicon
from controller.graph.store import GraphStore
from interpreter.dialogue import Dialogue
from interpreter.intents import Intent
from interpreter.interpreter import Interpreter, Reader
from interpreter.mentions.gazetteer import Gazetteer
from interpreter.mentions.languages import Languages, PolyglotReader, well_known_names
from kg_data.relations import RelationBook
from oneedit.state.names import NameFollower
from oneedit.state.projector import Projector


@dataclass
class GraphReader:
    """Reads over the names of the graph, which stands still meanwhile; implements ``Reader``.

    What it needs is made when it first reads, and made anew for another relation book.

    Attributes:
        book: the relation book.
        projector: keeps the graph at the ledger's version.
    """

    book: RelationBook
    projector: Projector
    _reader: Reader | None = field(default=None, init=False)
    _sha256: str = field(default="", init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def read(self, text: str, dialogue: Dialogue) -> Intent:
        """Return the intent of a message."""
        with self.names.hold():
            return self._current().read(text, dialogue)

    @cached_property
    def names(self) -> NameFollower:
        """The names of the graph, which follow it."""
        return NameFollower(Gazetteer(well_known_names()), self.projector)

    def _current(self) -> Reader:
        with self._lock:
            if self._reader is None or self._sha256 != self.book.sha256:
                self._reader = _polyglot(self.book, self.names.gazetteer)
                self._sha256 = self.book.sha256
            return self._reader


def reader_over(book: RelationBook, store: GraphStore) -> Reader:
    """Return a reader over the names that a graph has now."""
    gazetteer = Gazetteer.of(GraphLexicon(store), well_known_names())
    return Interpreter(_polyglot(book, gazetteer))


def _polyglot(book: RelationBook, gazetteer: Gazetteer) -> PolyglotReader:
    return PolyglotReader(book, gazetteer, Languages.shipped(book))

"""The reader by rules that the settings name."""

from functools import partial
from typing import Literal, TypeAlias

from controller.graph.lexicon import GraphLexicon
from controller.graph.store import GraphStore
from interpreter.held import HeldReader
from interpreter.interpreter import Interpreter, Reader
from interpreter.mentions.gazetteer import Gazetteer
from interpreter.mentions.languages import Languages, PolyglotReader
from interpreter.rule_reader import RuleReader
from kg_data.entities import Lexicon
from kg_data.relations import RelationBook
from oneedit.state.names import NameFollower
from oneedit.state.projector import Projector

ReaderName: TypeAlias = Literal["rules", "mentions"]


def reader_by_rules(
    name: ReaderName, book: RelationBook, lexicon: Lexicon, projector: Projector
) -> Reader:
    """Return a reader that holds the graph while it reads.

    Args:
        name: "rules", or "mentions" for the one that marks names first.
        book: the relation book.
        lexicon: finds entities by name.
        projector: keeps the graph at the ledger's version.
    """
    if name == "rules":
        return HeldReader(RuleReader(book, lexicon), partial(projector.reading, weights=False))
    languages = Languages.shipped(book)
    gazetteer = Gazetteer(languages.well_known)
    follower = NameFollower(gazetteer, projector)
    return HeldReader(PolyglotReader(book, gazetteer, languages), follower.hold)


def reader_over(name: ReaderName, book: RelationBook, store: GraphStore) -> Reader:
    """Return a reader over the names that a graph has now."""
    lexicon = GraphLexicon(store)
    if name == "rules":
        return Interpreter(RuleReader(book, lexicon))
    languages = Languages.shipped(book)
    gazetteer = Gazetteer.of(lexicon, languages.well_known)
    return Interpreter(PolyglotReader(book, gazetteer, languages))

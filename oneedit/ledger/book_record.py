"""A relation book as an event carries it."""

import hashlib
from dataclasses import dataclass
from typing import Self

from kg_data.book_text import written
from kg_data.relations import RelationBook


@dataclass(frozen=True, slots=True)
class BookRecord:
    """The text of a relation book, and its hash, which the hash chain covers.

    Attributes:
        sha256: hash of the text.
        text: the book as TOML. That of a stored event is empty, see
            :meth:`oneedit.ledger.ledger.Ledger.book_at`.
    """

    sha256: str
    text: str = ""

    @classmethod
    def of(cls, book: RelationBook) -> Self:
        """Return the record of a book."""
        text = book.text or written(book)
        return cls(hash_of_text(text), text)


def hash_of_text(text: str) -> str:
    """Return the hash of a book's text."""
    return hashlib.sha256(text.encode()).hexdigest()

"""Labels of things by id or IRI, in a temporary file once there are many of them."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kg_data.errors import BadFile
from kg_data.sources.mapping import last_part

MOST_IN_MEMORY = 50_000
"""Labels that are kept in memory: some 10 MB."""

_CACHE_KIB = 8_192

_NONE = (-1, "")
_TABLE = "CREATE TABLE label (thing TEXT PRIMARY KEY, rank INTEGER, text TEXT) WITHOUT ROWID"
_PUT = """
INSERT INTO label VALUES (?, ?, ?) ON CONFLICT (thing) DO UPDATE
SET rank = excluded.rank, text = excluded.text WHERE (excluded.rank, excluded.text) > (rank, text)
"""


_GET = "SELECT rank, text FROM label WHERE thing = ?"
_SHARED = """
SELECT thing, text FROM label WHERE EXISTS (
    SELECT 1 FROM label AS other WHERE other.text = label.text
    AND (length(other.thing), other.thing) < (length(label.thing), label.thing)
)
"""


@dataclass
class LabelStore:
    """Keeps the best label of each thing.

    Attributes:
        most_in_memory: labels up to which no file is made.
    """

    most_in_memory: int = MOST_IN_MEMORY
    _few: dict[str, tuple[int, str]] = field(default_factory=dict)
    _file: sqlite3.Connection | None = None

    def put(self, thing: str, label: str, rank: int = 0) -> None:
        """Keep a label, unless the thing has one of a higher rank, or a later one of the same.

        Raises:
            BadFile: there is no room for the temporary file.
        """
        before = self._few.get(thing)
        if before is None or (rank, label) > before:
            self._few[thing] = (rank, label)
        if len(self._few) > self.most_in_memory:
            self._spill()

    def get(self, thing: str) -> str:
        """Return the label of a thing, or ""."""
        best = self._few.get(thing, _NONE)
        if self._file is not None:
            row = self._file.execute(_GET, (thing,)).fetchone()
            best = max(best, _NONE if row is None else (int(row[0]), str(row[1])))
        return best[1]

    def tell_apart(self) -> None:
        """Add to the label of each thing that another one has, too, the last part of its id.

        The thing with the shortest id keeps the bare label, of equally long ones the first.
        """
        if self._file is not None:
            self._spill()
            self._file.execute("CREATE INDEX by_text ON label (text)")
            shared = self._file.execute(_SHARED).fetchall()
            rows = [(f"{text} ({last_part(thing)})", thing) for thing, text in shared]
            self._file.executemany("UPDATE label SET text = ? WHERE thing = ?", rows)
            return
        taken: set[str] = set()
        for thing in sorted(self._few, key=lambda each: (len(each), each)):
            rank, text = self._few[thing]
            if text in taken:
                self._few[thing] = (rank, f"{text} ({last_part(thing)})")
            taken.add(text)

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _spill(self) -> None:
        """Move the labels in memory to the file."""
        try:
            if self._file is None:
                self._file = self._opened()
            rows = [(thing, rank, text) for thing, (rank, text) in sorted(self._few.items())]
            self._file.execute("BEGIN")
            self._file.executemany(_PUT, rows)
            self._file.execute("COMMIT")
        except sqlite3.Error as error:
            reason = f"labels cannot be kept there: {error}; TMPDIR names another folder"
            raise BadFile(Path(tempfile.gettempdir()), None, reason) from error
        self._few.clear()

    def _opened(self) -> sqlite3.Connection:
        """Return a database that is removed with its connection; "" is a temporary file."""
        file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        file.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        file.execute("PRAGMA journal_mode = OFF")
        file.execute("PRAGMA synchronous = OFF")
        file.execute(_TABLE)
        return file


@contextmanager
def label_store() -> Iterator[LabelStore]:
    """Open a store inside a ``with`` block."""
    store = LabelStore()
    try:
        yield store
    finally:
        store.close()

"""Where a ledger is kept: a file in the home, or a PostgreSQL database."""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

LEDGER_FILE = "ledger.sqlite3"
"""Name of the ledger's file in a home."""


@dataclass(frozen=True, slots=True)
class Location:
    """The place of a ledger; its text never shows the password of a database.

    Attributes:
        path: the SQLite file, in the folder of the home; with ``url`` there is no such file.
        url: address of a PostgreSQL database, such as postgresql://user:password@host/name;
            empty keeps the ledger in the file.
    """

    path: Path
    url: SecretStr = field(default=SecretStr(""))

    @classmethod
    def of(cls, place: "Path | Location") -> "Location":
        """Return the location that a path, or a location, means."""
        return place if isinstance(place, Location) else cls(place)

    @classmethod
    def in_home(cls, home: Path, url: SecretStr = SecretStr("")) -> "Location":  # noqa: B008  frozen
        """Return where the ledger of a home is kept."""
        return cls(home / LEDGER_FILE, url)

    @property
    def in_file(self) -> bool:
        """Tell whether the ledger is a SQLite file."""
        return not self.url.get_secret_value()

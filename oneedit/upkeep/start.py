"""What is checked and cleaned whenever a home is opened; the doctor checks the rest."""

import os
import time
from pathlib import Path

from kg_data.relations import RelationBook
from oneedit.errors import LedgerMissing
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from oneedit.ledger.verification import verify_start
from oneedit.ports import Checkpoint, no_checkpoint

LEDGER, PATCHES = "ledger.sqlite3", "patches"
"""Names of the ledger's file and of the folder of patches in a home."""

PARTIAL = ".partial"
"""End of the name of a file that is being written; before it stand process id and random text."""

FOLDERS = (".", PATCHES, "statistics", "knowledge")
"""Folders of a home in which files are written."""

LONGEST_WRITE = 24 * 3600
"""Seconds after which a file that a living process began is left over: its id was given again."""


def open_checked(
    home: Path,
    book: RelationBook,
    *,
    location: Location | None = None,
    checkpoint: Checkpoint = no_checkpoint,
) -> Ledger:
    """Open a home's ledger, and check cheaply that it is the one its patches belong to.

    Raises:
        LedgerMissing: there are patches, but the ledger is missing, empty or emptied.
        LedgerDamaged: the last events, the head or the facts are not as they were recorded.
        LedgerUnavailable: the file cannot be used.
        LedgerNewer: a newer OneEdit has changed its tables.
    """
    place = location or Location.in_home(home)
    if place.in_file and is_missing(home):
        raise LedgerMissing(place.path, len(patch_files(home)))
    ledger = Ledger.open(place, book, checkpoint=checkpoint)
    try:
        check_ledger(ledger)
    except BaseException:
        ledger.close()
        raise
    return ledger


def is_missing(home: Path) -> bool:
    """Tell whether a home has patches, but a ledger that is missing or an empty file."""
    files = (home / LEDGER, home / f"{LEDGER}-wal")
    empty = not any(path.exists() and path.stat().st_size for path in files)
    return empty and bool(patch_files(home))


def check_ledger(ledger: Ledger) -> None:
    """Check cheaply an open ledger beside its patches.

    Raises:
        LedgerMissing: there are patches, but no version.
        LedgerDamaged: the last events, the head or the facts are not as they were recorded.
    """
    verify_start(ledger)
    patches = patch_files(ledger.path.parent)
    if patches and ledger.head() < 0:
        raise LedgerMissing(ledger.path, len(patches))


def patch_files(home: Path) -> list[Path]:
    """Return the whole files of patches in a home, sorted."""
    folder = home / PATCHES
    return sorted(each for each in folder.glob("*") if each.suffix != PARTIAL)


def partials(home: Path) -> list[Path]:
    """Return the files that processes began to write and did not end, those of dead ones only."""
    found = (each for folder in FOLDERS for each in (home / folder).glob(f"*{PARTIAL}"))
    return sorted(each for each in found if _is_left_over(each))


def remove_partials(home: Path) -> list[Path]:
    """Remove the files that dead processes left half written, and return them.

    The caller holds the home's lock.
    """
    found = partials(home)
    for path in found:
        path.unlink(missing_ok=True)
    return found


def _is_left_over(path: Path) -> bool:
    """Tell whether the process that writes a file, whose id its name holds, is gone."""
    parts = path.name.split(".")
    if len(parts) < 3 or not parts[-3].isdecimal():  # ID.RANDOM.partial, perhaps after a name
        return False
    try:
        os.kill(int(parts[-3]), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        pass  # it lives, or cannot be asked: the age decides
    try:
        return time.time() - path.stat().st_mtime > LONGEST_WRITE
    except FileNotFoundError:
        return False  # it was ended meanwhile

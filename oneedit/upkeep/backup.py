"""Backup of a home into one archive, and its return: ledger, patches and policy, each with a hash.

The ledger is copied by SQLite's backup interface, which gives one committed state while a server
runs. Patches never change, so that those the copied ledger names can be added afterwards.
"""

import hashlib
import io
import json
import os
import secrets
import shutil
import sqlite3
import tarfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from kg_data.relations import RelationBook
from oneedit.errors import BadArchive, HomeNotEmpty, LedgerEmpty
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.verification import verify
from oneedit.settings import SETTINGS_FILE
from oneedit.state.lock import HomeLock
from oneedit.upkeep.patch_files import digest, files_of
from oneedit.upkeep.start import LEDGER, PARTIAL, PATCHES, patch_files

MANIFEST, POLICY = "manifest.json", "policy.toml"
FORMAT = 1
"""Version of the archive's layout."""

CHUNK = 2**20
LARGEST_MANIFEST = 64 * 2**20
"""Bytes of a manifest that are read at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """What an archive holds.

    Attributes:
        path: the archive.
        version, hash: the ledger's last version and its hash; -1 and "" if only patches are in it.
        patches: number of files of patches.
        missing: patches that some version names and whose files were not there.
        bytes: size of the archive.
    """

    path: str
    version: int
    hash: str
    patches: int
    missing: tuple[str, ...]
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put in place.

    Attributes:
        home: the folder.
        version: the ledger's last version; -1 if there were only patches.
        patches: number of files of patches.
        aside: where the earlier content of the home is now, or "".
        policy: file of the policy that the backup held, to be named by ONEEDIT_POLICY; or "".
    """

    home: str
    version: int
    patches: int
    aside: str
    policy: str


def back_up(
    home: Path, path: Path, book: RelationBook, *, policy: Path | None = None, ledger: bool = True
) -> Archived:
    """Write an archive of a home; it appears under its name only when it is whole and on disk.

    Args:
        home: the folder.
        path: the archive to write, a tar file.
        book: what the relations mean.
        policy: the file of a policy that belongs to the home.
        ledger: without it, only the files of patches are saved.

    Raises:
        LedgerEmpty: there is no version to save.
        LedgerUnavailable: the ledger cannot be read.
        OSError: the archive cannot be written; no part of it is left.
    """
    with TemporaryDirectory(prefix=".backup-", dir=path.absolute().parent) as folder:
        members: dict[str, Path] = {}
        head, named = (-1, ""), {each.stem for each in patch_files(home)}
        if ledger:
            copy = Path(folder) / LEDGER
            head, named = _copy_ledger(home, copy, book)
            members[LEDGER] = copy
        files = files_of(home, named)
        members |= {f"{PATCHES}/{each.name}": each for each in files}
        if policy is not None:
            members[POLICY] = policy
        if (home / SETTINGS_FILE).exists():
            members[SETTINGS_FILE] = home / SETTINGS_FILE
        manifest = {
            "format": FORMAT,
            "version": head[0],
            "hash": head[1],
            "members": {name: digest(each) for name, each in members.items()},
        }
        _write_archive(path, manifest, members)
    return Archived(
        path=str(path),
        version=head[0],
        hash=head[1],
        patches=len(files),
        missing=tuple(sorted(named - {each.stem for each in files})),
        bytes=path.stat().st_size,
    )


def restore(path: Path, home: Path, book: RelationBook, *, force: bool = False) -> Restored:
    """Put the content of an archive in place, after all of it was checked.

    Args:
        path: the archive.
        home: the folder; missing or empty.
        book: what the relations mean.
        force: move what is in the folder aside instead of refusing.

    Raises:
        BadArchive: the archive is damaged, incomplete, or holds what no backup holds.
        HomeBusy: an edit held the home for too long.
        HomeNotEmpty: the folder is not empty.
        LedgerDamaged: the ledger in the archive is not as its hash chain recorded it.
        OSError: something cannot be written; the home is as it was.
    """
    home = home.absolute()
    if _content(home) and not force:
        raise HomeNotEmpty(home)
    home.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".restore-", dir=home.parent) as folder:
        new = Path(folder) / home.name
        new.mkdir()
        manifest = _extract(path, new)
        version = _checked(path, new, manifest, book)
        aside = _move_aside(home)
        new.replace(home)
    policy = home / POLICY
    return Restored(
        home=str(home),
        version=version,
        patches=len(patch_files(home)),
        aside=aside,
        policy=str(policy) if policy.exists() else "",
    )


# ---------- writing ----------


def _copy_ledger(home: Path, copy: Path, book: RelationBook) -> tuple[tuple[int, str], set[str]]:
    """Copy the ledger; return the last version, its hash, and its patches, pruned ones aside."""
    source = home / LEDGER
    if not source.exists():
        raise LedgerEmpty(home)
    with closing(Ledger.at(source, book)) as ledger:
        ledger.copy_to(copy)
    with closing(Ledger.open(copy, book)) as ledger:
        events = ledger.events()
        named = {entry.sha256 for event in events for entry in event.content.patches}
        named = {sha256 for sha256 in named if not ledger.pruned(sha256)}
    _fold_wal(copy)
    if not events:
        raise LedgerEmpty(home)
    return (events[-1].version, events[-1].hash), named


def _fold_wal(path: Path) -> None:
    """Put all of a database into its one file."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = DELETE")


def _write_archive(path: Path, manifest: Mapping[str, object], members: Mapping[str, Path]) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}{PARTIAL}")
    content = json.dumps(manifest, sort_keys=True, indent=1).encode()
    try:
        with partial.open("wb") as stream:
            with tarfile.open(fileobj=stream, mode="w") as archive:
                entry = tarfile.TarInfo(MANIFEST)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
                for name, file in members.items():
                    archive.add(file, arcname=name, recursive=False)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    _sync_folder(path.absolute().parent)


# ---------- reading ----------


def _extract(path: Path, folder: Path) -> Mapping[str, object]:
    """Write an archive's members into a folder, each checked; return the manifest."""
    try:
        with tarfile.open(path, mode="r:") as archive:
            entries = iter(archive)
            manifest = _manifest(path, archive, next(entries, None))
            wanted = _members(path, manifest)
            for entry in entries:
                sha256 = wanted.pop(entry.name, None)
                stream = archive.extractfile(entry) if entry.isreg() else None
                if sha256 is None or stream is None:
                    raise BadArchive(path, f"it holds {entry.name!r}, which no backup holds")
                if _write_member(folder / entry.name, stream) != sha256:
                    raise BadArchive(path, f"{entry.name} has other bytes than its manifest says")
    except (tarfile.TarError, EOFError) as error:
        raise BadArchive(path, str(error)) from error
    if wanted:
        raise BadArchive(path, f"it lacks {min(wanted)}")
    return manifest


def _manifest(
    path: Path, archive: tarfile.TarFile, entry: tarfile.TarInfo | None
) -> dict[str, object]:
    named = entry is not None and entry.name == MANIFEST and entry.size <= LARGEST_MANIFEST
    stream = archive.extractfile(entry) if entry is not None and named and entry.isreg() else None
    if stream is None:
        raise BadArchive(path, "it does not begin with a manifest")
    try:
        manifest = json.load(stream)
    except ValueError as error:
        raise BadArchive(path, "its manifest cannot be read") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BadArchive(path, f"its manifest is not of format {FORMAT}")
    return manifest


def _members(path: Path, manifest: Mapping[str, object]) -> dict[str, str]:
    """Return the hashes of the members by name; only names that a backup has are allowed."""
    members = manifest.get("members")
    if not isinstance(members, dict):
        raise BadArchive(path, "its manifest lists no members")
    for name in members:
        folder, _, file = name.rpartition("/")
        plain = file and file not in {".", ".."} and "\\" not in file and "\0" not in file
        if name not in {LEDGER, POLICY, SETTINGS_FILE} and not (folder == PATCHES and plain):
            raise BadArchive(path, f"it holds {name!r}, which no backup holds")
    return dict(members)


def _write_member(path: Path, source: IO[bytes]) -> str:
    """Write a member durably, and return the SHA-256 of its bytes."""
    path.parent.mkdir(exist_ok=True)
    found = hashlib.sha256()
    with path.open("wb") as stream:
        while chunk := source.read(CHUNK):
            found.update(chunk)
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())
    return found.hexdigest()


def _checked(path: Path, folder: Path, manifest: Mapping[str, object], book: RelationBook) -> int:
    """Check the ledger of an archive, and return its last version; -1 if there is none."""
    if not (folder / LEDGER).exists():
        return -1
    with closing(Ledger.open(folder / LEDGER, book)) as ledger:
        verify(ledger)
        last = ledger.event(ledger.head())
    if (last.version, last.hash) != (manifest.get("version"), manifest.get("hash")):
        raise BadArchive(path, "its ledger does not end as its manifest says")
    return last.version


def _content(home: Path) -> list[Path]:
    """Return what is in a home, its lock aside."""
    return [each for each in home.iterdir() if each.name != "lock"] if home.exists() else []


def _move_aside(home: Path) -> str:
    """Move a home out of the way, and return its new place; "" if it held nothing."""
    if not home.exists():
        return ""
    if not _content(home):
        shutil.rmtree(home)
        return ""
    aside = home.with_name(f"{home.name}.before-{secrets.token_hex(4)}")
    with HomeLock(home).held():
        home.replace(aside)
    return str(aside)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Backup and restore: what comes back is what was saved, and nothing else is put in place."""

import io
import json
import sqlite3
import tarfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from kg_data.book_changes import BookAction, BookChange
from oneedit.errors import BadArchive, HomeNotEmpty, LedgerDamaged, LedgerEmpty
from oneedit.results import RedefineResult
from oneedit.settings import SETTINGS_FILE, kept_settings
from oneedit.upkeep.backup import back_up, restore
from tests.support.damage import FAULTS, damage
from tests.support.fakes import BOOK, LOCAL, application
from tests.support.stories import tell

PENCE = "Joe Biden's vice president is Mike Pence."


@pytest.fixture
def home(tmp_path: Path) -> Path:
    oneedit = application(tmp_path / "home")
    tell(oneedit, PENCE)
    oneedit.close()
    return tmp_path / "home"


@pytest.fixture
def archive(home: Path, tmp_path: Path) -> Path:
    back_up(home, tmp_path / "backup.tar", BOOK)
    return tmp_path / "backup.tar"


def test_a_restored_home_has_the_versions_the_weights_and_the_facts(
    home: Path, archive: Path, tmp_path: Path
) -> None:
    done = restore(archive, tmp_path / "new", BOOK)
    assert (done.version, done.patches, done.aside) == (1, 1, "")
    before, after = application(home), application(tmp_path / "new")
    assert after.service.verify(LOCAL) == before.service.verify(LOCAL)
    before.close()
    after.close()


def test_a_backup_while_an_edit_is_made_holds_one_committed_state(
    home: Path, tmp_path: Path
) -> None:
    oneedit = application(home)
    with oneedit.ledger.writing():
        saved = back_up(home, tmp_path / "backup.tar", BOOK)
    tell(oneedit, "Joe Biden was born in Oakland.")
    oneedit.close()
    assert (saved.version, saved.missing) == (1, ())
    assert restore(tmp_path / "backup.tar", tmp_path / "new", BOOK).version == 1


def test_a_home_that_is_not_empty_is_kept_or_moved_aside(home: Path, archive: Path) -> None:
    oneedit = application(home)
    tell(oneedit, "Joe Biden was born in Oakland.")
    oneedit.close()
    with pytest.raises(HomeNotEmpty, match="--force"):
        restore(archive, home, BOOK)
    done = restore(archive, home, BOOK, force=True)
    now, earlier = application(home), application(Path(done.aside))
    assert (now.ledger.head(), earlier.ledger.head()) == (1, 2)
    now.close()
    earlier.close()


def test_patches_alone_and_a_policy_can_be_saved(home: Path, tmp_path: Path) -> None:
    policy = tmp_path / "rules.toml"
    policy.write_text("# ours\n", encoding="utf-8")
    path = tmp_path / "patches.tar"
    assert back_up(home, path, BOOK, policy=policy, ledger=False).version == -1
    done = restore(path, tmp_path / "new", BOOK)
    assert (done.version, done.patches) == (-1, 1)
    assert Path(done.policy).read_text(encoding="utf-8") == "# ours\n"


def test_a_backup_has_the_book_and_the_settings_of_the_home(home: Path, tmp_path: Path) -> None:
    (home / SETTINGS_FILE).write_text('model = "ours"\n', encoding="utf-8")
    oneedit = application(home)
    change = BookChange(BookAction.EDIT, "[lifespans]\nperson = 130")
    assert isinstance(oneedit.service.redefine(LOCAL, change), RedefineResult)
    oneedit.close()
    back_up(home, tmp_path / "backup.tar", BOOK.model_copy())
    restore(tmp_path / "backup.tar", tmp_path / "new", BOOK.model_copy())
    restored = application(tmp_path / "new")
    assert restored.book.lifespans == {"person": 130}
    assert kept_settings(tmp_path / "new") == {"model": "ours"}
    restored.close()


def test_patches_that_are_not_there_are_named(home: Path, tmp_path: Path) -> None:
    (patch,) = (home / "patches").iterdir()
    patch.unlink()
    assert back_up(home, tmp_path / "backup.tar", BOOK).missing == (patch.stem,)


def test_a_home_without_a_version_has_nothing_to_save(tmp_path: Path) -> None:
    with pytest.raises(LedgerEmpty):
        back_up(tmp_path / "nowhere", tmp_path / "backup.tar", BOOK)
    assert list(tmp_path.iterdir()) == []


def members_of(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        streams = {entry.name: archive.extractfile(entry) for entry in archive}
        return {name: stream.read() for name, stream in streams.items() if stream}


def write(path: Path, members: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


@pytest.mark.parametrize("name", ["/etc/evil", "../evil", "patches/../evil", "patches/a/b", "evil"])
def test_a_member_outside_of_the_home_is_refused(archive: Path, tmp_path: Path, name: str) -> None:
    members = members_of(archive)
    manifest = json.loads(members["manifest.json"])
    manifest["members"][name] = "0"
    members["manifest.json"] = json.dumps(manifest).encode()
    for content in (members | {name: b"evil"}, members_of(archive) | {name: b"evil"}):
        with pytest.raises(BadArchive, match="which no backup holds"):
            restore(write(tmp_path / "evil.tar", content), tmp_path / "new", BOOK)
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.rglob("evil"))


def test_a_link_in_an_archive_is_refused(archive: Path, tmp_path: Path) -> None:
    members = members_of(archive)
    path = write(tmp_path / "evil.tar", {"manifest.json": members["manifest.json"]})
    with tarfile.open(path, "a") as opened:
        entry = tarfile.TarInfo("ledger.sqlite3")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        opened.addfile(entry)
    with pytest.raises(BadArchive):
        restore(path, tmp_path / "new", BOOK)


@pytest.mark.parametrize("fault", ["byte", "missing", "manifest", "cut", "no archive"])
def test_a_damaged_archive_is_refused_before_anything_is_put_in_place(
    archive: Path, tmp_path: Path, fault: str
) -> None:
    members, bad = members_of(archive), tmp_path / "bad.tar"
    patch = next(name for name in members if name.startswith("patches/"))
    match fault:
        case "byte":
            write(bad, members | {patch: members[patch][:-1] + b"#"})
        case "missing":
            write(bad, {name: each for name, each in members.items() if name != patch})
        case "manifest":
            write(bad, members | {"manifest.json": b"{}"})
        case "cut":
            bad.write_bytes(archive.read_bytes()[:2000])
        case _:
            bad.write_bytes(b"this is no archive" * 100)
    with pytest.raises(BadArchive, match="take another backup"):
        restore(bad, tmp_path / "new", BOOK)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["backup.tar", "bad.tar", "home"]


def test_a_ledger_that_was_changed_before_the_backup_is_not_restored(
    home: Path, tmp_path: Path
) -> None:
    damage(home / "ledger.sqlite3", FAULTS["a fact is altered"])
    back_up(home, tmp_path / "backup.tar", BOOK)
    with pytest.raises(LedgerDamaged):
        restore(tmp_path / "backup.tar", tmp_path / "new", BOOK)
    assert not (tmp_path / "new").exists()


def test_the_ledger_in_an_archive_is_one_whole_database(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").write_bytes(members_of(archive)["ledger.sqlite3"])
    with closing(sqlite3.connect(tmp_path / "copy")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("SELECT version FROM head").fetchall() == [(1,)]

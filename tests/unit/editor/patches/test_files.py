"""Files that are written whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from editor.errors import DiskFull
from editor.patches.files import write_durably


def test_a_full_disk_is_named_with_the_path_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(DiskFull, match=r"patch\.json: [\d.]+ MiB are free"):
        write_durably(tmp_path / "patch.json", b"content")
    assert list(tmp_path.iterdir()) == []


def test_another_failure_leaves_nothing_behind_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="Input/output"):
        write_durably(tmp_path / "patch.json", b"content")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_written_is_alone(tmp_path: Path) -> None:
    write_durably(tmp_path / "patch.json", b"content")
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"content"]

"""The socket in a home: who may reach it, and what a killed server leaves."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from oneedit.api.home_socket import HomeSocket
from oneedit.control.place import MOST_BYTES, SOCKET, listening, socket_of
from oneedit.control.remote import RemoteClient
from oneedit.errors import ServerSilent


@pytest.fixture(params=["short", "long"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    made = tmp_path / ("home" if request.param == "short" else "long" * 40)
    made.mkdir()
    return made


def opened(home: Path) -> HomeSocket:
    place = HomeSocket.open(home)
    assert place is not None
    return place


@pytest.fixture
def place(home: Path) -> Iterator[HomeSocket]:
    made = opened(home)
    yield made
    made.close()


def test_only_its_user_may_reach_the_socket(home: Path, place: HomeSocket) -> None:
    path = socket_of(home)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(os.fsencode(path)) <= MOST_BYTES
    assert listening(home) == path
    if place.place.is_symlink():
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_closed_socket_leaves_nothing_behind(home: Path) -> None:
    place = opened(home)
    path = socket_of(home)
    place.close()
    assert listening(home) is None
    assert not os.path.lexists(home / SOCKET)
    assert not path.exists()
    assert path.parent.exists() == (path.parent == home)


def test_what_a_killed_server_left_is_replaced(home: Path) -> None:
    killed = opened(home)
    killed.listener.close()
    killed.lock.release()
    left = socket_of(home)
    assert left.exists()
    assert listening(home) is None
    place = opened(home)
    assert listening(home) == socket_of(home)
    assert left == socket_of(home) or not left.parent.exists()
    place.close()


@pytest.mark.usefixtures("place")
def test_a_second_server_leaves_the_socket_to_the_first(home: Path) -> None:
    path = socket_of(home)
    assert HomeSocket.open(home) is None
    assert listening(home) == path


def test_a_socket_that_somebody_listens_on_is_never_removed(home: Path) -> None:
    place = opened(home)
    place.lock.release()  # as if the lock's file had been removed
    assert HomeSocket.open(home) is None
    assert listening(home) is not None
    place.close()


def test_without_a_server_there_is_no_client(tmp_path: Path) -> None:
    assert RemoteClient.connect(tmp_path / "nowhere") is None
    (tmp_path / SOCKET).symlink_to(tmp_path / "gone" / SOCKET)
    assert RemoteClient.connect(tmp_path) is None


def test_the_socket_of_another_user_is_not_trusted(
    home: Path, place: HomeSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    del place
    mine, stat = os.getuid(), Path.stat
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)

    def owned_by_others(path: Path, **options: bool) -> os.stat_result:
        found = stat(path, **options)
        return os.stat_result((*found[:4], mine + 2, *found[5:])) if path == home else found

    monkeypatch.setattr(Path, "stat", owned_by_others)
    with pytest.raises(ServerSilent, match="belongs to another user"):
        listening(home)


def test_something_else_that_listens_is_named(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.bind(str(tmp_path / SOCKET))
        other.listen(2)
        other.settimeout(30)
        thread = threading.Thread(target=hang_up, args=(other,))
        thread.start()
        with pytest.raises(ServerSilent, match="cannot be used"):
            RemoteClient.connect(tmp_path)
        thread.join(30)


def hang_up(other: socket.socket) -> None:
    """End the probe's connection, and that of the greeting."""
    for _ in range(2):
        connection, _ = other.accept()
        connection.close()

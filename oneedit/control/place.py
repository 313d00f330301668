"""Where the socket is by which the command line finds the server of a home."""

import os
import socket
from pathlib import Path

from oneedit.errors import ServerSilent

SOCKET = "server.sock"
"""Name of the socket in the home, or of a link to it."""

OWNER_LOCK = "server.lock"
"""Name of the file in the home that the server with the socket keeps locked."""

MOST_BYTES = 100
"""Bytes of the path of a socket, at most; Linux allows 107, macOS 103."""


def listening(home: Path) -> Path | None:
    """Return the path of the socket on which a server of this home listens; None if none does.

    Raises:
        ServerSilent: the socket is not that of the user, or cannot be used.
    """
    try:
        path = socket_of(home)
        trusted = {os.getuid(), home.stat().st_uid}
        if path.stat().st_uid not in trusted:
            raise ServerSilent(home, f"its socket {path} belongs to another user")
    except FileNotFoundError:
        return None
    return path if accepts(path, home) else None


def socket_of(home: Path) -> Path:
    """Return the path of a home's socket, whether there is one or not; a link is followed."""
    place = home.absolute() / SOCKET
    return place.readlink() if place.is_symlink() else place


def accepts(path: Path, home: Path) -> bool:
    """Tell whether somebody listens on a socket.

    Raises:
        ServerSilent: the system does not let this user connect.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(os.fspath(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError as error:
            raise ServerSilent(home, f"{path}: {error.strerror or error}") from error
    return True

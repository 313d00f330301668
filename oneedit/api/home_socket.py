"""The socket in a home by which the command line finds the server, and what listens on it."""

import os
import shutil
import socket
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from filelock import FileLock, Timeout

from oneedit.control.place import MOST_BYTES, OWNER_LOCK, SOCKET, accepts, socket_of

BACKLOG = 128
FOLDER = "oneedit-"
"""Beginning of the name of a folder for a socket whose path in the home would be too long."""

SHUTDOWN_TIMEOUT = 1
"""Seconds to wait for open connections when the server ends."""


@dataclass(frozen=True, slots=True)
class HomeSocket:
    """A socket that only the user who started the server can reach.

    Attributes:
        place: its name in the home; a link if its path would be too long.
        listener: the socket.
        lock: held as long as the socket is that of this process.
    """

    place: Path
    listener: socket.socket
    lock: FileLock

    @classmethod
    def open(cls, home: Path) -> "HomeSocket | None":
        """Listen on the socket of a home; None if another server of this home does.

        What a killed server left is removed.

        Raises:
            ServerSilent: somebody else's socket is in the way.
            OSError: the socket cannot be made.
        """
        home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(home / OWNER_LOCK, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return None
        place, folder = home.absolute() / SOCKET, None
        try:
            if os.path.lexists(place):
                if accepts(socket_of(home), home):
                    lock.release()
                    return None
                _remove(place)
            path = place
            if len(os.fsencode(place)) > MOST_BYTES:
                folder = Path(tempfile.mkdtemp(prefix=FOLDER))  # for this user only
                path = folder / SOCKET
            listener = _listen(path)
            if folder is not None:
                place.symlink_to(path)
        except BaseException:
            lock.release()
            raise
        return cls(place, listener, lock)

    def close(self) -> None:
        """Remove the socket."""
        self.listener.close()
        _remove(self.place)
        self.lock.release()


class ControlServer:
    """Serves an application on the socket of a home, on a thread of its own.

    Args:
        app: the application.
        place: the socket; closed with the server.
        stopping: is set when the server ends, so that open streams end.
    """

    def __init__(self, app: FastAPI, place: HomeSocket, stopping: threading.Event) -> None:
        self._place, self._stopping = place, stopping
        config = uvicorn.Config(
            app,
            log_config=None,  # see ``oneedit.api.logs``
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [place.listener]},
            name="control server",
            daemon=True,
        )

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the open streams and the thread, and remove the socket."""
        self._stopping.set()
        self._server.should_exit = True
        self._thread.join()
        self._place.close()


def _remove(place: Path) -> None:
    """Remove a socket, or the link to it with the folder that was made for it."""
    if place.is_symlink() and place.readlink().parent.name.startswith(FOLDER):
        shutil.rmtree(place.readlink().parent, ignore_errors=True)
    place.unlink(missing_ok=True)


def _listen(path: Path) -> socket.socket:
    """Return a socket that listens on a path, for this user only from its first moment on."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(os.fspath(path))
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener

"""A relay between the driver and the server that can lose the answer to a commit."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

COMMIT = b"\x00\x02\xb0\x12\x00\x00"
"""The Bolt message COMMIT: a chunk of two bytes, a structure without fields of type 0x12."""


@dataclass
class LossyProxy:
    """Relays connections to a port, and breaks one when a commit passes, once.

    Attributes:
        target: port of the server on loopback.
        deliver: whether the server gets the commit before the connection breaks.
        losses: number of connections that are still to break.
    """

    target: int
    deliver: bool
    losses: int = 1
    _listener: socket.socket = field(init=False)
    _threads: list[threading.Thread] = field(default_factory=list, init=False)

    def __enter__(self) -> "LossyProxy":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._start(self._accept)
        return self

    def __exit__(self, *error: object) -> None:
        _end(self._listener)
        while self._threads:
            self._threads.pop().join()
        self._listener.close()

    @property
    def uri(self) -> str:
        """Return the address for the driver."""
        return f"bolt://127.0.0.1:{self._listener.getsockname()[1]}"

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # ended
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.target)) as server:
            back = threading.Thread(target=_relay, args=(server, client))
            back.start()
            while sent := _receive(client):
                if self.losses and COMMIT in sent:
                    self.losses -= 1
                    _end(client)  # first, so that no answer passes
                    if self.deliver:
                        server.sendall(sent)
                    break
                server.sendall(sent)
            with suppress(OSError):
                server.shutdown(socket.SHUT_WR)
            back.join()


def _relay(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes from one side until it ends; what nobody takes is dropped."""
    while received := _receive(source):
        with suppress(OSError):
            target.sendall(received)
    _end(target)


def _receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65_536)
    except OSError:
        return b""


def _end(connection: socket.socket) -> None:
    """Wake whoever waits for this connection; it may be closed by the other side already."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)

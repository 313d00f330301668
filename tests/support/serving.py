"""The socket of a home, served by this process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from oneedit.api.control import control_app
from oneedit.api.home_socket import ControlServer, HomeSocket
from oneedit.api.server import acting
from oneedit.control.local import SOURCE
from oneedit.wiring import Application


@contextmanager
def serving(oneedit: Application) -> Iterator[ControlServer]:
    """Answer the command line inside a ``with`` block, as the server does."""
    place = HomeSocket.open(oneedit.home)
    assert place is not None
    stopping = threading.Event()
    app = control_app(
        replace(oneedit.queue, source=SOURCE),
        oneedit.imports,
        partial(acting, oneedit.people),
        stopping,
    )
    server = ControlServer(app, place, stopping)
    server.start()
    try:
        yield server
    finally:
        server.stop()

"""A model's thread that has something to do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from editor.model.host import ModelHost


@contextmanager
def occupied(host: ModelHost) -> Iterator[None]:
    """Keep a host at one piece of work inside a ``with`` block; everything else waits."""
    begun, free = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        free.wait(5)

    worker = threading.Thread(target=lambda: host.call(work))
    worker.start()
    begun.wait(5)
    try:
        yield
    finally:
        free.set()
        worker.join(5)

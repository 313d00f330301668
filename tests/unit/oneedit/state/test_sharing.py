"""Readers side by side, a change alone."""

import threading
from collections.abc import Callable

from oneedit.state.sharing import SharedLock

PATIENCE = 30.0


def started(target: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=target)
    thread.start()
    return thread


def test_readers_read_side_by_side() -> None:
    lock, both = SharedLock(), threading.Barrier(2, timeout=PATIENCE)

    def read() -> None:
        with lock.shared():
            both.wait()  # reached only if the other one is inside as well

    threads = [started(read), started(read)]
    for thread in threads:
        thread.join(PATIENCE)
    assert not both.broken


def test_a_change_waits_for_the_readers_and_keeps_new_ones_out() -> None:
    lock, order = SharedLock(), list[str]()
    inside, leave = threading.Event(), threading.Event()

    def read_first() -> None:
        with lock.shared():
            inside.set()
            leave.wait(PATIENCE)
            order.append("first reader")

    def change() -> None:
        with lock.alone():
            order.append("change")

    def read_later() -> None:
        with lock.shared():
            order.append("later reader")

    first = started(read_first)
    inside.wait(PATIENCE)
    changing = started(change)
    while not lock._waiting:
        pass
    later = started(read_later)
    leave.set()
    for thread in (first, changing, later):
        thread.join(PATIENCE)
    assert order == ["first reader", "change", "later reader"]


def test_a_thread_may_read_inside_what_it_reads_or_changes() -> None:
    lock = SharedLock()
    with lock.shared(), lock.shared():
        assert lock.shared_here
    with lock.alone(), lock.alone(), lock.shared():
        pass
    assert not lock.shared_here


def test_a_reader_is_not_kept_out_by_a_change_that_waits_for_it() -> None:
    lock = SharedLock()
    with lock.shared():
        changing = started(lambda: lock.alone().__enter__())
        while not lock._waiting:
            pass
        with lock.shared():
            pass
    changing.join(PATIENCE)
    assert not changing.is_alive()

import threading
from collections.abc import Generator, Iterator

import pytest

from editor.errors import HostClosed
from editor.host import ModelHost


@pytest.fixture
def host() -> Iterator[ModelHost]:
    host = ModelHost()
    yield host
    host.close()


def test_all_work_runs_on_one_thread_that_is_not_the_callers(host: ModelHost) -> None:
    threads = {host.call(threading.get_ident) for _ in range(5)}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_an_error_reaches_the_caller_and_the_host_goes_on(host: ModelHost) -> None:
    with pytest.raises(ZeroDivisionError):
        host.call(lambda: 1 // 0)
    assert host.call(lambda: 1) == 1


def test_a_call_that_waits_runs_between_the_steps_of_a_job(host: ModelHost) -> None:
    order: list[str] = []
    asked, answered = threading.Event(), threading.Event()

    def chat() -> None:
        asked.wait(5)
        host.call(lambda: order.append("chat"))
        answered.set()

    def job() -> Generator[float, None, str]:
        order.append("first")
        asked.set()
        yield 0.25
        while not answered.is_set():
            yield 0.5
        order.append("last")
        return "done"

    thread = threading.Thread(target=chat)
    thread.start()
    assert host.run(job()) == "done"
    thread.join()
    assert order == ["first", "chat", "last"]


def test_progress_is_told_on_the_callers_thread(host: ModelHost) -> None:
    told: list[tuple[float, int]] = []

    def job() -> Generator[float, None, None]:
        yield 0.25
        yield 1.0

    host.run(job(), lambda share: told.append((share, threading.get_ident())))
    assert told == [(0.25, threading.get_ident()), (1.0, threading.get_ident())]


def test_a_closed_host_refuses_work(host: ModelHost) -> None:
    host.close()
    with pytest.raises(HostClosed):
        host.call(lambda: 1)

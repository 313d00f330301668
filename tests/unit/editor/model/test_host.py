import threading
from collections.abc import Callable, Generator, Iterator

import pytest
import torch

from editor.errors import HostBusy, HostClosed, OutOfMemory
from editor.model.host import ANSWER_STEPS_PER_WORK_STEP, MAX_WAITING_JOBS, ModelHost, Priority
from tests.support.busy import occupied


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


def test_progress_is_reported_on_the_callers_thread(host: ModelHost) -> None:
    reported: list[tuple[float, int]] = []

    def job() -> Generator[float, None, None]:
        yield 0.25
        yield 1.0

    host.run(job(), lambda share: reported.append((share, threading.get_ident())))
    assert reported == [(0.25, threading.get_ident()), (1.0, threading.get_ident())]


def test_an_answer_goes_before_work_at_every_step(host: ModelHost) -> None:
    order: list[str] = []
    begun, asked = threading.Event(), threading.Event()

    def work() -> Generator[float, None, None]:
        begun.set()
        asked.wait(5)
        for _ in range(3):
            yield 0.0
            order.append("work")

    def answer() -> Generator[float, None, None]:
        for _ in range(3):
            order.append("answer")
            yield 0.0

    worker = threading.Thread(target=lambda: host.run(work()))
    worker.start()
    begun.wait(5)
    host.start(answer(), priority=Priority.ANSWER)
    asked.set()
    worker.join()
    assert order == ["answer"] * 3 + ["work"] * 3


def test_waiting_work_gets_a_step_after_so_many_steps_of_answers(host: ModelHost) -> None:
    order: list[str] = []
    answered = threading.Event()

    def steps(name: str, count: int) -> Generator[float, None, None]:
        for _ in range(count):
            order.append(name)
            yield 0.0

    def answers() -> Generator[float, None, None]:
        yield from steps("answer", 3 * ANSWER_STEPS_PER_WORK_STEP)
        answered.set()

    with occupied(host):
        host.start(answers(), priority=Priority.ANSWER)
        host.start(steps("work", 2), priority=Priority.WORK)
    assert answered.wait(5)
    run = ["answer"] * ANSWER_STEPS_PER_WORK_STEP
    assert order == [*run, "work", *run, "work", *run]


def test_a_job_whose_caller_has_left_ends(host: ModelHost) -> None:
    ended = threading.Event()

    def job() -> Generator[float, None, None]:
        try:
            while True:
                yield 0.0
        finally:
            ended.set()

    def leave(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        host.run(job(), leave)
    assert ended.wait(5)


def test_a_host_that_is_too_busy_refuses(host: ModelHost) -> None:
    begun, free = threading.Event(), threading.Event()

    def wait() -> Generator[float, None, None]:
        begun.set()
        free.wait(5)
        yield 0.0

    for _ in range(MAX_WAITING_JOBS):
        host.start(wait(), priority=Priority.WORK)
    begun.wait(5)
    with pytest.raises(HostBusy, match="try again"):
        host.call(lambda: 1)
    free.set()


def fill_a_gpu() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")


def fill_a_cpu() -> None:
    torch.empty(2**60)


@pytest.mark.parametrize("work", [fill_a_gpu, fill_a_cpu])
def test_a_lack_of_memory_is_an_error_of_our_own(host: ModelHost, work: Callable[[], None]) -> None:
    with pytest.raises(OutOfMemory, match="the model is as it was"):
        host.call(work)


def test_other_errors_of_torch_are_not_translated(host: ModelHost) -> None:
    with pytest.raises(RuntimeError, match="must match"):
        host.call(lambda: torch.ones(2) + torch.ones(3))


def test_an_unfinished_job_fails_when_the_host_closes(host: ModelHost) -> None:
    begun = threading.Event()
    errors: list[BaseException] = []

    def job() -> Generator[float, None, None]:
        while True:
            begun.set()
            yield 0.0

    def caller() -> None:
        try:
            host.run(job())
        except HostClosed as error:
            errors.append(error)

    thread = threading.Thread(target=caller)
    thread.start()
    begun.wait(5)
    host.close()
    thread.join(5)
    assert len(errors) == 1


def test_a_closed_host_refuses_work(host: ModelHost) -> None:
    host.close()
    with pytest.raises(HostClosed):
        host.call(lambda: 1)

"""The batcher, with completions that need no model."""

import threading
from collections.abc import Generator, Iterator, Sequence

import pytest
import torch

from editor.errors import Cancelled, HostBusy, HostClosed, OutOfMemory, TooSlow
from editor.generation.batcher import Batcher
from editor.generation.generate import Completion, CompletionRequest
from editor.model.host import MAX_WAITING_JOBS, ModelHost, Priority
from tests.support.busy import occupied


class Model:
    """A model that completes a batch once it may go on, and the prompt "at once" before that."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.may_go_on = threading.Event()
        self.fails: BaseException | None = None

    def complete_batch(
        self, requests: Sequence[CompletionRequest]
    ) -> Generator[float, None, list[Completion]]:
        self.batches.append([each.prompt for each in requests])
        for each in requests:
            if each.prompt == "at once":
                each.outcome.set_result(Completion("AT ONCE", 1, stopped=True))
        while not self.may_go_on.wait(0.001):
            yield 0.0
        if self.fails:
            raise self.fails
        for each in requests:
            self._resolve(each)
        return [each.outcome.result() for each in requests]

    def _resolve(self, request: CompletionRequest) -> None:
        if request.cancelled.is_set():
            request.outcome.set_exception(Cancelled())
        elif not request.outcome.done():
            request.outcome.set_result(Completion(request.prompt.upper(), 1, stopped=True))


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def host() -> Iterator[ModelHost]:
    host = ModelHost()
    yield host
    host.close()


@pytest.fixture
def batcher(host: ModelHost, model: Model) -> Batcher:
    return Batcher(host, model.complete_batch)


def start_threads(batcher: Batcher, prompts: Sequence[str]) -> list[threading.Thread]:
    threads = [
        threading.Thread(target=batcher.complete, args=(CompletionRequest(prompt, 9),))
        for prompt in prompts
    ]
    for thread in threads:
        thread.start()
    return threads


def test_waiting_requests_are_completed_as_one_batch(
    host: ModelHost, batcher: Batcher, model: Model
) -> None:
    with occupied(host):
        threads = start_threads(batcher, ["a", "b", "c"])
        while len(batcher) < 3:
            pass
    model.may_go_on.set()
    for thread in threads:
        thread.join(5)
    assert [sorted(batch) for batch in model.batches] == [["a", "b", "c"]]


def test_each_caller_gets_its_own_completion(batcher: Batcher, model: Model) -> None:
    model.may_go_on.set()
    assert [batcher.complete(CompletionRequest(each, 9)).text for each in "xyz"] == ["X", "Y", "Z"]


def test_a_timeout_is_an_error_and_the_next_request_is_completed(
    batcher: Batcher, model: Model
) -> None:
    slow = CompletionRequest("slow", 9)
    with pytest.raises(TooSlow, match="try again"):
        batcher.complete(slow, timeout=0.01)
    assert slow.cancelled.is_set()
    model.may_go_on.set()
    assert batcher.complete(CompletionRequest("next", 9)).text == "NEXT"


def test_a_cancelled_request_ends_with_an_error(batcher: Batcher, model: Model) -> None:
    request = CompletionRequest("never mind", 9)
    request.cancelled.set()
    model.may_go_on.set()
    with pytest.raises(Cancelled):
        batcher.complete(request)


def test_a_completion_is_returned_before_the_batch_ends(batcher: Batcher, model: Model) -> None:
    assert batcher.complete(CompletionRequest("at once", 9), timeout=60).text == "AT ONCE"
    assert not model.may_go_on.is_set()


def test_an_error_reaches_every_request_of_the_batch(batcher: Batcher, model: Model) -> None:
    model.fails = ZeroDivisionError()
    model.may_go_on.set()
    with pytest.raises(ZeroDivisionError):
        batcher.complete(CompletionRequest("x", 9))


def test_a_lack_of_memory_reaches_the_caller(batcher: Batcher, model: Model) -> None:
    model.fails = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")
    model.may_go_on.set()
    with pytest.raises(OutOfMemory, match="the model is as it was"):
        batcher.complete(CompletionRequest("x", 9))


def test_a_timeout_error_of_a_stream_is_not_a_timeout_of_the_request(
    batcher: Batcher, model: Model
) -> None:
    model.fails = TimeoutError("the client does not read")
    model.may_go_on.set()
    with pytest.raises(TimeoutError, match="does not read"):
        batcher.complete(CompletionRequest("x", 9))


def test_a_refused_request_does_not_stay_in_the_queue(
    host: ModelHost, batcher: Batcher, model: Model
) -> None:
    free, finished = threading.Event(), threading.Event()

    def busy(*, last: bool) -> Generator[float, None, None]:
        free.wait(5)
        yield 0.0
        if last:
            finished.set()

    for left in reversed(range(MAX_WAITING_JOBS)):
        host.start(busy(last=not left), priority=Priority.ANSWER)
    for _ in range(40):
        with pytest.raises(HostBusy):
            batcher.complete(CompletionRequest("refused", 9))
    assert len(batcher) == 0
    free.set()
    assert finished.wait(60)
    model.may_go_on.set()
    assert batcher.complete(CompletionRequest("newcomer", 9), timeout=60).text == "NEWCOMER"
    assert model.batches == [["newcomer"]]


def test_a_waiting_request_fails_when_the_host_closes(
    host: ModelHost, batcher: Batcher, model: Model
) -> None:
    errors: list[BaseException] = []

    def caller() -> None:
        try:
            batcher.complete(CompletionRequest("x", 9))
        except HostClosed as error:
            errors.append(error)

    thread = threading.Thread(target=caller)
    thread.start()
    while not model.batches:
        pass
    host.close()
    batcher.close()
    thread.join(5)
    assert len(errors) == 1

"""What asking promises, with answers that need no model."""

import threading
from collections.abc import Generator, Iterator, Sequence

import pytest
import torch

from editor.errors import Cancelled, HostBusy, HostClosed, OutOfMemory, TooSlow
from editor.generation.batcher import Batcher
from editor.generation.generate import Completion, CompletionRequest
from editor.model.host import MOST_WAITING, ModelHost, Priority
from tests.support.busy import occupied


class Model:
    """Answers a batch once it may go on, "at once" before; remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.may_go_on = threading.Event()
        self.fails: BaseException | None = None

    def answers(
        self, wanted: Sequence[CompletionRequest]
    ) -> Generator[float, None, list[Completion]]:
        self.batches.append([each.prompt for each in wanted])
        for each in wanted:
            if each.prompt == "at once":
                each.told.set_result(Completion("AT ONCE", 1, stopped=True))
        while not self.may_go_on.wait(0.001):
            yield 0.0
        if self.fails:
            raise self.fails
        for each in wanted:
            self._tell(each)
        return [each.told.result() for each in wanted]

    def _tell(self, wanted: CompletionRequest) -> None:
        if wanted.cancelled.is_set():
            wanted.told.set_exception(Cancelled())
        elif not wanted.told.done():
            wanted.told.set_result(Completion(wanted.prompt.upper(), 1, stopped=True))


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def host() -> Iterator[ModelHost]:
    host = ModelHost()
    yield host
    host.close()


@pytest.fixture
def desk(host: ModelHost, model: Model) -> Batcher:
    return Batcher(host, model.answers)


def ask_at_once(desk: Batcher, prompts: Sequence[str]) -> list[threading.Thread]:
    threads = [
        threading.Thread(target=lambda prompt=prompt: desk.ask(CompletionRequest(prompt, 9)))
        for prompt in prompts
    ]
    for thread in threads:
        thread.start()
    return threads


def test_questions_that_wait_are_answered_side_by_side(
    host: ModelHost, desk: Batcher, model: Model
) -> None:
    with occupied(host):
        threads = ask_at_once(desk, ["a", "b", "c"])
        while len(desk) < 3:
            pass
    model.may_go_on.set()
    for thread in threads:
        thread.join(5)
    assert [sorted(batch) for batch in model.batches] == [["a", "b", "c"]]


def test_everyone_gets_their_own_answer(desk: Batcher, model: Model) -> None:
    model.may_go_on.set()
    assert [desk.ask(CompletionRequest(each, 9)).text for each in "xyz"] == ["X", "Y", "Z"]


def test_who_waits_too_long_is_told_so_and_the_next_question_is_answered(
    desk: Batcher, model: Model
) -> None:
    slow = CompletionRequest("slow", 9)
    with pytest.raises(TooSlow, match="try again"):
        desk.ask(slow, timeout=0.01)
    assert slow.cancelled.is_set()
    model.may_go_on.set()
    assert desk.ask(CompletionRequest("next", 9)).text == "NEXT"


def test_a_cancelled_question_ends_with_an_error(desk: Batcher, model: Model) -> None:
    wanted = CompletionRequest("never mind", 9)
    wanted.cancelled.set()
    model.may_go_on.set()
    with pytest.raises(Cancelled):
        desk.ask(wanted)


def test_an_answer_is_handed_out_before_the_batch_ends(desk: Batcher, model: Model) -> None:
    assert desk.ask(CompletionRequest("at once", 9), timeout=60).text == "AT ONCE"
    assert not model.may_go_on.is_set()


def test_an_error_reaches_everyone_in_the_batch(desk: Batcher, model: Model) -> None:
    model.fails = ZeroDivisionError()
    model.may_go_on.set()
    with pytest.raises(ZeroDivisionError):
        desk.ask(CompletionRequest("x", 9))


def test_who_asks_is_told_that_memory_does_not_suffice(desk: Batcher, model: Model) -> None:
    model.fails = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")
    model.may_go_on.set()
    with pytest.raises(OutOfMemory, match="the model is as it was"):
        desk.ask(CompletionRequest("x", 9))


def test_a_time_out_of_a_stream_is_not_taken_for_one_of_the_model(
    desk: Batcher, model: Model
) -> None:
    model.fails = TimeoutError("the client does not read")
    model.may_go_on.set()
    with pytest.raises(TimeoutError, match="does not read"):
        desk.ask(CompletionRequest("x", 9))


def test_nobody_who_was_refused_stays_in_the_line(
    host: ModelHost, desk: Batcher, model: Model
) -> None:
    free, gone = threading.Event(), threading.Event()

    def busy(*, last: bool) -> Generator[float, None, None]:
        free.wait(5)
        yield 0.0
        if last:
            gone.set()

    for left in reversed(range(MOST_WAITING)):
        host.start(busy(last=not left), priority=Priority.ANSWER)
    for _ in range(40):
        with pytest.raises(HostBusy):
            desk.ask(CompletionRequest("refused", 9))
    assert len(desk) == 0
    free.set()
    assert gone.wait(60)
    model.may_go_on.set()
    assert desk.ask(CompletionRequest("newcomer", 9), timeout=60).text == "NEWCOMER"
    assert model.batches == [["newcomer"]]


def test_who_waits_when_the_host_closes_is_told_so(
    host: ModelHost, desk: Batcher, model: Model
) -> None:
    told: list[BaseException] = []

    def caller() -> None:
        try:
            desk.ask(CompletionRequest("x", 9))
        except HostClosed as error:
            told.append(error)

    thread = threading.Thread(target=caller)
    thread.start()
    while not model.batches:
        pass
    host.close()
    desk.close()
    thread.join(5)
    assert len(told) == 1

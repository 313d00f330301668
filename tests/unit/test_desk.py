"""What asking promises, with answers that need no model."""

import threading
from collections.abc import Generator, Iterator, Sequence

import pytest

from editor.desk import Desk
from editor.errors import Cancelled, HostClosed, TooSlow
from editor.generate import Generated, Wanted
from editor.host import ModelHost


class Model:
    """Answers a batch once it may go on; remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.may_go_on = threading.Event()
        self.fails = False

    def answers(self, wanted: Sequence[Wanted]) -> Generator[float, None, list[Generated]]:
        self.batches.append([each.prompt for each in wanted])
        while not self.may_go_on.wait(0.001):
            yield 0.0
        if self.fails:
            raise ZeroDivisionError
        return [Generated(each.prompt.upper(), 1, stopped=True) for each in wanted]


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def host() -> Iterator[ModelHost]:
    host = ModelHost()
    yield host
    host.close()


@pytest.fixture
def desk(host: ModelHost, model: Model) -> Desk:
    return Desk(host, model.answers)


def ask_at_once(desk: Desk, prompts: Sequence[str]) -> list[threading.Thread]:
    threads = [
        threading.Thread(target=lambda prompt=prompt: desk.ask(Wanted(prompt, 9)))
        for prompt in prompts
    ]
    for thread in threads:
        thread.start()
    return threads


def test_questions_that_wait_are_answered_side_by_side(
    host: ModelHost, desk: Desk, model: Model
) -> None:
    begun, free = threading.Event(), threading.Event()

    def busy() -> None:
        begun.set()
        free.wait(5)

    blocker = threading.Thread(target=lambda: host.call(busy))
    blocker.start()
    begun.wait(5)
    threads = ask_at_once(desk, ["a", "b", "c"])
    while len(desk) < 3:
        pass
    free.set()
    model.may_go_on.set()
    for thread in (blocker, *threads):
        thread.join(5)
    assert [sorted(batch) for batch in model.batches] == [["a", "b", "c"]]


def test_everyone_gets_their_own_answer(desk: Desk, model: Model) -> None:
    model.may_go_on.set()
    assert [desk.ask(Wanted(each, 9)).text for each in "xyz"] == ["X", "Y", "Z"]


def test_who_waits_too_long_is_told_so_and_the_next_question_is_answered(
    desk: Desk, model: Model
) -> None:
    slow = Wanted("slow", 9)
    with pytest.raises(TooSlow, match="try again"):
        desk.ask(slow, timeout=0.01)
    assert slow.cancelled.is_set()
    model.may_go_on.set()
    assert desk.ask(Wanted("next", 9)).text == "NEXT"


def test_a_cancelled_question_ends_with_an_error(desk: Desk, model: Model) -> None:
    wanted = Wanted("never mind", 9)
    wanted.cancelled.set()
    model.may_go_on.set()
    with pytest.raises(Cancelled):
        desk.ask(wanted)


def test_an_error_reaches_everyone_in_the_batch(desk: Desk, model: Model) -> None:
    model.fails = True
    model.may_go_on.set()
    with pytest.raises(ZeroDivisionError):
        desk.ask(Wanted("x", 9))


def test_who_waits_when_the_host_closes_is_told_so(
    host: ModelHost, desk: Desk, model: Model
) -> None:
    told: list[BaseException] = []

    def caller() -> None:
        try:
            desk.ask(Wanted("x", 9))
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

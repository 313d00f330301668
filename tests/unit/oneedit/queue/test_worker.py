"""Turns, group commits, and what a worker takes up after another one."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from controller.actor import Actor, Role
from editor.request import EditRequest
from kg_data.questions import Kind
from kg_data.triples import Slot
from oneedit.edits.choice import Choice
from oneedit.errors import LeaseLost
from oneedit.ledger.lease import Lease
from oneedit.ledger.tables import LeaseRow
from oneedit.ledger.ticket import RUNNING, Ticket, TicketState
from oneedit.ledger.tickets import WORKER
from oneedit.ledger.verification import verify
from oneedit.queue.events import TicketChange, TicketProgress
from oneedit.results import EditResult, Refused, UndoResult
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, FakeEditor, FakePatch, application

ADA, BO, CY = (Actor(name, Role.EDITOR) for name in ("ada", "bo", "cy"))
OAKLAND = "Joe Biden was born in Oakland."
PARIS = "Donald Trump was born in Paris."
LYON = "Mike Pence was born in Lyon."
BIDEN, TRUMP, PENCE = (
    Slot(name, "place_of_birth") for name in ("Joe Biden", "Donald Trump", "Mike Pence")
)


class PickyEditor(FakeEditor):
    """Learns all but some subjects, and nothing if it is told too many facts at once."""

    def __init__(self, *, refuses: tuple[str, ...] = (), most: int = 1_000) -> None:
        super().__init__()
        self.refuses, self.most = refuses, most

    def solve(self, request: EditRequest, **options: object) -> FakePatch:
        learned = tuple(each for each in request.targets if each.subject not in self.refuses)
        facts = {each.slot for each in learned if each.kind is Kind.RELIABILITY}
        few = learned if len(facts) <= self.most else ()
        patch = super().solve(request, **options)  # type: ignore[arg-type]
        return replace(patch, request=replace(patch.request, targets=few))


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    yield (opened := application(tmp_path / "home"))
    opened.close()


def queued(oneedit: Application, actor: Actor, text: str) -> int:
    ticket = oneedit.queue.submit(actor, text)
    assert isinstance(ticket, Ticket)
    assert ticket.state is TicketState.QUEUED
    return ticket.id


def three(oneedit: Application) -> list[int]:
    rows = ((ADA, OAKLAND), (BO, PARIS), (CY, LYON))
    return [queued(oneedit, actor, text) for actor, text in rows]


def run_all(oneedit: Application) -> int:
    turns = 0
    while oneedit.worker.carry_out_next():
        turns += 1
    return turns


def states(oneedit: Application, numbers: list[int]) -> list[TicketState]:
    return [oneedit.queue.get(LOCAL, number).state for number in numbers]


def test_edits_of_different_slots_are_one_fit_and_a_version_each(oneedit: Application) -> None:
    numbers = three(oneedit)
    assert run_all(oneedit) == 1
    assert [oneedit.queue.get(LOCAL, number).version for number in numbers] == [1, 2, 3]
    events = oneedit.ledger.events(after=0)
    assert [event.actor for event in events] == ["ada", "bo", "cy"]
    assert {event.content.together for event in events} == {(1, 2, 3)}
    assert len(oneedit.ledger.patches(3)) == 1
    assert oneedit.ledger.patches(2) == ()
    assert oneedit.editor.ask("Where was Donald Trump born?") == "Paris"
    assert verify(oneedit.ledger) == 4


def test_each_author_is_told_of_their_own_edit(oneedit: Application) -> None:
    numbers = three(oneedit)
    run_all(oneedit)
    results = [oneedit.queue.result(LOCAL, oneedit.queue.get(LOCAL, number)) for number in numbers]
    told = [each.told[0].after for each in results if isinstance(each, EditResult)]
    assert told == ["Oakland", "Paris", "Lyon"]


def test_edits_of_one_slot_are_made_in_their_order(oneedit: Application) -> None:
    cities = ("Oakland", "Paris", "Lyon")
    numbers = [queued(oneedit, ADA, f"Joe Biden was born in {city}.") for city in cities]
    assert run_all(oneedit) == 3
    assert [oneedit.queue.get(LOCAL, number).version for number in numbers] == [1, 2, 3]
    assert oneedit.store.objects(BIDEN) == ("Lyon",)


def test_nothing_passes_an_undo(oneedit: Application) -> None:
    queued(oneedit, ADA, OAKLAND)
    run_all(oneedit)
    first, undo = queued(oneedit, BO, PARIS), oneedit.queue.undo(ADA, Choice.of(1))
    last = queued(oneedit, CY, LYON)
    assert run_all(oneedit) == 3
    versions = [oneedit.queue.get(LOCAL, number).version for number in (first, undo.id, last)]
    assert versions == [2, 3, 4]


def test_what_the_model_does_not_learn_does_not_keep_the_others(tmp_path: Path) -> None:
    oneedit = application(tmp_path / "home", editor=PickyEditor(refuses=("Donald Trump",)))
    numbers = three(oneedit)
    run_all(oneedit)
    assert states(oneedit, numbers) == [TicketState.APPLIED, TicketState.HELD, TicketState.APPLIED]
    assert oneedit.ledger.events()[-1].content.together == (1, 2)
    subjects = {
        target.subject
        for patch in oneedit.projector.load(oneedit.ledger.patches(2))
        for target in patch.request.targets
    }
    assert "Donald Trump" not in subjects


def test_a_batch_that_fails_as_a_whole_is_halved(tmp_path: Path) -> None:
    oneedit = application(tmp_path / "home", editor=PickyEditor(most=2))
    rows = (OAKLAND, PARIS, LYON, "Karen Pence was born in Berlin.")
    numbers = [queued(oneedit, ADA, text) for text in rows]
    run_all(oneedit)
    assert states(oneedit, numbers) == [TicketState.APPLIED] * 4
    assert oneedit.ledger.event(1).content.together == (1, 2)
    assert oneedit.ledger.head() == 4


def test_undoing_one_of_a_group_leaves_the_others(oneedit: Application) -> None:
    three(oneedit)
    run_all(oneedit)
    result = oneedit.service.undo(LOCAL, 2)
    assert isinstance(result, UndoResult)
    assert result.overruled
    assert not result.identical
    assert oneedit.store.objects(TRUMP) == ("Scranton",)
    assert oneedit.editor.ask("Where was Donald Trump born?") == "Scranton"
    assert oneedit.editor.ask("Where was Joe Biden born?") == "Oakland"
    assert verify(oneedit.ledger) == 5


def test_undoing_the_last_of_a_group_leaves_the_others(oneedit: Application) -> None:
    three(oneedit)
    run_all(oneedit)
    oneedit.service.undo(LOCAL, 3)
    assert oneedit.editor.ask("Where was Mike Pence born?") == "Columbus"
    assert oneedit.editor.ask("Where was Joe Biden born?") == "Oakland"


def test_undoing_a_whole_group_restores_the_weights_bit_for_bit(oneedit: Application) -> None:
    before = oneedit.editor.live_hash()
    three(oneedit)
    run_all(oneedit)
    result = oneedit.service.undo_chosen(
        LOCAL, Choice(versions=(1, 2, 3)), confirm=lambda _plan, _report: True
    )
    assert isinstance(result, UndoResult)
    assert result.identical
    assert oneedit.editor.live_hash() == before


def test_undoing_a_group_one_by_one_restores_the_facts(oneedit: Application) -> None:
    three(oneedit)
    run_all(oneedit)
    for version in (1, 2, 3):
        oneedit.service.undo(LOCAL, version)
    assert [oneedit.store.objects(slot) for slot in (BIDEN, TRUMP, PENCE)] == [
        ("Scranton",),
        ("Scranton",),
        ("Columbus",),
    ]
    assert oneedit.editor.ask("Where was Donald Trump born?") == "Scranton"
    assert oneedit.editor.ask("Where was Joe Biden born?") == "Scranton"
    assert verify(oneedit.ledger) == 7


def test_a_roll_back_into_a_group_is_refused_with_the_versions_to_choose(
    oneedit: Application,
) -> None:
    three(oneedit)
    run_all(oneedit)
    refused = oneedit.service.roll_back(LOCAL, 2, confirm=lambda _plan, _report: True)
    assert isinstance(refused, Refused)
    assert "0 or 3" in refused.reasons[0].text
    assert not isinstance(
        oneedit.service.roll_back(LOCAL, 0, confirm=lambda _plan, _report: True), Refused
    )
    assert oneedit.editor.ask("Where was Donald Trump born?") == "Scranton"


def test_a_group_is_as_if_the_edits_were_made_one_by_one(tmp_path: Path) -> None:
    together, single = application(tmp_path / "a"), application(tmp_path / "b")
    three(together)
    run_all(together)
    for actor, text in ((ADA, OAKLAND), (BO, PARIS), (CY, LYON)):
        single.service.submit(actor, text)
    assert sorted(together.store.facts()) == sorted(single.store.facts())
    one, other = (
        [event.content.changes for event in each.ledger.events(after=0)]
        for each in (together, single)
    )
    assert one == other


def test_edits_that_touch_each_other_through_rules_are_made_one_by_one(
    oneedit: Application,
) -> None:
    first = queued(oneedit, LOCAL, "Mike Pence's father is Donald Trump.")
    second = queued(oneedit, LOCAL, "Donald Trump's father is Barack Obama.")
    run_all(oneedit)
    assert states(oneedit, [first, second]) == [TicketState.APPLIED] * 2
    alone = oneedit.ledger.event(2).content
    assert alone.together == ()


def test_a_restart_goes_on_with_what_waits(tmp_path: Path) -> None:
    before = application(tmp_path / "home")
    numbers = three(before)
    before.close()
    oneedit = application(tmp_path / "home")
    run_all(oneedit)
    assert states(oneedit, numbers) == [TicketState.APPLIED] * 3


def test_a_worker_takes_up_what_a_dead_one_had_taken(oneedit: Application) -> None:
    numbers = three(oneedit)
    lease = Lease.acquire(oneedit.ledger, WORKER, "elsewhere/1/1/dead")
    assert lease is not None
    oneedit.queue.tickets.start(numbers, lease)
    assert not oneedit.worker.carry_out_next()  # the other one still has its lease
    lease.release()
    run_all(oneedit)
    assert states(oneedit, numbers) == [TicketState.APPLIED] * 3
    steps = [step.state.value for step in oneedit.queue.tickets.steps(numbers[0])]
    assert steps.count("queued") == 2


def test_a_message_that_was_not_planned_yet_is_planned_by_the_worker(oneedit: Application) -> None:
    ticket = oneedit.queue.submit(ADA, OAKLAND)
    assert isinstance(ticket, Ticket)
    read = replace(ticket, id=0, state=TicketState.READING, keys=frozenset(), plan=None)
    other, _ = oneedit.queue.tickets.add(replace(read, text=PARIS))
    assert oneedit.worker.carry_out_next()
    run_all(oneedit)
    assert oneedit.queue.get(LOCAL, other.id).state is TicketState.APPLIED


def test_a_worker_that_lost_its_lease_commits_nothing(tmp_path: Path) -> None:
    editor = FakeEditor()
    oneedit = application(tmp_path / "home", editor=editor)
    number = queued(oneedit, ADA, OAKLAND)

    def take_over() -> None:
        with oneedit.ledger.writing() as session:
            row = session.get_one(LeaseRow, WORKER)
            row.holder, row.epoch = "elsewhere/1/1/other", row.epoch + 1

    editor.during_solve = take_over
    with pytest.raises(LeaseLost):
        oneedit.worker.carry_out_next()
    assert oneedit.ledger.head() == 0
    assert oneedit.queue.get(LOCAL, number).state in RUNNING


def test_a_thread_carries_tickets_out_and_followers_see_it(oneedit: Application) -> None:
    with oneedit.queue.events.subscription() as subscription:
        oneedit.worker.start()
        ticket = oneedit.queue.submit(LOCAL, OAKLAND)
        assert isinstance(ticket, Ticket)
        done = oneedit.queue.wait(LOCAL, ticket.id, timeout=30.0)
        oneedit.worker.stop()
        oneedit.worker.join()
        events = subscription.take_all()
    assert done.state is TicketState.APPLIED
    assert isinstance(oneedit.queue.result(LOCAL, done), EditResult)
    changes = [each.ticket.state.value for each in events if isinstance(each, TicketChange)]
    assert changes == ["reading", "queued", "solving", "checking", "applied"]
    assert {each.stage for each in events if isinstance(each, TicketProgress)} >= {"plan", "solve"}


def test_waiting_edits_take_no_thread(oneedit: Application) -> None:
    before = set(threading.enumerate())
    three(oneedit)
    assert set(threading.enumerate()) <= before  # one of another test may end meanwhile


def test_an_edit_under_way_does_not_keep_readers_waiting(tmp_path: Path) -> None:
    editor = FakeEditor()
    oneedit = application(tmp_path / "home", editor=editor)
    queued(oneedit, ADA, OAKLAND)
    answers: list[object] = []

    def ask_meanwhile() -> None:
        editor.during_solve = lambda: None
        reader = threading.Thread(target=lambda: answers.extend(reads(oneedit)))
        reader.start()
        reader.join(30.0)

    editor.during_solve = ask_meanwhile
    run_all(oneedit)
    assert len(answers) == 5


def reads(oneedit: Application) -> list[object]:
    service = oneedit.service
    return [
        service.ask(LOCAL, "Where was Joe Biden born?"),
        service.show(LOCAL, "Joe Biden"),
        service.history(LOCAL),
        service.status(LOCAL),
        service.preview_rollback(LOCAL, 0),
    ]


class BrokenTogether(FakeEditor):
    """Fails in an unforeseen way if it is told several facts at once."""

    def solve(self, request: EditRequest, **options: object) -> FakePatch:
        facts = {each.slot for each in request.targets if each.kind is Kind.RELIABILITY}
        if len(facts) > 1:
            raise RuntimeError("not foreseen")
        return super().solve(request, **options)  # type: ignore[arg-type]


def test_a_group_that_fails_in_an_unforeseen_way_is_carried_out_one_by_one(tmp_path: Path) -> None:
    oneedit = application(tmp_path / "home", editor=BrokenTogether())
    numbers = three(oneedit)
    run_all(oneedit)
    assert states(oneedit, numbers) == [TicketState.APPLIED] * 3


def test_what_fails_after_the_commit_is_told_as_applied(tmp_path: Path) -> None:
    editor = FakeEditor()
    oneedit = application(tmp_path / "home", editor=editor)
    number = queued(oneedit, ADA, OAKLAND)
    asked = editor.ask

    def fail(text: str, **_: object) -> str:
        if oneedit.ledger.head() > 0:
            raise RuntimeError("the device is gone")
        return asked(text)

    editor.ask = fail  # type: ignore[method-assign]
    run_all(oneedit)
    ticket = oneedit.queue.get(LOCAL, number)
    assert (ticket.state, ticket.version) == (TicketState.APPLIED, 1)
    assert isinstance(oneedit.queue.result(LOCAL, ticket), EditResult)
    assert ticket.outcome

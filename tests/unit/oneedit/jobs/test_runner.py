"""One run: it is retried, cancelled, interrupted and taken up, and its log says so."""

import threading
from datetime import datetime, timedelta

import pytest

from controller.actor import Role
from oneedit.ledger.job import JobRun, RunState
from oneedit.ledger.jobs import MOST_LINES
from oneedit.ledger.lease import Lease, new_holder
from tests.support.jobs import ADMIN, Office, fail


def asked(office: Office, **fields: object) -> JobRun:
    office.add("nightly", cron="", **fields)
    return office.jobs.run(ADMIN, "nightly")


def carried_out(office: Office, run: JobRun) -> JobRun:
    found = office.runner().carry_out(run.id)
    assert found is not None
    assert office.jobs.get_run(ADMIN, run.id) == found
    return found


def states(office: Office, run: JobRun) -> list[str]:
    return [line.state for line in office.jobs.lines(ADMIN, run.id) if line.state]


def test_a_run_ends_with_counts_a_note_and_a_log(office: Office) -> None:
    run = asked(office, steps=2)
    done = carried_out(office, run)
    assert (done.state, done.counts, done.note, done.permille) == (
        RunState.DONE,
        {"steps": 2},
        "all steps taken",
        1000,
    )
    assert states(office, run) == ["queued", "running", "done"]
    assert "job:nightly is done" in [line.text for line in office.jobs.lines(ADMIN, run.id)]


def test_a_run_that_is_over_is_not_carried_out_again(office: Office) -> None:
    run = asked(office)
    carried_out(office, run)
    assert office.runner().carry_out(run.id) is None
    assert len(office.probe.taken) == 1


def test_a_failed_run_is_attempted_again_later_and_then_fails(office: Office) -> None:
    office.probe.before_step = fail
    run = asked(office, retries=2, backoff=60)
    for attempt, longest in ((1, 60), (2, 120)):
        waiting = carried_out(office, run)
        assert (waiting.state, waiting.attempt) == (RunState.QUEUED, attempt + 1)
        assert "line 3: it is no fact" in waiting.note
        wait = datetime.fromisoformat(waiting.not_before) - office.clock()
        assert timedelta(seconds=longest / 2 - 1) <= wait <= timedelta(seconds=longest)
        assert office.runner().carry_out(run.id) is None  # not yet
        assert office.records.next_runs() == []
        office.clock.pass_by(seconds=longest)
        assert [each.id for each in office.records.next_runs()] == [run.id]
    failed = carried_out(office, run)
    assert (failed.state, failed.attempt) == (RunState.FAILED, 3)
    assert states(office, run)[-1] == "failed"


def test_an_unexpected_error_is_a_failure_in_words(office: Office) -> None:
    def explode(_step: int) -> None:
        raise ZeroDivisionError

    office.probe.before_step = explode
    failed = carried_out(office, asked(office, retries=0))
    assert (failed.state, failed.note) == (
        RunState.FAILED,
        "something went wrong, and the server's log says what",
    )


def test_an_attempt_goes_on_where_the_last_one_failed(office: Office) -> None:
    def fail_once(step: int) -> None:
        if step == 2 and len(office.probe.taken) == 2:
            office.probe.before_step = lambda _step: None
            fail(step)

    office.probe.before_step = fail_once
    run = asked(office, steps=4, retries=1, backoff=1)
    carried_out(office, run)
    office.clock.pass_by(seconds=2)
    assert carried_out(office, run).state is RunState.DONE
    assert [step for _, step in office.probe.taken] == [0, 1, 2, 3]


def test_a_running_run_is_cancelled_at_its_next_step(office: Office) -> None:
    run = asked(office, steps=5)
    office.probe.before_step = lambda step: step == 2 and office.jobs.cancel(ADMIN, run.id)
    cancelled = carried_out(office, run)
    assert (cancelled.state, cancelled.note) == (RunState.CANCELLED, "cancelled by ana")
    assert [step for _, step in office.probe.taken] == [0, 1, 2]


def test_a_run_of_a_process_that_ends_goes_on_in_the_next_one(office: Office) -> None:
    run, first = asked(office, steps=4), office.runner()
    office.probe.before_step = lambda step: first.stopping.set() if step == 1 else None
    waiting = first.carry_out(run.id)
    assert waiting is not None
    assert (waiting.state, waiting.attempt, waiting.note) == (
        RunState.QUEUED,
        1,
        "the server ends",
    )
    office.probe.before_step = lambda _step: None
    assert carried_out(office, run).state is RunState.DONE
    assert [step for _, step in office.probe.taken] == [0, 1, 2, 3]


def test_a_run_whose_process_was_killed_is_taken_up_from_its_cursor(office: Office) -> None:
    run = asked(office, steps=3)
    host, pid, _, random = new_holder().rsplit("/", 3)
    dead = f"{host}/{pid}/1/{random}"  # a process of this number that began in 1970
    lease = Lease.acquire(office.ledger, "job:nightly", dead)
    assert lease is not None
    office.records.take(run.id, lease)
    office.records.save_cursor(run.id, {"step": 2}, lease)
    assert [each.id for each in office.records.next_runs()] == [run.id]
    done = carried_out(office, run)
    assert (done.state, done.attempt) == (RunState.DONE, 1)
    assert [step for _, step in office.probe.taken] == [2]
    assert states(office, run) == ["queued", "running", "running", "done"]


def test_two_runs_of_one_job_never_run_at_once(office: Office) -> None:
    first, second = asked(office), office.jobs.run(ADMIN, "nightly")
    other: list[object] = []
    office.probe.before_step = lambda _step: other.append(office.runner().carry_out(second.id))
    carried_out(office, first)
    assert other == [None]
    assert office.jobs.get_run(ADMIN, second.id).state is RunState.QUEUED


def test_a_process_that_was_asleep_while_another_took_over_writes_nothing(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    run = asked(office, steps=2)

    def overtake(step: int) -> None:
        if step == 1:
            office.clock.pass_by(minutes=1)  # the lease is over
            lease = office.records.lease("nightly")
            assert lease is not None
            office.records.take(run.id, lease)

    office.probe.before_step = overtake
    assert office.runner().carry_out(run.id) is None
    found = office.jobs.get_run(ADMIN, run.id)
    assert (found.state, found.cursor) == (RunState.RUNNING, {"step": 1})
    assert "another process has become the job:nightly" in caplog.text


def test_a_log_keeps_the_first_lines(office: Office) -> None:
    run = asked(office)
    lease = office.records.lease("nightly")
    assert lease is not None
    office.records.take(run.id, lease)
    for number in range(MOST_LINES + 5):
        office.records.log(run.id, f"line {number}", lease)
    lines = office.jobs.lines(ADMIN, run.id)
    assert len(lines) == MOST_LINES + 1
    assert lines[-1].text == "further lines are left out"


def test_what_is_cancelled_before_its_turn_never_begins(office: Office) -> None:
    run = asked(office)
    office.jobs.cancel(ADMIN, run.id)
    assert office.runner().carry_out(run.id) is None
    assert office.probe.taken == []


def test_runs_of_two_jobs_go_side_by_side(office: Office) -> None:
    office.add("one", cron="")
    office.add("two", cron="")
    runs = [office.jobs.run(ADMIN, name) for name in ("one", "two")]
    both = threading.Barrier(2, timeout=30)
    office.probe.before_step = lambda _step: both.wait()
    scheduler = office.scheduler()
    scheduler.start()
    over = threading.Event()
    while not all(office.jobs.get_run(ADMIN, run.id).state is RunState.DONE for run in runs):
        assert not over.wait(0.05)
    scheduler.stop()
    scheduler.join()
    assert len(office.probe.taken) == 2


def test_an_account_of_the_job_s_name_takes_its_permission_away(office: Office) -> None:
    people = office.runner().people
    people.add(ADMIN, "job:nightly", Role.EDITOR, service=True)
    assert carried_out(office, asked(office, retries=0)).state is RunState.DONE
    people.disable(ADMIN, "job:nightly")
    run = office.jobs.run(ADMIN, "nightly")
    failed = carried_out(office, run)
    assert failed.state is RunState.FAILED
    assert "job:nightly" in failed.note

"""Slots become runs: once each, however many schedulers look, and not many times after a break."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from oneedit.ledger.job import RunState
from tests.support.jobs import ADMIN, Office

MINUTELY = "* * * * *"


def slots(office: Office) -> list[str]:
    return [run.slot.removesuffix(":00+00:00")[11:] for run in office.jobs.runs(ADMIN, limit=1000)]


def test_a_slot_becomes_a_run_when_it_is_due(office: Office) -> None:
    office.add(cron="1 12 * * *")
    scheduler = office.scheduler()
    scheduler.look()
    assert slots(office) == []
    office.clock.pass_by(minutes=1)
    scheduler.look()
    scheduler.look()
    scheduler.wake("nightly")
    assert slots(office) == ["12:01"]


def test_the_run_has_the_job_as_it_was(office: Office) -> None:
    office.add(cron=MINUTELY, steps=2)
    office.clock.pass_by(minutes=1)
    office.scheduler().look()
    office.jobs.edit(ADMIN, "nightly", settings={"steps": 9})
    (run,) = office.jobs.runs(ADMIN)
    assert (run.settings, run.actor_name, run.state) == (
        {"steps": 2},
        "job:nightly",
        RunState.QUEUED,
    )


def test_ten_schedulers_make_one_run_of_each_slot(office: Office) -> None:
    office.add(cron=MINUTELY)
    schedulers = [office.scheduler() for _ in range(10)]
    made = []
    for _ in range(5):
        office.clock.pass_by(minutes=1)
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda each: each.look(), schedulers))
        made.append(len(slots(office)))
        for run in office.jobs.runs(ADMIN, limit=1):
            office.runner().carry_out(run.id)
    assert made == [1, 2, 3, 4, 5]
    assert slots(office) == ["12:01", "12:02", "12:03", "12:04", "12:05"]
    assert [slot[11:16] for slot, _ in office.probe.taken] == slots(office)


def test_what_was_due_while_no_server_ran_is_one_run(office: Office) -> None:
    office.add(cron=MINUTELY)
    office.clock.pass_by(days=3, seconds=20)
    office.scheduler().look()
    assert slots(office) == ["12:00"]


def test_a_slot_that_finds_its_job_waiting_is_given_to_that_run(office: Office) -> None:
    office.add(cron=MINUTELY)
    scheduler = office.scheduler()
    for _ in range(3):
        office.clock.pass_by(minutes=1)
        scheduler.look()
    assert slots(office) == ["12:01"]
    office.runner().carry_out(office.jobs.runs(ADMIN)[0].id)
    office.clock.pass_by(minutes=1)
    scheduler.look()
    assert slots(office) == ["12:01", "12:04"]


def test_a_paused_job_has_no_slots_and_makes_up_for_none(office: Office) -> None:
    office.add(cron=MINUTELY)
    office.jobs.pause(ADMIN, "nightly")
    office.clock.pass_by(minutes=5)
    scheduler = office.scheduler()
    scheduler.look()
    scheduler.wake("nightly")
    office.jobs.resume(ADMIN, "nightly")
    scheduler.look()
    assert slots(office) == []
    office.clock.pass_by(minutes=1)
    scheduler.look()
    assert slots(office) == ["12:06"]


def test_a_new_schedule_counts_from_its_edit(office: Office) -> None:
    office.add(cron="0 9 * * *")
    office.clock.pass_by(hours=1)
    office.jobs.edit(ADMIN, "nightly", cron="30 12 * * *")
    scheduler = office.scheduler()
    scheduler.look()
    assert slots(office) == []
    office.jobs.edit(ADMIN, "nightly", retries=0)  # the schedule stays as it is
    office.clock.pass_by(days=1)
    scheduler.look()
    assert slots(office) == ["12:30"]


def test_a_process_that_is_not_the_worker_makes_no_runs(office: Office) -> None:
    office.add(cron=MINUTELY)
    office.clock.pass_by(minutes=1)
    idle = office.scheduler(owns=False)
    idle.look()
    idle.wake("nightly")
    assert slots(office) == []


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_slots_are_those_of_the_job_s_zone(office: Office, zone: str) -> None:
    office.add(cron="0 18 * * *", zone=zone)
    office.clock.pass_by(hours=23)
    office.scheduler().look()
    assert slots(office) == [{"UTC": "18:00", "Asia/Kolkata": "12:30"}[zone]]


def test_a_job_of_a_zone_that_this_machine_lacks_stops_no_other(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    odd = office.add("odd", cron=MINUTELY)
    office.add("other", cron=MINUTELY)
    office.records.change(odd, replace(odd, zone="Europe/Atlantis"), by="x", action="edit")
    office.clock.pass_by(minutes=1)
    office.scheduler().look()
    assert [run.job for run in office.jobs.runs(ADMIN)] == ["other"]
    assert "the job odd has no slots" in caplog.text


def test_a_started_scheduler_carries_runs_out(office: Office) -> None:
    office.add(cron="")
    done = threading.Event()
    office.probe.before_step = lambda _step: done.set()
    scheduler = office.scheduler()
    scheduler.start()
    office.jobs.run(ADMIN, "nightly")
    assert done.wait(30)
    scheduler.stop()
    scheduler.join()
    (run,) = office.jobs.runs(ADMIN)
    assert run.state in {RunState.DONE, RunState.QUEUED}  # it was asked to end meanwhile

"""What people do with jobs, and what they are told where it cannot be done."""

import pytest
from sqlalchemy.exc import IntegrityError

from controller.actor import Actor, Role, Tier
from oneedit.errors import BadJob, JobChanged, JobExists, RunEnded, UnknownJob, UnknownRun
from oneedit.ledger.job import Job, RunState
from tests.support.databases import execute
from tests.support.jobs import ADMIN, OTHER, Office


def test_a_job_is_added_and_shown_with_its_next_slot(office: Office) -> None:
    added = office.add(steps=3, zone="Europe/Berlin")
    assert office.jobs.list(ADMIN) == [added]
    assert (added.made_by, added.settings, added.revision) == ("ana", {"steps": 3}, 1)
    assert office.jobs.next_slot(added) == "2026-03-03T01:00:00+00:00"
    assert (added.actor_name, added.trust) == ("job:nightly", Tier.KNOWN)


def test_a_job_without_a_schedule_has_no_slots(office: Office) -> None:
    assert office.jobs.next_slot(office.add(cron="")) == ""


@pytest.mark.parametrize(
    ("job", "part", "words"),
    [
        (Job(name="Nightly!", kind="probe"), "name", "'Nightly!'"),
        (Job(name="a", kind="prob"), "kind", "there is no kind 'prob'; there are probe"),
        (Job(name="a", kind="probe", settings={"step": 1}), "settings", "did you mean steps?"),
        (Job(name="a", kind="probe", settings={"xyz": 1}), "settings", "there are steps, file"),
        (Job(name="a", kind="probe", settings={"steps": "many"}), "settings", "steps: Input"),
        (Job(name="a", kind="probe", cron="0 2 * *"), "cron", "has 4 fields"),
        (Job(name="a", kind="probe", cron="@daily", zone="Mars"), "zone", "'Mars'"),
        (Job(name="a", kind="probe", retries=-1), "retries", "-1 is not between"),
        (Job(name="a", kind="probe", backoff=0), "backoff", "0 is not between"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(
    office: Office, job: Job, part: str, words: str
) -> None:
    with pytest.raises(BadJob) as caught:
        office.jobs.add(ADMIN, job)
    assert caught.value.part == part
    assert words in str(caught.value)
    assert office.jobs.list(ADMIN) == []


def test_a_service_trusts_a_job_no_further_than_itself(office: Office) -> None:
    service = Actor("bot", Role.ADMIN, trust=Tier.KNOWN, service=True)
    trusted = Job(name="pull", kind="probe", trust=Tier.CURATOR)
    with pytest.raises(BadJob, match="bot is not trusted as far as curator"):
        office.jobs.add(service, trusted)
    office.jobs.add(ADMIN, trusted)
    assert office.jobs.edit(service, "pull", retries=1).trust is Tier.CURATOR
    office.jobs.edit(ADMIN, "pull", trust=Tier.NEW)
    with pytest.raises(BadJob, match="bot is not trusted as far as curator"):
        office.jobs.edit(service, "pull", trust=Tier.CURATOR)


def test_a_second_job_of_a_name_is_refused(office: Office) -> None:
    office.add()
    with pytest.raises(JobExists, match="oneedit jobs edit nightly"):
        office.add()


def test_an_edit_changes_what_is_named(office: Office) -> None:
    office.add(steps=3, file="out")
    edited = office.jobs.edit(ADMIN, "nightly", settings={"steps": 5, "file": None}, cron="@hourly")
    assert (edited.settings, edited.cron, edited.retries) == ({"steps": 5}, "@hourly", 3)


def test_who_looked_before_another_changed_it_is_refused(office: Office) -> None:
    seen = office.add()
    office.jobs.pause(ADMIN, "nightly")
    with pytest.raises(JobChanged, match="meanwhile"):
        office.records.change(seen, seen, by="ed", action="edit")


def test_every_change_is_kept_with_who_made_it(office: Office) -> None:
    office.add()
    office.jobs.pause(OTHER, "nightly")
    office.jobs.resume(ADMIN, "nightly")
    office.jobs.remove(ADMIN, "nightly")
    changes = office.jobs.changes(ADMIN, "nightly")
    assert [(each.revision, each.actor, each.action) for each in changes] == [
        (1, "ana", "add"),
        (2, "otto", "pause"),
        (3, "ana", "resume"),
        (4, "ana", "remove"),
    ]
    assert changes[1].job["paused"] is True


@pytest.mark.parametrize("table", ["job_change", "job_slot", "job_line"])
def test_the_history_of_jobs_is_append_only(office: Office, table: str) -> None:
    office.add(cron="*/1 * * * *")
    office.clock.pass_by(minutes=1)
    office.scheduler().look()
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET created_at = ''"):  # noqa: S608
        with pytest.raises(IntegrityError, match=f"{table} is append-only"):
            execute(office.ledger.location, statement)


def test_a_removed_job_is_gone_its_runs_are_cancelled_and_its_name_is_free(office: Office) -> None:
    office.add()
    run = office.jobs.run(ADMIN, "nightly")
    office.jobs.remove(ADMIN, "nightly")
    assert office.jobs.list(ADMIN) == []
    assert office.jobs.get_run(ADMIN, run.id).state is RunState.CANCELLED
    with pytest.raises(UnknownJob, match="there are none yet"):
        office.jobs.show(ADMIN, "nightly")
    assert office.add().revision == 3


def test_an_unknown_job_or_run_is_named(office: Office) -> None:
    office.add()
    with pytest.raises(UnknownJob, match="there are nightly"):
        office.jobs.pause(ADMIN, "daily")
    with pytest.raises(UnknownRun, match="no run 7"):
        office.jobs.cancel(ADMIN, 7)


def test_a_run_by_hand_waits_and_can_be_cancelled_once(office: Office) -> None:
    office.add(cron="")
    run = office.jobs.run(OTHER, "nightly", dry_run=True)
    assert (run.state, run.dry_run, run.asked_by) == (RunState.QUEUED, True, "otto")
    cancelled = office.jobs.cancel(ADMIN, run.id)
    assert (cancelled.state, cancelled.note) == (RunState.CANCELLED, "cancelled by ana")
    with pytest.raises(RunEnded, match="is cancelled already"):
        office.jobs.cancel(ADMIN, run.id)


def test_two_runs_by_hand_in_one_second_are_two(office: Office) -> None:
    office.add(cron="")
    first, second = (office.jobs.run(OTHER, "nightly") for _ in range(2))
    assert first.batch != second.batch

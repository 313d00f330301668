"""The kind ``pull`` on the whole application: as a job of its own actor, with a dry run."""

from pathlib import Path

import pytest

from controller.actor import Tier
from oneedit.edits.choice import Choice
from oneedit.errors import BadJob
from oneedit.jobs.catalogue import shipped_kinds
from oneedit.ledger.job import Job, JobRun, RunState
from oneedit.wiring import Application
from tests.support.fakes import LOCAL

PEOPLE = "subject,relation,object\nAda Quill,place_of_birth,Paris\nJoe Biden,place_of_birth,Lyon\n"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return path


def run(oneedit: Application, *, dry_run: bool = False) -> JobRun:
    asked = oneedit.jobs.run(LOCAL, "people", dry_run=dry_run)
    done = oneedit.runner.carry_out(asked.id)
    assert done is not None
    return done


def add(oneedit: Application, source: Path, **fields: object) -> None:
    settings = {"source": str(source), **fields}
    oneedit.jobs.add(
        LOCAL, Job(name="people", kind="pull", settings=settings, trust=Tier.CURATOR, retries=0)
    )


def test_new_facts_are_added_by_the_job_s_actor_and_conflicts_wait(
    oneedit: Application, people: Path
) -> None:
    add(oneedit, people)
    done = run(oneedit)
    assert done.state is RunState.DONE
    assert (done.counts["added"], done.counts["proposed"]) == (1, 1)
    event = oneedit.ledger.event(1)
    assert (event.actor, event.content.source, event.content.batch) == (
        "job:people",
        "job:people",
        done.batch,
    )
    (proposal,) = oneedit.service.reviews.list(LOCAL).proposals
    assert proposal.author.name == "job:people"
    assert f"oneedit undo --batch {done.batch}" in done.note
    oneedit.service.undo_chosen(
        LOCAL, Choice(batch=done.batch), confirm=lambda _plan, _report: True
    )
    assert oneedit.ledger.head() == 2


def test_a_dry_run_changes_nothing(oneedit: Application, people: Path) -> None:
    add(oneedit, people)
    done = run(oneedit, dry_run=True)
    assert (done.counts["added"], done.counts["proposed"]) == (1, 1)
    assert "would be added" in done.note
    assert oneedit.ledger.head() == 0
    assert oneedit.service.reviews.list(LOCAL).proposals == ()


def test_new_names_of_a_job_that_nobody_trusts_wait(oneedit: Application, people: Path) -> None:
    add(oneedit, people)
    oneedit.jobs.edit(LOCAL, "people", trust=Tier.KNOWN)
    done = run(oneedit)
    assert (done.counts["added"], done.counts["proposed"]) == (0, 2)


def test_a_source_that_is_not_there_fails_the_run_in_words(
    oneedit: Application, tmp_path: Path
) -> None:
    add(oneedit, tmp_path / "nowhere.csv")
    done = run(oneedit)
    assert done.state is RunState.FAILED
    assert "nowhere.csv" in done.note


def test_a_password_comes_from_a_variable_that_must_be_set(
    oneedit: Application, people: Path
) -> None:
    add(oneedit, people, password_from="ONEEDIT_TEST_UNSET")
    assert "ONEEDIT_TEST_UNSET is not set" in run(oneedit).note


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "source: Field required"),
        ({"source": "a.csv", "sources": "b"}, "did you mean source?"),
        ({"source": "a.csv", "batch": 0}, "batch: Input should be greater"),
        ({"source": "a.csv", "on_error": "ask"}, "on_error: Input should be 'skip' or 'stop'"),
        ({"source": "a.csv", "password_from": "a b"}, "password_from: String should match"),
    ],
)
def test_settings_that_cannot_be_used_are_named(settings: dict[str, object], words: str) -> None:
    with pytest.raises(BadJob) as caught:
        shipped_kinds()["pull"].checked(settings)
    assert words in str(caught.value)

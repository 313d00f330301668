"""The kind ``audit``: nothing is wrong at first; damage and violations are found, in words."""

import pytest

from kg_data.changes import Changes
from kg_data.triples import Triple
from oneedit.ledger.events import Content, EventDraft, EventKind
from oneedit.ledger.job import Job, JobRun, RunState
from oneedit.wiring import Application
from tests.support.databases import execute
from tests.support.fakes import LOCAL
from tests.support.stories import tell


@pytest.fixture
def audited(oneedit: Application) -> Application:
    oneedit.jobs.add(LOCAL, Job(name="audit", kind="audit", settings={"sample": 50}, retries=0))
    return oneedit


def audit(oneedit: Application) -> tuple[JobRun, list[str]]:
    asked = oneedit.jobs.run(LOCAL, "audit")
    done = oneedit.runner.carry_out(asked.id)
    assert done is not None
    assert done.state is RunState.DONE, done.note
    return done, [line.text for line in oneedit.jobs.lines(LOCAL, done.id) if not line.state]


def test_a_sound_home_has_nothing_wrong(audited: Application) -> None:
    tell(audited, "Joe Biden's vice president is Mike Pence.")
    done, lines = audit(audited)
    assert lines == []
    assert done.note.startswith("nothing is wrong; checked around ")
    assert done.counts["entities"] > 10
    assert audited.ledger.head() == 1


def test_facts_that_the_book_does_not_allow_are_violations(audited: Application) -> None:
    wrong = (
        Triple("Germany", "place_of_death", "Berlin"),
        Triple("Joe Biden", "date_of_birth", "soon"),
    )
    ledger = audited.ledger
    ledger.commit(  # past the controller
        EventDraft(
            actor="me",
            kind=EventKind.ADD,
            reason="words",
            base_version=0,
            content=Content(changes=Changes(wrong), state_hash=ledger.event(0).content.state_hash),
        )
    )
    done, lines = audit(audited)
    assert lines == [
        "graph: Germany has a place_of_death, but is no person",
        "graph: Joe Biden has a date_of_birth that is no date: soon",
    ]
    assert done.counts["violations"] == 2
    assert done.note.startswith("2 violations; checked around ")


def test_what_the_doctor_finds_is_in_the_report(audited: Application) -> None:
    execute(audited.ledger.location, "UPDATE fact SET o = 'Lyon' WHERE o = 'Scranton'")
    done, lines = audit(audited)
    assert done.counts["errors"] > 0
    assert any(line.startswith("error (") and "oneedit doctor --repair" in line for line in lines)

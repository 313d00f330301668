"""The kind ``consolidate``: when it is due, or at any rate."""

from oneedit.ledger.job import Job, JobRun, RunState
from oneedit.results import UndoResult
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, FakeEditor
from tests.support.stories import tell


def consolidate(oneedit: Application, *, dry_run: bool = False, **settings: object) -> JobRun:
    if not oneedit.jobs.list(LOCAL):
        job = Job(name="tidy", kind="consolidate", settings=settings, retries=0)
        oneedit.jobs.add(LOCAL, job)
    done = oneedit.runner.carry_out(oneedit.jobs.run(LOCAL, "tidy", dry_run=dry_run).id)
    assert done is not None
    return done


def edited(oneedit: Application) -> None:
    tell(oneedit, "Joe Biden's vice president is Mike Pence.", "Joe Biden was born in Oakland.")


def test_two_patches_are_not_due(oneedit: Application) -> None:
    edited(oneedit)
    done = consolidate(oneedit)
    assert (done.state, done.note) == (RunState.DONE, "2 patches wait; that is not due yet")
    assert oneedit.ledger.head() == 2


def test_forced_they_become_one_by_the_job_s_actor(oneedit: Application) -> None:
    edited(oneedit)
    dry = consolidate(oneedit, force=True, dry_run=True)
    assert (dry.note, oneedit.ledger.head()) == ("2 patches would become one", 2)
    done = consolidate(oneedit)
    assert (done.counts["replaced"], oneedit.ledger.event(3).actor) == (2, "job:tidy")
    assert len(oneedit.ledger.patches(3)) == 1


def test_with_nothing_to_do_it_is_done(oneedit: Application) -> None:
    assert consolidate(oneedit, force=True).state is RunState.DONE
    assert oneedit.ledger.head() == 0


def test_one_that_was_overtaken_fails_and_is_tried_again(
    oneedit: Application, editor: FakeEditor
) -> None:
    edited(oneedit)

    def undo() -> None:
        editor.during_consolidation = lambda: None
        assert isinstance(oneedit.service.undo(LOCAL), UndoResult)

    editor.during_consolidation = undo
    oneedit.jobs.add(
        LOCAL, Job(name="tidy", kind="consolidate", settings={"force": True}, retries=1, backoff=1)
    )
    done = consolidate(oneedit)
    assert (done.state, done.attempt) == (RunState.QUEUED, 2)
    assert "nothing was consolidated" in done.note

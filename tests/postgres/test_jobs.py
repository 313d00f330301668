"""Jobs with the ledger in PostgreSQL; the tests of jobs and schedulers run on it as well."""

from pathlib import Path

import pytest

from controller.actor import Tier
from oneedit.edits.choice import Choice
from oneedit.ledger.events import EventKind
from oneedit.ledger.job import Job, RunState
from oneedit.results import UndoResult
from tests.integration.test_schedulers import check_once_each
from tests.support.fakes import FACTS, LOCAL, FakeEditor, application
from tests.support.schedulers import Schedulers

pytestmark = pytest.mark.postgres


def test_a_pull_a_repair_and_its_undo(tmp_path: Path, postgres_url: str) -> None:
    source = tmp_path / "people.csv"
    source.write_text("subject,relation,object\nAda Quill,place_of_birth,Lyon\n", encoding="utf-8")
    editor = FakeEditor([fact for fact in FACTS if fact.relation != "place_of_birth"])
    oneedit = application(tmp_path / "home", editor=editor, database_url=postgres_url)
    pull = Job(name="in", kind="pull", settings={"source": str(source)}, trust=Tier.CURATOR)
    oneedit.jobs.add(LOCAL, pull)
    oneedit.jobs.add(LOCAL, Job(name="mend", kind="repair"))
    before = editor.live_hash()
    runs = [oneedit.runner.carry_out(oneedit.jobs.run(LOCAL, name).id) for name in ("in", "mend")]
    assert [run and run.state for run in runs] == [RunState.DONE, RunState.DONE]
    assert [event.kind for event in oneedit.ledger.events()][1:] == [
        EventKind.IMPORT,
        EventKind.REPAIR,
    ]
    mended = runs[1]
    assert mended is not None
    undone = oneedit.service.undo_chosen(
        LOCAL, Choice(batch=mended.batch), confirm=lambda _plan, _report: True
    )
    assert isinstance(undone, UndoResult)
    assert editor.live_hash() == before
    assert oneedit.service.verify(LOCAL).versions == 4
    oneedit.close()


@pytest.mark.parametrize("mode", ["lease", "always"])
def test_two_schedulers_run_each_slot_once(tmp_path: Path, postgres_url: str, mode: str) -> None:
    schedulers = Schedulers(tmp_path, mode, postgres_url)
    schedulers.start()
    schedulers.wait_for(effects=4)
    schedulers.stop()
    check_once_each(schedulers, schedulers.runs())

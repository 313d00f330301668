"""A server runs jobs while it serves, and takes a run up that another one left."""

import sys
from pathlib import Path

from oneedit.ledger.job import Job, RunState
from tests.integration.browser import free_port, process, until
from tests.support.fakes import LOCAL, application

ROOT = Path(__file__).parents[2]


def test_a_server_runs_what_is_due_and_what_is_asked_for(tmp_path: Path) -> None:
    folder, log = tmp_path / "out", tmp_path / "server.log"
    oneedit = application(tmp_path / "home")
    settings = {"folder": str(folder), "form": "csv"}
    oneedit.jobs.add(LOCAL, Job(name="out", kind="export", settings=settings, cron="* * * * * *"))
    oneedit.jobs.add(LOCAL, Job(name="audit", kind="audit"))
    asked = oneedit.jobs.run(LOCAL, "audit")

    def done() -> bool:
        states = {run.state for run in oneedit.jobs.runs(LOCAL, "out")}
        audited = oneedit.jobs.get_run(LOCAL, asked.id).state is RunState.DONE
        return RunState.DONE in states and audited

    module = [sys.executable, "-m", "tests.integration.serve_child"]
    with process([*module, str(tmp_path / "home"), str(free_port())], log, ROOT):
        until(done, 90, log.read_text)
    assert [path.name for path in folder.glob("*.csv")] == ["out-v0.csv"]
    oneedit.close()

"""The kind ``export``: whole files named by version, which the readers read back."""

from pathlib import Path

import pytest

from kg_data.sources.opening import open_source
from kg_data.sources.source import Record
from kg_data.triples import Triple
from oneedit.ledger.job import Job, JobRun, RunState
from oneedit.wiring import Application
from tests.support.fakes import BOOK, LOCAL
from tests.support.stories import tell


def export(oneedit: Application, folder: Path, **settings: object) -> JobRun:
    settings = {"folder": str(folder), **settings}
    oneedit.jobs.add(LOCAL, Job(name="out", kind="export", settings=settings, retries=0))
    return run(oneedit)


def run(oneedit: Application, *, dry_run: bool = False) -> JobRun:
    done = oneedit.runner.carry_out(oneedit.jobs.run(LOCAL, "out", dry_run=dry_run).id)
    assert done is not None
    return done


@pytest.mark.parametrize(("form", "name"), [("turtle", "out-v1.ttl"), ("csv", "out-v1.csv"),
                                            ("jsonl", "out-v1.jsonl")])  # fmt: skip
def test_what_is_written_is_read_back(
    oneedit: Application, tmp_path: Path, form: str, name: str
) -> None:
    tell(oneedit, "Joe Biden's vice president is Mike Pence.")
    done = export(oneedit, tmp_path / "out", form=form)
    assert done.state is RunState.DONE, done.note
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]
    read = list(open_source(str(tmp_path / "out" / name), BOOK).records())
    records = [each for each in read if isinstance(each, Record)]
    assert len(records) == len(read) == done.counts["facts"]
    held = [each for each in records if each.valid_to is None]
    facts = {Triple(each.subject, each.relation, each.object) for each in held}
    assert facts == set(oneedit.store.facts())
    (ended,) = (each for each in records if each.valid_to is not None)
    assert (ended.subject, ended.object) == ("Barack Obama", "Joe Biden")
    if form != "turtle":
        assert {each.subject_class for each in records} >= {"person", "city", "country"}


def test_a_second_export_of_a_version_is_the_same_and_a_later_one_another(
    oneedit: Application, tmp_path: Path
) -> None:
    export(oneedit, tmp_path, form="csv")
    before = (tmp_path / "out-v0.csv").read_bytes()
    run(oneedit)
    assert (tmp_path / "out-v0.csv").read_bytes() == before
    tell(oneedit, "Ada Quill was born in Paris.")
    run(oneedit)
    assert (tmp_path / "out-v1.csv").exists()


def test_what_a_killed_run_left_is_removed(oneedit: Application, tmp_path: Path) -> None:
    left = tmp_path / "out-v.12.ab.partial"
    left.write_text("half", encoding="utf-8")
    export(oneedit, tmp_path)
    assert not left.exists()
    assert [path.suffix for path in tmp_path.glob("out-*")] == [".ttl"]


def test_the_model_is_written_as_an_adapter(oneedit: Application, tmp_path: Path) -> None:
    tell(oneedit, "Joe Biden's vice president is Mike Pence.")
    done = export(oneedit, tmp_path, what="model")
    assert (done.state, done.counts) == (RunState.DONE, {"version": 1, "matrices": 1})
    assert (tmp_path / "out-v1.peft").exists()


def test_a_dry_run_writes_nothing(oneedit: Application, tmp_path: Path) -> None:
    oneedit.jobs.add(LOCAL, Job(name="out", kind="export", settings={"folder": str(tmp_path)}))
    assert run(oneedit, dry_run=True).state is RunState.DONE
    assert list(tmp_path.glob("out-*")) == []


def test_a_folder_that_cannot_be_written_fails_the_run_in_words(
    oneedit: Application, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    done = export(oneedit, blocked / "out")
    assert done.state is RunState.FAILED
    assert str(blocked) in done.note

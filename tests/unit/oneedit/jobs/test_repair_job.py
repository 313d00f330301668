"""The kind ``repair``: agreement before and after, versions that are undone, and the ledger."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from controller.actor import Tier
from editor.evaluation.gate import EDIT, GateConfig
from editor.evaluation.report import Report
from editor.request import EditRequest
from kg_data.triples import Slot
from oneedit.edits.choice import Choice
from oneedit.ledger.events import EventKind
from oneedit.ledger.job import Job, JobRun, RunState
from oneedit.results import AskResult, ConsolidateResult, EditResult, UndoResult
from oneedit.wiring import Application
from tests.support.fakes import FACTS, LOCAL, FakeEditor, FakePatch, application

FORGOTTEN = tuple(fact for fact in FACTS if fact.relation == "place_of_birth")
WRONG = 6  # these four, and two countries of birth that follow
QUESTION = "Where was Joe Biden born?"


@pytest.fixture
def editor() -> FakeEditor:
    """Return a model that knows no place of birth."""
    return FakeEditor([fact for fact in FACTS if fact not in FORGOTTEN])


@pytest.fixture
def oneedit(tmp_path: Path, editor: FakeEditor) -> Iterator[Application]:
    built = application(tmp_path / "home", editor=editor)
    yield built
    built.close()


def repair(oneedit: Application, *, dry_run: bool = False, **settings: object) -> JobRun:
    if not oneedit.jobs.list(LOCAL):
        oneedit.jobs.add(LOCAL, Job(name="repair", kind="repair", settings=settings, retries=0))
    asked = oneedit.jobs.run(LOCAL, "repair", dry_run=dry_run)
    done = oneedit.runner.carry_out(asked.id)
    assert done is not None
    assert done.state is RunState.DONE, done.note
    return done


def answer(oneedit: Application) -> str:
    asked = oneedit.service.ask(LOCAL, QUESTION)
    assert isinstance(asked, AskResult)
    return asked.answer


def test_what_the_model_does_not_know_is_taught(oneedit: Application) -> None:
    assert answer(oneedit) != "Scranton"
    done = repair(oneedit)
    before, after = done.counts["right_before"], done.counts["right_after"]
    assert (done.counts["asked"] - before, done.counts["taught"]) == (WRONG, WRONG)
    assert after == done.counts["asked"]
    assert answer(oneedit) == "Scranton"
    lines = [line.text for line in oneedit.jobs.lines(LOCAL, done.id)]
    assert any(text.startswith("agreement before: ") for text in lines)
    assert "  place_of_birth: 0 of 4" in lines
    assert any(text.startswith("agreement after: ") for text in lines)
    oneedit.service.verify(LOCAL)


def test_a_repair_is_a_version_of_the_weights_alone(oneedit: Application) -> None:
    facts = oneedit.ledger.snapshot().facts
    done = repair(oneedit)
    event = oneedit.ledger.event(1)
    assert (event.kind, event.actor, event.content.batch) == (
        EventKind.REPAIR,
        "job:repair",
        done.batch,
    )
    assert event.content.changes == oneedit.ledger.difference(0, 1)
    assert oneedit.ledger.snapshot().facts == facts
    assert Slot("Joe Biden", "place_of_birth") in event.content.repaired
    assert event.reason.startswith("repair ")
    assert event.reason.endswith(" ...")


def test_its_undo_restores_the_weights_bit_for_bit(
    oneedit: Application, editor: FakeEditor
) -> None:
    before = editor.live_hash()
    done = repair(oneedit, together=2)
    assert oneedit.ledger.head() == 3
    assert editor.live_hash() != before
    undone = oneedit.service.undo_chosen(
        LOCAL, Choice(batch=done.batch), confirm=lambda _plan, _report: True
    )
    assert isinstance(undone, UndoResult)
    assert undone.targets == (1, 2, 3)
    assert undone.identical
    assert editor.live_hash() == before
    oneedit.service.verify(LOCAL)


def test_undo_that_means_the_last_edit_and_no_repair(oneedit: Application) -> None:
    told = oneedit.service.tell(
        LOCAL, "Mike Pence was born in Berlin.", confirm=lambda _plan, _report: True
    )
    assert isinstance(told, EditResult)
    repair(oneedit)
    undone = oneedit.service.undo(LOCAL)
    assert isinstance(undone, UndoResult)
    assert undone.targets == (told.version,)
    assert answer(oneedit) == "Scranton"
    oneedit.service.verify(LOCAL)


def test_a_roll_back_goes_over_repairs(oneedit: Application, editor: FakeEditor) -> None:
    before = editor.live_hash()
    repair(oneedit)
    oneedit.service.roll_back(LOCAL, 0, confirm=lambda _plan, _report: True)
    assert editor.live_hash() == before
    oneedit.service.roll_back(LOCAL, 1, confirm=lambda _plan, _report: True)
    assert answer(oneedit) == "Scranton"
    oneedit.service.verify(LOCAL)


def test_a_consolidation_keeps_what_was_repaired(oneedit: Application) -> None:
    repair(oneedit, together=2)
    done = oneedit.service.consolidate(LOCAL)
    assert isinstance(done, ConsolidateResult)
    assert len(oneedit.ledger.patches(done.version)) == 1
    assert answer(oneedit) == "Scranton"


def test_an_imported_fact_is_taught_as_well(oneedit: Application, tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_text("subject,relation,object\nAda Quill,place_of_birth,Lyon\n", encoding="utf-8")
    settings = {"source": str(source)}
    oneedit.jobs.add(LOCAL, Job(name="pull", kind="pull", settings=settings, trust=Tier.CURATOR))
    oneedit.runner.carry_out(oneedit.jobs.run(LOCAL, "pull").id)
    oneedit.jobs.add(LOCAL, Job(name="mend", kind="repair"))
    oneedit.runner.carry_out(oneedit.jobs.run(LOCAL, "mend").id)
    asked = oneedit.service.ask(LOCAL, "Where was Ada Quill born?")
    assert isinstance(asked, AskResult)
    assert (asked.answer, asked.agrees) == ("Lyon", True)


def test_a_dry_run_asks_and_teaches_nothing(oneedit: Application) -> None:
    done = repair(oneedit, dry_run=True)
    assert done.counts["asked"] - done.counts["right_before"] == WRONG
    assert done.note.endswith("; nothing was taught")
    assert oneedit.ledger.head() == 0


def test_the_sample_is_of_each_relation_and_its_seed(oneedit: Application) -> None:
    first, second = (repair(oneedit, dry_run=True, per_relation=2, seed=7) for _ in range(2))
    assert first.counts == second.counts
    assert 0 < first.counts["asked"] < repair_all(oneedit).counts["asked"]


def repair_all(oneedit: Application) -> JobRun:
    oneedit.jobs.edit(LOCAL, "repair", settings={"per_relation": 0})
    return repair(oneedit, dry_run=True)


def test_one_run_teaches_so_many_and_the_next_one_goes_on(oneedit: Application) -> None:
    done = repair(oneedit, most=3, relations=["place_of_birth"])
    assert (done.counts["asked"], done.counts["taught"], done.counts["left"]) == (4, 3, 1)
    assert repair(oneedit).counts["taught"] == 1


def test_what_the_model_cannot_write_or_learn_is_left_out(tmp_path: Path) -> None:
    known = [fact for fact in FACTS if fact not in FORGOTTEN]
    editor = FakeEditor(known, unwritable=["Scranton"])
    oneedit = application(tmp_path / "home", editor=editor)
    done = repair(oneedit)
    assert (done.counts["unwritable"], done.counts["taught"]) == (2, WRONG - 2)
    oneedit.close()


def test_slots_that_are_not_learned_together_are_taught_in_halves(tmp_path: Path) -> None:
    editor = Stubborn([fact for fact in FACTS if fact not in FORGOTTEN])
    oneedit = application(tmp_path / "home", editor=editor)
    done = repair(oneedit)
    assert (done.counts["taught"], done.counts["failed"]) == (WRONG - 1, 1)
    lines = [line.text for line in oneedit.jobs.lines(LOCAL, done.id)]
    assert "the model does not learn: place_of_birth of Mike Pence" in lines
    oneedit.service.verify(LOCAL)
    oneedit.close()


class Stubborn(FakeEditor):
    """A model that cannot be taught where Mike Pence was born."""

    def check(
        self,
        request: EditRequest,
        patches: Sequence[FakePatch],
        *,
        instead_of: Sequence[FakePatch],
        gate: GateConfig = EDIT,
        progress: Callable[[float], None] | None = None,
    ) -> Report:
        report = super().check(
            request, patches, instead_of=instead_of, gate=gate, progress=progress
        )
        hopeless = any(each.subject == "Mike Pence" for each in request.targets)
        return replace(report, passed=report.passed and not hopeless)


def test_a_relation_that_the_book_lacks_fails_the_run_by_name(oneedit: Application) -> None:
    settings = {"relations": ["born_in"]}
    oneedit.jobs.add(LOCAL, Job(name="repair", kind="repair", settings=settings, retries=0))
    done = oneedit.runner.carry_out(oneedit.jobs.run(LOCAL, "repair").id)
    assert done is not None
    assert done.state is RunState.FAILED
    assert "relation 'born_in': is not in the relation book" in done.note

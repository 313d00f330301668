"""A pull adds what is new, proposes what is in conflict, and goes on where it was."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from controller.actor import Actor, Role
from kg_data.sources.json_lines import JsonLinesSource
from kg_data.triples import Slot, Triple
from oneedit.edits.choice import Choice
from oneedit.errors import BadRecords, LedgerDamaged
from oneedit.jobs.pull import pull
from oneedit.jobs.pull_request import OnError, PullRequest, PullResult
from oneedit.ledger.events import EventKind
from oneedit.ledger.proposal import ProposalFilter
from oneedit.results import (
    ConsolidateResult,
    EditResult,
    HistoryResult,
    PreviewResult,
    RollbackResult,
    UndoResult,
)
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, FakeEditor, application

JOB = Actor("job:people", Role.REVIEWER)
REVIEWER = Actor("rita", Role.REVIEWER)

NEW = [
    ("Ada Quill", "place_of_birth", "Paris"),
    ("Ada Quill", "spouse", "Bo Quill"),
    ("Bo Quill", "place_of_birth", "Lyon"),
]
KNOWN = ("Mike Pence", "place_of_birth", "Columbus")
CONFLICT = ("Joe Biden", "place_of_birth", "Oakland")
REFUSED = ("Joe Biden", "date_of_birth", "soon")


@dataclass
class Run:
    """A run that keeps what it is told; it may be cancelled after some batches."""

    dry_run: bool = False
    cursor: Mapping[str, Any] | None = None
    lines: list[str] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    batches: int = 1000

    def load_cursor(self) -> Mapping[str, Any] | None:
        return self.cursor

    def save_cursor(self, cursor: Mapping[str, Any]) -> None:
        self.cursor = json.loads(json.dumps(cursor))

    def log(self, text: str) -> None:
        self.lines.append(text)

    def cancelled(self) -> bool:
        self.batches -= 1
        return self.batches < 0

    def progress(self, share: float) -> None:
        self.shares.append(share)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Application]:
    opened = application(tmp_path / "home")
    yield opened
    opened.close()


@pytest.fixture
def request_of(tmp_path: Path) -> Callable[..., PullRequest]:
    """Return a function that writes facts to a file and returns the pull of it."""

    def make(*facts: tuple[str, str, str], **options: Any) -> PullRequest:
        path = tmp_path / "people.jsonl"
        keys = ("subject", "relation", "object")
        lines = [json.dumps(dict(zip(keys, fact, strict=True))) for fact in facts]
        text = "\n".join([*lines, *options.pop("after", [])]) + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        defaults: dict[str, Any] = {"job": "people", "slot": "monday", "batch": 2}
        return PullRequest(source=JsonLinesSource(path), **(defaults | options))

    return make


def run(home: Application, request: PullRequest, context: Run | None = None) -> PullResult:
    return pull(request, home.service, JOB, context or Run())


def objects(home: Application, subject: str, relation: str) -> list[str]:
    return list(home.store.objects(Slot(subject, relation)))


def kinds(home: Application) -> list[EventKind]:
    return [event.kind for event in home.ledger.events()[1:]]


def test_new_facts_are_added_and_the_rest_is_sorted(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    context = Run()
    result = run(home, request_of(*NEW, KNOWN, CONFLICT, REFUSED, after=["{"], total=7), context)
    assert result == PullResult(
        read=7, added=3, known=1, proposed=1, refused=1, bad=1, versions=2, finished=True
    )
    assert objects(home, "Bo Quill", "spouse") == ["Ada Quill"]  # what follows is there, too
    assert objects(home, "Joe Biden", "place_of_birth") == ["Scranton"]
    assert context.shares[-1] == 1.0
    assert any("people.jsonl:7: it is not JSON" in line for line in context.lines)
    assert any(
        "people.jsonl:6: Joe Biden - date_of_birth - soon is refused" in line
        for line in context.lines
    )
    assert home.service.verify(LOCAL).versions == 3


def test_the_model_is_not_taught_and_the_weights_stay(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    before = home.editor.live_hash()
    run(home, request_of(*NEW))
    assert isinstance(home.editor, FakeEditor)
    assert home.editor.solved == []
    assert home.editor.live_hash() == before
    asked = home.service.ask(LOCAL, "Where was Ada Quill born?")
    assert getattr(asked, "expected", None) == ("Paris",)
    assert getattr(asked, "agrees", None) is False


def test_a_conflict_waits_for_review_and_is_proposed_once(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    request = request_of(CONFLICT)
    assert run(home, request).proposed == 1
    again = run(home, request_of(CONFLICT, slot="tuesday"))
    assert (again.proposed, again.waiting) == (0, 1)
    (proposal,) = home.service.reviews.list(LOCAL, ProposalFilter()).proposals
    assert (proposal.author.name, proposal.source) == ("job:people", "job:people")
    home.service.reviews.approve(REVIEWER, proposal.id, revision=proposal.revision)
    assert objects(home, "Joe Biden", "place_of_birth") == ["Oakland"]


def test_what_a_person_has_forgotten_is_not_added_again_without_a_review(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    home.service.forget(LOCAL, "the birthplace of Mike Pence", confirm=lambda *_: True)
    result = run(home, request_of(KNOWN))
    assert (result.added, result.proposed) == (0, 1)


def test_a_dry_run_counts_and_changes_nothing(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    again = ("Ada Quill", "place_of_birth", "Lyon")
    result = run(home, request_of(*NEW, CONFLICT, again), Run(dry_run=True))
    assert (result.read, result.added, result.proposed, result.versions) == (5, 3, 2, 0)
    assert home.ledger.head() == 0
    assert home.service.reviews.list(LOCAL, ProposalFilter()).proposals == ()


def test_a_cancelled_run_goes_on_where_it_was(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    first = run(home, request_of(*NEW), Run(batches=1))
    assert (first.read, first.finished) == (2, False)
    context = Run()
    result = run(home, request_of(*NEW), context)  # without a cursor but that of the ledger
    assert "the run goes on at record 2" in context.lines
    assert (result.read, result.added, result.versions) == (3, 3, 2)
    assert [event.idem for event in home.ledger.events()[1:]] == [
        "people:monday:1",
        "people:monday:2",
    ]


def test_a_saved_cursor_counts_where_no_fact_was_added_since(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    context = Run(batches=1)
    run(home, request_of(KNOWN, KNOWN, *NEW), context)
    assert context.cursor is not None
    assert context.cursor["position"] == 2
    again = Run(cursor=context.cursor)
    assert run(home, request_of(KNOWN, KNOWN, *NEW), again).read == 5
    assert "the run goes on at record 2" in again.lines


def test_a_source_that_changed_is_read_from_its_first_record(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    run(home, request_of(*NEW[:2]), Run(batches=1))
    context = Run()
    result = run(home, request_of(*NEW, ("Cy Quill", "spouse", "Di Quill")), context)
    assert "begins at its first record again" in context.lines[0]
    assert (result.read, result.known, result.added) == (4, 2, 4)
    assert home.service.verify(LOCAL).versions == home.ledger.head() + 1


def test_a_bad_record_stops_a_run_that_should_stop_and_too_many_stop_any(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    with pytest.raises(BadRecords, match="jsonl:4"):
        run(home, request_of(*NEW, after=["{"], on_error=OnError.STOP))
    assert home.ledger.head() == 1  # the batch before was committed
    with pytest.raises(BadRecords, match="2 bad records"):
        run(home, request_of(*NEW, after=["{", "{"], most_bad=1))


def test_another_edit_in_between_makes_the_batch_be_planned_again(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    @dataclass
    class Interrupting(Run):
        def log(self, text: str) -> None:
            super().log(text)
            if "refused" in text and home.ledger.head() == 0:
                home.service.tell(LOCAL, "Joe Biden was born in Paris.", confirm=lambda *_: True)

    result = run(home, request_of(NEW[0], REFUSED), Interrupting())
    assert (result.added, result.refused) == (1, 1)
    assert kinds(home) == [EventKind.ADD, EventKind.IMPORT]


# ---------- what an import means for the rest ----------


def test_an_undo_by_batch_removes_all_that_a_run_added(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    before = list(home.store.facts())
    request = request_of(*NEW)
    run(home, request)
    choice = Choice(batch=request.id)
    preview = home.service.preview_undo(LOCAL, choice)
    assert isinstance(preview, PreviewResult)
    assert len(preview.cut) == 2
    outcome = home.service.undo_chosen(LOCAL, choice, confirm=lambda *_: True)
    assert isinstance(outcome, UndoResult)
    assert (outcome.targets, outcome.overruled, outcome.identical) == ((1, 2), False, True)
    assert list(home.store.facts()) == before
    assert isinstance(home.editor, FakeEditor)
    assert home.editor.solved == []
    home.service.verify(LOCAL)


def test_an_undo_of_an_earlier_edit_keeps_the_imports_after_it(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    home.service.tell(LOCAL, "Joe Biden was born in Paris.", confirm=lambda *_: True)
    run(home, request_of(*NEW))
    assert isinstance(home.service.undo(LOCAL, confirm=lambda *_: True), UndoResult)
    assert objects(home, "Joe Biden", "place_of_birth") == ["Scranton"]
    assert objects(home, "Ada Quill", "place_of_birth") == ["Paris"]
    home.service.verify(LOCAL)


def test_an_import_that_an_edit_has_changed_since_is_undone_only_with_it(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    run(home, request_of(*NEW, batch=10))
    told = home.service.tell(LOCAL, "Ada Quill was born in Lyon.", confirm=lambda *_: True)
    assert isinstance(told, EditResult)
    refused = home.service.undo(LOCAL, 1, confirm=lambda *_: True)
    assert getattr(refused, "versions", None) == (2,)


def test_a_consolidation_teaches_edits_and_no_import(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    run(home, request_of(*NEW))
    home.service.tell(LOCAL, "Joe Biden was born in Paris.", confirm=lambda *_: True)
    home.service.roll_back(LOCAL, 0, confirm=lambda *_: True)
    home.service.roll_back(LOCAL, 3, confirm=lambda *_: True)  # its rows are of a roll back now
    assert isinstance(home.service.consolidate(LOCAL), ConsolidateResult)
    (patch,) = (home.patches.load(each.sha256) for each in home.ledger.patches(home.ledger.head()))
    named = {name for each in patch.request.targets for name in (each.subject, *each.answers)}
    assert "Joe Biden" in named
    assert not {"Ada Quill", "Bo Quill"} & named
    home.service.verify(LOCAL)


def test_a_roll_back_takes_imports_out_and_brings_them_back(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    run(home, request_of(*NEW))
    after = list(home.store.facts())
    assert isinstance(home.service.roll_back(LOCAL, 0, confirm=lambda *_: True), RollbackResult)
    assert objects(home, "Ada Quill", "place_of_birth") == []
    home.service.roll_back(LOCAL, 2, confirm=lambda *_: True)
    assert list(home.store.facts()) == after
    home.service.verify(LOCAL)


def test_the_history_of_an_entity_names_its_import(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    run(home, request_of(*NEW, batch=10))
    found = home.service.history(LOCAL, "Ada Quill")
    assert isinstance(found, HistoryResult)
    assert [(each.kind, each.source) for each in found.entries] == [("IMPORT", "job:people")]
    other = home.service.history(LOCAL, "Joe Biden")
    assert isinstance(other, HistoryResult)
    assert other.entries == ()


def test_the_last_undo_is_of_an_edit_and_no_import(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    run(home, request_of(*NEW))
    outcome = home.service.undo(LOCAL, confirm=lambda *_: True)
    assert [each.code for each in getattr(outcome, "reasons", ())] == ["nothing_to_undo"]


def test_a_home_with_imports_opens_again_with_the_same_facts(
    tmp_path: Path, request_of: Callable[..., PullRequest]
) -> None:
    first = application(tmp_path / "home")
    run(first, request_of(*NEW))
    facts = list(first.store.facts())
    first.close()
    second = application(tmp_path / "home")
    assert list(second.store.facts()) == facts
    second.service.verify(LOCAL)
    second.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE fact SET o = 'Berlin' WHERE added = 1 AND p = 'place_of_birth'",
        "DELETE FROM fact WHERE added = 1 AND p = 'spouse'",
        "UPDATE fact SET cause = 'asserted' WHERE added = 1 AND cause = 'derived'",
    ],
)
def test_a_changed_row_of_an_import_is_found(
    home: Application, request_of: Callable[..., PullRequest], change: str
) -> None:
    run(home, request_of(*NEW, batch=10))
    with home.ledger.writing() as session:
        session.connection().exec_driver_sql(change)
    with pytest.raises(LedgerDamaged, match="version 1"):
        home.service.verify(LOCAL)


def test_an_import_is_seen_by_who_edits_an_older_version(
    home: Application, request_of: Callable[..., PullRequest]
) -> None:
    run(home, request_of(*NEW))
    told = Triple("Ada Quill", "place_of_birth", "Lyon")
    plan = home.service.context.controller.plan([told], LOCAL, base_version=0)
    assert [each.code for each in plan.decision.reasons] == ["concurrent"]

"""What every client of the command line must do, whoever owns the home."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from editor.patches.exported import ExportFormat
from kg_data.book_changes import BookAction, BookChange
from kg_data.entities import EntityChange, EntityOperation
from kg_data.errors import ExpectedError
from oneedit.control.client import Client
from oneedit.control.commands import (
    AskQuery,
    BlameQuery,
    CheckQuery,
    ConsolidateOrder,
    DiffQuery,
    EntityOrder,
    EntityPreviewQuery,
    ExportQuery,
    ForgetOrder,
    HistoryQuery,
    ModelCheckQuery,
    ModelKnowledgeQuery,
    Order,
    RedefinePreviewQuery,
    RelationsQuery,
    ReviewQuery,
    ReviewsQuery,
    RollbackOrder,
    RollbackPreviewQuery,
    ShowQuery,
    StatusQuery,
    SubmitOrder,
    TellOrder,
    UndoOrder,
    UndoPreviewQuery,
    VerifyQuery,
)
from oneedit.control.review_commands import BulkCommand, StepCommand
from oneedit.edits.choice import Choice
from oneedit.jobs.import_order import ImportOrder, ImportReport
from oneedit.ledger.edit_filter import EditFilter
from oneedit.ledger.job import OPEN_RUNS, RunState
from oneedit.ledger.proposal import ProposalFilter, ProposalState
from oneedit.ledger.ticket import Ticket, TicketFilter, TicketState, TicketStep
from oneedit.queue.events import TicketNews, rests
from oneedit.results import (
    Already,
    AskResult,
    BlameResult,
    CheckResult,
    ConsolidateResult,
    DiffResult,
    EditResult,
    ExportResult,
    HistoryResult,
    KnowledgeResult,
    PreviewResult,
    RedefineResult,
    Refused,
    RelationsResult,
    Result,
    ReviewBulkResult,
    ReviewListResult,
    ReviewOutcome,
    ReviewResult,
    RollbackResult,
    ShowResult,
    StatusResult,
    TalkResult,
    UnclearResult,
    UndoResult,
    VerifyResult,
)

PENCE = "Joe Biden's vice president is Mike Pence."
OAKLAND = "Joe Biden was born in Oakland."
STRANGER = "Ada Quill was born in Paris."


class ClientContract:
    """Subclasses provide a ``client`` of a home without edits, and an empty ``folder``."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path

    def test_an_entity_is_previewed_and_renamed(self, client: Client) -> None:
        change = EntityChange(EntityOperation.RENAME, "Joe Biden", "Joseph R. Biden")
        assert isinstance(client.look_up(EntityPreviewQuery(change)), PreviewResult)
        assert isinstance(carried_out(client, EntityOrder(change)), EditResult)
        shown = client.look_up(ShowQuery("Joe Biden"))
        assert isinstance(shown, ShowResult)
        assert shown.redirect == "Joe Biden was renamed to Joseph R. Biden in version 1."

    def test_a_change_becomes_a_ticket_and_its_result_is_whole(self, client: Client) -> None:
        ticket = client.enter(TellOrder(PENCE))
        assert isinstance(ticket, Ticket)
        assert (ticket.text, ticket.operation, ticket.source) == (PENCE, "tell", "cli")
        news = followed(client, ticket.id)
        assert states(news)[-1] is TicketState.APPLIED
        result = client.report(ticket.id).result
        assert isinstance(result, EditResult)
        assert result.version == 1
        assert result.report is not None
        assert result.told[0].after == "Mike Pence"
        assert list(result.timings)[:2] == ["plan", "look"]

    def test_whoever_follows_from_a_revision_gets_every_later_step_once(
        self, client: Client
    ) -> None:
        ticket = client.enter(TellOrder(PENCE))
        assert isinstance(ticket, Ticket)
        revisions = [each.revision for each in steps(followed(client, ticket.id))]
        assert revisions == list(range(1, len(revisions) + 1))
        for seen in revisions:
            again = steps(followed(client, ticket.id, after=seen))
            assert [each.revision for each in again] == revisions[seen:]
        assert [each.revision for each in client.report(ticket.id).steps] == revisions

    def test_the_models_free_answer_is_given_when_it_is_wanted(self, client: Client) -> None:
        for free in (False, True):
            answered = client.look_up(AskQuery("How tall is Joe Biden?", free=free))
            assert isinstance(answered, AskResult)
            assert (answered.asked, bool(answered.answer)) == (free, free)

    def test_history_is_asked_for_by_conditions(self, client: Client) -> None:
        carried_out(client, TellOrder(PENCE))
        wanted = EditFilter(relation="vice_president", until=datetime.now(UTC))
        chosen = client.look_up(HistoryQuery("Joseph Biden", wanted))
        assert isinstance(chosen, HistoryResult)
        assert [each.version for each in chosen.entries] == [1]
        assert chosen.conditions[0] == "vice president"

    def test_every_query_is_answered(self, client: Client, folder: Path) -> None:
        carried_out(client, TellOrder(PENCE))
        asked = client.look_up(AskQuery("Who is Joe Biden's vice president?"))
        assert isinstance(asked, AskResult)
        assert (asked.answer, asked.agrees) == ("Mike Pence", True)
        earlier = client.look_up(AskQuery("Who is Joe Biden's vice president?", as_of=0))
        assert isinstance(earlier, AskResult)
        assert earlier.expected == ("Kamala Harris",)
        shown = client.look_up(ShowQuery("Joe Biden"))
        assert isinstance(shown, ShowResult)
        assert (shown.versions, shown.aliases) == ((1,), ("Joseph Biden",))
        history = client.look_up(HistoryQuery())
        assert isinstance(history, HistoryResult)
        assert [each.version for each in history.entries] == [0, 1]
        assert history.entries[1].source == "cli"
        assert isinstance(client.look_up(DiffQuery(0, 1)), DiffResult)
        assert isinstance(client.look_up(BlameQuery("Joe Biden")), BlameResult)
        status = client.look_up(StatusQuery())
        assert isinstance(status, StatusResult)
        assert (status.version, status.pending, status.problem) == (1, 1, "")
        assert isinstance(client.look_up(VerifyQuery()), VerifyResult)
        assert isinstance(client.look_up(CheckQuery(1)), CheckResult)
        undo = client.look_up(UndoPreviewQuery(Choice.of(1)))
        assert isinstance(undo, PreviewResult)
        assert undo.identical
        assert isinstance(client.look_up(RollbackPreviewQuery(0)), PreviewResult)
        target = folder / "edited"
        exported = client.look_up(ExportQuery(ExportFormat.PATCH, target))
        assert isinstance(exported, ExportResult)
        assert target.exists()

    def test_what_the_model_knows_is_asked_and_read_again(self, client: Client) -> None:
        checked = client.look_up(ModelCheckQuery("capital"))
        assert isinstance(checked, KnowledgeResult)
        assert (checked.known, checked.asked) == (2, 2)
        assert client.look_up(ModelKnowledgeQuery()) == checked

    def test_relations_are_read_and_changed(self, client: Client) -> None:
        change = BookChange(BookAction.EDIT, "[lifespans]\nperson = 130")
        seen = client.look_up(RedefinePreviewQuery(change))
        assert isinstance(seen, RedefineResult)
        assert (seen.done, seen.differences) == (False, ("lifespans.person: 120 → 130",))
        done = client.redefine(change)
        assert isinstance(done, RedefineResult)
        assert (done.done, done.version, done.base) == (True, 1, seen.base)
        for version, years in ((0, 120), (1, 130)):
            found = client.look_up(RelationsQuery(version))
            assert isinstance(found, RelationsResult)
            assert f"person = {years}" in found.text
        assert isinstance(client.redefine(change), Already)

    def test_every_order_is_carried_out(self, client: Client) -> None:
        assert isinstance(carried_out(client, SubmitOrder(PENCE)), EditResult)
        assert isinstance(carried_out(client, ForgetOrder("Joe Biden's spouse")), EditResult)
        assert isinstance(carried_out(client, UndoOrder(Choice.of(2))), UndoResult)
        assert isinstance(carried_out(client, ConsolidateOrder()), ConsolidateResult)
        assert isinstance(carried_out(client, RollbackOrder(0)), RollbackResult)
        assert isinstance(carried_out(client, UndoOrder(Choice.of(77))), Refused)
        assert isinstance(
            carried_out(client, TellOrder("Joe Biden was born in Scranton.")), Already
        )

    def test_what_asks_for_no_change_is_answered_at_once(self, client: Client) -> None:
        assert isinstance(client.enter(TellOrder("blah blah")), UnclearResult)
        assert isinstance(client.enter(TellOrder("Where was Joe Biden born?")), UnclearResult)
        assert isinstance(client.enter(ForgetOrder("blah blah")), UnclearResult)
        assert isinstance(client.enter(SubmitOrder("hello")), TalkResult)
        assert isinstance(client.look_up(AskQuery("")), UnclearResult)
        assert client.tickets(TicketFilter()) == []

    def test_what_needs_an_agreement_waits_for_it(self, client: Client) -> None:
        ticket = client.enter(TellOrder(STRANGER))
        assert isinstance(ticket, Ticket)
        assert ticket.state is TicketState.NEEDS_ANSWER
        news = followed(client, ticket.id)
        assert states(news)[-1] is TicketState.NEEDS_ANSWER
        agreed = client.agree(ticket.id)
        assert agreed.state is TicketState.QUEUED
        followed(client, ticket.id, after=agreed.revision)
        assert isinstance(client.report(ticket.id).result, EditResult)

    def test_a_ticket_is_cancelled_and_found_by_its_state(self, client: Client) -> None:
        ticket = client.enter(TellOrder(STRANGER))
        assert isinstance(ticket, Ticket)
        waiting = TicketFilter(states=(TicketState.NEEDS_ANSWER,), author=ticket.author.name)
        assert [each.id for each in client.tickets(waiting)] == [ticket.id]
        assert client.cancel(ticket.id).state is TicketState.CANCELLED
        assert client.tickets(waiting) == []
        assert client.report(ticket.id).result is not None  # what it was asked
        refused = error_of(lambda: client.cancel(ticket.id))
        assert (refused.exit_code, refused.http_status) == (2, 409)

    def test_the_same_key_makes_one_ticket_of_a_consolidation(self, client: Client) -> None:
        first = client.enter(ConsolidateOrder(), key="once")
        again = client.enter(ConsolidateOrder(), key="once")
        assert isinstance(first, Ticket)
        assert isinstance(again, Ticket)
        assert first.id == again.id

    def test_the_same_key_makes_one_ticket(self, client: Client) -> None:
        first = client.enter(TellOrder(PENCE), key="once")
        again = client.enter(TellOrder(PENCE), key="once")
        assert isinstance(first, Ticket)
        assert isinstance(again, Ticket)
        assert first.id == again.id
        assert "belongs to another request" in str(
            error_of(lambda: client.enter(TellOrder(OAKLAND), key="once"))
        )

    def test_an_unknown_ticket_is_named(self, client: Client) -> None:
        for attempt in (
            lambda: client.report(7),
            lambda: client.agree(7),
            lambda: client.cancel(7),
            lambda: followed(client, 7),
        ):
            error = error_of(attempt)
            assert "there is no ticket 7" in str(error)
            assert error.exit_code == 2

    def test_proposals_are_listed_talked_about_and_decided(self, client: Client) -> None:
        for text in (PENCE, OAKLAND, STRANGER):
            ticket = client.enter(TellOrder(text, propose=True))
            assert isinstance(ticket, Ticket)
            assert ticket.state is TicketState.NEEDS_REVIEW
        listed = client.look_up(ReviewsQuery(ProposalFilter()))
        assert isinstance(listed, ReviewListResult)
        assert [each.text for each in listed.proposals] == [PENCE, OAKLAND, STRANGER]
        for step in ("comment", "ask", "answer", "assign"):
            assert done(client.review(StepCommand(step=step, proposal=1, text="me")))
        assert done(client.review(StepCommand(step="amend", proposal=3, text=f"{STRANGER[:-1]}.")))
        approved = client.review(StepCommand(step="approve", proposal=1))
        assert isinstance(approved, ReviewResult)
        assert isinstance(approved.edit, EditResult)
        shown = client.look_up(ReviewQuery(1))
        assert isinstance(shown, ReviewResult)
        assert shown.proposal.state is ProposalState.APPLIED
        assert done(client.review(StepCommand(step="undo", proposal=1)))
        assert done(client.review(StepCommand(step="reject", proposal=2, text="No source.")))
        assert done(client.review(StepCommand(step="reopen", proposal=2)))
        assert done(client.review(StepCommand(step="withdraw", proposal=2)))
        wanted = ProposalFilter(states=(ProposalState.OPEN,))
        many = client.review(BulkCommand(step="reject", wanted=wanted, text="Spam."))
        assert isinstance(many, ReviewBulkResult)
        assert [each.proposal.id for each in many.decided] == [3]

    def test_a_file_is_imported_as_one_batch_that_is_undone(
        self, client: Client, folder: Path
    ) -> None:
        path = _people(folder)
        done = imported(client, ImportOrder(path=str(path)))
        assert done.run.state is RunState.DONE
        counts = done.counts
        assert (counts["added"], counts["proposed"], counts["bad"]) == (2, 1, 1)
        lines = [line.text for line in done.lines]
        assert any(line.startswith("people.csv:4: Joe Biden - place_of_birth") for line in lines)
        assert "people.csv:5: the object is empty" in lines
        listed = client.look_up(ReviewsQuery(ProposalFilter()))
        assert isinstance(listed, ReviewListResult)
        assert [each.source for each in listed.proposals] == ["import:people.csv"]
        choice = Choice(batch=done.run.batch)
        assert isinstance(carried_out(client, UndoOrder(choice)), UndoResult)

    def test_an_import_that_is_not_over_is_gone_on_with(self, client: Client, folder: Path) -> None:
        order = ImportOrder(path=str(_people(folder)))
        first, again = client.begin_import(order), client.begin_import(order)
        finished = imported(client, order)
        assert {first.run.id, again.run.id} <= {first.run.id, finished.run.id}
        assert finished.run.state is RunState.DONE

    def test_a_dry_run_of_an_import_changes_nothing(self, client: Client, folder: Path) -> None:
        done = imported(client, ImportOrder(path=str(_people(folder)), dry_run=True))
        assert (done.counts["added"], done.counts["proposed"], done.run.dry_run) == (2, 1, True)
        status = client.look_up(StatusQuery())
        assert isinstance(status, StatusResult)
        assert status.version == 0

    def test_a_file_that_cannot_be_imported_is_refused_at_once(
        self, client: Client, folder: Path
    ) -> None:
        for path in ("nowhere.csv", "facts.xlsx"):
            order = ImportOrder(path=str(folder / path))
            assert error_of(lambda order=order: client.begin_import(order)).exit_code == 2

    def test_an_unknown_import_is_named(self, client: Client) -> None:
        for attempt in (lambda: client.import_report(7), lambda: client.cancel_import(7)):
            error = error_of(attempt)
            assert "there is no run 7" in str(error)
            assert error.exit_code == 2

    def test_an_import_that_is_over_is_not_cancelled(self, client: Client, folder: Path) -> None:
        done = imported(client, ImportOrder(path=str(_people(folder))))
        assert error_of(lambda: client.cancel_import(done.run.id)).exit_code == 2

    def test_what_a_review_refuses_keeps_its_words_and_its_exit_code(self, client: Client) -> None:
        unknown = error_of(lambda: client.look_up(ReviewQuery(9)))
        assert str(unknown).startswith("there is no proposal 9")
        assert unknown.exit_code == 2
        client.enter(TellOrder(PENCE, propose=True))
        empty = error_of(lambda: client.review(StepCommand(step="comment", proposal=1)))
        assert (empty.exit_code, empty.http_status) == (2, 422)


def followed(client: Client, number: int, *, after: int = 0) -> list[TicketNews]:
    """Return what happens to a ticket until it rests."""
    found: list[TicketNews] = []
    with client.follow(number, after=after) as news:
        for each in news:
            found.append(each)
            applied = isinstance(each, TicketStep) and each.state is TicketState.APPLIED
            if isinstance(each, TicketStep) and rests(each.state) and not applied:
                break
    return found


def carried_out(client: Client, order: Order) -> Result:
    """Return what came of an order to which its author agrees."""
    ticket = client.enter(order)
    assert isinstance(ticket, Ticket)
    followed(client, ticket.id)
    if client.report(ticket.id).ticket.state is TicketState.NEEDS_ANSWER:
        agreed = client.agree(ticket.id)
        followed(client, ticket.id, after=agreed.revision)
    result = client.report(ticket.id).result
    assert result is not None
    return result


def imported(client: Client, order: ImportOrder) -> ImportReport:
    """Return how an import ended, with its log."""
    number = client.begin_import(order).run.id
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline:
        report = client.import_report(number)
        if report.run.state not in OPEN_RUNS:
            return report
        time.sleep(0.02)
    raise TimeoutError(f"the import is {report.run.state}")


def _people(folder: Path) -> Path:
    """Write a file with two new facts, one that is in conflict with the graph, and a bad one."""
    path = folder / "people.csv"
    rows = (
        ("subject", "relation", "object"),
        ("Ada Quill", "place_of_birth", "Paris"),
        ("Ada Quill", "spouse", "Bo Quill"),
        ("Joe Biden", "place_of_birth", "Oakland"),
        ("Ada Quill", "child", ""),
    )
    path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def steps(news: list[TicketNews]) -> list[TicketStep]:
    return [each for each in news if isinstance(each, TicketStep)]


def states(news: list[TicketNews]) -> list[TicketState]:
    return [each.state for each in steps(news)]


def done(outcome: ReviewOutcome) -> bool:
    assert isinstance(outcome, ReviewResult)
    return outcome.done


def error_of(attempt: object) -> ExpectedError:
    """Return the error that an attempt ends with."""
    assert callable(attempt)
    with pytest.raises(ExpectedError) as caught:
        attempt()
    return caught.value

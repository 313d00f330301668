"""Every method that somebody may call, with every role: one table for each class.

A method that is added without a row, or without a reason to have none, fails the first test.
"""

import inspect
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from controller.actor import REVIEWERS, Actor, Role
from editor.patches.exported import ExportFormat
from interpreter.intents import Forget, RollBack, Show, Status, Talk, Tell, Undo
from kg_data.book_changes import BookAction, BookChange
from kg_data.entities import EntityChange, EntityOperation
from kg_data.errors import ExpectedError
from kg_data.triples import Slot, Triple
from kg_data.writing import GraphForm
from oneedit.conversations.conversations import Conversations
from oneedit.edits.choice import Choice
from oneedit.errors import NotPermitted
from oneedit.jobs.import_order import ImportOrder
from oneedit.jobs.imports import Imports
from oneedit.jobs.jobs import Jobs
from oneedit.ledger.credential import Scope
from oneedit.ledger.fact_pages import FactFilter
from oneedit.ledger.job import Job
from oneedit.ledger.proposal import Proposal, ProposalFilter
from oneedit.ledger.ticket import Ticket, TicketState
from oneedit.people.access_tokens import AccessTokens
from oneedit.people.people import People
from oneedit.people.permissions import ADMINS, EDITORS, EVERYBODY
from oneedit.people.sign_in import Doorkeeper
from oneedit.queue.bulk_review import BulkReview
from oneedit.queue.queue import EditQueue
from oneedit.queue.transcripts import ExportForm, Transcripts
from oneedit.results import AskResult, Proposed
from oneedit.reviews.review_queue import ReviewQueue
from oneedit.reviews.reviews import Reviews
from oneedit.service import EditService
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application
from tests.support.stories import tell

RENAMED = EntityChange(EntityOperation.RENAME, "Joe Biden", "Joseph R. Biden")
BIDEN = "Joe Biden was born in Oakland."
ADA = Actor("ada", Role.EDITOR)
NOBODY = frozenset[Role]()
ALONE = frozenset({Role.LOCAL})
EASY = BookChange(BookAction.EDIT, "[lifespans]\nperson = 130")


@dataclass(frozen=True)
class World:
    """An application with an edit of the local user, and what the editor Ada waits for.

    Attributes:
        oneedit: the application.
        home: a folder for files.
        proposal: number of a proposal of Ada's.
        ticket: a ticket of Ada's, which waits for a reviewer.
        room: id of a room of Ada's in which everybody takes part.
    """

    oneedit: Application
    home: Path
    proposal: int
    ticket: Ticket
    room: str

    def room_of(self, actor: Actor) -> str:
        """Return the id of a new room of somebody's."""
        return self.oneedit.conversations.create(actor, "Mine").id

    def proposal_of(self, actor: Actor) -> int:
        """Return a proposal that somebody made when they still might."""
        then = Actor(actor.name, Role.EDITOR)
        made = self.oneedit.service.tell(
            then, f"{actor.name.title()} Quill was born in Paris.", propose=True
        )
        assert isinstance(made, Proposed)
        return made.proposal_id

    def ticket_of(self, actor: Actor) -> Ticket:
        """Return a ticket that somebody made when they still might."""
        then = Actor(actor.name, Role.EDITOR)
        return self.oneedit.queue.undo(then, Choice.of(1))

    def import_of(self, actor: Actor) -> int:
        """Return the number of an import that somebody asked for when they still might."""
        then = Actor(actor.name, Role.EDITOR)
        return self.oneedit.imports.begin(then, order_of(self)).run.id


Attempt: TypeAlias = Callable[[World, Actor], object]
Row: TypeAlias = tuple[str, frozenset[Role], Attempt]

# ---------- the tables: a method, who may call it, and how ----------

SERVICE: tuple[Row, ...] = (
    ("submit", EVERYBODY, lambda w, a: w.oneedit.service.submit(a, "Where was Joe Biden born?")),
    ("submit", EDITORS, lambda w, a: w.oneedit.service.submit(a, BIDEN)),
    ("submit", EDITORS, lambda w, a: w.oneedit.service.submit(a, "undo 1")),
    ("submit", REVIEWERS, lambda w, a: w.oneedit.service.submit(a, "roll back to version 1")),
    ("tell", EDITORS, lambda w, a: w.oneedit.service.tell(a, BIDEN)),
    ("tell", EDITORS, lambda w, a: w.oneedit.service.tell(a, BIDEN, propose=True)),
    ("forget", EDITORS, lambda w, a: w.oneedit.service.forget(a, "the spouse of Joe Biden")),
    ("change_entity", EDITORS, lambda w, a: w.oneedit.service.change_entity(a, RENAMED)),
    (
        "preview_entity_change",
        EVERYBODY,
        lambda w, a: w.oneedit.service.preview_entity_change(a, RENAMED),
    ),
    ("carry_out", EDITORS, lambda w, a: carried_out(w, a, RENAMED)),
    ("undo", EDITORS, lambda w, a: w.oneedit.service.undo(a, 1)),
    ("undo_chosen", EDITORS, lambda w, a: w.oneedit.service.undo_chosen(a, Choice.of(1))),
    ("preview_undo", EVERYBODY, lambda w, a: w.oneedit.service.preview_undo(a, Choice.of(1))),
    ("roll_back", REVIEWERS, lambda w, a: w.oneedit.service.roll_back(a, 0)),
    ("preview_rollback", EVERYBODY, lambda w, a: w.oneedit.service.preview_rollback(a, 0)),
    ("consolidate", ADMINS, lambda w, a: w.oneedit.service.consolidate(a)),
    ("ask", EVERYBODY, lambda w, a: w.oneedit.service.ask(a, "Where was Joe Biden born?")),
    ("reply", EVERYBODY, lambda w, a: w.oneedit.service.reply(a, "Where was Joe Biden born?")),
    ("show", EVERYBODY, lambda w, a: w.oneedit.service.show(a, "Joe Biden")),
    ("preview", EVERYBODY, lambda w, a: w.oneedit.service.preview(a, BIDEN)),
    ("search", EVERYBODY, lambda w, a: w.oneedit.service.search(a, "Joe")),
    ("facts", EVERYBODY, lambda w, a: w.oneedit.service.facts(a, FactFilter())),
    ("neighbourhood", EVERYBODY, lambda w, a: w.oneedit.service.neighbourhood(a, "Joe Biden")),
    ("version", EVERYBODY, lambda w, a: w.oneedit.service.version(a, 1)),
    ("refusals", REVIEWERS, lambda w, a: w.oneedit.service.refusals(a)),
    ("diff", EVERYBODY, lambda w, a: w.oneedit.service.diff(a, 0, 1)),
    ("blame", EVERYBODY, lambda w, a: w.oneedit.service.blame(a, "Joe Biden")),
    ("suggestions", EVERYBODY, lambda w, a: w.oneedit.service.suggestions(a)),
    ("touched_since", EVERYBODY, lambda w, a: w.oneedit.service.touched_since(a, answered(w))),
    ("history", EVERYBODY, lambda w, a: w.oneedit.service.history(a)),
    ("status", EVERYBODY, lambda w, a: w.oneedit.service.status(a)),
    ("verify", EVERYBODY, lambda w, a: w.oneedit.service.verify(a)),
    ("check", EVERYBODY, lambda w, a: w.oneedit.service.check(a, 1)),
    ("check_model", ADMINS, lambda w, a: w.oneedit.service.check_model(a, "capital")),
    ("known_by_model", EVERYBODY, lambda w, a: w.oneedit.service.known_by_model(a)),
    ("relations", EVERYBODY, lambda w, a: w.oneedit.service.relations(a)),
    ("preview_redefine", EVERYBODY, lambda w, a: w.oneedit.service.preview_redefine(a, EASY)),
    ("redefine", ADMINS, lambda w, a: w.oneedit.service.redefine(a, EASY)),
    ("export", ADMINS, lambda w, a: w.oneedit.service.export(a, ExportFormat.HF, w.home)),
    ("scores", EVERYBODY, lambda w, a: w.oneedit.service.scores(a)),
    (
        "write_graph",
        EVERYBODY,
        lambda w, a: w.oneedit.service.write_graph(a, GraphForm.CSV, io.StringIO()),
    ),
    ("carry_out", EDITORS, lambda w, a: carried_out(w, a, Tell((Triple("x", "spouse", "y"),)))),
    ("carry_out", EDITORS, lambda w, a: carried_out(w, a, Forget(Slot("x", "spouse")))),
    ("carry_out", EDITORS, lambda w, a: carried_out(w, a, Undo(1))),
    ("carry_out", EDITORS, lambda w, a: carried_out(w, a, Choice.of(1))),
    ("carry_out", REVIEWERS, lambda w, a: carried_out(w, a, RollBack(0))),
    ("carry_out", EVERYBODY, lambda w, a: carried_out(w, a, Talk("hello"))),
    ("carry_out", EVERYBODY, lambda w, a: carried_out(w, a, Show("Joe Biden"))),
    ("carry_out", EVERYBODY, lambda w, a: carried_out(w, a, Status())),
)
REVIEWS: tuple[Row, ...] = (
    ("propose", EDITORS, lambda w, a: proposed(w, a, BIDEN)),
    ("list", EVERYBODY, lambda w, a: w.oneedit.service.reviews.list(a)),
    ("show", EVERYBODY, lambda w, a: reviews(w).show(a, w.proposal_of(a))),
    ("show", REVIEWERS, lambda w, a: reviews(w).show(a, w.proposal)),
    ("comment", EDITORS, lambda w, a: reviews(w).comment(a, w.proposal_of(a), "why")),
    ("comment", REVIEWERS, lambda w, a: reviews(w).comment(a, w.proposal, "why")),
    ("ask_author", REVIEWERS, lambda w, a: reviews(w).ask_author(a, w.proposal, "why?")),
    ("answer", EDITORS, lambda w, a: reviews(w).answer(a, w.proposal_of(a), "so")),
    ("answer", NOBODY, lambda w, a: reviews(w).answer(a, w.proposal, "so")),
    ("assign", REVIEWERS, lambda w, a: reviews(w).assign(a, w.proposal, "rae")),
    ("amend", EDITORS, lambda w, a: reviews(w).amend(a, w.proposal_of(a), BIDEN, revision=1)),
    ("amend", REVIEWERS, lambda w, a: reviews(w).amend(a, w.proposal, BIDEN, revision=1)),
    ("approve", REVIEWERS, lambda w, a: reviews(w).approve(a, w.proposal, revision=1)),
    ("approve", ALONE, lambda w, a: reviews(w).approve(a, w.proposal_of(a), revision=1)),
    ("agree", REVIEWERS, lambda w, a: reviews(w).agree(a, w.proposal, revision=1)),
    ("reject", REVIEWERS, lambda w, a: reviews(w).reject(a, w.proposal, revision=1, reason="no")),
    ("withdraw", EVERYBODY, lambda w, a: reviews(w).withdraw(a, w.proposal_of(a), revision=1)),
    ("withdraw", NOBODY, lambda w, a: reviews(w).withdraw(a, w.proposal, revision=1)),
    ("reopen", REVIEWERS, lambda w, a: reviews(w).reopen(a, w.proposal, revision=1)),
    ("undo", REVIEWERS, lambda w, a: reviews(w).undo(a, w.proposal, revision=1)),
    ("allow", REVIEWERS, lambda w, a: reviews(w).allow(a, w.proposal, revision=1)),
    ("approve_all", REVIEWERS, lambda w, a: reviews(w).approve_all(a, no_proposal())),
    ("reject_all", REVIEWERS, lambda w, a: reviews(w).reject_all(a, no_proposal(), reason="no")),
)
REVIEW_QUEUE: tuple[Row, ...] = (
    ("page", EVERYBODY, lambda w, a: w.oneedit.service.review_queue.page(a, ProposalFilter())),
    ("count_waiting", EVERYBODY, lambda w, a: w.oneedit.service.review_queue.count_waiting(a)),
    ("risk", REVIEWERS, lambda w, a: w.oneedit.service.review_queue.risk(a, proposal(w))),
    ("choices", REVIEWERS, lambda w, a: w.oneedit.service.review_queue.choices(a, proposal(w))),
)
BULK_REVIEW: tuple[Row, ...] = (
    ("approve", REVIEWERS, lambda w, a: BulkReview(w.oneedit.queue).approve(a, {})),
    ("reject", REVIEWERS, lambda w, a: BulkReview(w.oneedit.queue).reject(a, {}, reason="no")),
)
QUEUE: tuple[Row, ...] = (
    ("submit", EVERYBODY, lambda w, a: w.oneedit.queue.submit(a, "Where was Joe Biden born?")),
    ("submit", EDITORS, lambda w, a: w.oneedit.queue.submit(a, BIDEN)),
    ("submit", EDITORS, lambda w, a: w.oneedit.queue.submit(a, BIDEN, propose=True)),
    ("submit", EDITORS, lambda w, a: w.oneedit.queue.submit(a, "undo 1")),
    ("submit", REVIEWERS, lambda w, a: w.oneedit.queue.submit(a, "roll back to version 1")),
    ("propose", EVERYBODY, lambda w, a: w.oneedit.queue.propose(a, "Where was Joe Biden born?")),
    ("propose", EDITORS, lambda w, a: w.oneedit.queue.propose(a, BIDEN)),
    ("ask", EVERYBODY, lambda w, a: w.oneedit.queue.ask(a, "How tall is Joe Biden?", free=True)),
    ("tell", EDITORS, lambda w, a: w.oneedit.queue.tell(a, BIDEN)),
    ("tell", EDITORS, lambda w, a: w.oneedit.queue.tell(a, BIDEN, propose=True)),
    ("forget", EDITORS, lambda w, a: w.oneedit.queue.forget(a, "the spouse of Joe Biden")),
    ("change_entity", EDITORS, lambda w, a: w.oneedit.queue.change_entity(a, RENAMED)),
    ("undo", EDITORS, lambda w, a: w.oneedit.queue.undo(a, Choice.of(1))),
    ("teach", EDITORS, lambda w, a: w.oneedit.queue.teach(a, [Slot("Joe Biden", "spouse")])),
    ("roll_back", REVIEWERS, lambda w, a: w.oneedit.queue.roll_back(a, 0)),
    ("consolidate", ADMINS, lambda w, a: w.oneedit.queue.consolidate(a)),
    ("approve", REVIEWERS, lambda w, a: w.oneedit.queue.approve(a, w.proposal, revision=1)),
    ("agree", REVIEWERS, lambda w, a: w.oneedit.queue.agree(a, w.ticket.id)),
    ("agree", ALONE, lambda w, a: w.oneedit.queue.agree(a, w.ticket_of(a).id)),
    ("cancel", REVIEWERS, lambda w, a: w.oneedit.queue.cancel(a, w.ticket.id)),
    ("cancel", EVERYBODY, lambda w, a: w.oneedit.queue.cancel(a, w.ticket_of(a).id)),
    ("get", REVIEWERS, lambda w, a: w.oneedit.queue.get(a, w.ticket.id)),
    ("get", EVERYBODY, lambda w, a: w.oneedit.queue.get(a, w.ticket_of(a).id)),
    ("find", EVERYBODY, lambda w, a: w.oneedit.queue.find(a)),
    ("result", REVIEWERS, lambda w, a: w.oneedit.queue.result(a, w.ticket)),
    ("result", EVERYBODY, lambda w, a: w.oneedit.queue.result(a, w.ticket_of(a))),
    ("estimate", REVIEWERS, lambda w, a: w.oneedit.queue.estimate(a, w.ticket)),
    ("estimate", EVERYBODY, lambda w, a: w.oneedit.queue.estimate(a, w.ticket_of(a))),
    ("wait", REVIEWERS, lambda w, a: w.oneedit.queue.wait(a, w.ticket.id, 0.0)),
    ("wait", EVERYBODY, lambda w, a: w.oneedit.queue.wait(a, w.ticket_of(a).id, 0.0)),
    ("follow", REVIEWERS, lambda w, a: w.oneedit.queue.follow(a, w.ticket.id, 0.0)),
    ("follow", EVERYBODY, lambda w, a: w.oneedit.queue.follow(a, w.ticket_of(a).id, 0.0)),
)
PEOPLE: tuple[Row, ...] = (
    ("list", ADMINS, lambda w, a: w.oneedit.people.list(a)),
    ("steps", ADMINS, lambda w, a: w.oneedit.people.steps(a, "cy")),
    ("add", ADMINS, lambda w, a: w.oneedit.people.add(a, f"x{a.role}", Role.VIEWER)),
    ("set_role", ADMINS, lambda w, a: w.oneedit.people.set_role(a, "cy", Role.EDITOR)),
    ("set_trust", ADMINS, lambda w, a: w.oneedit.people.set_trust(a, "cy", None)),
    ("disable", ADMINS, lambda w, a: w.oneedit.people.disable(a, "cy")),
    ("enable", ADMINS, lambda w, a: w.oneedit.people.enable(a, "cy")),
)
DOORKEEPER: tuple[Row, ...] = (
    ("invite", ADMINS, lambda w, a: w.oneedit.doorkeeper.invite(a, "cy")),
    ("change_password", EVERYBODY, lambda w, a: w.oneedit.doorkeeper.change_password(a, "", "")),
    ("sign_ins", EVERYBODY, lambda w, a: w.oneedit.doorkeeper.sign_ins(a)),
    ("sign_ins", ADMINS, lambda w, a: w.oneedit.doorkeeper.sign_ins(a, "cy")),
    ("end_sign_ins", EVERYBODY, lambda w, a: w.oneedit.doorkeeper.end_sign_ins(a)),
    ("end_sign_ins", ADMINS, lambda w, a: w.oneedit.doorkeeper.end_sign_ins(a, "cy")),
)
TOKENS: tuple[Row, ...] = (
    ("make", EVERYBODY, lambda w, a: w.oneedit.tokens.make(a, "laptop", Scope.READ, of=a.name)),
    ("make", ADMINS, lambda w, a: w.oneedit.tokens.make(a, "nightly", Scope.READ, of="cy")),
    ("list", EVERYBODY, lambda w, a: w.oneedit.tokens.list(a)),
    ("list", ADMINS, lambda w, a: w.oneedit.tokens.list(a, of="cy")),
    ("revoke", ADMINS, lambda w, a: w.oneedit.tokens.revoke(a, 1, of="cy")),
)
JOBS: tuple[Row, ...] = (
    ("list", ADMINS, lambda w, a: w.oneedit.jobs.list(a)),
    ("show", ADMINS, lambda w, a: w.oneedit.jobs.show(a, "audit")),
    ("changes", ADMINS, lambda w, a: w.oneedit.jobs.changes(a, "audit")),
    ("add", ADMINS, lambda w, a: w.oneedit.jobs.add(a, Job(name="more", kind="audit"))),
    ("edit", ADMINS, lambda w, a: w.oneedit.jobs.edit(a, "audit", retries=1)),
    ("pause", ADMINS, lambda w, a: w.oneedit.jobs.pause(a, "audit")),
    ("resume", ADMINS, lambda w, a: w.oneedit.jobs.resume(a, "audit")),
    ("remove", ADMINS, lambda w, a: w.oneedit.jobs.remove(a, "audit")),
    ("run", ADMINS, lambda w, a: w.oneedit.jobs.run(a, "audit")),
    ("cancel", ADMINS, lambda w, a: w.oneedit.jobs.cancel(a, 1)),
    ("runs", ADMINS, lambda w, a: w.oneedit.jobs.runs(a)),
    ("get_run", ADMINS, lambda w, a: w.oneedit.jobs.get_run(a, 1)),
    ("lines", ADMINS, lambda w, a: w.oneedit.jobs.lines(a, 1)),
)
IMPORTS: tuple[Row, ...] = (
    ("begin", EDITORS, lambda w, a: w.oneedit.imports.begin(a, order_of(w))),
    ("report", REVIEWERS, lambda w, a: w.oneedit.imports.report(a, 1)),
    ("report", EVERYBODY, lambda w, a: w.oneedit.imports.report(a, w.import_of(a))),
    ("cancel", REVIEWERS, lambda w, a: w.oneedit.imports.cancel(a, 1)),
    ("cancel", EVERYBODY, lambda w, a: w.oneedit.imports.cancel(a, w.import_of(a))),
)
CONVERSATIONS: tuple[Row, ...] = (
    ("create", EVERYBODY, lambda w, a: talks(w).create(a, "Mine")),
    ("list", EVERYBODY, lambda w, a: talks(w).list(a)),
    ("get", EVERYBODY, lambda w, a: talks(w).get(a, w.room)),
    ("messages", EVERYBODY, lambda w, a: talks(w).messages(a, w.room)),
    ("last_messages", EVERYBODY, lambda w, a: talks(w).last_messages(a, w.room, 1)),
    ("shared", EVERYBODY, lambda w, a: talks(w).shared(a, "nonsense")),
    ("leave", EVERYBODY, lambda w, a: talks(w).leave(a, w.room)),
    ("rename", EVERYBODY, lambda w, a: talks(w).rename(a, w.room_of(a), "Other")),
    ("rename", NOBODY, lambda w, a: talks(w).rename(a, w.room, "Other")),
    ("set_members", NOBODY, lambda w, a: talks(w).set_members(a, w.room, [], is_open=True)),
    ("archive", NOBODY, lambda w, a: talks(w).archive(a, w.room)),
    ("delete", NOBODY, lambda w, a: talks(w).delete(a, w.room)),
    ("share", NOBODY, lambda w, a: talks(w).share(a, w.room)),
    ("revoke", NOBODY, lambda w, a: talks(w).revoke(a, w.room)),
)
TRANSCRIPTS: tuple[Row, ...] = (
    ("turns", EVERYBODY, lambda w, a: Transcripts(w.oneedit.queue).turns(a, w.room)),
    ("last_turns", EVERYBODY, lambda w, a: Transcripts(w.oneedit.queue).last_turns(a, w.room, 1)),
    ("shared", EVERYBODY, lambda w, a: Transcripts(w.oneedit.queue).shared(a, "nonsense")),
    (
        "export",
        EVERYBODY,
        lambda w, a: Transcripts(w.oneedit.queue).export(a, w.room, ExportForm.JSON),
    ),
)
TABLES: Mapping[type, tuple[Row, ...]] = {
    EditService: SERVICE,
    Reviews: REVIEWS,
    ReviewQueue: REVIEW_QUEUE,
    BulkReview: BULK_REVIEW,
    EditQueue: QUEUE,
    People: PEOPLE,
    Doorkeeper: DOORKEEPER,
    AccessTokens: TOKENS,
    Jobs: JOBS,
    Imports: IMPORTS,
    Conversations: CONVERSATIONS,
    Transcripts: TRANSCRIPTS,
}

PARTS: Mapping[type, Mapping[str, str]] = {
    EditService: {
        "call": "makes a value; whoever uses it is asked then",
        "read": "reads a message without doing anything; its caller has asked",
        "read_statement": "reads a message without doing anything; its caller has asked",
        "read_removal": "reads a message without doing anything; its caller has asked",
        "answer": "answers an intent that its caller has read in somebody's name",
        "choice_of": "resolves which edits a message speaks of, without doing anything",
        "named_change": "finds the entities that a change names, without doing anything",
        "plan": "plans without changing anything, for the queue and the desk",
        "committed": "describes a version, for tickets that only their readers are given",
    },
    Reviews: {
        "proposed_before": "finds what the same caller made under the same key",
        "carry_out": "carries out what reviewers have approved, which is recorded",
    },
    ReviewQueue: {"steps_taken": "tells a number, and nothing of any proposal"},
    BulkReview: {},
    EditQueue: {},
    People: {
        "actor": "tells who acts under a name, to whoever has made sure that it is them",
        "current": "tells as what an actor is judged now, to the worker",
    },
    Doorkeeper: {
        "invited": "tells whom a link is for, to whoever has it",
        "accept": "sets the password of whoever has the link",
        "sign_in": "lets in who knows a name and its password",
        "known": "tells who has signed in, to whoever has the browser's secret",
        "sign_out": "ends the sign-in of whoever has the browser's secret",
    },
    AccessTokens: {"actor": "tells who acts by a token, to whoever has it"},
    Jobs: {"next_slot": "computes when a job is due, for whoever was given the job"},
    Imports: {},
    Conversations: {
        "check_writable": "the queue's: asked before a message is taken",
        "has": "the queue's: asked before a ticket is shown",
        "say": "the queue's: records what it has taken",
    },
    Transcripts: {},
}
"""Methods that ask nobody, and why they need not."""


def carried_out(world: World, actor: Actor, intent: Any) -> object:
    service = world.oneedit.service
    return service.carry_out(intent, service.call(actor, "words", "submit"))


def proposed(world: World, actor: Actor, text: str) -> object:
    service = world.oneedit.service
    intent = service.read(text)
    assert isinstance(intent, Tell)
    plan = service.plan(intent, actor)
    return service.reviews.propose(intent, plan, service.call(actor, text, "tell"))


def answered(world: World) -> AskResult:
    found = world.oneedit.service.ask(LOCAL, "Who is Joe Biden's vice president?")
    assert isinstance(found, AskResult)
    return found


def talks(world: World) -> Conversations:
    return world.oneedit.conversations


def proposal(world: World) -> Proposal:
    return reviews(world).show(LOCAL, world.proposal).proposal


def reviews(world: World) -> Reviews:
    return world.oneedit.service.reviews


def order_of(world: World) -> ImportOrder:
    path = world.home / "facts.jsonl"
    world.home.mkdir(exist_ok=True)
    path.write_text("", encoding="utf-8")
    return ImportOrder(path=str(path))


def no_proposal() -> ProposalFilter:
    return ProposalFilter(author="nobody")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    oneedit = application(tmp_path / "home")
    tell(oneedit, "Joe Biden's vice president is Mike Pence.")
    made = oneedit.service.tell(ADA, "Ada Quill was born in Paris.", propose=True)
    assert isinstance(made, Proposed)
    ticket = oneedit.queue.undo(ADA, Choice.of(1))
    assert ticket.state is TicketState.NEEDS_REVIEW
    oneedit.people.add(LOCAL, "cy", Role.VIEWER)
    oneedit.jobs.add(LOCAL, Job(name="audit", kind="audit"))
    room = oneedit.conversations.create(ADA, "Everybody", is_open=True)
    found = World(oneedit, tmp_path / "files", made.proposal_id, ticket, room.id)
    found.import_of(ADA)
    yield found
    oneedit.close()


def methods(of: type) -> set[str]:
    """Return the names of the public methods of a class; properties hold parts, and do nothing."""
    found = inspect.getmembers(of, inspect.isfunction)
    return {name for name, _ in found if not name.startswith("_")}


@pytest.mark.parametrize("of", TABLES)
def test_every_method_has_a_row_or_a_reason_to_have_none(of: type) -> None:
    rows = {method for method, _, _ in TABLES[of]}
    assert methods(of) == rows | set(PARTS[of])
    assert rows.isdisjoint(PARTS[of])


@pytest.mark.parametrize("of", TABLES)
def test_every_method_takes_who_asks_first(of: type) -> None:
    told_by_a_call = {"propose", "carry_out"}
    for method in methods(of) - set(PARTS[of]) - told_by_a_call:
        names = list(inspect.signature(getattr(of, method)).parameters)
        assert names[1] == "actor", method


@pytest.mark.parametrize(
    ("method", "permitted", "attempt"),
    [pytest.param(*row, id=f"{of.__name__}.{row[0]}") for of in TABLES for row in TABLES[of]],
)
def test_a_method_serves_these_roles_and_refuses_the_others(
    method: str, permitted: frozenset[Role], attempt: Attempt, world: World
) -> None:
    refused = {role for role in Role if is_refused(attempt, world, Actor(f"kim {role}", role))}
    assert refused == set(Role) - permitted, method


def is_refused(attempt: Attempt, world: World, actor: Actor) -> bool:
    """Tell whether an attempt is not permitted; it may fail for another reason after that."""
    try:
        attempt(world, actor)
    except NotPermitted as error:
        return error.actor == actor.name
    except ExpectedError:
        return False
    return False

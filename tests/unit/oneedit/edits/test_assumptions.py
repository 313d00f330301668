"""What a reader was not sure of is agreed to before anything changes."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from controller.actor import Actor, Role
from controller.plan import EditPlan
from editor.evaluation.report import Report
from interpreter.intents import Forget, Guess, Tell
from kg_data.triples import Slot, Triple
from oneedit.cli.render import render, to_json
from oneedit.edits.assumptions import assumptions
from oneedit.ledger.ticket import Ticket, TicketState
from oneedit.results import Already, EditResult, NeedsConfirmation, Proposed, Result
from oneedit.wiring import Application
from tests.support.fakes import EDITOR, LOCAL
from tests.support.readers import reading

TEXT = "jo bidden was born in oakland"
OAKLAND = Triple("Joe Biden", "place_of_birth", "Oakland")
GUESSED = Tell((OAKLAND,), guesses=(Guess("jo bidden", "Joe Biden"),))
BY_MODEL = Tell((OAKLAND,), read_by="reader-1")
HEARD = Tell((OAKLAND,), heard=True, left_out=("you", "see"))
FORGOTTEN = Forget(Slot("Joe Biden", "spouse"), guesses=(Guess("jo bidden", "Joe Biden"),))
REVIEWER = Actor("rea", Role.REVIEWER)

ASKED = {
    GUESSED: (
        '"jo bidden" is read as Joe Biden.',
        "So the message says: Joe Biden - place of birth - Oakland.",
    ),
    BY_MODEL: (
        "The language model reader-1 read the message: Joe Biden - place of birth - Oakland.",
    ),
    HEARD: (
        'Not understood was "you see"; the rest is read as: Joe Biden - place of birth - Oakland.',
    ),
    FORGOTTEN: (
        '"jo bidden" is read as Joe Biden.',
        "So the message says: forget Joe Biden - spouse.",
    ),
}


def yes(plan: EditPlan, report: Report | None, /) -> bool:
    del plan, report
    return True


def submitted(oneedit: Application, intent: Tell | Forget, actor: Actor = LOCAL) -> Result:
    return reading(oneedit, {TEXT: intent}).service.submit(actor, TEXT)


@pytest.mark.parametrize("intent", ASKED)
def test_the_local_user_is_asked_and_shown_what_was_read(
    oneedit: Application, intent: Tell | Forget
) -> None:
    result = submitted(oneedit, intent)
    assert isinstance(result, NeedsConfirmation)
    assert tuple(reason.text for reason in result.reasons)[: len(ASKED[intent])] == ASKED[intent]
    assert oneedit.ledger.head() == 0
    console = Console(file=StringIO(), width=200)
    render(result, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(sentence in shown for sentence in ASKED[intent])


def test_who_agrees_gets_the_edit_and_is_recorded_as_having_agreed(oneedit: Application) -> None:
    service = reading(oneedit, {TEXT: GUESSED}).service
    assert isinstance(service.submit(LOCAL, TEXT, confirm=yes), EditResult)
    assert oneedit.ledger.event(1).content.self_confirmed


def test_a_fact_that_is_known_already_needs_no_agreement(oneedit: Application) -> None:
    known = replace(GUESSED, facts=(Triple("Joe Biden", "place_of_birth", "Scranton"),))
    result = submitted(oneedit, known)
    assert isinstance(result, Already)
    assert result.reasons[0].text == '"jo bidden" is read as Joe Biden.'


@pytest.mark.parametrize("intent", ASKED)
@pytest.mark.parametrize("actor", [EDITOR, REVIEWER])
def test_what_anybody_else_tells_so_becomes_a_proposal(
    oneedit: Application, actor: Actor, intent: Tell | Forget
) -> None:
    result = submitted(oneedit, intent, actor)
    assert isinstance(result, Proposed)
    assert result.reasons[0].text == ASKED[intent][0]
    kept = oneedit.service.reviews.show(LOCAL, result.proposal_id).proposal
    assert kept.intent == intent


def test_an_approved_proposal_is_carried_out_though_the_name_was_guessed(
    oneedit: Application,
) -> None:
    result = submitted(oneedit, GUESSED, EDITOR)
    assert isinstance(result, Proposed)
    oneedit.service.reviews.approve(REVIEWER, result.proposal_id, revision=1)
    assert oneedit.store.objects(OAKLAND.slot) == ("Oakland",)


@pytest.mark.parametrize("intent", [GUESSED, BY_MODEL])
def test_a_ticket_waits_for_its_author_and_is_carried_out_after_that(
    oneedit: Application, intent: Tell
) -> None:
    ticket = reading(oneedit, {TEXT: intent}).submit(LOCAL, TEXT)
    assert isinstance(ticket, Ticket)
    assert ticket.state is TicketState.NEEDS_ANSWER
    oneedit.queue.agree(LOCAL, ticket.id)
    while oneedit.worker.carry_out_next():
        pass
    assert oneedit.queue.get(LOCAL, ticket.id).state is TicketState.APPLIED


def test_a_message_that_was_read_for_sure_is_not_asked_about(oneedit: Application) -> None:
    assert assumptions(Tell((OAKLAND,))) == ()
    assert isinstance(submitted(oneedit, Tell((OAKLAND,))), EditResult)


def test_what_was_read_names_what_is_replaced_and_the_end_of_many_facts() -> None:
    cities = [Triple(f"Person {number}", "place_of_birth", "Oakland") for number in range(14)]
    (reason,) = assumptions(Tell(tuple(cities), read_by="m"))
    assert reason.text.endswith("Person 11 - place of birth - Oakland; and 2 more.")
    school = Triple("Joe Biden", "educated_at", "Yale University")
    (reason,) = assumptions(Tell((OAKLAND,), replaces=(school,), read_by="m"))
    assert reason.text.endswith("; instead of Joe Biden - educated at - Yale University.")


def test_programs_get_the_reasons_too(oneedit: Application) -> None:
    fields = to_json(submitted(oneedit, GUESSED))
    codes = [each["code"] for each in fields["reasons"]]  # type: ignore[attr-defined]
    assert codes[:2] == ["assumed_name", "assumed_name"]


def test_letters_that_only_look_like_those_of_a_name_are_pointed_out() -> None:
    reason, _ = assumptions(replace(GUESSED, guesses=(Guess("J\u043ee Biden", "Joe Biden"),)))
    assert reason.text.startswith('"J\u043ee Biden" is read as Joe Biden.')
    assert "mixes Cyrillic and Latin letters that look alike" in reason.text

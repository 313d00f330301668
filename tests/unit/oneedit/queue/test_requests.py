"""What a ticket asks for is kept as JSON, and read again after OneEdit has learned more."""

import pytest

from interpreter.intents import Forget, Guess, RollBack, Tell
from kg_data.entities import Entity
from kg_data.triples import Slot, Triple
from oneedit.edits.choice import Choice, Successors
from oneedit.ledger.proposal import INTENT
from oneedit.queue.requests import CarryOut, Consolidate, Request, dump_request, load_request

PENCE = Triple("Joe Biden", "vice_president", "Mike Pence", "2025")
OLD_FACT = (
    '{"subject": "Joe Biden", "relation": "vice_president", "object": "Mike Pence", '
    '"valid_from": "2025", "valid_to": null}'
)
OLD_TELL = (
    f'{{"facts": [{OLD_FACT}], "new_entities": [{{"id": "Ada", "entity_class": "person", '
    '"qid": ""}], "replaces": []}'
)
OLD_FORGET = '{"slot": ["Joe Biden", "spouse"], "object": "Jill Biden"}'
OLD_CHOICE = (
    '{"versions": [], "actor": "ada", "since": "2026-01-02T12:00:00Z", "until": null, '
    '"source": null, "batch": null, "successors": "with"}'
)


@pytest.mark.parametrize(
    "request_",
    [
        Tell((PENCE,), (Entity("Ada", "person"),), (PENCE,), (Guess("jo", "Joe Biden"),), "m"),
        Forget(Slot("Joe Biden", "spouse"), "Jill Biden", (Guess("jo", "Joe Biden"),), "m"),
        Choice(entity="Joe Biden", relation="spouse", last=True),
        Choice(versions=(3, 5), successors=Successors.SKIP),
        RollBack(3),
        Consolidate(),
        CarryOut(3, below_gate=True),
    ],
)
def test_every_request_is_read_as_it_was_written(request_: Request) -> None:
    assert load_request(dump_request(request_)) == request_


def test_tickets_of_before_are_read() -> None:
    assert load_request(f'{{"kind": "Tell", "value": {OLD_TELL}}}') == Tell(
        (PENCE,), (Entity("Ada", "person"),)
    )
    assert load_request(f'{{"kind": "Forget", "value": {OLD_FORGET}}}') == Forget(
        Slot("Joe Biden", "spouse"), "Jill Biden"
    )
    choice = load_request(f'{{"kind": "Choice", "value": {OLD_CHOICE}}}')
    assert isinstance(choice, Choice)
    assert choice.words == "undo --actor ada --since 2026-01-02T12:00:00+00:00 --with-successors"


def test_proposals_of_before_are_read() -> None:
    assert INTENT.validate_json(OLD_TELL) == Tell((PENCE,), (Entity("Ada", "person"),))
    assert INTENT.validate_json(OLD_FORGET) == Forget(Slot("Joe Biden", "spouse"), "Jill Biden")

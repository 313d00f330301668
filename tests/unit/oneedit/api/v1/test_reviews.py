"""Reviews over HTTP: two people, one proposal."""

import pytest

from controller.actor import Role
from oneedit.wiring import Application
from tests.support.web import PENCE, Caller, carry_out


@pytest.fixture
def ada(oneedit: Application, call: Caller) -> Caller:
    return call.of(oneedit, "ada", Role.EDITOR)


@pytest.fixture
def rae(oneedit: Application, call: Caller) -> Caller:
    return call.of(oneedit, "rae", Role.REVIEWER)


def propose(ada: Caller, text: str = PENCE) -> int:
    _, ticket = ada("POST", "/edits", {"message": text, "propose": True})
    assert ticket["state"] == "needs_review"
    number: int = ticket["proposal"]
    return number


def test_a_reviewer_approves_and_the_edit_is_carried_out(
    oneedit: Application, ada: Caller, rae: Caller
) -> None:
    number = propose(ada)
    _, page = rae("GET", "/reviews")
    assert [each["id"] for each in page["items"]] == [number]
    assert page["items"][0]["plan"]["conflicts"][0]["old"]["object"] == "Kamala Harris"
    status, view = rae("POST", f"/reviews/{number}/approve", {"text": "as I read it"})
    assert status == 200
    assert view["ticket"] == 1
    carry_out(oneedit)
    _, shown = rae("GET", f"/reviews/{number}")
    assert (shown["state"], shown["version"]) == ("applied", 1)
    assert "as I read it" in [each["comment"] for each in shown["steps"]]
    assert ada("GET", "/tickets/1")[1]["state"] == "applied"


def test_nobody_approves_their_own_and_editors_approve_nothing(ada: Caller, rae: Caller) -> None:
    number = propose(ada)
    status, problem = ada("POST", f"/reviews/{number}/approve", {})
    assert (status, problem["code"]) == (403, "not_permitted")
    own = propose(rae, "Joe Biden was born in Paris.")
    assert rae("POST", f"/reviews/{own}/approve", {})[0] == 403


def test_a_rejection_needs_a_reason_and_the_author_reads_it(ada: Caller, rae: Caller) -> None:
    number = propose(ada)
    status, problem = rae("POST", f"/reviews/{number}/reject", {})
    assert (status, problem["code"]) == (422, "words_missing")
    assert rae("POST", f"/reviews/{number}/reject", {"text": "no source"})[1]["state"] == "rejected"
    assert ada("GET", f"/reviews/{number}")[1]["steps"][-1]["comment"] == "no source"
    assert ada("GET", "/tickets/1")[1]["state"] == "refused"


def test_questions_and_answers_go_back_and_forth(ada: Caller, rae: Caller) -> None:
    number = propose(ada)
    assert rae("POST", f"/reviews/{number}/ask", {"text": "source?"})[1]["state"] == "needs_answer"
    assert ada("POST", f"/reviews/{number}/answer", {"text": "a book"})[1]["state"] == "open"
    assert rae("POST", f"/reviews/{number}/assign", {"text": "rae"})[1]["assignee"] == "rae"
    assert rae("POST", f"/reviews/{number}/comment", {"text": "fine"})[0] == 200


def test_a_decision_on_what_has_changed_since_is_refused(ada: Caller, rae: Caller) -> None:
    number = propose(ada)
    rae("POST", f"/reviews/{number}/comment", {"text": "hm"})
    status, problem = rae("POST", f"/reviews/{number}/approve", {"revision": 1})
    assert (status, problem["code"]) == (409, "proposal_changed")


def test_many_are_decided_at_once_each_by_itself(
    oneedit: Application, ada: Caller, rae: Caller
) -> None:
    mine = propose(rae, "Joe Biden was born in Paris.")
    hers = [propose(ada), propose(ada, "Kamala Harris was born in Lyon.")]
    status, decided = rae("POST", "/reviews/decisions", {"decision": "approve"})
    assert status == 200
    assert {each["id"]: each["done"] for each in decided} == dict.fromkeys(hers, True) | {
        mine: False
    }
    assert {each["code"] for each in decided} == {"", "not_permitted"}
    carry_out(oneedit)
    assert oneedit.ledger.head() == 2


def test_an_unknown_step_is_a_problem(ada: Caller) -> None:
    assert ada("POST", f"/reviews/{propose(ada)}/bless", {})[0] == 422

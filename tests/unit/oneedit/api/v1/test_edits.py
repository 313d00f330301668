"""Edits over HTTP: from the message to the version, and back."""

import pytest

from controller.actor import Role
from oneedit.wiring import Application
from tests.support.web import PENCE, Caller, carry_out


def test_an_edit_becomes_a_ticket_and_then_a_version(oneedit: Application, call: Caller) -> None:
    status, ticket = call("POST", "/edits", {"message": PENCE})
    assert status == 202
    assert ticket["state"] == "queued"
    assert ticket["plan"]["verdict"] == "apply"
    assert ticket["plan"]["changes"]["retracted"][0]["object"] == "Kamala Harris"
    assert (ticket["place"], ticket["outcome"]) == (0, None)
    carry_out(oneedit)
    _, done = call("GET", f"/tickets/{ticket['id']}")
    assert (done["state"], done["version"]) == ("applied", 1)
    assert done["outcome"]["kind"] == "EditResult"
    assert [each["state"] for each in done["steps"]][:2] == ["reading", "queued"]
    _, answer = call("POST", "/ask", {"question": "Who is Joe Biden's vice president?"})
    assert answer["answer"] == "Mike Pence"
    assert answer["agrees"] is True


def test_facts_are_taken_as_they_are(oneedit: Application, call: Caller) -> None:
    fact = {"subject": "joe biden", "relation": "vice president", "object": "Mike Pence"}
    _, ticket = call("POST", "/edits", {"facts": [fact]})
    carry_out(oneedit)
    assert call("GET", f"/tickets/{ticket['id']}")[1]["state"] == "applied"
    _, shown = call("GET", "/facts?subject=Joe+Biden&relation=vice_president")
    assert [each["fact"]["object"] for each in shown["items"]] == ["Mike Pence"]


def test_a_preview_changes_nothing(oneedit: Application, call: Caller) -> None:
    status, plan = call("POST", "/edits/preview", {"message": PENCE})
    assert (status, plan["verdict"]) == (200, "apply")
    assert plan["conflicts"][0]["old"]["object"] == "Kamala Harris"
    assert oneedit.ledger.head() == 0
    assert call("GET", "/tickets")[1]["items"] == []


def test_the_same_key_makes_one_ticket_and_another_request_is_refused(call: Caller) -> None:
    one = call("POST", "/edits", {"message": PENCE}, Idempotency_Key="k1")
    two = call("POST", "/edits", {"message": PENCE}, Idempotency_Key="k1")
    assert one[1]["id"] == two[1]["id"]
    status, problem = call(
        "POST", "/edits", {"message": "Joe Biden was born in Paris."}, Idempotency_Key="k1"
    )
    assert (status, problem["code"]) == (422, "key_reused")


def test_what_somebody_else_changed_since_is_asked_about(
    oneedit: Application, call: Caller
) -> None:
    call.of(oneedit, "ada", Role.EDITOR)("POST", "/edits", {"message": PENCE})
    carry_out(oneedit)
    late = {"message": "Joe Biden's vice president is Barack Obama."}
    _, ticket = call("POST", "/edits", late, If_Match='"0"')
    carry_out(oneedit)
    _, ended = call("GET", f"/tickets/{ticket['id']}")
    assert ended["state"] == "needs_answer"
    assert ended["outcome"]["value"]["plan"]["decision"]["reasons"][0]["code"] == "concurrent"
    _, agreed = call("POST", f"/tickets/{ticket['id']}/agree")
    assert agreed["state"] == "queued"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"message": "Who is Joe Biden's vice president?"}, "not_an_edit"),
        ({"message": "hello"}, "not_an_edit"),
        ({"message": "qwxz blorp"}, "not_understood"),
        ({}, "malformed"),
        ({"message": PENCE, "facts": []}, "malformed"),
        ({"message": PENCE, "colour": "red"}, "malformed"),
        ({"message": "x" * 2001}, "malformed"),
    ],
)
def test_what_is_no_edit_is_a_problem(call: Caller, body: object, code: str) -> None:
    status, problem = call("POST", "/edits", body)
    assert (status, problem["code"]) == (422, code)
    assert problem["title"]
    assert problem["detail"]
    assert call("GET", "/tickets")[1]["items"] == []


def test_undo_and_restore(oneedit: Application, call: Caller) -> None:
    call("POST", "/edits", {"message": PENCE})
    carry_out(oneedit)
    _, preview = call("POST", "/undo/preview", {"versions": [1]})
    assert preview["kind"] == "PreviewResult"
    status, ticket = call("POST", "/undo", {"versions": [1]})
    assert status == 202
    carry_out(oneedit)
    assert call("GET", f"/tickets/{ticket['id']}")[1]["outcome"]["value"]["identical"] is True
    _, preview = call("POST", "/versions/1/restore/preview")
    assert preview["value"]["operation"] == "rollback"
    _, ticket = call("POST", "/versions/1/restore")
    call("POST", f"/tickets/{ticket['id']}/agree")
    carry_out(oneedit)
    assert call("GET", f"/tickets/{ticket['id']}")[1]["version"] == 3
    _, page = call("GET", "/versions")
    assert [each["version"] for each in page["items"]] == [3, 2, 1, 0]
    _, diff = call("GET", "/versions/1/diff/2")
    assert diff["changes"]["added"][0]["object"] == "Kamala Harris"


def test_a_ticket_is_cancelled_once(call: Caller) -> None:
    _, ticket = call("POST", "/edits", {"message": PENCE})
    assert call("POST", f"/tickets/{ticket['id']}/cancel")[1]["state"] == "cancelled"
    status, problem = call("POST", f"/tickets/{ticket['id']}/cancel")
    assert (status, problem["code"]) == (409, "ticket_changed")


def test_tickets_come_page_by_page_and_only_ones_own(oneedit: Application, call: Caller) -> None:
    ada = call.of(oneedit, "ada", Role.EDITOR)
    bea = call.of(oneedit, "bea", Role.EDITOR)
    for _ in range(3):
        ada("POST", "/edits", {"message": PENCE})
    found: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        _, page = ada("GET", "/tickets?limit=2" + (f"&cursor={cursor}" if cursor else ""))
        found += [each["id"] for each in page["items"]]
        cursor = page["next"]
    assert found == [3, 2, 1]
    assert bea("GET", "/tickets")[1]["items"] == []
    assert bea("GET", "/tickets/1")[0] == 403
    assert call("GET", "/tickets?state=applied")[1]["items"] == []


@pytest.mark.parametrize("cursor", ["x", "e30", "WyJhIl0", "bnVsbA", "LTE", "a b"])
def test_a_cursor_of_another_list_is_a_problem(call: Caller, cursor: str) -> None:
    for path in ("/tickets", "/versions", "/facts", "/reviews"):
        status, problem = call("GET", f"{path}?cursor={cursor}")
        assert (status, problem["code"]) == (422, "bad_cursor"), path


def test_half_of_a_character_is_refused_where_it_comes_in(call: Caller) -> None:
    body = b'{"message": "Joe Biden was born in \\ud800."}'
    answer = call.client.post("/edits", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["code"] in {"malformed", "not_understood"}

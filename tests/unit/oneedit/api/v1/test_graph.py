"""Entities, facts, relations and state over HTTP."""

import pytest

from oneedit.wiring import Application
from tests.support.stories import tell
from tests.support.web import PENCE, Caller, carry_out


def test_an_entity_is_searched_shown_and_traced(oneedit: Application, call: Caller) -> None:
    tell(oneedit, PENCE)
    _, found = call("GET", "/entities?text=biden")
    assert "Joe Biden" in [each["entity"]["id"] for each in found["found"]]
    _, shown = call("GET", "/entities/joseph%20biden")
    assert shown["entity"]["id"] == "Joe Biden"
    answer = call.client.get("/entities/Joe%20Biden")
    assert answer.headers["etag"] == '"1"'
    assert call.client.get("/entities/Joe%20Biden?as_of=0").headers["etag"] == '"0"'
    _, traced = call("GET", "/entities/Joe%20Biden/provenance")
    mine = [each for each in traced["facts"] if each["fact"]["relation"] == "vice_president"]
    assert mine[0]["edit"]["version"] == 1
    assert mine[0]["earlier"][0]["fact"]["object"] == "Kamala Harris"
    _, history = call("GET", "/entities/Joe%20Biden/history")
    assert [each["version"] for each in history["entries"]] == [1]
    _, around = call("GET", "/entities/Joe%20Biden/neighbourhood?depth=2")
    assert around["complete"] is True


def test_what_is_not_there_says_so(call: Caller) -> None:
    for path, code in (
        ("/entities/Nobody", "unknown_entity"),
        ("/entities/Nobody/provenance", "unknown_entity"),
        ("/versions/9", "unknown_version"),
        ("/versions/0/diff/9", "unknown_version"),
        ("/facts?as_of=9", "unknown_version"),
        ("/relations?as_of=9", "unknown_version"),
        ("/tickets/9", "unknown_ticket"),
        ("/reviews/9", "unknown_proposal"),
        ("/jobs/none", "unknown_job"),
        ("/runs/9", "unknown_run"),
        ("/nowhere", "not_found"),
    ):
        status, problem = call("GET", path)
        assert (status, problem["code"]) == (404, code), path
        assert problem["type"] == f"urn:oneedit:problem:{code}"


def test_a_name_of_several_lists_them(oneedit: Application, call: Caller) -> None:
    tell(
        oneedit, "Jill Biden's other name is Mrs Biden.", "Karen Pence is also known as Mrs Biden."
    )
    status, problem = call("GET", "/entities/Mrs%20Biden")
    assert (status, problem["code"]) == (422, "ambiguous")
    assert problem["options"] == ["Jill Biden", "Karen Pence"]


def test_an_entity_is_renamed_as_an_edit(oneedit: Application, call: Caller) -> None:
    change = {"operation": "rename", "entity": "Joe Biden", "other": "Joseph R. Biden"}
    _, preview = call("POST", "/entities/changes/preview", change)
    assert preview["kind"] == "PreviewResult"
    status, ticket = call("POST", "/entities/changes", change)
    assert (status, ticket["state"]) == (202, "needs_answer")
    call("POST", f"/tickets/{ticket['id']}/agree")
    carry_out(oneedit)
    assert call("GET", f"/tickets/{ticket['id']}")[1]["state"] == "applied"
    assert call("GET", "/entities/Joe%20Biden")[1]["entity"]["id"] == "Joseph R. Biden"


def test_the_relation_book_is_shown_and_changed(call: Caller) -> None:
    _, book = call("GET", "/relations")
    assert "[relations.vice_president]" in book["text"]
    change = {"action": "edit", "text": "[lifespans]\nperson = 130"}
    assert call("POST", "/relations/changes/preview", change)[1]["value"]["done"] is False
    assert call("POST", "/relations/changes", change)[1]["value"]["done"] is True
    assert call("GET", "/versions/1")[1]["kind"] == "REDEFINE"


def test_the_state_is_shown(call: Caller) -> None:
    assert call("GET", "/status")[1]["version"] == 0
    assert call("GET", "/verification")[1]["versions"] == 1
    assert call("GET", "/model/knowledge")[1]["asked"] == 0
    assert call("GET", "/refusals")[1] == []
    assert call("GET", "/me")[1]["role"] == "local"


@pytest.mark.parametrize(
    "path",
    [
        "/entities?text=",
        "/entities?text=x&limit=0",
        "/facts?limit=9999",
        "/entities/x/neighbourhood?depth=9",
        "/versions?since=yesterday",
    ],
)
def test_parameters_out_of_range_are_named(call: Caller, path: str) -> None:
    status, problem = call("GET", path)
    assert (status, problem["code"]) == (422, "malformed")
    assert problem["faults"][0]["field"].startswith("query.")

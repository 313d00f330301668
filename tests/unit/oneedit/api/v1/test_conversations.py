"""Conversations over HTTP."""

from controller.actor import Role
from oneedit.wiring import Application
from tests.support.web import PENCE, Caller, carry_out

QUESTION = "Who is Joe Biden's vice president?"


def test_a_room_is_made_written_in_shared_exported_and_deleted(
    call: Caller, oneedit: Application
) -> None:
    ada = call.of(oneedit, "ada", Role.EDITOR)
    bea = call.of(oneedit, "bea", Role.VIEWER)
    status, room = ada("POST", "/conversations", {"title": "Two", "members": ["bea"]})
    assert (status, room["owner"], room["members"]) == (201, "ada", ["bea"])
    path = f"/conversations/{room['id']}"
    status, asked = bea("POST", f"{path}/messages", {"text": QUESTION})
    assert (status, asked["outcome"]["kind"]) == (201, "AskResult")
    assert ada("POST", f"{path}/messages", {"text": PENCE})[1]["ticket"]["author"] == "ada"
    carry_out(oneedit)
    status, first = bea("GET", f"{path}/messages?limit=1")
    assert [each["text"] for each in first["items"]] == [QUESTION]
    _, rest = bea("GET", f"{path}/messages?limit=5&cursor={first['next']}")
    assert rest["items"][0]["ticket"]["version"] == 1
    assert rest["next"] is None
    assert ada("PATCH", path, {"title": "Both"})[1]["title"] == "Both"
    assert bea("PATCH", path, {"title": "Mine"})[1]["code"] == "not_permitted"
    assert [each["title"] for each in bea("GET", "/conversations?text=both")[1]["items"]] == [
        "Both"
    ]
    _, link = ada("POST", f"{path}/link")
    dan = call.of(oneedit, "dan", Role.VIEWER)
    assert dan("GET", path)[1]["code"] == "unknown_conversation"
    assert len(dan("GET", f"/shared/{link['secret']}")[1]["messages"]) == 2
    assert ada("DELETE", f"{path}/link")[0] == 204
    assert dan("GET", f"/shared/{link['secret']}")[1]["code"] == "link_ended"
    exported = call.client.get(
        f"{path}/export?form=markdown", headers={"Authorization": f"Bearer {ada.token}"}
    )
    assert exported.headers["content-type"].startswith("text/markdown")
    assert "Applied as version 1" in exported.text
    assert bea("POST", f"{path}/leave")[0] == 204
    assert ada("DELETE", path)[0] == 204
    assert ada("GET", path)[0] == 404


def test_a_list_goes_on_at_its_cursor(call: Caller) -> None:
    for title in ("One", "Two", "Three"):
        call("POST", "/conversations", {"title": title})
    _, page = call("GET", "/conversations?limit=2")
    _, rest = call("GET", f"/conversations?limit=2&cursor={page['next']}")
    found = [each["title"] for each in (*page["items"], *rest["items"])]
    assert sorted(found) == ["One", "Three", "Two"]


def test_an_edit_names_no_conversation_of_somebody_else(call: Caller, oneedit: Application) -> None:
    ada, bea = call.of(oneedit, "ada", Role.EDITOR), call.of(oneedit, "bea", Role.EDITOR)
    _, room = ada("POST", "/conversations", {"title": "Mine"})
    body = {"message": PENCE, "conversation": room["id"]}
    assert bea("POST", "/edits", body)[1]["code"] == "unknown_conversation"
    assert ada("POST", "/edits", body)[0] == 202

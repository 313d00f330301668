"""Accounts, tokens and sign-ins over HTTP."""

from controller.actor import Role
from oneedit.wiring import Application
from tests.support.fakes import LOCAL
from tests.support.web import PENCE, Caller


def test_accounts_are_made_changed_and_disabled(call: Caller) -> None:
    status, made = call("POST", "/users", {"name": "ada", "role": "editor"})
    assert (status, made["role"]) == (201, "editor")
    assert call("PATCH", "/users/ada", {"role": "reviewer"})[1]["role"] == "reviewer"
    assert call("PATCH", "/users/ada", {"trust": 0})[1]["trust"] == 0
    assert call("PATCH", "/users/ada", {"trust": None})[1]["trust"] is None
    assert call("PATCH", "/users/ada", {"disabled": True})[1]["disabled"] is True
    assert call("PATCH", "/users/ada", {})[1]["code"] == "malformed"
    assert [each["name"] for each in call("GET", "/users")[1]] == ["ada"]
    actions = [each["action"] for each in call("GET", "/users/ada/steps")[1]]
    assert actions == ["add", "role", "trust", "trust", "disable"]
    assert call("POST", "/users", {"name": "ADA", "role": "editor"})[0] == 409
    assert call("PATCH", "/users/nobody", {"role": "editor"})[0] == 404


def test_an_invitation_sets_a_password_with_which_somebody_signs_in(
    oneedit: Application, call: Caller
) -> None:
    call("POST", "/users", {"name": "ada", "role": "editor"})
    _, link = call("POST", "/users/ada/invitation")
    oneedit.doorkeeper.accept(link["path"].removeprefix("/join/"), "a quiet green door")
    secret = oneedit.doorkeeper.sign_in("ada", "a quiet green door")
    call.client.cookies.set("oneedit_sign_in", secret)
    assert call("GET", "/me")[1]["name"] == "ada"
    assert call("GET", "/me/sign-ins")[1][0]["account"] == "ada"
    change = {"old": "a quiet green door", "new": "a loud red window"}
    assert call("POST", "/me/password", change)[0] == 204
    assert call("GET", "/me")[0] == 200
    assert call("DELETE", "/me/sign-ins")[1] == {"ended": 1}
    status, problem = call("GET", "/me")
    assert (status, problem["code"]) == (401, "not_signed_in")


def test_nobody_comes_in_without_an_account_once_somebody_has_a_password(
    oneedit: Application, call: Caller
) -> None:
    oneedit.people.add(LOCAL, "ada", Role.EDITOR)
    oneedit.doorkeeper.accept(oneedit.doorkeeper.invite(LOCAL, "ada"), "a quiet green door")
    for method, path in (("GET", "/status"), ("POST", "/edits"), ("GET", "/me")):
        status, problem = call(method, path, {"message": PENCE} if method == "POST" else None)
        assert (status, problem["code"]) == (401, "not_signed_in"), path


def test_a_token_is_made_used_and_revoked(oneedit: Application, call: Caller) -> None:
    ada = call.of(oneedit, "ada", Role.EDITOR)
    status, made = ada("POST", "/tokens", {"name": "reader", "scope": "read"})
    assert status == 201
    reader = Caller(call.client, made["secret"])
    assert reader("GET", "/me")[1]["role"] == "viewer"
    assert reader("POST", "/edits", {"message": PENCE})[0] == 403
    assert [each["name"] for each in ada("GET", "/tokens")[1]] == ["test", "reader"]
    assert ada("DELETE", f"/tokens/{made['token']['id']}")[0] == 204
    assert reader("GET", "/me")[0] == 401
    assert ada("GET", "/tokens?account=me")[0] in {403, 404}


def test_a_wrong_token_says_how_to_come_in(call: Caller) -> None:
    answer = call.client.get("/me", headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"

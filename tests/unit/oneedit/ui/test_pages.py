"""The frame around the pages: who sees what, where an address leads, what is not there."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from controller.actor import Role
from oneedit.api.app import Surroundings, build_app
from oneedit.people.sign_in import Doorkeeper
from tests.support.fakes import LOCAL, application
from tests.support.pages import fresh_pages

PASSWORD = "a quiet green door"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Return a browser at a server with an account of every role."""
    oneedit = application(tmp_path_factory.mktemp("home"))
    for role in (Role.VIEWER, Role.EDITOR, Role.REVIEWER, Role.ADMIN):
        oneedit.people.add(LOCAL, role.value, role)
        invite(oneedit.doorkeeper, role.value)
    with fresh_pages():
        around = Surroundings(proxies=("testclient",))
        with TestClient(build_app(oneedit, around), follow_redirects=False) as client:
            yield client
    oneedit.close()


def invite(doorkeeper: Doorkeeper, name: str) -> None:
    doorkeeper.accept(doorkeeper.invite(LOCAL, name), PASSWORD)


def page_of(client: TestClient, name: str, path: str = "/ui/") -> str:
    client.cookies.clear()
    client.post("/sign-in", data={"name": name, "password": PASSWORD})
    return client.get(path).text


def test_a_page_says_who_is_signed_in_and_where_one_is(client: TestClient) -> None:
    page = page_of(client, "editor")
    assert "editor, editor" in page
    assert '"aria-current":"page"' in page
    assert "Skip to the content" in page
    assert '<html lang="en-US"' in page


@pytest.mark.parametrize("path", ["/ui/", "/ui/c/qwertyuiopasdfghjklzxcvb", "/ui/console/entities"])
def test_the_navigation_bar_marks_one_page(client: TestClient, path: str) -> None:
    assert page_of(client, "editor", path).count('"aria-current":"page"') == 1


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("viewer", {"reviews", "jobs", "users", "audit", "settings"}),
        ("editor", {"jobs", "users", "audit", "settings"}),
        ("reviewer", {"jobs", "users", "settings"}),
        ("admin", set()),
    ],
)
def test_a_role_sees_the_pages_that_it_may_use_and_no_others(
    client: TestClient, name: str, hidden: set[str]
) -> None:
    front = page_of(client, name)
    named = {"reviews", "entities", "versions", "relations", "jobs", "model", "users", "audit"}
    named.add("settings")
    assert {each for each in named if f'"/ui/console/{each}"' not in front} == hidden
    for each in named:
        answer = client.get(f"/ui/console/{each}")
        assert answer.status_code == (403 if each in hidden else 200), each
        assert ("Not allowed" in answer.text) == (each in hidden)


def test_what_is_not_there_is_said_inside_the_frame(client: TestClient) -> None:
    page_of(client, "admin")
    statuses = {
        "c/qwertyuiopasdfghjklzxcvb": 404,
        "shared/nothing": 410,
        "console/jobs/runs/999": 404,
        "console/versions/999": 404,
        "console/differences?since=0&until=999": 404,
        "console/entities/show?name=Nobody+of+Note": 404,
        "console/relations/show?name=nothing": 404,
        "console/account?of=nobody": 404,
        "console/reviews?number=x&offset=-1&order=?": 200,
    }
    for path, status in statuses.items():
        answer = client.get(f"/ui/{path}")
        assert (path, answer.status_code) == (path, status)
        assert "admin, admin" in answer.text


@pytest.mark.parametrize("form", ["turtle", "csv", "jsonl"])
def test_the_graph_is_a_file_for_whoever_is_signed_in(client: TestClient, form: str) -> None:
    page_of(client, "viewer")
    answer = client.get(f"/ui/console/graph/{form}")
    assert answer.status_code == 200
    assert "Biden" in answer.text
    assert "oneedit-v0" in answer.headers["content-disposition"]
    client.cookies.clear()
    assert client.get(f"/ui/console/graph/{form}").status_code == 401


def test_the_account_of_another_is_for_administrators(client: TestClient) -> None:
    page_of(client, "editor")
    own = client.get("/ui/console/account")
    assert (own.status_code, "Change the password" in own.text) == (200, True)
    assert client.get("/ui/console/account?of=admin").status_code == 403
    page_of(client, "admin")
    assert "Change the password" not in client.get("/ui/console/account?of=editor").text


def test_an_address_without_a_page_says_so_inside_the_frame(client: TestClient) -> None:
    assert "No page of OneEdit has this address." in page_of(client, "viewer", "/ui/nothing")
    assert client.get("/ui/nothing").status_code == 404
    assert "Not found" in page_of(client, "viewer", "/ui/console/nothing")


def test_a_missing_file_of_the_pages_is_no_page(client: TestClient) -> None:
    answer = client.get("/ui/_nicegui/0/static/nothing.js")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"


def test_who_is_not_signed_in_comes_back_to_where_they_wanted_to_go(client: TestClient) -> None:
    client.cookies.clear()
    asked = client.get("/ui/nothing?page=2")
    assert asked.headers["location"] == "/sign-in?to=%2Fui%2Fnothing%3Fpage%3D2"


def test_links_and_ways_to_sign_in_keep_the_prefix_of_a_proxy(client: TestClient) -> None:
    page_of(client, "viewer")
    prefixed = {"X-Forwarded-Prefix": "/tools"}
    assert '"href":"/tools/ui/"' in client.get("/ui/", headers=prefixed).text
    client.cookies.clear()
    asked = client.get("/ui/", headers=prefixed)
    assert asked.headers["location"] == "/tools/sign-in?to=%2Fui%2F"


@pytest.mark.parametrize(("cookie", "switches"), [("true", 1), ("false", 1), ("<b>", 0)])
def test_a_browser_keeps_its_choice_of_light_or_dark(
    client: TestClient, cookie: str, switches: int
) -> None:
    page_of(client, "viewer")
    client.cookies.set("oneedit_dark", cookie)
    page = client.get("/ui/").text
    assert ("dark_mode" in page) == bool(switches)

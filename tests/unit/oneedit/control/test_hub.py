"""Uploads of exported folders, with a fake in place of the hub's client."""

from pathlib import Path

import pytest
from httpx import ConnectError

from oneedit.control.hub import Hub, check_hub_name
from oneedit.errors import HubRefused


class FakeHubApi:
    """Keeps what it is given; with an error, it refuses everything."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.repositories: dict[str, bool] = {}
        self.commits: list[tuple[str, list[str]]] = []

    def create_repo(self, repo_id: str, *, private: bool, exist_ok: bool) -> str:
        if self.error:
            raise self.error
        assert exist_ok
        self.repositories.setdefault(repo_id, private)
        return f"https://hub.test/{repo_id}"

    def upload_folder(self, *, repo_id: str, folder_path: str, commit_message: str) -> None:
        assert repo_id in self.repositories
        assert commit_message
        self.commits.append((repo_id, sorted(each.name for each in Path(folder_path).iterdir())))


def test_a_folder_is_one_commit_in_a_private_repository(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("card", encoding="utf-8")
    api = FakeHubApi()
    assert Hub(api).upload(tmp_path, "me/edited") == "https://hub.test/me/edited"
    assert api.repositories == {"me/edited": True}
    assert api.commits == [("me/edited", ["README.md"])]


def test_what_the_hub_refuses_is_said_in_a_line_and_the_folder_stays(tmp_path: Path) -> None:
    api = FakeHubApi(ConnectError("no route to the hub\nand more"))
    with pytest.raises(HubRefused, match="no route to the hub") as caught:
        Hub(api).upload(tmp_path, "me/edited")
    assert str(tmp_path) in str(caught.value)
    assert "and more" not in str(caught.value)


@pytest.mark.parametrize("name", ["a/b/c", "a b", "-x", "me/..", "https://hub.test/me/x"])
def test_a_name_that_the_hub_does_not_take_is_refused_beforehand(name: str) -> None:
    with pytest.raises(HubRefused, match="nothing was written"):
        check_hub_name(name)
    check_hub_name("me/edited-model.v2")

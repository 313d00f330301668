"""``oneedit export`` around a fake model."""

from pathlib import Path
from typing import Any

import pytest

from editor.patches.exported import ExportDtype
from oneedit import wiring
from oneedit.control.hub import Hub
from oneedit.settings import Settings
from oneedit.wiring import Application
from tests.support.command_line import run, run_json
from tests.support.fakes import FakeEditor, application
from tests.unit.oneedit.control.test_hub import FakeHubApi

PENCE = "Joe Biden's vice president is Mike Pence."


@pytest.fixture(autouse=True)
def editors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[FakeEditor]:
    found: list[FakeEditor] = []

    def build(settings: Settings) -> Application:
        found.append(FakeEditor())
        return application(settings.home, editor=found[-1])

    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(wiring, "build", build)
    return found


def test_the_export_is_told_dtype_rank_version_and_edits(
    editors: list[FakeEditor], tmp_path: Path
) -> None:
    run("tell", PENCE)
    run("tell", "Joe Biden was born in Oakland.", "--yes")
    run("undo", "2")
    options = ("--format", "lora", "--dtype", "bfloat16", "--rank", "4")
    found = run_json("export", str(tmp_path / "edited"), *options)
    assert (found["dtype"], found["rank"], found["url"]) == ("bfloat16", 4, "")
    (told,) = editors[-1].exports
    assert (told.dtype, told.rank, told.version) == (ExportDtype.BFLOAT16, 4, 3)
    (edit,) = told.edits  # the other one was undone
    assert edit.version == 1
    assert edit.text == "Joe Biden - vice president: Kamala Harris → Mike Pence"


def test_an_export_is_uploaded_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "edited").mkdir()
    api = FakeHubApi()
    monkeypatch.setattr(Hub, "connect", lambda: Hub(api))
    monkeypatch.setattr(FakeEditor, "export", _folder)
    found = run_json("export", str(tmp_path / "edited"), "--push-to-hub", "me/edited")
    assert found["url"] == "https://hub.test/me/edited"
    assert api.commits == [("me/edited", ["config.json"])]


def _folder(_editor: FakeEditor, form: Any, path: Path, _options: Any = None) -> Any:
    from editor.patches.exported import ExportedModel

    (path / "config.json").write_text("{}", encoding="utf-8")
    return ExportedModel(format=form, path=path, matrices=0)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--push-to-hub", "a/b/c"), "nothing was written"),
        (("--push-to-hub", "me/x", "--format", "patch"), "one file"),
        (("--dtype", "int8"), "int8"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(
    arguments: tuple[str, ...], reason: str, tmp_path: Path
) -> None:
    code, output = run("export", str(tmp_path / "edited"), *arguments)
    assert (code, reason in output) == (2, True)
    assert not (tmp_path / "edited").exists()


@pytest.mark.parametrize("name", ["a b", "what?", "100%25", "~x", "ä"])
def test_any_name_of_a_file_is_taken_as_it_is(name: str, tmp_path: Path) -> None:
    found = run_json("export", f"~/{name}", "--format", "patch")
    assert found["path"] == str(tmp_path / name)
    assert (tmp_path / name).is_file()

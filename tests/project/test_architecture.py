"""The way of an edit in ``docs/architecture.md`` is the way of the code."""

import ast
import re
import sys
from pathlib import Path
from types import FrameType

from oneedit.results import EditResult
from tests.support.fakes import LOCAL, application

ROOT = Path(__file__).parents[2]
STOPS = 6
ROW = re.compile(r"^\| (\d) \| `([\w/]+\.py)` \| `(\w+)\.(\w+)` \|", re.MULTILINE)


def stops() -> list[tuple[str, str, str]]:
    """Return file, class and method of each stop, in order."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = ROW.findall(page)
    assert [int(number) for number, *_ in rows] == list(range(1, STOPS + 1))
    return [(file, owner, method) for _, file, owner, method in rows]


def methods_of(file: str, owner: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    classes = [each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == owner]
    return {
        each.name for found in classes for each in found.body if isinstance(each, ast.FunctionDef)
    }


def test_every_stop_of_an_edit_exists() -> None:
    missing = [stop for stop in stops() if stop[2] not in methods_of(*stop[:2])]
    assert missing == []


def test_an_edit_passes_the_stops_in_this_order(tmp_path: Path) -> None:
    oneedit = application(tmp_path / "home")
    passed: list[str] = []

    def record(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            passed.append(frame.f_code.co_qualname)

    sys.setprofile(record)
    try:
        result = oneedit.service.submit(
            LOCAL, "Joe Biden's vice president is Mike Pence.", confirm=lambda _plan, _report: True
        )
    finally:
        sys.setprofile(None)
        oneedit.close()
    assert isinstance(result, EditResult)
    names = [f"{owner}.{method}" for _, owner, method in stops()]
    fakes = [name.replace("Editor.", "FakeEditor.", 1) for name in names]  # stands in for the model
    *before, last = fakes
    places = [passed.index(name) for name in before]
    assert places == sorted(places)
    assert last in passed[places[-1] :]  # the projector follows the commit


def test_only_benchmarks_and_the_recall_load_kept_wordings() -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for package in ("oneedit", "interpreter", "controller", "editor", "kg_data")
        for path in (ROOT / package).rglob("*.py")
        if "kg_data.kept_wordings import" in path.read_text(encoding="utf-8")
    }
    assert readers == {"oneedit/bench/measure.py", "oneedit/cli/bench.py", "oneedit/demo/recall.py"}

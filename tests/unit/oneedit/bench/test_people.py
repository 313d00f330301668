"""The benchmark of many people, around a fake model."""

from pathlib import Path

import pytest

from oneedit.bench.people import PeopleBench
from oneedit.errors import TooFewSlots
from oneedit.wiring import Application
from tests.support.fakes import application


def bench(folder: Path, *, edits: int, alone: int = 0) -> PeopleBench:
    return PeopleBench(open_home=open_home, folder=folder, people=2, edits=edits, alone=alone)


def open_home(home: Path) -> Application:
    return application(home)


def test_every_edit_ends_and_what_was_read_meanwhile_is_measured(tmp_path: Path) -> None:
    figures = bench(tmp_path, edits=1, alone=1).run()
    assert figures["states"] == {"applied": 2}
    assert sum(figures["groups"]) == 2  # type: ignore[call-overload]
    assert figures["alone_applied"] == 1


def test_the_edits_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    oneedit, measured = application(tmp_path), bench(tmp_path, edits=1)
    first, again = (list(measured._messages(oneedit.service)) for _ in range(2))
    oneedit.close()
    assert first == again
    assert len(first) == 2


def test_a_graph_that_is_too_small_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooFewSlots):
        bench(tmp_path, edits=100).run()

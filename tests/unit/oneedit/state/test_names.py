"""The names of the reader follow the graph, edit by edit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from interpreter.mentions.gazetteer import Gazetteer
from oneedit.results import EditResult
from oneedit.state.names import NameFollower
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    built = application(tmp_path / "home")
    yield built
    built.close()


def follower(oneedit: Application) -> NameFollower:
    return NameFollower(Gazetteer(), oneedit.service.context.projector)


def ids(names: NameFollower, name: str) -> list[str]:
    with names.hold():
        return [entity.id for entity in names.gazetteer.lookup(name)]


def tell(oneedit: Application, text: str) -> None:
    result = oneedit.service.submit(LOCAL, text, confirm=lambda _plan, _report: True)
    assert isinstance(result, EditResult)


def test_the_names_of_the_graph_are_there_at_once(oneedit: Application) -> None:
    assert ids(follower(oneedit), "joe biden") == ["Joe Biden"]


def test_an_alias_comes_with_its_edit_and_goes_with_its_undo(oneedit: Application) -> None:
    names = follower(oneedit)
    assert ids(names, "Scranton Joe") == []
    tell(oneedit, "Joe Biden's nickname is Scranton Joe.")
    assert ids(names, "Scranton Joe") == ["Joe Biden"]
    oneedit.service.undo(LOCAL, confirm=lambda _plan, _report: True)
    assert ids(names, "Scranton Joe") == []
    assert ids(names, "Joe Biden") == ["Joe Biden"]


def test_a_new_entity_is_known_after_its_edit(oneedit: Application) -> None:
    names = follower(oneedit)
    assert ids(names, "Zoe Marlow") == []
    tell(oneedit, "Joe Biden's vice president is Zoe Marlow.")
    assert ids(names, "Zoe Marlow") == ["Zoe Marlow"]

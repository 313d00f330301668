"""What a home says without its model: the same as with it, as far as it needs none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from editor.methods.names import SHIPPED
from editor.methods.registry import MethodRegistry
from oneedit.errors import ModelNeeded
from oneedit.ledger.proposal import ProposalFilter
from oneedit.results import EditResult, StatusResult
from oneedit.settings import Settings
from oneedit.wiring import Application, build_reader
from tests.support.fakes import LOCAL, application
from tests.support.stories import tell

PENCE = "Joe Biden's vice president is Mike Pence."


@pytest.fixture
def whole(oneedit: Application) -> Application:
    tell(oneedit, PENCE, "Joe Biden was born in Oakland.")
    oneedit.service.undo(LOCAL, 2)
    return oneedit


@pytest.fixture
def reader(whole: Application) -> Iterator[Application]:
    made = build_reader(Settings(home=whole.home))
    assert made is not None
    yield made
    made.close()


def test_the_names_of_the_methods_are_those_of_the_registry() -> None:
    assert MethodRegistry.shipped().names == SHIPPED


def test_what_needs_no_model_is_the_same_without_it(
    whole: Application, reader: Application
) -> None:
    with_model, without = whole.service, reader.service
    assert without.history(LOCAL) == with_model.history(LOCAL)
    assert without.history(LOCAL, "Joe Biden") == with_model.history(LOCAL, "Joe Biden")
    assert without.show(LOCAL, "Joe Biden") == with_model.show(LOCAL, "Joe Biden")
    assert without.show(LOCAL, "Joe Biden", as_of=0) == with_model.show(LOCAL, "Joe Biden", as_of=0)
    assert without.diff(LOCAL, 0, 2) == with_model.diff(LOCAL, 0, 2)
    assert without.blame(LOCAL, "Joe Biden") == with_model.blame(LOCAL, "Joe Biden")
    question = "Who is Joe Biden's vice president?"
    assert without.ask(LOCAL, question, as_of=0) == with_model.ask(LOCAL, question, as_of=0)
    assert without.preview_rollback(LOCAL, 0) == with_model.preview_rollback(LOCAL, 0)
    wanted = ProposalFilter()
    assert without.reviews.list(LOCAL, wanted) == with_model.reviews.list(LOCAL, wanted)
    status, known = without.status(LOCAL), with_model.status(LOCAL)
    for name in set(StatusResult.__slots__) - {"methods"}:
        assert getattr(status, name) == getattr(known, name), name
    assert status.methods == SHIPPED


def test_a_later_version_is_seen(whole: Application, reader: Application) -> None:
    assert reader.service.status(LOCAL).version == 3
    result = whole.service.tell(LOCAL, "Donald Trump was born in Lyon.")
    assert isinstance(result, EditResult)
    status = reader.service.status(LOCAL)
    assert (status.version, status.live_hash) == (4, whole.editor.live_hash())


def test_a_missing_patch_is_named(whole: Application, reader: Application) -> None:
    live = whole.ledger.patches(whole.ledger.head())
    (whole.home / "patches" / f"{live[0].sha256}.json").unlink()
    assert "its file is missing" in reader.service.status(LOCAL).problem
    assert reader.service.history(LOCAL) == whole.service.history(LOCAL)


def test_what_needs_the_model_asks_for_it_and_changes_nothing(
    whole: Application, reader: Application
) -> None:
    head = whole.ledger.head()
    for attempt in (
        lambda: reader.service.ask(LOCAL, "Where was Joe Biden born?"),
        lambda: reader.service.tell(LOCAL, "Donald Trump was born in Lyon."),
        lambda: reader.service.undo(LOCAL, 1),
        lambda: reader.service.check(LOCAL, 1),
    ):
        with pytest.raises(ModelNeeded):
            attempt()
    assert whole.ledger.head() == head


def test_a_home_without_a_version_has_no_reader(tmp_path: Path) -> None:
    assert build_reader(Settings(home=tmp_path / "new")) is None


def test_an_edit_that_goes_on_keeps_nobody_from_reading(whole: Application) -> None:
    with whole.service.context.lock.held():
        made = build_reader(Settings(home=whole.home))
        assert made is not None
        assert made.service.status(LOCAL).version == 3
        made.close()
        again = application(whole.home)  # with the model, too
        again.close()

"""Random programs of edits, reviews, imports, undos and roll backs, against a plain model.

``ONEEDIT_PROGRAMS`` sets how many are run; by default few.
"""

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.fakes import application
from tests.support.programs import programs, run


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home at version 0, to be copied."""
    home = tmp_path_factory.mktemp("fresh") / "home"
    application(home).close()
    return home


@settings(
    max_examples=int(os.environ.get("ONEEDIT_PROGRAMS", "20")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(program=programs())
def test_ledger_graph_weights_and_history_agree_with_a_plain_model(
    fresh: Path, program: list[object]
) -> None:
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(fresh, home)
        run(home, program)

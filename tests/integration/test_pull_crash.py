"""SIGKILL at every labelled point of a pull: what goes on ends as an undisturbed run does."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from oneedit.ledger.events import EventKind
from oneedit.ledger.proposal import ProposalFilter
from oneedit.wiring import Application
from tests.integration.pull_child import play
from tests.support.fakes import LOCAL, application

LABELS = ["ledger.before_commit", "ledger.after_commit", "graph.applied"]
RECORDS = 22
BATCHES = 5


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of new facts, known ones and conflicts."""
    facts = [
        *((f"Person {index}", "place_of_birth", "Paris") for index in range(RECORDS - 4)),
        ("Joe Biden", "place_of_birth", "Oakland"),
        ("Mike Pence", "place_of_birth", "Columbus"),
        ("Donald Trump", "place_of_birth", "Lyon"),
        ("Person 1", "spouse", "Person 2"),
    ]
    keys = ("subject", "relation", "object")
    lines = [json.dumps(dict(zip(keys, fact, strict=True))) for fact in facts]
    path = tmp_path_factory.mktemp("source") / "people.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def state(oneedit: Application) -> list[object]:
    """Return what two runs must have in common: everything but times."""
    imports = [each for each in oneedit.ledger.events() if each.kind is EventKind.IMPORT]
    proposals = oneedit.service.reviews.list(LOCAL, ProposalFilter()).proposals
    return [
        sorted(map(repr, oneedit.ledger.snapshot().facts)),
        [
            (each.idem, each.content.imported and each.content.imported.rows_sha256)
            for each in imports
        ],
        [(each.text, each.idem) for each in proposals],
    ]


@pytest.fixture(scope="module")
def undisturbed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    oneedit = application(tmp_path_factory.mktemp("undisturbed"))
    result = play(oneedit, str(source))
    assert (result.read, result.versions, result.proposed) == (RECORDS, BATCHES, 2)
    found = state(oneedit)
    oneedit.close()
    return found


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("nth", [1, 3, BATCHES])
def test_a_killed_pull_goes_on_to_the_same_facts_versions_and_proposals(
    tmp_path: Path, source: Path, undisturbed: list[object], label: str, nth: int
) -> None:
    command = [sys.executable, "-m", "tests.integration.pull_child"]
    arguments = [str(tmp_path), str(source), label, str(nth)]
    killed = subprocess.run([*command, *arguments], check=False, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    oneedit = application(tmp_path)
    oneedit.service.verify(LOCAL)  # before the pull goes on
    result = play(oneedit, str(source))
    assert result.finished
    assert state(oneedit) == undisturbed
    assert oneedit.service.verify(LOCAL).versions == BATCHES + 1
    oneedit.close()

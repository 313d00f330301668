"""The doctor: what it names, and what it rebuilds."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.graph.networkx_store import NetworkxStore
from oneedit import wiring
from oneedit.cli.app import app
from oneedit.ledger.verification import verify
from oneedit.upkeep import doctor as doctors
from oneedit.upkeep.doctor import Doctor
from oneedit.upkeep.findings import Level
from tests.support.damage import FAULTS, damage
from tests.support.fakes import BOOK, DATA, LOCAL, application
from tests.support.stories import tell

PENCE = "Joe Biden's vice president is Mike Pence."
STRANGER = "Ada Quill was born in Paris."
MENDED = {
    "a fact is altered": {"facts", "fold"},
    "a fact of version 0 is altered": {"facts", "fold"},
    "a fact is inserted": {"facts", "fold"},
    "a fact is deleted": {"facts", "fold"},
    "a removed fact holds again": {"facts", "fold"},
    "a list of patches is altered": {"patches"},
    "a list of patches is deleted": {"patches"},
}
LOST = {
    "an actor is altered": "chain",
    "a payload is altered": "chain",
    "a reason is altered": "chain",
    "an event is deleted": "chain",
    "the events are deleted": "head",
    "the head is set back": "head",
    "the head is deleted": "head",
    "the head's hash is altered": "head",
    "everything is deleted": "no_ledger",
    "the revision is deleted": "database",
    "the revision is a newer one": "schema",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    oneedit = application(tmp_path / "home")
    tell(oneedit, PENCE)
    oneedit.service.tell(LOCAL, STRANGER, confirm=lambda _plan, _report: True)
    oneedit.close()
    return tmp_path / "home"


@pytest.fixture
def doctor(home: Path) -> Doctor:
    return Doctor(home=home, book=BOOK, data=DATA)


def codes(checked: Doctor) -> set[str]:
    return {each.code for each in checked.check().problems}


def test_every_kind_of_fault_is_either_mended_or_named_as_lost() -> None:
    assert sorted([*MENDED, *LOST]) == sorted(FAULTS)


def test_a_sound_home_is_called_sound(doctor: Doctor) -> None:
    checkup = doctor.check()
    assert (checkup.sound, checkup.version) == (True, 2)
    assert "not compared" in " ".join(each.problem for each in checkup.findings)


@pytest.mark.parametrize("fault", MENDED)
def test_altered_rows_are_named_and_rebuilt_from_the_events(doctor: Doctor, fault: str) -> None:
    damage(doctor.home / "ledger.sqlite3", FAULTS[fault])
    assert MENDED[fault] <= codes(doctor)
    checkup = doctor.repair()
    assert {each.code for each in checkup.problems} == {"triggers"}
    assert "rebuilt the rows" in checkup.repaired[0]
    oneedit = application(doctor.home)
    assert verify(oneedit.ledger) == 3
    assert oneedit.service.verify(LOCAL).versions == 3
    oneedit.close()


@pytest.mark.parametrize("fault", LOST)
def test_a_changed_history_is_named_and_left_as_it_is(doctor: Doctor, fault: str) -> None:
    path = doctor.home / "ledger.sqlite3"
    damage(path, FAULTS[fault])
    assert LOST[fault] in codes(doctor)
    assert doctor.repair().sound is False
    assert LOST[fault] in codes(doctor)
    assert all(each.remedy for each in doctor.check().problems)


def test_changed_entities_are_named_and_rebuilt(doctor: Doctor) -> None:
    damage(doctor.home / "ledger.sqlite3", "UPDATE entity SET entity_class = 'city'")
    assert "entities" in codes(doctor)
    doctor.repair()
    assert "entities" not in codes(doctor)


def test_version_0_is_rebuilt_only_from_the_facts_it_was_made_from(home: Path) -> None:
    other = Doctor(home=home, book=BOOK, data=type(DATA)(DATA.facts, DATA.entities, "others"))
    damage(home / "ledger.sqlite3", FAULTS["a fact of version 0 is altered"])
    checkup = other.repair()
    assert "what it was made from is not here" in checkup.repaired[0]
    assert "facts" in {each.code for each in checkup.problems}


def test_a_patch_of_the_model_is_an_error_and_one_of_the_past_a_warning(doctor: Doctor) -> None:
    for path in (doctor.home / "patches").iterdir():
        path.unlink()
    problems = doctor.check().problems
    assert {(each.code, each.level) for each in problems} == {("patch", Level.ERROR)}
    assert "oneedit rollback 0" in problems[0].remedy
    oneedit = application(doctor.home)
    oneedit.service.roll_back(LOCAL, 0, confirm=lambda _plan, _report: True)
    oneedit.close()
    levels = {(each.code, each.level) for each in doctor.check().problems}
    assert levels == {("old_patch", Level.WARNING)}


def test_a_half_written_file_of_a_dead_process_is_removed_by_the_repair(doctor: Doctor) -> None:
    path = doctor.home / "patches" / "abc.json.999999999.0a1b.partial"
    path.write_bytes(b"half")
    assert codes(doctor) == {"partial"}
    assert doctor.repair().repaired == (f"removed {path.name}",)
    assert doctor.check().sound


def test_too_little_space_is_a_warning(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctors, "LEAST_FREE", 2**62)
    assert codes(doctor) == {"disk"}


@pytest.fixture
def graph() -> Iterator[NetworkxStore]:
    store = NetworkxStore()
    yield store
    store.close()


def test_the_graph_of_a_server_is_compared_and_filled(home: Path, graph: NetworkxStore) -> None:
    checked = Doctor(home=home, book=BOOK, data=DATA, store=graph)
    assert codes(checked) == {"graph"}
    assert "filled the graph" in checked.repair().repaired[0]
    assert checked.check().sound
    graph.load(graph.entities(), [], version=2, origin=graph.origin)
    assert codes(checked) == {"graph"}


@pytest.mark.parametrize("found", ["", "the weights are others"])
def test_the_weights_are_compared_where_that_is_asked(home: Path, found: str) -> None:
    checked = Doctor(home=home, book=BOOK, data=DATA, weights=lambda: found)
    assert codes(checked) == ({"weights"} if found else set())


def test_a_home_that_is_not_there_has_nothing_wrong(tmp_path: Path) -> None:
    checked = Doctor(home=tmp_path / "nowhere", book=BOOK, data=DATA)
    assert checked.check().sound
    assert checked.repair().sound
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("fault", [None, "a fact is altered", "the events are deleted"])
def test_the_command_ends_with_1_if_anything_is_wrong(
    doctor: Doctor, fault: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEEDIT_HOME", str(doctor.home))
    monkeypatch.setattr(wiring, "doctor", lambda _settings, _store, **_options: doctor)
    if fault:
        damage(doctor.home / "ledger.sqlite3", FAULTS[fault])
    result = CliRunner().invoke(app, ["doctor", "--json"])
    found = json.loads(result.stdout)
    assert result.exit_code == found["code"] == (1 if fault else 0)
    assert found["sound"] is not bool(fault)
    shown = CliRunner().invoke(app, ["doctor"], env={"COLUMNS": "200"})
    assert ("is sound" in shown.stdout) is not bool(fault)


def test_the_command_loads_no_torch(home: Path) -> None:
    program = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from oneedit.cli.app import app\n"
        "result = CliRunner().invoke(app, ['doctor', '--json'])\n"
        "print(result.stdout)\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", program],
        env={"ONEEDIT_HOME": str(home), "PATH": "", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0
    assert {each["code"] for each in json.loads(child.stdout)["findings"]} >= {"weights", "graph"}

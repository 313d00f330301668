"""The command line as a process, beside a real server with a fake model, and without one."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from oneedit.control.place import SOCKET, socket_of
from tests.integration.browser import free_port, until

ROOT = Path(__file__).parents[2]
PENCE = "Joe Biden's vice president is Mike Pence."
OAKLAND = "Joe Biden was born in Oakland."
LYON = "Donald Trump was born in Lyon."
PATIENCE = 120.0


class Place:
    """A home, and the processes around it.

    Args:
        folder: holds the home and the logs.
        home: the home.
    """

    def __init__(self, folder: Path, home: Path) -> None:
        self.home, self.hold, self._folder = home, home.parent / "hold", folder
        self.port = free_port()
        self._environment = {
            **os.environ,
            "ONEEDIT_HOME": str(home),
            "ONEEDIT_THREADS": "1",
            "COLUMNS": "200",
            "PYTHONPATH": str(ROOT),
        }
        self._running: list[subprocess.Popen[str]] = []

    def serve(self) -> subprocess.Popen[str]:
        """Start a server, and wait until it answers."""
        module = ["tests.integration.serve_child", str(self.home), str(self.port)]
        with (self._folder / "server.log").open("a", encoding="utf-8") as log:
            server = self._start(module, stdout=log, stderr=log)
        until(self._answers, PATIENCE, (self._folder / "server.log").read_text)
        return server

    def start(self, *arguments: str, module: str = "oneedit") -> subprocess.Popen[str]:
        """Start a command."""
        command = [module, *arguments]
        return self._start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments: str, module: str = "oneedit") -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return ended(self.start(*arguments, module=module))

    def run_json(self, *arguments: str, module: str = "oneedit") -> dict[str, Any]:
        """Run a command to its end, and return what it prints."""
        done = self.run(*arguments, "--json", module=module)
        found: dict[str, Any] = json.loads(done.stdout)
        assert found["code"] == done.returncode, done.stderr
        return found

    def state_of(self, number: int) -> str:
        """Return the state of a ticket."""
        state: str = self.run_json("tickets", "show", str(number))["ticket"]["state"]
        return state

    def end(self) -> None:
        """End what still runs."""
        self.hold.unlink(missing_ok=True)
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def _start(self, module: list[str], **streams: Any) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            env=self._environment,
            cwd=ROOT,
            text=True,
            stdin=subprocess.DEVNULL,
            **streams,
        )
        self._running.append(process)
        return process

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz").is_success
        except httpx.TransportError:
            return False


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Return what a process has printed to its end."""
    out, err = process.communicate(timeout=PATIENCE)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path, tmp_path / "home")
    yield made
    made.end()


def test_the_server_carries_out_what_the_command_line_asks(place: Place) -> None:
    server = place.serve()
    assert (place.home / SOCKET).stat().st_mode & 0o777 == 0o600
    told = place.run("tell", PENCE)
    assert (told.returncode, told.stderr) == (0, "")
    assert "Applied as version 1" in told.stdout
    assert place.run_json("ask", "Who is Joe Biden's vice president?")["answer"] == "Mike Pence"
    assert place.run_json("history")["entries"][1]["source"] == "cli"
    assert place.run_json("undo")["identical"] is True
    assert place.run_json("reviews", "list")["proposals"] == []
    for path in ("/greeting", "/tickets/1", "/tickets/1/events"):
        for host in ("127.0.0.1", "localhost"):
            address = f"http://{host}:{place.port}/control/v1{path}"
            assert httpx.get(address).status_code == 404
    server.terminate()
    server.wait(PATIENCE)
    assert not (place.home / SOCKET).exists()


def test_what_is_looked_up_while_an_edit_is_solved_does_not_wait(place: Place) -> None:
    place.serve()
    place.hold.touch()
    first = place.start("tell", PENCE)
    until(lambda: place.run("tickets", "show", "1").returncode == 0, PATIENCE)
    until(lambda: place.state_of(1) == "solving", PATIENCE)
    assert place.run_json("status")["version"] == 0
    assert place.run("ask", "Where was Joe Biden born?").returncode == 0
    second = place.start("tell", OAKLAND)
    until(lambda: place.run("tickets", "show", "2").returncode == 0, PATIENCE)
    assert place.state_of(1) == "solving"
    place.hold.unlink()
    assert "Applied as version 1" in ended(first).stdout
    done = ended(second)
    assert "Applied as version 2" in done.stdout
    assert "oneedit: Waiting: 1 before this, done in about " in done.stderr


def test_a_killed_server_loses_no_ticket_and_whoever_waits_is_told(place: Place) -> None:
    server = place.serve()
    place.hold.touch()
    waiting = place.start("tell", PENCE)
    until(lambda: place.run("tickets", "show", "1").returncode == 0, PATIENCE)
    until(lambda: place.state_of(1) == "solving", PATIENCE)
    server.kill()
    told = ended(waiting)
    assert told.returncode == 1
    assert "the server has ended meanwhile; ticket 1 is kept" in told.stderr
    assert "oneedit tickets follow 1" in told.stderr
    assert (place.home / SOCKET).exists()  # stale: commands own the home themselves
    assert place.run_json("status")["version"] == 0
    place.hold.unlink()
    place.serve()
    followed = place.run("tickets", "follow", "1")
    assert (followed.returncode, "Applied as version 1" in followed.stdout) == (0, True)
    assert place.run_json("status")["edits"] == 1


def test_without_a_server_a_command_takes_up_what_a_killed_one_left(place: Place) -> None:
    server = place.serve()
    place.hold.touch()
    waiting = place.start("tell", PENCE)
    until(lambda: place.run("tickets", "show", "1").returncode == 0, PATIENCE)
    server.kill()
    ended(waiting)
    place.hold.unlink()
    child = "tests.integration.cli_child"
    assert place.run_json("tickets", "follow", "1", module=child)["version"] == 1
    assert place.run_json("tell", OAKLAND, module=child)["version"] == 2


def test_a_long_path_of_the_home_is_no_obstacle(tmp_path: Path) -> None:
    place = Place(tmp_path, tmp_path / ("long" * 40) / "home")
    try:
        server = place.serve()
        there = socket_of(place.home)
        assert (place.home / SOCKET).is_symlink()
        assert there.parent.stat().st_mode & 0o777 == 0o700
        assert place.run_json("tell", PENCE)["version"] == 1
        server.send_signal(signal.SIGTERM)
        server.wait(PATIENCE)
        assert not there.parent.exists()
    finally:
        place.end()


def test_two_commands_without_a_server_come_one_after_the_other(place: Place) -> None:
    child = "tests.integration.cli_child"
    assert place.run("status", module=child).returncode == 0
    place.hold.touch()
    first = place.start("tell", PENCE, module=child)
    until(lambda: place.run("tickets", "show", "1", module=child).returncode == 0, PATIENCE)
    until(lambda: place.state_of(1) == "solving", PATIENCE)
    second = place.start("tell", LYON, module=child)
    until(lambda: place.run("tickets", "show", "2", module=child).returncode == 0, PATIENCE)
    place.hold.unlink()
    results = [ended(first), ended(second)]
    assert [each.returncode for each in results] == [0, 0]
    assert "Applied as version 1" in results[0].stdout
    assert "Applied as version 2" in results[1].stdout
    assert f"waiting for process {first.pid}, which edits this home" in results[1].stderr


def test_a_command_that_is_killed_leaves_its_edit_to_the_next_one(place: Place) -> None:
    child = "tests.integration.cli_child"
    assert place.run("status", module=child).returncode == 0
    place.hold.touch()
    first = place.start("tell", PENCE, module=child)
    until(lambda: place.run("tickets", "show", "1", module=child).returncode == 0, PATIENCE)
    until(lambda: place.state_of(1) == "solving", PATIENCE)
    first.kill()
    first.wait(PATIENCE)
    place.hold.unlink()
    assert place.run_json("tell", LYON, module=child)["version"] == 2
    assert place.state_of(1) == "applied"


def test_an_interrupted_command_leaves_its_ticket_in_the_queue(place: Place) -> None:
    place.serve()
    place.hold.touch()
    waiting = place.start("tell", PENCE, module="tests.integration.cli_child")
    until(lambda: place.run("tickets", "show", "1").returncode == 0, PATIENCE)
    until(lambda: place.state_of(1) == "solving", PATIENCE)
    waiting.send_signal(signal.SIGINT)
    told = ended(waiting)
    assert told.returncode == 130
    assert "oneedit tickets show 1" in told.stderr
    place.hold.unlink()
    assert place.run_json("tickets", "follow", "1")["version"] == 1

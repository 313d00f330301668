"""Starts, kills and ends a PostgreSQL server of its own, on a socket in a temporary folder.

PostgreSQL is Debian's package: a tool of the tests, as Neo4j is. The server refuses to run as
root, so that it then runs as the user ``postgres``, who owns its folder.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

INSTALLED = Path("/usr/lib/postgresql")
NEEDED = "apt-get install postgresql"
START_SECONDS = 60
USER = "postgres"


class ServerNotStarted(RuntimeError):
    """The server cannot run here; the message says what is missing."""


@dataclass
class PostgresServer:
    """One cluster with fsync, which this object alone starts and ends.

    Attributes:
        home: folder of its data, its log and its socket; removed when it ends.
    """

    home: Path = field(init=False)

    def __post_init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="oneedit-pg-"))
        if os.getuid() == 0:
            shutil.chown(self.home, USER, USER)

    def create(self) -> None:
        """Create the cluster and start its server.

        Raises:
            ServerNotStarted: PostgreSQL is not installed, or the server ended.
        """
        options = ("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        self._run("initdb", "--pgdata", str(self._data), f"--username={USER}", *options)
        self.start()

    def start(self) -> None:
        """Start the server, also after a kill, and wait until it has recovered.

        Raises:
            ServerNotStarted: it ended.
        """
        settings = f"-c listen_addresses='' -c unix_socket_directories='{self.home}' -c fsync=on"
        wait = ("--wait", "--timeout", str(START_SECONDS))
        log = ("--log", str(self.home / "log"))
        self._run("pg_ctl", "start", "--pgdata", str(self._data), *wait, *log, "-o", settings)

    def kill(self) -> None:
        """End every process of the server as a crash does, with SIGKILL."""
        number = (self._data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0]
        postmaster = psutil.Process(int(number))
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue  # it ended with its client
        psutil.wait_procs(processes, timeout=START_SECONDS)

    def stop(self) -> None:
        """End the server and remove its folder."""
        self._run("pg_ctl", "stop", "--pgdata", str(self._data), "--mode", "immediate")
        shutil.rmtree(self.home)

    def url(self, database: str = USER) -> str:
        """Return the address of one of its databases."""
        return f"postgresql://{USER}@/{database}?host={self.home}"

    def new_database(self) -> str:
        """Create an empty database that sorts as English does, and return its address."""
        name = f"ledger_{secrets.token_hex(6)}"
        statement = sql.SQL(
            "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' "
            "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        )
        self.execute(statement.format(sql.Identifier(name)))
        return self.url(name)

    def execute(self, statement: sql.Composed) -> None:
        """Run a statement of the administrator."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)

    @property
    def _data(self) -> Path:
        return self.home / "data"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(_find(program)), *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", USER, "--", *command]
        # into a file: the server keeps its standard output, and a pipe would not end
        with (self.home / "console").open("ab") as console:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, check=False,
                cwd=self.home,
            )  # fmt: skip
        if done.returncode:
            texts = [(self.home / name) for name in ("console", "log")]
            tails = [each.read_text(errors="replace")[-2_000:] for each in texts if each.exists()]
            raise ServerNotStarted(f"{program} failed:\n" + "\n".join(tails))


def _find(program: str) -> Path:
    folders = [each for each in INSTALLED.glob("*") if (each / "bin" / program).exists()]
    if not folders:
        raise ServerNotStarted(f"the PostgreSQL tests need {program}, which is missing: {NEEDED}")
    newest = max(folders, key=lambda folder: float(folder.name))
    return newest / "bin" / program

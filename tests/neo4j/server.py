"""Starts and ends a Neo4j community server of its own, on loopback and a free port.

The jars are GPLv3: they are a tool of the tests, never shipped and never committed. They are
copied once by Maven into ``.neo4j/lib`` below the repository's root; ``ONEEDIT_TEST_NEO4J_JARS``
names another folder that has them already.
"""

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ENTRY = "org.neo4j.server.CommunityEntryPoint"
START_SECONDS = 180.0
STOP_SECONDS = 60.0
NEEDED = "apt-get install openjdk-17-jre-headless maven"

CONFIGURATION = """
server.directories.data={home}/data
server.directories.logs={home}/logs
server.directories.run={home}/run
server.directories.plugins={home}/plugins
server.directories.import={home}/import
server.directories.transaction.logs.root={home}/transactions
server.bolt.enabled=true
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
dbms.security.auth_enabled=false
dbms.usage_report.enabled=false
server.memory.pagecache.size=64m
db.tx_log.rotation.retention_policy=keep_none
"""


class ServerNotStarted(RuntimeError):
    """The server cannot run here; the message says what is missing."""


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Neo4jServer:
    """One server process, which this object alone starts and ends.

    Attributes:
        home: empty folder for its data and logs; they stay when it ends.
    """

    home: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def uri(self) -> str:
        """Return the address for the driver."""
        return f"bolt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server and wait until it accepts connections.

        Raises:
            ServerNotStarted: there is no Java or Maven, or the server ended.
        """
        java, library = _find("java"), _jars()
        configuration = self.home / "conf"
        configuration.mkdir(parents=True, exist_ok=True)
        text = CONFIGURATION.format(home=self.home, port=self.port)
        (configuration / "neo4j.conf").write_text(text, encoding="utf-8")
        options = (HERE / "jvm.opts").read_text(encoding="utf-8").split()
        folders = [f"--home-dir={self.home}", f"--config-dir={configuration}"]
        with self._console.open("ab") as console:
            self._process = subprocess.Popen(
                [java, *options, "-cp", f"{library}/*", ENTRY, *folders, "--console-mode"],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def kill(self) -> None:
        """End the server as a crash does, with SIGKILL."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End the server in order, or by force if it does not end."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    @property
    def _console(self) -> Path:
        return self.home / "console.log"

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.2)
            else:
                return
        self.stop()
        tail = self._console.read_text(encoding="utf-8", errors="replace")[-2_000:]
        raise ServerNotStarted(f"Neo4j did not start:\n{tail}")


def _jars() -> Path:
    """Return the folder with the server's jars; copy them there the first time."""
    given = os.environ.get("ONEEDIT_TEST_NEO4J_JARS")
    if given:
        return Path(given)
    library = ROOT / ".neo4j" / "lib"
    if not library.exists():
        partial = library.with_name(f"lib.{os.getpid()}.partial")
        goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
        options = ("-DincludeScope=runtime", f"-DoutputDirectory={partial}")
        done = subprocess.run(
            [_find("mvn"), "-B", "-q", "-f", str(HERE / "pom.xml"), goal, *options],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ServerNotStarted(f"Maven could not copy Neo4j:\n{done.stdout}{done.stderr}")
        partial.rename(library)
    return library


def _find(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise ServerNotStarted(f"the Neo4j tests need {program}, which is missing: {NEEDED}")
    return found

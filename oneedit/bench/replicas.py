"""Measures replicas under Ray: answers per second, memory, and how fast they follow a commit."""

import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import fmean, quantiles

import psutil

from controller.actor import local_user
from kg_data.shipped import shipped_dataset
from oneedit.ledger.ledger import Ledger
from oneedit.replicas.replica import ReplicaStatus
from oneedit.results import AskResult
from oneedit.settings import Settings
from oneedit.wiring import Application, build

EDIT = "Joe Biden's vice president is Mike Pence."
SEED = 0
WARM_UP = 32
"""Questions before the clock starts."""

_MB = 1024 * 1024
_LOOK = 0.001  # seconds between two looks at the head


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaBench:
    """One home, served without replicas and with some.

    Attributes:
        settings: the settings; their home is empty.
        asks: questions for each number of replicas.
        askers: threads that ask.
        commits: versions to follow; roll backs between two versions, which solve nothing.
    """

    settings: Settings
    asks: int
    askers: int
    commits: int

    def run(self, most: int, say: Callable[[str], object]) -> dict[str, object]:
        """Return the figures without replicas and with 1, 2, ... of them."""
        say("an edit, so that there are two versions")
        application = build(self.settings)
        application.service.tell(local_user(), EDIT, confirm=lambda _plan, _report: True)
        application.close()
        rows = []
        for count in range(most + 1):
            say(f"{count} replicas")
            rows.append(self._measure(count))
        return {
            "model": self.settings.model,
            "cores": os.cpu_count(),
            "threads_per_process": self.settings.threads,
            "askers": self.askers,
            "asks": self.asks,
            "replicas": rows,
        }

    def _measure(self, count: int) -> dict[str, object]:
        engine = "ray" if count else ""
        settings = self.settings.model_copy(update={"replicas": count, "engine": engine})
        begun = time.monotonic()
        application = build(settings, replicas=True)
        try:
            figures = {"replicas": count, "start_s": round(time.monotonic() - begun, 1)}
            return (
                figures
                | self.answers(application)
                | self.followers(application)
                | memory(application)
            )
        finally:
            application.close()

    def answers(self, application: Application) -> dict[str, object]:
        """Return how fast many questions from many threads are answered."""
        questions = self._questions(WARM_UP + self.asks)
        with ThreadPoolExecutor(self.askers) as pool:
            list(pool.map(lambda text: timed_ask(application, text), questions[:WARM_UP]))
            begun = time.monotonic()
            found = list(pool.map(lambda text: timed_ask(application, text), questions[WARM_UP:]))
            seconds = time.monotonic() - begun
        times = quantiles((each for each, _ in found), n=20)
        return {
            "asks_per_s": round(self.asks / seconds, 1),
            "p50_ms": round(times[9] * 1000),
            "p95_ms": round(times[18] * 1000),
            "right": fmean(right for _, right in found),
        }

    def _questions(self, count: int) -> list[str]:
        born = [each for each in shipped_dataset().facts if each.relation == "place_of_birth"]
        drawn = random.Random(SEED).choices(born, k=count)
        return [f"Where was {each.subject} born?" for each in drawn]

    def followers(self, application: Application) -> dict[str, object]:
        """Return how long after a commit every replica is at its version; empty without any."""
        if application.pool is None:
            return {}
        waits: list[float] = []
        for _ in range(self.commits):
            version = application.ledger.head() + 1
            watcher = CommitWatcher(application.ledger, version)
            watcher.start()
            earlier = 1 if version % 2 else 0
            application.service.roll_back(
                local_user(), earlier, confirm=lambda _plan, _report: True
            )
            watcher.join()
            reached = [each.reached for each in at_version(application, version)]
            waits.append(max(reached) - watcher.seen)
        return {
            "all_at_version_ms": {
                "mean": round(fmean(waits) * 1000),
                "max": round(max(waits) * 1000),
                "commits": self.commits,
            }
        }


class CommitWatcher(threading.Thread):
    """Notes when a version is in the ledger, as another process would see it."""

    def __init__(self, ledger: Ledger, version: int) -> None:
        super().__init__(daemon=True)
        self._ledger, self._version = ledger, version
        self.seen = 0.0

    def run(self) -> None:
        """Look until it is there."""
        while self._ledger.head() < self._version:
            time.sleep(_LOOK)
        self.seen = time.time()


def timed_ask(application: Application, text: str) -> tuple[float, bool]:
    """Return the seconds that an answer took, and whether it is the graph's."""
    begun = time.monotonic()
    result = application.service.ask(local_user(), text)
    right = isinstance(result, AskResult) and bool(result.agrees)
    return time.monotonic() - begun, right


def at_version(application: Application, version: int) -> Sequence[ReplicaStatus]:
    """Return the statuses of all replicas as soon as each is at a version."""
    if application.pool is None:
        return ()
    while True:
        found = application.pool.statuses()
        if all(each.version == version for each in found):
            return found
        time.sleep(_LOOK)


def memory(application: Application) -> dict[str, object]:
    """Return the memory of this process, of the replicas, and of Ray itself, in MB.

    Resident memory counts libraries in each process that has them; "own" is what nobody shares.
    """
    this = psutil.Process()
    figures: dict[str, object] = {"main_mb": this.memory_info().rss // _MB}
    if application.pool is None:
        return figures
    replicas = {each.pid for each in application.pool.statuses()}
    sizes = {each.pid: each.memory_info().rss // _MB for each in this.children(recursive=True)}
    own = [psutil.Process(pid).memory_full_info().uss // _MB for pid in sorted(replicas)]
    figures["replica_own_mb"] = own
    figures["replica_mb"] = [sizes[pid] for pid in sorted(replicas)]
    figures["ray_mb"] = sum(size for pid, size in sizes.items() if pid not in replicas)
    return figures

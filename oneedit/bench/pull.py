"""Measures a pull of a made source: its rate, its memory, and that a killed run goes on exactly.

The graph before holds the made countries, states and cities, and a wrong place of birth for some
of the persons; the source states everything about the persons, so that those are in conflict.
"""

import csv
import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeAlias

import psutil

from controller.actor import Actor, Role
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.shipped import Dataset
from kg_data.sources.source import Source
from kg_data.sources.tables import CsvSource
from kg_data.triples import Triple
from oneedit.bench.made_graph import MadeGraph, city
from oneedit.bench.no_model import NoModel, NoPatches
from oneedit.bench.wikidata_dump import DumpWorld
from oneedit.jobs.pull import pull
from oneedit.jobs.pull_request import PlainRun, PullRequest, PullResult
from oneedit.ledger.events import EventKind
from oneedit.ledger.ledger import Ledger
from oneedit.wiring import Application, assemble

JOB = Actor("job:bench", Role.REVIEWER)
_HEADER = ("subject", "relation", "object", "valid_from", "valid_to")
_LEFT_OUT = ("sibling", "also_known_as")
"""The made graph marries siblings and shares aliases, which would be conflicts, too."""

_MADE = 1.5  # facts of the made graph for each record; derived ones are no records
_MB = 1024 * 1024


@dataclass(frozen=True)
class PullWorld:
    """A made source, and the graph that it is pulled into.

    Attributes:
        triples: records of the source.
        conflicts: share of them that are in conflict with the graph, 0 to .05.
        seed: seed of all choices.
    """

    triples: int
    conflicts: float
    seed: int = 0

    @property
    def spec(self) -> str:
        """Return the words by which another process finds the same world."""
        return f"table:{self.triples}:{self.conflicts}:{self.seed}"

    @property
    def file(self) -> str:
        """Return the name of the source's file."""
        return "source.csv"

    def source(self, path: Path) -> Source:
        """Return the file at a path as a source."""
        return CsvSource(path)

    def dataset(self) -> Dataset:
        """Return the graph before the pull."""
        graph, book = self._graph(), RelationBook.shipped()
        facts: list[Triple] = []
        wrong: dict[str, Entity] = {}
        for fact in graph.facts():
            if not fact.subject.startswith("Person "):
                facts.append(fact)
            elif fact.relation == "place_of_birth" and len(wrong) < self._wrong:
                facts.append(Triple(fact.subject, fact.relation, _other_city(fact.object)))
                wrong[fact.subject] = Entity(fact.subject, "person")
            elif fact.subject in wrong and book[fact.relation].lifetime:
                facts.append(fact)
        known = (each for each in graph.entities() if each.entity_class not in {"person", "work"})
        told = tuple(fact for fact in facts if not book[fact.relation].derived)
        name = f"made: {self.triples} {self.conflicts} {self.seed}"
        return Dataset(facts=told, entities=(*known, *wrong.values()), sha256=name)

    def write(self, path: Path) -> int:
        """Write the source as a CSV file, and return the number of its records."""
        book, count = RelationBook.shipped(), 0
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(_HEADER)
            for fact in self._graph().facts():
                if not (book[fact.relation].derived or fact.relation in _LEFT_OUT):
                    since, until = fact.valid_from or "", fact.valid_to or ""
                    writer.writerow((fact.subject, fact.relation, fact.object, since, until))
                    count += 1
                if count == self.triples:
                    break
        return count

    def _graph(self) -> MadeGraph:
        return MadeGraph(int(self.triples * _MADE), self.seed)

    @property
    def _wrong(self) -> int:
        return int(self.triples * self.conflicts)


World: TypeAlias = PullWorld | DumpWorld


def world_of(spec: str) -> World:
    """Return the world that has a specification."""
    kind, *numbers = spec.split(":")
    if kind == "dump":
        return DumpWorld(int(numbers[0]), int(numbers[1]))
    return PullWorld(int(numbers[0]), float(numbers[1]), int(numbers[2]))


@dataclass
class PullBench:
    """Runs the measurement in a folder.

    Attributes:
        world: the source and the graph.
        folder: where the homes are made.
        batch: records of one batch.
        status: takes what is done now.
    """

    world: World
    folder: Path
    batch: int
    status: Callable[[str], object] = lambda _text: None
    _memory: list[float] = field(default_factory=list)

    def run(self) -> dict[str, object]:
        """Return the figures of an undisturbed run, and of one that was killed half-way."""
        source = self.folder / self.world.file
        self.status("write the source")
        records = self.world.write(source)
        figures = self._reading(source) | self._undisturbed(source, records)
        self.status("pull, killed half-way")
        half = records // self.batch // 2
        killed = self._child("killed", source, half)
        self.status("pull, gone on")
        resumed = self._child("killed", source, 0)
        same = self._state("undisturbed") == self._state("killed")
        return {
            "records": records,
            **figures,
            "killed_by_signal": -killed,
            "killed_after_batches": half,
            "exit_code_resumed": resumed,
            "same_as_undisturbed": same,
        }

    def _reading(self, path: Path) -> dict[str, object]:
        """Return the cost of reading the source alone, by a process of its own."""
        self.status("read the source")
        done = self._python("read", self.folder / "none", path, 0)
        seconds, peak = done.stdout.split()
        return {
            "file_mb": round(path.stat().st_size / _MB),
            "reading_seconds": float(seconds),
            "reading_peak_memory_mb": int(peak),
        }

    def _undisturbed(self, source: Path, records: int) -> dict[str, object]:
        self.status("make the home")
        application = open_home(self.folder / "undisturbed", self.world)
        self.status("pull")
        before, start = memory(), time.perf_counter()
        run = PlainRun(report=self._sample)
        opened = self.world.source(source)
        result = run_pull(application, opened, self.batch, run, total=records)
        seconds = time.perf_counter() - start
        self.status("verify")
        versions = application.service.verify(JOB).versions
        facts = sum(1 for _ in application.store.facts())
        application.close()
        quarters = [self._memory[len(self._memory) * part // 4 - 1] for part in range(1, 5)]
        return {
            "facts_after": facts,
            "seconds": round(seconds, 1),
            "records_per_second": round(records / seconds),
            "memory_before_mb": round(before),
            "memory_after_each_quarter_mb": [round(each) for each in quarters],
            "peak_memory_mb": round(max(self._memory)),
            "memory_of_opening_the_result_mb": self._memory_of_opening(),
            "versions_verified": versions,
            "result": asdict(result),
        }

    def _sample(self, share: float) -> None:
        del share
        self._memory.append(memory())

    def _child(self, name: str, source: Path, kill_after: int) -> int:
        """Run a pull in another process that kills itself after some batches; 0 never."""
        home = self.folder / name
        return self._python("pull", home, source, kill_after).returncode

    def _memory_of_opening(self) -> int:
        """Return the memory of a process that only opens the home after the pull."""
        done = self._python("open", self.folder / "undisturbed", Path(), 0)
        return int(done.stdout)

    def _python(
        self, what: str, home: Path, source: Path, kill_after: int
    ) -> subprocess.CompletedProcess[str]:
        words = (what, home, source, self.world.spec, self.batch, kill_after)
        command = [sys.executable, "-m", "oneedit.bench.pull_child", *words]
        return subprocess.run(
            [str(part) for part in command], check=False, capture_output=True, text=True
        )

    def _state(self, name: str) -> list[str]:
        """Return hashes of all facts and of each import of a home, without times."""
        path = self.folder / name / "ledger.sqlite3"
        ledger = Ledger.open(path, RelationBook.shipped())
        facts = sorted(map(repr, ledger.snapshot().facts))
        imports = [
            each.content.imported.rows_sha256
            for each in ledger.events()
            if each.kind is EventKind.IMPORT and each.content.imported is not None
        ]
        ledger.close()
        return [hashlib.sha256("\n".join(facts).encode()).hexdigest(), *imports]


def open_home(home: Path, world: World) -> Application:
    """Return the application over a made graph, without a model."""
    return assemble(
        home,
        RelationBook.shipped(),
        world.dataset(),
        editor=NoModel(),
        patches=NoPatches(),
    )


def run_pull(
    application: Application, source: Source, batch: int, run: PlainRun, *, total: int
) -> PullResult:
    """Pull a source."""
    request = PullRequest(source=source, job="bench", slot="1", batch=batch, total=total)
    return pull(request, application.service, JOB, run)


def memory() -> float:
    """Return the resident memory of this process in MB."""
    size: int = psutil.Process().memory_info().rss
    return size / _MB


def _other_city(name: str) -> str:
    index = int(name.rpartition(" ")[2])
    return city(index + 1 if index % 2 == 0 else index - 1)

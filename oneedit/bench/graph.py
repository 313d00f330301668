"""Benchmark of the graph: its load, the plans of edits, and look-ups, on a made graph."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from random import Random
from typing import TypeVar

import psutil

from controller.actor import Actor, Role
from controller.controller import Controller
from controller.graph.lexicon import GraphLexicon
from controller.graph.overlay import Overlay
from controller.graph.store import GraphStore
from controller.plan import EditPlan, Verdict
from controller.questions import affected
from controller.questions.diff import GraphDiff
from controller.questions.preserved import preserved_questions
from kg_data.relations import RelationBook
from kg_data.triples import Triple
from oneedit.bench.graph_edits import ORDINARY, EditDraws
from oneedit.bench.made_graph import HUB, LARGEST_CITY, MadeGraph, person
from oneedit.errors import GraphInUse, NotInstalled
from oneedit.settings import Settings

Result = TypeVar("Result")

ACTOR = Actor("bench", Role.LOCAL)

MOST_PATHS = 200
"""Path questions of an edit."""

LIMIT = 50
"""Facts read about the hub."""


@contextmanager
def empty_neo4j(settings: Settings, book: RelationBook) -> Iterator[GraphStore]:
    """Yield the store of the settings' Neo4j server, and empty the database after the block.

    Raises:
        NotInstalled: this installation or its settings lack Neo4j.
        GraphUnavailable: the server cannot be used.
        GraphInUse: the server holds a graph, which the benchmark would replace.
    """
    values = settings.model_dump()
    if not values.get("neo4j_uri"):
        raise NotInstalled("Neo4j server to measure; give its address in ONEEDIT_NEO4J_URI")
    try:
        neo4j_store = import_module("controller.graph.neo4j_store")
    except ImportError as error:
        raise NotInstalled(f"store for Neo4j ({error})") from error
    store = neo4j_store.Neo4jStore.connect(
        values["neo4j_uri"],
        book,
        user=values["neo4j_user"],
        password=values["neo4j_password"].get_secret_value(),
        database=values["neo4j_database"],
    )
    with closing(store):
        if store.version >= 0:
            raise GraphInUse(values["neo4j_uri"], store.version)
        try:
            yield store
        finally:
            store.load([], [], version=-1)


@dataclass
class Timings:
    """Times of one kind of call: CPU and wall-clock, milliseconds, and verdicts of plans."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    blocked: int = 0

    def time(self, call: Callable[[], Result]) -> Result:
        """Call once, note its time and return its result."""
        wall, cpu = time.perf_counter(), time.process_time()
        result = call()
        self.cpu.append(1000 * (time.process_time() - cpu))
        self.wall.append(1000 * (time.perf_counter() - wall))
        return result

    def row(self) -> dict[str, float]:
        """Return the number of calls, and median, 99th percentile and maximum of their times."""
        return {
            "n": len(self.cpu),
            "blocked": self.blocked,
            **{f"cpu_{name}": value for name, value in _percentiles(self.cpu).items()},
            **{f"wall_{name}": value for name, value in _percentiles(self.wall).items()},
        }


@dataclass
class GraphBench:
    """The benchmark of one store.

    Attributes:
        store: an empty store.
        graph: what is loaded.
        edits: number of edits of each kind.
        book: the relation book.
    """

    store: GraphStore
    graph: MadeGraph
    edits: int = 300
    book: RelationBook = field(default_factory=RelationBook.shipped)

    def run(self, progress: Callable[[str], None]) -> dict[str, object]:
        """Load the graph, measure everything and return it as plain values.

        Args:
            progress: called with the name of each measurement before it starts.
        """
        progress("load")
        load = self._load()
        gc.freeze()  # as the server does, see ``oneedit.wiring.build``
        controller = Controller(self.store, self.book, seed=self.graph.seed)
        drawn = EditDraws(self.store, self.graph)
        for fact in drawn.ordinary(3):
            controller.plan([fact], ACTOR)  # the first plans read files and compile patterns
        times: dict[str, dict[str, float]] = {}
        for name, facts in drawn.kinds(self.edits).items():
            progress(name)
            times[name], plans = self._plans(controller, facts)
            if name == ORDINARY:
                times |= self._questions(plans)
        progress("look-ups")
        times |= self._look_ups()
        gc.unfreeze()
        return {
            "triples": load.pop("triples"),
            "persons": self.graph.persons,
            "seed": self.graph.seed,
            "facts_about_hub": self.store.in_degree(HUB),
            "born_in_largest_city": len(self.store.subjects("place_of_birth", LARGEST_CITY)),
            "load": load,
            "times": times,
        }

    def _load(self) -> dict[str, float]:
        """Load the graph; the time to make the facts is measured apart and subtracted."""
        cpu, wall = time.process_time(), time.perf_counter()
        triples = sum(1 for _ in self.graph.facts())
        entities = sum(1 for _ in self.graph.entities())
        making_cpu, making_wall = time.process_time() - cpu, time.perf_counter() - wall
        process = psutil.Process()
        gc.collect()
        resident, cpu, wall = process.memory_info().rss, time.process_time(), time.perf_counter()
        self.store.load(self.graph.entities(), self.graph.facts(), version=0)
        cpu = time.process_time() - cpu - making_cpu
        wall = time.perf_counter() - wall - making_wall
        gc.collect()
        return {
            "triples": triples,
            "entities": entities,
            "making_cpu_s": round(making_cpu, 2),
            "cpu_s": round(cpu, 2),
            "wall_s": round(wall, 2),
            "triples_per_cpu_s": round(triples / max(cpu, 1e-3)),
            "triples_per_wall_s": round(triples / max(wall, 1e-3)),
            "resident_mib": round((process.memory_info().rss - resident) / 2**20, 1),
        }

    def _plans(
        self, controller: Controller, facts: Sequence[Triple]
    ) -> tuple[dict[str, float], list[EditPlan]]:
        timings, plans = Timings(), []
        for fact in facts:
            plan = timings.time(partial(controller.plan, [fact], ACTOR))
            timings.blocked += plan.decision.verdict in {Verdict.BLOCK, Verdict.NOTHING}
            plans.append(plan)
        return timings.row(), plans

    def _questions(self, plans: Sequence[EditPlan]) -> dict[str, dict[str, float]]:
        """Measure the questions of plans alone, each with nothing read before."""
        keep, paths = Timings(), Timings()
        rng = Random(self.graph.seed)
        for plan in plans:
            keep.time(partial(preserved_questions, self._diff(plan), self.store, generator=rng))
            paths.time(
                partial(affected.consequences, self._diff(plan), limit=MOST_PATHS, generator=rng)
            )
        return {"questions to keep": keep.row(), "path questions": paths.row()}

    def _diff(self, plan: EditPlan) -> GraphDiff:
        add, retract = plan.changes.all_added, plan.changes.all_retracted
        after = Overlay(self.store, add=add, retract=retract)
        slots = tuple(fact.slot for fact in plan.facts)
        return GraphDiff(self.store, after, slots, (*add, *retract), self.book)

    def _look_ups(self) -> dict[str, dict[str, float]]:
        """Measure look-ups of ids and aliases, and of facts about the hub."""
        names, about = Timings(), Timings()
        lexicon, rng = GraphLexicon(self.store), Random(self.graph.seed)
        for place in range(self.edits):
            index = rng.randrange(0, self.graph.persons, 5)  # every fifth has an alias
            name = f"p. {index}" if place % 2 else person(index)
            names.time(partial(lexicon.lookup, name))
            about.time(partial(self.store.facts_about, HUB, limit=LIMIT))
        return {"look-up of a name": names.row(), f"{LIMIT} facts about the hub": about.row()}


def _percentiles(times: Sequence[float]) -> dict[str, float]:
    """Return the median, the 99th percentile and the maximum."""
    ordered = sorted(times)
    last = len(ordered) - 1
    places = {"p50_ms": round(last / 2), "p99_ms": round(0.99 * last), "max_ms": last}
    return {name: round(ordered[place], 3) for name, place in places.items()}

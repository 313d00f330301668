"""Measures many people at once: their edits through the queue, and what others ask meanwhile.

The edits are of different slots, and all are handed in at once. Some of them are then made one by
one on a second home, which says what groups are worth.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

from controller.actor import Actor, Role
from controller.plan import Verdict
from interpreter.intents import Tell
from kg_data.relations import Relation
from kg_data.triples import Triple
from oneedit.errors import TooFewSlots
from oneedit.ledger.ticket import Ticket
from oneedit.results import EditResult
from oneedit.service import EditService
from oneedit.wiring import Application

PAUSE = 0.25
"""Seconds that a reader thinks between an answer and the next question."""

READERS = 3
"""People who ask while others edit."""

TRIED = 50
"""Facts that are tried for each edit that is wanted, to find some that need no review."""


@dataclass(frozen=True, kw_only=True)
class PeopleBench:
    """Runs the measurement.

    Attributes:
        open_home: returns the application on a folder.
        folder: where the homes are made.
        people: how many edit.
        edits: how many edits each makes.
        alone: how many of the edits are made one by one, too.
        seed: seed of the choice.
        status: takes what is done now.
    """

    open_home: Callable[[Path], Application]
    folder: Path
    people: int
    edits: int
    alone: int
    seed: int = 0
    status: Callable[[str], object] = lambda _text: None

    def run(self) -> dict[str, object]:
        """Return the figures.

        Raises:
            TooFewSlots: the graph has too few facts that can be edited without a review.
        """
        application = self.open_home(self.folder / "together")
        try:
            messages = list(self._messages(application.service))
            figures = self._together(application, messages)
        finally:
            application.close()
        if self.alone:
            application = self.open_home(self.folder / "alone")
            try:
                figures |= self._one_by_one(application.service, messages[: self.alone])
            finally:
                application.close()
        return figures

    def _messages(self, service: EditService) -> Iterator[str]:
        """Yield statements about different entities that a curator may make without a review."""
        wanted, found = self.people * self.edits, 0
        taken = set[str]()
        for relation, fact in self._drawn(service, TRIED * wanted):
            if found == wanted:
                return
            text = f"The {relation.noun} of {fact.subject} is {fact.object}."
            intent = service.read(text)
            if not taken.isdisjoint({fact.subject, fact.object}) or intent != Tell((fact,)):
                continue
            if service.plan(intent, _person(0)).decision.verdict is Verdict.APPLY:
                taken |= {fact.subject, fact.object}
                found += 1
                yield text
        if found < wanted:
            raise TooFewSlots(found, wanted)

    def _drawn(self, service: EditService, count: int) -> Iterator[tuple[Relation, Triple]]:
        """Yield facts of the graph whose objects were exchanged for those of other facts."""
        controller, rng = service.context.controller, random.Random(self.seed)
        facts = sorted(controller.store.facts())
        objects: dict[str, list[str]] = {}
        for fact in facts:
            objects.setdefault(fact.relation, []).append(fact.object)
        for fact in rng.sample(facts, min(count, len(facts))):
            relation = controller.book[fact.relation]
            if relation.functional and not relation.derived and not relation.protected:
                other = rng.choice(objects[fact.relation])
                if other != fact.object:
                    yield relation, Triple(fact.subject, fact.relation, other)

    def _together(self, application: Application, messages: Sequence[str]) -> dict[str, object]:
        self.status(f"{len(messages)} edits of {self.people} people")
        readers = _Readers(application.service, self.seed)
        application.worker.start()
        with ThreadPoolExecutor(self.people + READERS) as pool:
            asking = [pool.submit(readers.ask, number) for number in range(READERS)]
            start = time.perf_counter()
            writing = [
                pool.submit(self._write, application, number, messages[number :: self.people])
                for number in range(self.people)
            ]
            try:
                ended = [ticket for each in writing for ticket in each.result()]
                seconds = time.perf_counter() - start
            finally:
                readers.stop()
            for each in asking:
                each.result()
        applied = [each for each in ended if each.version is not None]
        return {
            "people": self.people,
            "edits": len(messages),
            "states": dict(Counter(each.state.value for each in ended)),
            "groups": _groups(application, applied),
            "seconds": round(seconds, 1),
            "seconds_per_applied": round(seconds / max(len(applied), 1), 1),
            "reads": readers.figures(),
        }

    def _write(
        self, application: Application, number: int, messages: Sequence[str]
    ) -> list[Ticket]:
        """Hand in one person's edits, and return their tickets when all have ended."""
        person, queue = _person(number), application.queue
        given = [queue.submit(person, message) for message in messages]
        return [queue.wait(person, each.id) for each in given if isinstance(each, Ticket)]

    def _one_by_one(self, service: EditService, messages: Sequence[str]) -> dict[str, object]:
        start, applied = time.perf_counter(), 0
        for number, message in enumerate(messages):
            self.status(f"one by one: {number + 1} of {len(messages)}")
            applied += isinstance(service.tell(_person(0), message), EditResult)
        seconds = time.perf_counter() - start
        return {
            "alone": len(messages),
            "alone_applied": applied,
            "alone_seconds": round(seconds, 1),
            "alone_seconds_per_applied": round(seconds / max(applied, 1), 1),
        }


@dataclass(frozen=True)
class _Readers:
    """People who ask and look at the history until they are stopped."""

    service: EditService
    seed: int
    seconds: list[float] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def ask(self, number: int) -> None:
        """Ask one question after the other, and look at the history now and then."""
        rng, reader = random.Random(f"{self.seed} {number}"), Actor(f"reader {number}", Role.VIEWER)
        book = self.service.context.controller.book
        facts = sorted(self.service.context.controller.store.facts())
        while not self._stopped.wait(PAUSE):
            fact = rng.choice(facts)
            start = time.perf_counter()
            if rng.random() < 0.1:
                self.service.history(reader)
            else:
                noun = book[fact.relation].noun
                self.service.ask(reader, f"What is the {noun} of {fact.subject}?")
            self.seconds.append(time.perf_counter() - start)

    def stop(self) -> None:
        self._stopped.set()

    def figures(self) -> dict[str, float]:
        """Return how long they waited, in seconds."""
        if len(self.seconds) < 2:
            return {"n": len(self.seconds)}
        shares = quantiles(self.seconds, n=20)
        return {
            "n": len(self.seconds),
            "p50_s": round(shares[9], 3),
            "p95_s": round(shares[18], 3),
            "max_s": round(max(self.seconds), 3),
        }


def _groups(application: Application, applied: Sequence[Ticket]) -> list[int]:
    """Return how many edits went together, for each fit that was committed."""
    events = [application.ledger.event(each.version or 0) for each in applied]
    return sorted(Counter(event.carrier for event in events).values(), reverse=True)


def _person(number: int) -> Actor:
    return Actor(f"person {number}", Role.REVIEWER)

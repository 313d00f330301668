"""The kind ``audit``: the doctor, the relation book's own faults, and SHACL on neighbourhoods."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from pydantic import Field

from controller.actor import Actor
from kg_data.lint import lint_book
from kg_data.relations import RelationBook
from kg_data.shapes import Violation, graph_of, shapes_of, violations
from kg_data.triples import Triple
from oneedit.jobs.kinds import JobKind, JobRequest, JobResult, JobSettings
from oneedit.jobs.run_context import RunContext
from oneedit.people.permissions import Operation
from oneedit.service import EditService
from oneedit.upkeep.doctor import Doctor
from oneedit.upkeep.findings import Level

CHECKED_AT_ONCE = 50
"""Entities whose neighbourhoods are one graph for SHACL; a second or less."""

MOST_ABOUT = 200
"""Facts about one entity that are looked at, besides all those of it."""

MOST_SHOWN = 200
"""Violations that are logged one by one."""


class AuditSettings(JobSettings):
    """What may be set for an audit."""

    recent: int = Field(default=100, ge=0)
    """Versions whose changed entities are checked: the last so many."""
    most_recent: int = Field(default=500, ge=0)
    """Entities of these that are checked at most, of the latest versions first."""
    sample: int = Field(default=200, ge=0)
    """Facts drawn at random, whose subjects are checked besides."""
    seed: int = 0
    """Seed of the draw."""


@dataclass(frozen=True)
class Auditor:
    """Looks whether a home, the relation book and the graph are as they should be.

    Attributes:
        doctor: checks the home; None where it is not known, as on the command line.
    """

    doctor: Doctor | None

    def run(
        self,
        request: JobRequest[AuditSettings],
        service: EditService,
        actor: Actor,
        context: RunContext,
    ) -> JobResult:
        """Check, and log all that is wrong in words; nothing changes.

        Raises:
            RunCancelled, RunInterrupted: the run is to end.
        """
        del actor
        book = service.context.controller.book
        errors, warnings = self._examined(context)
        context.check()
        faults = list(lint_book(book))
        for fault in faults:
            context.log(f"relation book: {fault}")
        checked, found = _Neighbourhoods(service, request.settings, context).check()
        for each in found[:MOST_SHOWN]:
            context.log(f"graph: {each}")
        if len(found) > MOST_SHOWN:
            context.log(f"graph: {len(found) - MOST_SHOWN} more")
        counts = {
            "errors": errors,
            "warnings": warnings,
            "book_faults": len(faults),
            "entities": checked,
            "violations": len(found),
        }
        return JobResult(counts=counts, text=_text(counts))

    def _examined(self, context: RunContext) -> tuple[int, int]:
        """Let the doctor check, log its findings, and return how many are errors and warnings."""
        if self.doctor is None:
            return 0, 0
        findings = self.doctor.check().findings
        for each in findings:
            if each.level is not Level.NOTE:
                context.log(f"{each.level} ({each.code}): {each.problem} {each.remedy}".rstrip())
        levels = [each.level for each in findings]
        return levels.count(Level.ERROR), levels.count(Level.WARNING)


class _Neighbourhoods:
    """SHACL on what is around recently changed entities, and a sample of others."""

    def __init__(self, service: EditService, settings: AuditSettings, context: RunContext) -> None:
        self._edit_context, self._settings, self._context = service.context, settings, context
        self._store = service.context.projector.store
        self._book: RelationBook = service.context.controller.book

    def check(self) -> tuple[int, list[Violation]]:
        """Return how many entities were checked, and what was found, sorted."""
        names = list(dict.fromkeys((*islice(self._recent(), self._settings.most_recent),
                                    *self._sampled())))  # fmt: skip
        shapes, found = shapes_of(self._book), set[Violation]()
        for start in range(0, len(names), CHECKED_AT_ONCE):
            self._context.check()
            part = names[start : start + CHECKED_AT_ONCE]
            with self._edit_context.projector.reading(weights=False):
                graph = graph_of(self._around(part), self._class_of, self._book)
            found.update(violations(graph, shapes))
            self._context.progress((start + len(part)) / len(names))
        return len(names), sorted(found)

    def _recent(self) -> Iterator[str]:
        """Yield the entities of the last versions, the latest first, perhaps repeatedly."""
        ledger = self._edit_context.ledger
        after = max(0, ledger.head() - self._settings.recent)
        seen: set[str] = set()
        for event in reversed(ledger.events(after=after)):
            changes = ledger.changes_of(event)
            for name in _entities_of((*changes.all_added, *changes.all_retracted), self._book):
                if name not in seen:
                    seen.add(name)
                    yield name

    def _sampled(self) -> Sequence[str]:
        generator = Random(self._settings.seed)
        with self._edit_context.projector.reading(weights=False):
            facts = self._store.sample(None, self._settings.sample, generator)
        return [fact.subject for fact in facts]

    def _around(self, names: Sequence[str]) -> Iterator[Triple]:
        for name in names:
            yield from self._store.facts_of(name)
            yield from self._store.facts_about(name, limit=MOST_ABOUT)

    def _class_of(self, name: str) -> str:
        entity = self._store.entity(name)
        return entity.entity_class if entity else ""


def _entities_of(facts: Iterable[Triple], book: RelationBook) -> Iterator[str]:
    for fact in facts:
        yield fact.subject
        if not book[fact.relation].literal:
            yield fact.object


def _text(counts: dict[str, int]) -> str:
    wrong = {name: n for name, n in counts.items() if n and name != "entities"}
    around = f"checked around {counts['entities']} entities"
    if not wrong:
        return f"nothing is wrong; {around}"
    return ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in wrong.items()) + f"; {around}"


def audit_kind(doctor: Doctor | None) -> JobKind[AuditSettings]:
    """Return the kind for a home."""
    return JobKind(
        name="audit",
        about="checks the home, the relation book, and with SHACL the graph; changes nothing",
        settings=AuditSettings,
        operation=Operation.READ,
        run=Auditor(doctor).run,
    )

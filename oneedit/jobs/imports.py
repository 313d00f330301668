"""Imports of files, each as a run that goes on wherever its process ended."""

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from controller.actor import Actor, Tier
from kg_data.errors import BadFile
from kg_data.relations import RelationBook
from kg_data.sources.opening import LINE_BY_LINE
from oneedit.errors import UnknownRun
from oneedit.jobs.import_job import IMPORT, ImportSettings
from oneedit.jobs.import_order import ImportOrder, ImportReport
from oneedit.ledger.job import Job, JobRun
from oneedit.ledger.jobs import JobRecords
from oneedit.people.permissions import Operation, require, require_sight

PREFIX = "import:"
"""Begin of the names of imports, which no job has."""

_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class Imports:
    """The imports of a home.

    Attributes:
        records: the runs.
        book: the relation book.
    """

    records: JobRecords
    book: RelationBook

    def begin(self, actor: Actor, order: ImportOrder) -> ImportReport:
        """Ask for an import, or return the same one that has begun and is not over.

        The owner of the home carries it out. New names need no review if the actor decides on
        what others want, or is trusted as a curator.

        Raises:
            NotPermitted: the actor may not import facts.
            BadJob, KgDataError: the file cannot be read, or its columns are not mapped.
        """
        require(actor, Operation.IMPORT)
        settings = ImportSettings(
            source=order.path,
            maps=order.maps,
            encoding=order.encoding,
            labels=order.labels,
            role=actor.role,
            service=actor.service,
        )
        self._check(settings)
        job = Job(
            name=PREFIX + _UNSAFE.sub("_", Path(order.path).name),
            kind=IMPORT.name,
            settings=settings.model_dump(mode="json", exclude_defaults=True),
            trust=_trust(actor),
            made_by=actor.name,
        )
        return ImportReport(self.records.begin(job, by=actor.name, dry_run=order.dry_run))

    def report(self, actor: Actor, number: int, *, after: int = 0) -> ImportReport:
        """Return where an import is, with the lines of its log after one.

        Raises:
            UnknownRun: there is no import of this number.
            NotPermitted: it is somebody else's.
        """
        run = self._run(actor, number)
        return ImportReport(run, self.records.lines(number, after=after))

    def cancel(self, actor: Actor, number: int) -> ImportReport:
        """End an import; what it has added stays, and can be undone as one batch.

        Raises:
            RunEnded: it is over.
            UnknownRun, NotPermitted: as in :meth:`report`.
        """
        self._run(actor, number)
        return ImportReport(self.records.cancel(number, by=actor.name))

    def _run(self, actor: Actor, number: int) -> JobRun:
        run = self.records.run(number)
        if run.kind != IMPORT.name:
            raise UnknownRun(number)
        require_sight(actor, run.asked_by, f"import {number}")
        return run

    def _check(self, settings: ImportSettings) -> None:
        """Find what is wrong with a file as a whole, as far as its begin shows it.

        Raises:
            KgDataError, BadJob: it cannot be read.
        """
        path = Path(settings.source)
        if "://" in settings.source:
            raise BadFile(path, None, "an import reads files; for an address: oneedit pull")
        source = settings.open(self.book)
        _ = source.fingerprint
        if path.suffix.casefold() in LINE_BY_LINE:
            list(islice(source.records(), 1))


def _trust(actor: Actor) -> Tier:
    """Return how far an actor is trusted with a file: whoever decides has decided on its names."""
    if actor.trust is not None:
        return actor.trust
    return Tier.CURATOR if actor.reviews else actor.tier

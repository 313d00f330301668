"""The kind ``pull``: brings the graph up to a source, see :mod:`oneedit.jobs.pull`."""

import os
from dataclasses import asdict
from pathlib import Path

from pydantic import Field, field_validator

from controller.actor import Actor
from kg_data.relations import RelationBook
from kg_data.sources.opening import SourceOptions
from kg_data.sources.source import Source
from kg_data.sources.sparql import EVERYTHING
from oneedit.errors import BadJob
from oneedit.jobs.kinds import JobKind, JobRequest, JobResult, JobSettings
from oneedit.jobs.pull import pull
from oneedit.jobs.pull_request import BATCH, MOST_BAD, OnError, PullRequest, PullResult
from oneedit.jobs.run_context import RunContext
from oneedit.jobs.sources import open_any
from oneedit.people.permissions import Operation
from oneedit.service import EditService


class PullSettings(JobSettings):
    """What may be set for a pull."""

    source: str = Field(min_length=1)
    """A file, a SPARQL endpoint or a Neo4j server."""
    maps: tuple[str, ...] = ()
    """Mappings of columns or properties, as with oneedit pull --map."""
    encoding: str = ""
    """Encoding of a table or of JSON lines that are not UTF-8, such as latin-1."""
    labels: str = ""
    """File with the labels of Wikidata's items: a CSV of item,label, or its JSON."""
    hosts: tuple[str, ...] = ()
    """Hosts that may be asked, besides that of the source."""
    query: str = EVERYTHING
    """The SELECT of a SPARQL endpoint."""
    batch: int = Field(default=BATCH, ge=1, le=100_000)
    """Records of one batch."""
    on_error: OnError = OnError.SKIP
    """What happens at a record that cannot be read: skip or stop."""
    most_bad: int = Field(default=MOST_BAD, ge=0)
    """Bad records that are skipped at most."""
    user: str = "neo4j"
    """Name to log in with at a Neo4j server."""
    password_from: str = Field(default="", pattern="^([A-Za-z_][A-Za-z0-9_]*)?$")
    """Name of the environment variable of the server that holds the password."""
    database: str = "neo4j"
    """Name of the database on a Neo4j server."""

    @field_validator("source", "labels")
    @classmethod
    def _absolute(cls, path: str) -> str:
        """Return a path as it is known everywhere; the server has another folder."""
        return path if "://" in path or not path else str(Path(path).absolute())

    def open(self, book: RelationBook) -> Source:
        """Return the source.

        Raises:
            BadJob: the variable of the password is not set.
            KgDataError: nothing of this kind can be read, or a mapping is wrong.
        """
        options = SourceOptions(
            maps=self.maps,
            hosts=self.hosts,
            query=self.query,
            encoding=self.encoding,
            labels=self.labels,
        )
        password = os.environ.get(self.password_from) if self.password_from else ""
        if password is None:
            raise BadJob("password_from", f"{self.password_from} is not set where the job runs")
        return open_any(
            self.source,
            book,
            options,
            user=self.user,
            password=password,
            database=self.database,
        )


def run_pull(
    request: JobRequest[PullSettings], service: EditService, actor: Actor, context: RunContext
) -> JobResult:
    """Add what the source states and the graph lacks; conflicts wait for review.

    Raises:
        BadJob: the variable of the password is not set.
        BadRecords: too many records are bad.
        KgDataError: the source cannot be read.
        StaleHead: others committed again and again while a batch was planned.
    """
    book = service.context.controller.book
    wanted = pull_of(request.settings, request.job, request.slot, book)
    result = pull(wanted, service, actor, context)
    return result_of(wanted, result, dry_run=context.dry_run)


def pull_of(settings: PullSettings, job: str, slot: str, book: RelationBook) -> PullRequest:
    """Return the pull that a run of a job in a slot is to do.

    Raises:
        BadJob, KgDataError: the source cannot be opened, or a file not read.
    """
    source = settings.open(book)
    return PullRequest(
        source=source,
        job=job,
        slot=slot,
        batch=settings.batch,
        on_error=settings.on_error,
        most_bad=settings.most_bad,
        total=0 if "://" in settings.source else sum(1 for _ in source.records()),
    )


def result_of(request: PullRequest, result: PullResult, *, dry_run: bool) -> JobResult:
    """Return how a pull went, as the result of a run."""
    counts = {name: value for name, value in asdict(result).items() if name != "finished"}
    return JobResult(counts=counts, text=_text(result, request, dry_run=dry_run))


def _text(result: PullResult, request: PullRequest, *, dry_run: bool) -> str:
    would = "would be " if dry_run else ""
    text = (
        f"{result.added} of {result.read} records {would}added, {result.known} known, "
        f"{result.proposed} {would}proposed for review"
    )
    undo = f"; undo it with: oneedit undo --batch {request.id}"
    return text + (undo if result.versions and not dry_run else "")


PULL = JobKind(
    name="pull",
    about="adds what a source states and the graph lacks; conflicts wait for review",
    settings=PullSettings,
    operation=Operation.IMPORT,
    run=run_pull,
)

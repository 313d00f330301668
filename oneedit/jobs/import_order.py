"""What an import is asked for with, and where it is; no database is needed for either."""

from dataclasses import asdict, dataclass
from typing import Any

from oneedit.jobs.pull_request import PullResult
from oneedit.ledger.job import JobRun, RunLine


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """What is to be imported.

    Attributes:
        path: the file, as an absolute path of the system of the home's owner.
        maps: mappings of columns or properties; see :class:`kg_data.sources.opening.SourceOptions`.
        encoding: that of a table or of JSON lines, if it is not UTF-8.
        labels: path of a file with the labels of Wikidata's items; "" for none.
        dry_run: whether nothing is to be changed.
    """

    path: str
    maps: tuple[str, ...] = ()
    encoding: str = ""
    labels: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Where an import is.

    Attributes:
        run: its run.
        lines: the lines of its log that were asked for.
    """

    run: JobRun
    lines: tuple[RunLine, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """Return the figures so far, those of :class:`oneedit.jobs.pull_request.PullResult`."""
        found: dict[str, Any] = asdict(PullResult()) | dict(self.run.cursor.get("done", {}))
        found |= self.run.counts
        return {name: int(value) for name, value in found.items() if name != "finished"}

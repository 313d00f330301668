"""The kind ``export``: writes the graph, or the model's changes, into a folder.

A file is written under another name and renamed, so that whoever takes files away finds whole
ones; its name has the version.
"""

import os
import secrets
import shutil
from enum import StrEnum
from pathlib import Path

from pydantic import Field, field_validator

from controller.actor import Actor, Role
from editor.patches.exported import ExportFormat
from kg_data.writing import GraphForm
from oneedit.errors import CannotWrite
from oneedit.jobs.kinds import JobKind, JobRequest, JobResult, JobSettings
from oneedit.jobs.run_context import RunContext
from oneedit.people.permissions import Operation
from oneedit.service import EditService
from oneedit.settings import expanded
from oneedit.upkeep.start import PARTIAL


class Exported(StrEnum):
    """What is exported."""

    GRAPH = "graph"
    MODEL = "model"  # as an adapter for PEFT


class ExportSettings(JobSettings):
    """What may be set for an export."""

    folder: str = Field(min_length=1)
    """Folder to write into; it is made where it is missing."""
    what: Exported = Exported.GRAPH
    """graph, or model: an adapter for PEFT."""
    form: GraphForm = GraphForm.TURTLE
    """Of the graph: turtle, csv or jsonl."""
    rank: int | None = Field(default=None, ge=1)
    """Rank of the adapter, at most."""

    @field_validator("folder")
    @classmethod
    def _absolute(cls, folder: str) -> str:
        """Return a path as it is known everywhere; the server has another folder."""
        return str(expanded(Path(folder)).absolute())


def run_export(
    request: JobRequest[ExportSettings], service: EditService, actor: Actor, context: RunContext
) -> JobResult:
    """Write the graph or the adapter, and rename it when it is whole.

    Raises:
        CannotWrite: the folder cannot be written.
        EditorError: there are no changes of the model to write.
    """
    if context.dry_run:
        return JobResult(text=f"would write the {request.settings.what}")
    folder = Path(request.settings.folder)
    start = f"{request.job}-v"
    partial = folder / f"{start}.{os.getpid()}.{secrets.token_hex(4)}{PARTIAL}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"{start}.*{PARTIAL}"):  # of a run of this job that was killed
            _remove(left)
        if request.settings.what is Exported.GRAPH:
            version, count = _write_graph(partial, request.settings.form, service, actor)
            path = folder / f"{start}{version}{request.settings.form.ending}"
            counts = {"version": version, "facts": count}
        else:
            exported = service.export(actor, ExportFormat.LORA, partial, rank=request.settings.rank)
            path = folder / f"{start}{exported.version}.peft"
            counts = {"version": exported.version, "matrices": exported.matrices}
        written = _put(partial, path)
    except OSError as error:
        raise CannotWrite(folder, error.strerror or str(error)) from error
    finally:
        _remove(partial)
    context.progress(1.0)
    return JobResult(counts=counts, text=f"{path}" + ("" if written else " was there already"))


def _write_graph(
    path: Path, form: GraphForm, service: EditService, actor: Actor
) -> tuple[int, int]:
    """Write the graph of the head durably, and return its version and the number of facts."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        version, count = service.write_graph(actor, form, stream)
        stream.flush()
        os.fsync(stream.fileno())
    return version, count


def _put(partial: Path, path: Path) -> bool:
    """Give what was written its name; False for a folder of the same version that is there."""
    if partial.is_dir() and path.exists():
        return False
    partial.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return True


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    elif path.exists():
        path.unlink()


EXPORT = JobKind(
    name="export",
    about="writes the graph as Turtle, CSV or JSON lines, or the model as an adapter",
    settings=ExportSettings,
    operation=Operation.EXPORT,
    role=Role.ADMIN,
    run=run_export,
)

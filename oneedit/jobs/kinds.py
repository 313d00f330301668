"""The table of kinds of jobs: a name, what may be set, and the function that does it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from controller.actor import Actor, Role
from oneedit.errors import BadJob
from oneedit.jobs.run_context import RunContext
from oneedit.ledger.job import JobRun
from oneedit.people.permissions import Operation, require
from oneedit.service import EditService


class JobSettings(BaseModel):
    """What may be set for a kind of job; what it does not name is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


S = TypeVar("S", bound=JobSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest(Generic[S]):
    """What a run is to do.

    Attributes:
        job: name of the job.
        slot: the time it was due; a run that goes on has the same one.
        settings: what was set, of the class that the kind names.
    """

    job: str
    slot: str
    settings: S

    @property
    def batch(self) -> str:
        """Return the batch id of the run in the ledger, for an undo of all it did."""
        return f"{self.job}:{self.slot}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """How a run ended.

    Attributes:
        counts: its figures.
        text: what came of it, in a sentence.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind(Generic[S]):
    """A kind of job.

    Attributes:
        name: its name.
        about: what it does, in a sentence.
        settings: the class of its settings.
        operation: what its actor must be permitted to do.
        role: the role of its actor; how far it is trusted says the job.
        run: does it. Whatever is left half done it does again from the cursor that it has saved.
    """

    name: str
    about: str
    settings: type[S]
    operation: Operation
    role: Role = Role.EDITOR
    run: Callable[[JobRequest[S], EditService, Actor, RunContext], JobResult]

    def actor(self, run: JobRun) -> Actor:
        """Return the service account in whose name a run acts."""
        return Actor(run.actor_name, self.role, trust=run.trust, service=True)

    def carry_out(
        self, run: JobRun, service: EditService, actor: Actor, context: RunContext
    ) -> JobResult:
        """Do the work of a run over the service, in the name of its actor.

        Raises:
            NotPermitted: the actor may not do this.
            BadJob: the settings cannot be used.
            ExpectedError: what the kind raises.
        """
        require(actor, self.operation)
        settings = self.checked(run.settings)
        request = JobRequest(job=run.job, slot=run.slot, settings=settings)
        return self.run(request, service, actor, context)

    def checked(self, settings: Mapping[str, Any]) -> S:
        """Return settings as an object.

        Raises:
            BadJob: one is unknown, missing or cannot be used; names each of them.
        """
        try:
            return self.settings.model_validate(dict(settings))
        except ValidationError as error:
            raise BadJob("settings", self._faults(error)) from error

    def _faults(self, error: ValidationError) -> str:
        known = list(self.settings.model_fields)
        faults = []
        for fault in error.errors():
            name = ".".join(map(str, fault["loc"])) or "all"
            if fault["type"] == "extra_forbidden":
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
                faults.append(f"{self.name} has no setting {name!r}; {hint}")
            else:
                faults.append(f"{name}: {fault['msg'].removeprefix('Value error, ')}")
        return "; ".join(faults)


@dataclass(frozen=True)
class JobKinds:
    """The kinds that an application has.

    Attributes:
        kinds: the kinds that a job can have.
        once: kinds of runs that are asked for one by one, without a job that anybody adds.
    """

    kinds: Sequence[JobKind[Any]]
    once: Sequence[JobKind[Any]] = ()

    def __getitem__(self, name: str) -> JobKind[Any]:
        """Return a kind.

        Raises:
            BadJob: there is none of this name.
        """
        for kind in self.kinds:
            if kind.name == name:
                return kind
        raise BadJob("kind", f"there is no kind {name!r}; there are {', '.join(self.names)}")

    def of_run(self, name: str) -> JobKind[Any]:
        """Return the kind of a run, that of a job or one of ``once``.

        Raises:
            BadJob: there is none of this name.
        """
        return next((kind for kind in self.once if kind.name == name), None) or self[name]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names."""
        return tuple(kind.name for kind in self.kinds)

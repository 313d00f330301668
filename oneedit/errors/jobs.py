"""Errors about jobs and their runs."""

from collections.abc import Sequence

from oneedit.errors.base import OneEditError


class UnknownJob(OneEditError):
    """There is no job of this name."""

    exit_code = 2
    http_status = 404

    def __init__(self, name: str, known: Sequence[str] = ()) -> None:
        self.name, self.known = name, tuple(known)
        there = f"there are {', '.join(known)}" if known else "there are none yet: oneedit jobs add"
        super().__init__(f"there is no job {name!r}; {there}")


class UnknownRun(OneEditError):
    """There is no run of a job of this number."""

    exit_code = 2
    http_status = 404

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no run {number}; list them: oneedit jobs show NAME")


class JobExists(OneEditError):
    """There is a job of this name already."""

    exit_code = 2
    http_status = 409

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a job {name!r} already; change it: oneedit jobs edit {name}")


class JobChanged(OneEditError):
    """A job has another revision than the one that was looked at."""

    exit_code = 2
    http_status = 409

    def __init__(self, name: str) -> None:
        super().__init__(f"somebody has changed the job {name!r} meanwhile; look at it again")


class BadJob(OneEditError):
    """A job's name, kind, settings, schedule or trust cannot be used; ``part`` says which."""

    exit_code = 2
    http_status = 422

    def __init__(self, part: str, reason: str) -> None:
        self.part, self.reason = part, reason
        super().__init__(f"{part}: {reason}")


class NotConsolidated(OneEditError):
    """A job's consolidation was held back; nothing was changed."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(f"nothing was consolidated: {'; '.join(reasons)}")


class RunEnded(OneEditError):
    """A run of a job is over, so that it cannot be cancelled."""

    exit_code = 2
    http_status = 409

    def __init__(self, number: int, state: str) -> None:
        self.number, self.state = number, state
        super().__init__(f"run {number} is {state} already; there is nothing to cancel")


class RunCancelled(OneEditError):
    """Somebody has cancelled a run of a job while it ran."""

    def __init__(self, by: str) -> None:
        self.by = by
        super().__init__(f"cancelled by {by}")


class RunInterrupted(OneEditError):
    """A run of a job ends because its process does; the next one goes on with it."""

    http_status = 503

    def __init__(self) -> None:
        super().__init__("the server ends; the run goes on when it is back")


class BadRecords(OneEditError):
    """Records of a source cannot be read; the pull ended before their batch."""

    exit_code = 2
    http_status = 422

    def __init__(self, last: str, count: int) -> None:
        self.last, self.count = last, count
        super().__init__(
            f"{last} ({count} bad records so far); correct the source or its mapping, or skip "
            "more of them"
        )

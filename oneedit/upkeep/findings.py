"""What a check of a home finds."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    Attributes:
        code: stable name of the kind of finding.
        level: an error keeps something from working, a warning will, a note is for information.
        problem: a sentence that says what is wrong.
        remedy: a sentence that says what to do, or "".
    """

    code: str
    level: Level
    problem: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """The result of all checks.

    Attributes:
        home: the folder.
        version: the last version, or -1.
        findings: what was found, in the order of the checks.
        repaired: sentences that say what was repaired before the checks.
    """

    home: str
    version: int
    findings: tuple[Finding, ...]
    repaired: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Return the errors and warnings."""
        return tuple(each for each in self.findings if each.level is not Level.NOTE)

    @property
    def sound(self) -> bool:
        """Tell whether there are neither errors nor warnings."""
        return not self.problems


def problem(code: str, text: str, remedy: str) -> Finding:
    """Return an error."""
    return Finding(code, Level.ERROR, text, remedy)


def warning(code: str, text: str, remedy: str) -> Finding:
    """Return a warning."""
    return Finding(code, Level.WARNING, text, remedy)


def note(code: str, text: str, remedy: str = "") -> Finding:
    """Return a note."""
    return Finding(code, Level.NOTE, text, remedy)

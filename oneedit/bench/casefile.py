"""Case files: JSON lines, one case each: an edit and the questions to ask after it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kg_data.errors import BadFile
from kg_data.questions import Kind


class CaseQuestion(BaseModel):
    """One question of a case.

    Attributes:
        prompt: a question ending in "?", or the beginning of a statement.
        answer: the expected answer; may be left out for ``locality`` and ``specificity``, which
            then expect the unedited model's answer.
        kind: the row of the score table.
    """

    model_config = ConfigDict(extra="forbid")

    prompt: str = Field(min_length=1)
    answer: str | None = None
    kind: Kind

    @model_validator(mode="after")
    def _check_answer(self) -> Self:
        if self.answer is None and self.kind not in {Kind.LOCALITY, Kind.SPECIFICITY}:
            raise ValueError(f"a question of kind {self.kind.value} needs its answer")
        return self


class Case(BaseModel):
    """One edit and its questions.

    Attributes:
        edit: subject, relation and object.
        forget: whether the edit removes this fact instead of asserting it.
        ask: the questions to ask after the edit.
        group: cases of one group also get a score of their own.
    """

    model_config = ConfigDict(extra="forbid")

    edit: tuple[str, str, str]
    forget: bool = False
    ask: list[CaseQuestion]
    group: str = "drawn"


def read_cases(path: Path) -> Iterator[Case]:
    """Yield the cases of a file.

    Raises:
        BadFile: the file cannot be read, or a line is not a case.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(path, None, str(error)) from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _parse(path, number, line)


def _parse(path: Path, number: int, line: str) -> Case:
    try:
        return Case.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "line"
        raise BadFile(path, number, f"{place}: {first['msg']}") from error


def write_cases(path: Path, cases: Iterable[Case]) -> int:
    """Write cases and return how many there are."""
    lines = [case.model_dump_json(exclude_none=True) for case in cases]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(lines)

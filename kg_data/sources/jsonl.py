"""Read facts from JSON lines: one object a line, with the keys of the CSV files."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kg_data.errors import BadFile
from kg_data.triples import Triple


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True)

    subject: str = Field(min_length=1)
    relation: str = Field(min_length=1)
    object: str = Field(min_length=1)
    valid_from: str | None = None
    valid_to: str | None = None


def read(path: Path) -> Iterator[Triple]:
    """Yield the facts of a JSONL file; blank lines are skipped.

    Raises:
        BadFile: the file is missing, is not UTF-8, or a line is not such an object.
    """
    try:
        with path.open(encoding="utf-8") as stream:
            for number, text in enumerate(stream, start=1):
                if text.strip():
                    yield Triple(**_parse(path, number, text).model_dump())
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(path, None, str(error)) from error


def _parse(path: Path, number: int, text: str) -> _Line:
    try:
        return _Line.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "line"
        raise BadFile(path, number, f"{place}: {first['msg']}") from error

"""What goes wrong on purpose, as one line and an exit code; never a traceback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from pydantic import ValidationError

from controller.errors import ControllerError
from editor.errors import (
    EditorError,
    NoDevice,
    NoModel,
    NothingToExport,
    NotOnlyWeights,
    PromptTooLong,
    TooLittleText,
    UnknownArchitecture,
    UnknownMethod,
    UnprovedWeights,
)
from kg_data.errors import BadFile, KgDataError
from oneedit.bench.errors import UnknownShape
from oneedit.errors import CannotWrite, GenesisMismatch, OneEditError

DONE, FAILED, REFUSED = 0, 1, 2

BAD_INPUT = (
    BadFile,
    CannotWrite,
    GenesisMismatch,
    NoDevice,
    NoModel,
    NothingToExport,
    NotOnlyWeights,
    PromptTooLong,
    TooLittleText,
    UnknownArchitecture,
    UnknownMethod,
    UnknownShape,
    UnprovedWeights,
)
"""What the user can mend by saying it otherwise, or by naming another model, device or file."""


@contextmanager
def errors(*, as_json: bool) -> Iterator[None]:
    """Show an expected error as one line, and leave with its exit code: 2 for bad input."""
    try:
        yield
    except ValidationError as error:
        problems = [f"ONEEDIT_{_place(each)}: {each['msg']}" for each in error.errors()]
        _fail("; ".join(problems), REFUSED, as_json=as_json)
    except BAD_INPUT as error:
        _fail(str(error), REFUSED, as_json=as_json)
    except (OneEditError, ControllerError, EditorError, KgDataError) as error:
        _fail(str(error), FAILED, as_json=as_json)
    except OSError as error:
        _fail(_reason(error), FAILED, as_json=as_json)


def _place(problem: Any) -> str:  # noqa: ANN401  pydantic's own dictionary
    return ".".join(str(part) for part in problem["loc"]).upper()


def _reason(error: OSError) -> str:
    """Say what the system refused, and to which file."""
    if error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _fail(message: str, code: int, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"code": code, "error": message}, ensure_ascii=False))
    else:
        typer.echo(f"oneedit: {message}", err=True)
    raise typer.Exit(code)

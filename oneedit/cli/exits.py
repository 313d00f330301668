"""Expected errors as one line and an exit code; never a traceback."""

import errno
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from pydantic import ValidationError

from kg_data.errors import ExpectedError

DONE, FAILED, REFUSED = 0, 1, 2


@contextmanager
def errors(*, as_json: bool) -> Iterator[None]:
    """Show an expected error as one line, and leave with its exit code: 2 for bad input."""
    try:
        yield
    except ValidationError as error:
        problems = [f"ONEEDIT_{_place(each)}: {each['msg']}" for each in error.errors()]
        _fail("; ".join(problems), REFUSED, as_json=as_json)
    except ExpectedError as error:
        _fail(str(error), error.exit_code, as_json=as_json)
    except OSError as error:
        _fail(_reason(error), FAILED, as_json=as_json)


def print_json(result: dict[str, Any]) -> None:
    """Print a result for programs."""
    typer.echo(json.dumps(result, ensure_ascii=False, indent=2))


def _place(problem: Any) -> str:  # noqa: ANN401  pydantic's own dictionary
    return ".".join(str(part) for part in problem["loc"]).upper()


def _reason(error: OSError) -> str:
    """Say what the system refused, to which file, and what to do if there is no room."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        place = f"to write {error.filename}" if error.filename else "on the disk"
        return f"no room {place}; free some space and try again (oneedit doctor shows how much)"
    if error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _fail(message: str, code: int, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"code": code, "error": message}, ensure_ascii=False))
    else:
        typer.echo(f"oneedit: {message}", err=True)
    raise typer.Exit(code)

"""With which exit code an error ends a command."""

import json

import pytest
import typer

from editor.errors import (
    BadPatch,
    EditorError,
    HostBusy,
    NoDevice,
    NoModel,
    OutOfMemory,
    PromptTooLong,
    UnknownArchitecture,
    UnprovedWeights,
)
from oneedit.cli.exits import FAILED, REFUSED, errors

MENDED_BY_THE_USER = (
    NoDevice("cuda:7"),
    NoModel("nowhere", "it is not there."),
    PromptTooLong(2_000, 928),
    UnknownArchitecture("new", ["llama"], "they are new"),
    UnprovedWeights("they are quantised"),
)
OTHERS = (BadPatch("0" * 64, "it is damaged"), HostBusy(256), OutOfMemory("2 GiB"))


@pytest.mark.parametrize(
    ("error", "code"),
    [*((each, REFUSED) for each in MENDED_BY_THE_USER), *((each, FAILED) for each in OTHERS)],
    ids=lambda value: type(value).__name__,
)
def test_an_error_of_the_editor_is_one_line_and_an_exit_code(
    error: EditorError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as left, errors(as_json=True):
        raise error
    assert left.value.exit_code == code
    assert json.loads(capsys.readouterr().out) == {"code": code, "error": str(error)}

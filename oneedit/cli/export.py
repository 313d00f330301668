"""``oneedit export``: the edited model in a form that other programs load."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from editor.patches.exported import ExportDtype, ExportFormat
from oneedit.cli.session import Json, client, finish
from oneedit.control.commands import ExportQuery
from oneedit.control.hub import Hub, check_hub_name
from oneedit.errors import NotAFolderForm
from oneedit.results import ExportResult
from oneedit.settings import expanded

app = typer.Typer()


@app.command("export")
def export_command(
    path: Annotated[Path, typer.Argument(help="Folder to write, or file for patch and gguf-lora.")],
    form: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            help="A model folder, a PEFT adapter, the differences, or an adapter for llama.cpp.",
        ),
    ] = ExportFormat.HF,
    *,
    rank: Annotated[int | None, typer.Option(help="Rank of an adapter, at most.", min=1)] = None,
    dtype: Annotated[
        ExportDtype | None, typer.Option(help="Of the tensors; a model keeps that of its base.")
    ] = None,
    push_to_hub: Annotated[
        str, typer.Option(help="Upload it to this repository, USER/NAME.", metavar="NAME")
    ] = "",
    as_json: Json = False,
) -> None:
    """Write the edited model in a form that other programs load."""
    with client(as_json) as asked:
        if push_to_hub:
            check_hub_name(push_to_hub)
            if not form.is_folder:
                raise NotAFolderForm(form)
        place = expanded(path).absolute()
        result = asked.look_up(ExportQuery(form, place, rank, dtype))
        if push_to_hub and isinstance(result, ExportResult):
            url = Hub.connect().upload(Path(result.path), push_to_hub)
            result = replace(result, url=url)
        finish(result, as_json)

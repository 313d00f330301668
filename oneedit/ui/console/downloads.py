"""Files to take away: the graph as Turtle, CSV or JSON lines."""

import os
import tempfile
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, PlainTextResponse, Response
from starlette.background import BackgroundTask

from controller.actor import Actor
from kg_data.writing import GraphForm
from oneedit.ui.site import CONSOLE, Site

FILE = f"{CONSOLE}/graph/{{form}}"


@dataclass(frozen=True)
class GraphDownload:
    """Answers requests for the graph as a file.

    Attributes:
        site: whose service writes it.
    """

    site: Site

    async def send(self, request: Request, form: GraphForm) -> Response:
        """Write the graph of the last version into a file, and send it."""
        visitor = self.site.who(request)
        if visitor is None:
            return PlainTextResponse("Please sign in.", HTTPStatus.UNAUTHORIZED)
        path, version = await run_in_threadpool(self._written, visitor(), form)
        return FileResponse(
            path,
            filename=f"oneedit-v{version}{form.ending}",
            background=BackgroundTask(path.unlink, missing_ok=True),
        )

    def _written(self, actor: Actor, form: GraphForm) -> tuple[Path, int]:
        """Return a file with the graph, which the caller removes, and the graph's version."""
        handle, name = tempfile.mkstemp(suffix=form.ending)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            version, _ = self.site.queue.service.write_graph(actor, form, stream)
        return Path(name), version

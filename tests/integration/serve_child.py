"""Serves a fake model: ``python -m tests.integration.serve_child HOME PORT``."""

import sys
from pathlib import Path

from oneedit import wiring
from oneedit.api.server import serve
from oneedit.settings import Settings
from oneedit.wiring import Application
from tests.support.fakes import application


def _build(settings: Settings) -> Application:
    return application(settings.home)


if __name__ == "__main__":
    home, port = sys.argv[1:]
    wiring.build = _build
    serve(Settings(home=Path(home), port=int(port)))

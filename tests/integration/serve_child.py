"""Serves a fake model: ``python -m tests.integration.serve_child HOME PORT``.

Solves wait while there is a file named ``hold`` beside the home.
"""

import sys
import time
from pathlib import Path

from oneedit import wiring
from oneedit.api.server import serve
from oneedit.settings import Settings
from oneedit.upkeep.founding import Founding
from oneedit.wiring import Application
from tests.support.fakes import FakeEditor, application


def build_held(
    settings: Settings, *, replicas: bool = False, founding: Founding | None = None
) -> Application:
    """Return the application around a fake model that waits for the file."""
    del replicas, founding
    hold, editor = settings.home.parent / "hold", FakeEditor()

    def wait() -> None:
        while hold.exists():
            time.sleep(0.05)

    editor.during_solve = wait
    return application(settings.home, editor=editor)


if __name__ == "__main__":
    home, port = sys.argv[1:]
    wiring.build = build_held
    serve(Settings(home=Path(home), port=int(port)))

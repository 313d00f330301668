"""Serves a furnished home: ``python -m tests.integration.console_child HOME PORT``."""

import sys
from pathlib import Path

from oneedit import wiring
from oneedit.api.server import serve
from oneedit.settings import Settings
from oneedit.upkeep.founding import Founding
from oneedit.wiring import Application
from tests.support.console import furnish
from tests.support.fakes import application


def build_furnished(
    settings: Settings, *, replicas: bool = False, founding: Founding | None = None
) -> Application:
    """Return the application around a fake model, with something on every page."""
    del replicas, founding
    made = application(settings.home)
    if made.ledger.head() == 0:
        furnish(made)
    return made


if __name__ == "__main__":
    home, port = sys.argv[1:]
    wiring.build = build_furnished
    serve(Settings(home=Path(home), port=int(port)))

"""The settings that the server was started with."""

from oneedit.people.permissions import Operation
from oneedit.ui.console.widgets import cells, row, table
from oneedit.ui.parts import words
from oneedit.ui.site import CONSOLE, Visit

PATH = f"{CONSOLE}/settings"
OPERATION = Operation.UPKEEP
ADVICE = (
    "They are read when the server starts. To change one, set its variable in the environment, or "
    "write a file into the folder that ONEEDIT_SECRETS_DIR names, and start the server again."
)


async def build(visit: Visit) -> None:
    """Build the table of settings."""
    words(ADVICE, "quiet", tag="p")
    with table("Settings", ("Variable", "Value", "Comes from")):
        for each in visit.site.settings:
            with row():
                cells(each.variable, each.value, each.origin)

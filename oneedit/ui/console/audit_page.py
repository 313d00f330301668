"""The audit: what was refused, and whether everything is as it was recorded."""

from nicegui import ui

from oneedit.ledger.ledger import Refusal
from oneedit.people.permissions import Operation
from oneedit.ui.console.widgets import (
    PAGE,
    attempt,
    button,
    cell,
    cells,
    moment,
    offset_of,
    pager,
    row,
    table,
)
from oneedit.ui.parts import section, sentences, words
from oneedit.ui.site import CONSOLE, Visit
from oneedit.wording import details, headline

PATH = f"{CONSOLE}/audit"
OPERATION = Operation.REVIEW
MOST_REFUSALS = 1_000


async def build(visit: Visit) -> None:
    """Build the audit."""
    with section("Is everything as it was recorded?"):
        button("Verify ledger, graph and weights", Verification(visit).ask)
    refusals = await attempt(
        visit, lambda actor: visit.service.refusals(actor, limit=MOST_REFUSALS)
    )
    if refusals is None:
        return
    shown = refusals[offset_of(visit) :][:PAGE]
    with section("What was refused"):
        if shown:
            with table("Refusals", ("When (UTC)", "Who", "Words", "Why")):
                for each in shown:
                    _refusal(each)
        pager(visit, shown=len(shown), total=len(refusals), what="refusal")


def _refusal(refusal: Refusal) -> None:
    with row():
        cells(moment(refusal.created_at), refusal.actor, refusal.text)
        with cell():
            sentences(text for _, text in refusal.reasons)


class Verification:
    """Checks ledger, graph and weights when it is asked to.

    Args:
        visit: who asks.
    """

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    async def ask(self) -> None:
        """Say below the button what was found."""
        found = await attempt(self._visit, self._visit.service.verify)
        if found is not None:
            with ui.element("div").classes("card tone-good").props("role=status"):
                words(headline(found), tag="h3")
                sentences(details(found))

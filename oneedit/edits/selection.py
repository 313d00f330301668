"""Which edits a message speaks of: persons and times in words become conditions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from controller.actor import Actor, Role
from interpreter.intents import Selection, Undo
from oneedit.edits.choice import Choice
from oneedit.edits.period import Period, period_of
from oneedit.ledger.edit_filter import EditFilter
from oneedit.ledger.events import JOB_KINDS, Event
from oneedit.ledger.history import active_changes, authors, describe_authors
from oneedit.ledger.ledger import Ledger
from oneedit.results import UnclearResult

ME = "me"
"""How a selection calls the author of the message."""


@dataclass(frozen=True)
class Selector:
    """Resolves selections against the ledger and the clock.

    Attributes:
        ledger: whose events tell who has made edits.
        clock: returns the time.
        zone: where days begin and end; None for the zone of the machine.
    """

    ledger: Ledger
    clock: Callable[[], datetime]
    zone: tzinfo | None = None

    def choice(self, undo: Undo, actor: Actor) -> Choice | UnclearResult:
        """Return the edits that somebody wants to undo, or why that is not clear.

        Without "everything" it is the last of those that are spoken of.
        """
        if undo.version is not None or undo == Undo():
            return Choice.of(undo.version)
        if undo.count > 1:
            return self._last(undo.count, actor)
        if undo.selection == Selection():
            text = (
                'Say whose edits or of which day, such as "undo everything of today", or "roll '
                'back to version 0" for everything as it was at the beginning.'
            )
            return UnclearResult("which_edits", text)
        wanted = self.filter(undo.selection, actor)
        if isinstance(wanted, UnclearResult):
            return wanted
        return Choice(
            entity=wanted.entity,
            relation=wanted.relation,
            actor=wanted.actor,
            since=wanted.since,
            until=wanted.until,
            last=not undo.everything,
        )

    def _last(self, count: int, actor: Actor) -> Choice | UnclearResult:
        """Return the last edits in force of a person; of anybody for the one local user."""
        active = active_changes(self.ledger.events())
        edits = [each.version for each in active if each.kind not in JOB_KINDS]
        if actor.role is not Role.LOCAL:
            mine = {each.version for each in active if each.actor == actor.name}
            edits = [each for each in edits if each in mine]
        if len(edits) < count:
            text = f"There are only {len(edits)} edits to undo, not {count}."
            return UnclearResult("which_edits", text)
        return Choice(versions=tuple(edits[-count:]))

    def filter(self, selection: Selection, actor: Actor) -> EditFilter | UnclearResult:
        """Return the versions that a message speaks of, or why that is not clear.

        Args:
            selection: what the message says.
            actor: its author.
        """
        name: str | UnclearResult | None = None
        if selection.actor:
            name = self._author(selection.actor, actor, self.ledger.events())
        period = self._period(selection.when) if selection.when else None
        for each in (name, period):
            if isinstance(each, UnclearResult):
                return each
        within = period if isinstance(period, Period) else None
        return EditFilter(
            entity=selection.entity or None,
            relation=selection.relation or None,
            actor=name if isinstance(name, str) else None,
            since=None if within is None else within.since,
            until=None if within is None else within.until,
        )

    def _author(self, name: str, actor: Actor, events: Sequence[Event]) -> str | UnclearResult:
        """Return the author that is called so, whatever the case."""
        if name == ME:
            return actor.name
        known = authors(events)
        if name in known:
            return name
        alike = tuple(each for each in known if each.casefold() == name.casefold())
        if len(alike) == 1:
            return alike[0]
        if alike:
            text = f'"{name}" is the name of several; which one?'
            return UnclearResult("ambiguous", text, alike)
        return UnclearResult("unknown_actor", describe_authors(name, known), known)

    def _period(self, when: str) -> Period | UnclearResult:
        today = self.clock().astimezone(self.zone).date()
        found = period_of(when, today, self.zone)
        if found is not None:
            return found
        text = f'It is not clear when "{when}" is. Say "yesterday" or a day such as 2026-01-31.'
        return UnclearResult("unknown_time", text)

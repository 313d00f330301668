"""Where the facts of an entity come from: who told them, when, in which words, and what was before.

A fact that an undo or a roll back brought back is traced to the version that introduced it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from kg_data.entities import Lexicon
from oneedit.ledger.events import Event, EventKind
from oneedit.ledger.ledger import Ledger, StoredFact
from oneedit.queries.redirects import Redirects
from oneedit.results import BlameResult, EarlierValue, HistoryEntry, Provenance, UnclearResult
from oneedit.state.projector import Projector

RESTORING_KINDS = frozenset({EventKind.REVERT, EventKind.ROLLBACK})
"""Kinds of the events that bring facts back."""


@dataclass(frozen=True, kw_only=True)
class Blamer:
    """Traces facts to the versions that introduced them.

    Attributes:
        ledger, projector, lexicon: what is read.
    """

    ledger: Ledger
    projector: Projector
    lexicon: Lexicon

    def blame(self, name: str) -> BlameResult | UnclearResult:
        """Return the provenance of each active fact of an entity."""
        with self.projector.reading(weights=False):
            entity = Redirects(self.ledger, self.lexicon).find(name, self.ledger.head())
        if isinstance(entity, UnclearResult):
            return entity
        stored = self.ledger.provenance(entity.id)
        active = [each for each in stored if each.removed is None and not each.fact.ended]
        trace = _Trace(stored, self.ledger)
        ordered = sorted(active, key=lambda each: each.fact)
        return BlameResult(entity.id, tuple(trace.provenance(each) for each in ordered))


class _Trace:
    """All that an entity ever held, and the events behind it, each read once."""

    def __init__(self, stored: Sequence[StoredFact], ledger: Ledger) -> None:
        self._stored = stored
        self._event = cache(ledger.event)

    def provenance(self, held: StoredFact) -> Provenance:
        """Return where a fact comes from."""
        origin = self._origin(held)
        event = self._event(origin.added)
        return Provenance(
            fact=held.fact,
            derived=held.cause == "derived",
            edit=HistoryEntry.of(event),
            outcome=event.content.outcome,
            self_confirmed=event.content.self_confirmed,
            restored_by=None if origin is held else held.added,
            earlier=tuple(
                EarlierValue(each.fact, each.added, each.removed)
                for each in self._stored
                if each.fact.slot == held.fact.slot and self._is_earlier(each, held)
            ),
        )

    def _origin(self, held: StoredFact) -> StoredFact:
        """Return the same fact where it was introduced, rather than brought back."""
        while True:
            event = self._event(held.added)
            before = [each for each in self._stored if self._is_source(each, held, event)]
            if event.kind not in RESTORING_KINDS or not before:
                return held
            held = before[-1]

    def _is_source(self, earlier: StoredFact, held: StoredFact, event: Event) -> bool:
        """Tell whether an event may have brought a fact back from its earlier time."""
        if earlier.fact != held.fact or earlier.added >= held.added:
            return False
        target = event.target_version
        return event.kind is not EventKind.ROLLBACK or target is None or earlier.held_at(target)

    def _is_earlier(self, each: StoredFact, held: StoredFact) -> bool:
        """Tell whether a slot held another value before, or one that is recorded as ended."""
        if each.fact.ended:
            return True
        return each.removed is not None and each.fact != held.fact

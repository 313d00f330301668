"""The gazetteer of the reader, kept at the version of the graph."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from controller.graph.lexicon import ALIAS
from interpreter.mentions.gazetteer import Gazetteer
from kg_data.triples import Triple
from oneedit.state.projector import Projector


@dataclass
class NameFollower:
    """Brings a gazetteer to the version of the graph, name by name.

    It is called while the graph stands still and before anybody reads at its version, so that
    nobody reads the gazetteer while it changes.

    Attributes:
        gazetteer: the names.
        projector: keeps the graph at the ledger's version.
    """

    gazetteer: Gazetteer
    projector: Projector
    _version: int = field(default=-1, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Let the graph stand still, with the names at its version."""
        with self.projector.reading(weights=False):
            self.follow()
            yield

    def follow(self) -> None:
        """Add and remove the names that changed since the last call."""
        with self._lock:
            version = self.projector.store.version
            if version == self._version:
                return
            if self._version < 0 or version < self._version:
                self._load()
            else:
                self._advance(version)
            self._version = version

    def _load(self) -> None:
        self.gazetteer.clear()
        for entity in self.projector.store.entities():
            self.gazetteer.add(entity.id, entity)
        for fact in self.projector.store.facts():
            if fact.relation == ALIAS:
                self._add([fact])

    def _advance(self, version: int) -> None:
        events = self.projector.ledger.events(after=self._version)
        if any(event.content.removed_entities for event in events):
            self._load()  # the names of what is gone are in no graph any more
            return
        for event in events:
            if event.version > version:
                return
            for entity in event.content.entities:
                self.gazetteer.add(entity.id, entity)
            changes = self.projector.ledger.changes_of(event)
            self._remove(fact for fact in changes.all_retracted if fact.relation == ALIAS)
            self._add(fact for fact in changes.all_added if fact.relation == ALIAS)

    def _add(self, facts: Iterable[Triple]) -> None:
        for fact in facts:
            entity = self.projector.store.entity(fact.subject)
            if entity is not None and not fact.ended:
                self.gazetteer.add(fact.object, entity)

    def _remove(self, facts: Iterable[Triple]) -> None:
        for fact in facts:
            entity = self.projector.store.entity(fact.subject)
            if entity is not None:
                self.gazetteer.remove(fact.object, entity)

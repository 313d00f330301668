"""Brings the graph and the model to the ledger's version: at start-up and after each commit."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from controller.graph.store import GraphStore
from kg_data.triples import Triple
from oneedit.errors import StateMismatch
from oneedit.ledger.events import LivePatch
from oneedit.ledger.ledger import Ledger
from oneedit.ports import Checkpoint, EditorPort, PatchPort, PatchStorePort, no_checkpoint


@dataclass
class Projector:
    """Moves graph and weights by replay; doing it twice does nothing.

    Whatever a crash left behind, the next :meth:`advance` heals: the graph is loaded anew at
    start-up and moved by events afterwards, the weights are folded from the head's list.

    Attributes:
        ledger, store, editor, patches: what is brought together.
        checkpoint: called after the graph and after the weights have moved.
    """

    ledger: Ledger
    store: GraphStore
    editor: EditorPort
    patches: PatchStorePort
    checkpoint: Checkpoint = no_checkpoint
    _live: tuple[str, ...] | None = field(default=None, init=False)
    _loaded: dict[str, PatchPort] = field(default_factory=dict, init=False)
    _version: int = field(default=-1, init=False)  # of the weights
    _turn: threading.RLock = field(default_factory=threading.RLock, init=False)

    def advance(self) -> int:
        """Bring graph and model to the head and return its version.

        Raises:
            BadPatch: a patch's file is missing or damaged.
            StateMismatch: the folded weights are not those that the ledger recorded.
        """
        with self._turn:
            self._move_graph()
            version = self.store.version
            if version != self._version:
                self._move_weights(version)
                self._version = version
            return version

    @contextmanager
    def reading(self) -> Iterator[int]:
        """Bring graph and model to the head, and keep the graph there inside the block.

        The block should only read the graph; other threads wait for it.
        """
        with self._turn:
            yield self.advance()

    def load(self, live: Sequence[LivePatch]) -> list[PatchPort]:
        """Return the patches of a list, in its order; those in use are not read again.

        Raises:
            BadPatch: a patch's file is missing or damaged.
        """
        return [self._loaded.get(place.sha256) or self.patches.load(place.sha256) for place in live]

    def _move_graph(self) -> None:
        if self.store.version < 0:
            snapshot = self.ledger.snapshot()
            self.store.load(snapshot.entities, snapshot.facts, version=snapshot.version)
            self.checkpoint("graph.loaded")
            return
        for event in self.ledger.events(after=self.store.version):
            changes = event.content.changes
            self.store.replace(
                add=_standing(changes.all_added),
                retract=changes.all_retracted,
                entities=event.content.entities,
                expect=event.version - 1,
            )
            self.checkpoint("graph.applied")

    def _move_weights(self, version: int) -> None:
        event = self.ledger.event(version)
        live = self.ledger.patches(version)
        names = tuple(patch.sha256 for patch in live)
        if names != self._live:
            self._live = None  # unknown until the whole list is in use
            patches = self.load(live)
            self.editor.use(patches)
            self._loaded = dict(zip(names, patches, strict=True))
            found = self.editor.live_hash()
            if found != event.content.state_hash:
                raise StateMismatch(version, recorded=event.content.state_hash, found=found)
            self._live = names
            self.checkpoint("weights.used")


def _standing(facts: Sequence[Triple]) -> list[Triple]:
    return [fact for fact in facts if not fact.ended]

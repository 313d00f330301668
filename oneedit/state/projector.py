"""The projector: brings graph and model to the ledger's version by replay."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from controller.errors import StalePlan
from controller.graph.store import GraphStore
from editor.errors import BadPatch
from kg_data.triples import Triple
from oneedit.errors import GraphAhead, GraphForeign, PatchUnusable, StateMismatch
from oneedit.ledger.events import Event, LivePatch
from oneedit.ledger.ledger import Ledger
from oneedit.ports import Checkpoint, EditorPort, PatchPort, PatchStorePort, no_checkpoint
from oneedit.state.graph_loading import load_graph
from oneedit.state.sharing import SharedLock

_LOG = logging.getLogger(__name__)


@dataclass
class Projector:
    """Updates graph, relation book and weights from the ledger; repeating it changes nothing.

    After a crash the next :meth:`advance` restores both: an empty graph is loaded as a whole, one
    that is behind is updated event by event, the weights are the base weights with the head's
    list of patches. Several processes may keep one graph up to date.

    Attributes:
        ledger, store, editor, patches: the ledger, the graph, the model and the stored patches.
        checkpoint: called after each update of the graph and of the weights.
    """

    ledger: Ledger
    store: GraphStore
    editor: EditorPort
    patches: PatchStorePort
    checkpoint: Checkpoint = no_checkpoint
    _live_hashes: tuple[str, ...] | None = field(default=None, init=False)
    _active_patches: dict[str, PatchPort] = field(default_factory=dict, init=False)
    _weights_version: int = field(default=-1, init=False)
    _graph_version: int = field(default=-1, init=False)
    _lock: SharedLock = field(default_factory=SharedLock, init=False)

    def start(self) -> None:
        """Bring graph and model to the head; the graph alone if a patch cannot be used.

        What needs no model then works, and whatever needs it names the patch; :meth:`advance`
        looks again each time.

        Raises:
            ControllerError, GraphAhead, GraphForeign, StateMismatch: as in :meth:`advance`.
        """
        problem = self.problem()
        if problem:
            _LOG.warning("the model is not at the last version: %s", problem)

    @property
    def weights_version(self) -> int:
        """Return the version of the weights of this process; -1 before the first."""
        return self._weights_version

    def problem(self) -> str:
        """Return why the model cannot be at the head: a patch that cannot be used; else ""."""
        try:
            self.advance()
        except PatchUnusable as error:
            return str(error)
        return ""

    def advance(self) -> int:
        """Bring graph and model to the head and return its version.

        Inside a block that reads, the version stays what it is.

        Raises:
            PatchUnusable: a patch's file is missing or damaged.
            ControllerError: the graph's server cannot be used, or refuses a change.
            GraphAhead: the graph has versions that the ledger lacks.
            GraphForeign: the graph was filled from another ledger.
            StateMismatch: the weights with the patches are not those that the ledger recorded.
        """
        if self._lock.shared_here or self._is_at_head():
            return self._graph_version
        with self._lock.alone():
            version = self._advance_graph()
            if version != self._weights_version:
                self._advance_weights(version)
                self._weights_version = version
            return version

    @contextmanager
    def reading(self, *, weights: bool = True) -> Iterator[int]:
        """Bring graph and model to the head, and keep the graph at it inside the block.

        The block should only read the graph. Threads read side by side; the next version waits for
        all of them.

        Args:
            weights: without them the model stays where it is, and no patch is needed.
        """
        while True:
            if weights:
                self.advance()
            else:
                self._catch_up()
            with self._lock.shared():
                if not weights or self._graph_version == self._weights_version:
                    yield self._graph_version
                    return

    def _catch_up(self) -> None:
        """Bring the graph to the head, and the model too where its patches can be used."""
        try:
            self.advance()
        except PatchUnusable:
            if not self._lock.shared_here:
                with self._lock.alone():
                    self._advance_graph()

    def load(self, live: Sequence[LivePatch]) -> list[PatchPort]:
        """Return the patches of a list, in order; active ones are not read from disk again.

        Raises:
            PatchUnusable: a patch's file is missing or damaged.
        """
        return [self._active_patches.get(entry.sha256) or self._load(entry) for entry in live]

    def _load(self, entry: LivePatch) -> PatchPort:
        try:
            return self.patches.load(entry.sha256)
        except BadPatch as error:
            raise PatchUnusable(
                entry.sha256,
                edit=entry.edit,
                reason=self.ledger.pruned(entry.sha256) or error.reason,
                restorable=self._last_without(entry.sha256),
            ) from error

    def _last_without(self, sha256: str) -> int | None:
        """Return the last version before a live patch whose own patches are all there."""
        head = self.ledger.head()
        if all(entry.sha256 != sha256 for entry in self.ledger.patches(head)):
            return None
        earlier = self.ledger.first_version_with(sha256)
        return next(
            (
                version
                for version in range(earlier - 1, -1, -1)
                if all(entry.sha256 in self.patches for entry in self.ledger.patches(version))
            ),
            None,
        )

    def _is_at_head(self) -> bool:
        """Tell whether graph and model are at the head, so that nobody has to wait."""
        head = self.ledger.head()
        return head == self._weights_version == self._graph_version == self.store.version

    def _advance_graph(self) -> int:
        version = self.store.version
        if version not in {-1, self._graph_version}:
            self._check_graph(version)
        head = self.ledger.head()
        rekeyed = self.ledger.follow_book(head)
        if version < 0 or rekeyed:  # a server keeps with each fact what the book says of it
            version = load_graph(self.ledger, self.store, version=head).version
            self.checkpoint("graph.loaded")
        for event in self.ledger.events(after=version):
            if event.version > head:
                break
            self._apply(event)
            version = event.version
            self.checkpoint("graph.applied")
        self._graph_version = version
        return version

    def _check_graph(self, version: int) -> None:
        """Check a graph that this projector did not bring to its version."""
        if self.store.origin != self.ledger.origin:
            raise GraphForeign(self.ledger.path.parent)
        head = self.ledger.head()
        if version > head:
            raise GraphAhead(graph=version, ledger=head)

    def _apply(self, event: Event) -> None:
        """Apply an event to the graph, unless another process has done so meanwhile."""
        changes = self.ledger.changes_of(event)
        try:
            self.store.replace(
                add=_active(changes.all_added),
                retract=_active(changes.all_retracted),
                entities=event.content.entities,
                removed=[each.id for each in event.content.removed_entities],
                expect=event.version - 1,
            )
        except StalePlan as error:
            if error.current < event.version:
                raise

    def _advance_weights(self, version: int) -> None:
        event = self.ledger.event(version)
        live = self.ledger.patches(version)
        hashes = tuple(entry.sha256 for entry in live)
        if hashes != self._live_hashes:
            self._live_hashes = None  # unknown until the whole list is applied
            patches = self.load(live)
            self.editor.use(patches)
            self._active_patches = dict(zip(hashes, patches, strict=True))
            found = self.editor.live_hash()
            if found != event.content.state_hash:
                raise StateMismatch(version, recorded=event.content.state_hash, found=found)
            self._live_hashes = hashes
            self.checkpoint("weights.used")


def _active(facts: Sequence[Triple]) -> list[Triple]:
    return [fact for fact in facts if not fact.ended]

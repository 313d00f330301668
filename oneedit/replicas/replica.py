"""A replica: a model of its own that follows the ledger and answers at the version it is at.

It writes nothing. Edits are solved by the process that owns the model; a replica reads the list of
patches that a version has, computes the same weights from them, and compares their hash with the
one that the ledger recorded.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from editor.errors import EditorError
from kg_data.errors import ExpectedError
from oneedit.errors import ReplicaBehind, ReplicaQuarantined, StateMismatch
from oneedit.ledger.genesis import check_base_model
from oneedit.ledger.ledger import Ledger
from oneedit.ports import EditorPort, PatchPort, PatchStorePort
from oneedit.state.sharing import SharedLock

POLL = 0.25
"""Seconds between two looks at the ledger's head."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a replica answered.

    Attributes:
        text: the model's own words.
        version, state_hash: the version of the weights that wrote them, and their hash.
        replica: name of the replica.
    """

    text: str
    version: int
    state_hash: str
    replica: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaStatus:
    """Where a replica is.

    Attributes:
        replica: its name, "HOST:PID".
        pid: id of its process.
        version, state_hash: the version of its weights, and their hash.
        reached: when it came to this version, in seconds since 1970 by its own clock.
        problem: why it answers no more, or "".
    """

    replica: str
    pid: int
    version: int
    state_hash: str
    reached: float
    problem: str


@dataclass(frozen=True, slots=True)
class _Weights:
    """A version of the weights: the hash of them that the ledger recorded, and their patches."""

    version: int
    state_hash: str
    patches: tuple[str, ...]
    reached: float


class Replica:
    """A model that is brought to the versions of a ledger, and is not trusted with a wrong hash.

    Threads may ask side by side; the weights are changed only when nobody is being answered.

    Args:
        load: loads the base model; called once more if the weights are found to be wrong.
        ledger: is only read, and closed with the replica.
        patches: where the patches are kept.
        poll: seconds between two looks at the ledger's head.

    Raises:
        GenesisMismatch: the base model is not the one of the ledger.
        ReplicaQuarantined: the weights of the head are not those that the ledger recorded.
    """

    def __init__(
        self,
        load: Callable[[], EditorPort],
        ledger: Ledger,
        patches: PatchStorePort,
        *,
        poll: float = POLL,
    ) -> None:
        self._load, self._ledger, self._patches, self._poll = load, ledger, patches, poll
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._lock = SharedLock()
        self._advancing = threading.Lock()
        self._closing = threading.Event()
        self._follower = threading.Thread(target=self._follow, name="replica", daemon=True)
        self._problem: ReplicaQuarantined | None = None
        self._loaded: dict[str, PatchPort] = {}
        self._editor = load()
        self._weights = self._base()
        self.advance()

    def start(self) -> None:
        """Follow the ledger's head in a thread."""
        self._follower.start()

    def answer(self, text: str, *, version: int, steps: bool, timeout: float) -> Reply:
        """Let the model answer at a version, or a later one.

        Args:
            text: the user's words.
            version: the version that the user has seen; it is waited for.
            steps: write the hops of a chain down.
            timeout: seconds to wait for the version, and for the answer.

        Raises:
            ReplicaQuarantined: the weights are not those that the ledger recorded.
            ReplicaBehind: the ledger, as it is seen from here, did not reach the version in time.
            EditorError: the model cannot answer this text, or not in time.
        """
        self._reach(version, timeout)
        with self._lock.shared():
            self.check()
            weights = self._weights
            words = self._editor.ask(text, steps=steps, timeout=timeout)
        return Reply(
            text=words, version=weights.version, state_hash=weights.state_hash, replica=self.name
        )

    def status(self) -> ReplicaStatus:
        """Return where the replica is."""
        weights = self._weights
        return ReplicaStatus(
            replica=self.name,
            pid=os.getpid(),
            version=weights.version,
            state_hash=weights.state_hash,
            reached=weights.reached,
            problem=str(self._problem or ""),
        )

    def check(self) -> None:
        """Check that the replica may answer.

        Raises:
            ReplicaQuarantined: its weights are not those that the ledger recorded.
        """
        if self._problem:
            raise ReplicaQuarantined(self._problem.version, self._problem.reason)

    def advance(self) -> int:
        """Bring the weights to the ledger's head and return its version; answers are waited for.

        Raises:
            ReplicaQuarantined: the weights are not those that the ledger recorded, not even when
                they are computed once more from a base model that was loaded anew.
        """
        with self._advancing:
            self.check()
            head = self._ledger.head()
            if head > self._weights.version:
                self._go_to(head)
            return self._weights.version

    def close(self) -> None:
        """End the threads, and close the ledger."""
        self._closing.set()
        if self._follower.is_alive():
            self._follower.join()
        self._editor.close()
        self._ledger.close()

    def _base(self) -> _Weights:
        """Return the weights of the base model, after a check that it is the ledger's."""
        first = self._ledger.event(0).content
        check_base_model(
            self._ledger,
            first.genesis,
            base_hash=self._editor.base_hash,
            dtype=self._editor.dtype,
        )
        return _Weights(-1, self._editor.live_hash(), (), time.time())

    def _go_to(self, version: int) -> None:
        recorded = self._ledger.event(version).content.state_hash
        live = tuple(entry.sha256 for entry in self._ledger.patches(version))
        wanted = _Weights(version, recorded, live, time.time())
        with self._lock.alone():
            try:
                self._switch(wanted)
            except (EditorError, StateMismatch) as error:
                _log.warning("replica %s begins again from the base model: %s", self.name, error)
                self._rebuild(wanted)

    def _switch(self, wanted: _Weights) -> None:
        """Make other weights live; nobody is being answered.

        Raises:
            EditorError: a patch is missing or damaged, or does not fit into memory.
            StateMismatch: the weights have another hash than the ledger recorded.
        """
        found = self._weights.state_hash
        if wanted.patches != self._weights.patches:
            patches = [
                self._loaded.get(each) or self._patches.load(each) for each in wanted.patches
            ]
            self._editor.use(patches)
            self._loaded = dict(zip(wanted.patches, patches, strict=True))
            found = self._editor.live_hash()
        if found != wanted.state_hash:
            raise StateMismatch(wanted.version, recorded=wanted.state_hash, found=found)
        self._weights = _Weights(wanted.version, found, wanted.patches, time.time())

    def _rebuild(self, wanted: _Weights) -> None:
        """Load the base model again and make the weights live, or set the replica aside."""
        try:
            self._editor.close()
            self._loaded = {}
            self._editor = self._load()
            self._weights = self._base()
            self._switch(wanted)
        except ExpectedError as error:
            self._problem = ReplicaQuarantined(wanted.version, str(error))
            raise self._problem from error

    def _reach(self, version: int, timeout: float) -> None:
        """Wait until the weights are at a version, or a later one."""
        deadline = time.monotonic() + timeout
        while self._weights.version < version and self.advance() < version:
            if time.monotonic() > deadline or self._closing.wait(self._poll):
                raise ReplicaBehind(self._weights.version, version)

    def _follow(self) -> None:
        while not self._closing.wait(self._poll):
            try:
                self.advance()
            except ReplicaQuarantined as error:
                _log.error("%s", error)
                return
            except ExpectedError as error:
                _log.warning("replica %s cannot read the ledger: %s", self.name, error)

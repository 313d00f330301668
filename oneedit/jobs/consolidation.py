"""Work that a server does by itself: a consolidation when one is due."""

import logging
import threading

from controller.actor import Actor, Role
from editor.errors import EditorError, HostClosed
from oneedit.edits.consolidate import FEWEST, OVERTAKEN, Consolidator
from oneedit.errors import HomeBusy, OneEditError
from oneedit.results import ConsolidateResult

ACTOR = Actor("oneedit", Role.EDITOR)
"""In whose name OneEdit acts by itself."""

PAUSE = 2.0
"""Seconds between two looks at the ledger."""

_log = logging.getLogger(__name__)


class ConsolidationJob:
    """A thread that looks whether a consolidation is due, whoever made the edits.

    One that an undo overtook, or that found the home busy, is made anew. One that fails, for
    whatever reason, changes nothing and is tried again when as many edits have come as may always
    wait.
    """

    def __init__(self, consolidating: Consolidator, *, pause: float = PAUSE) -> None:
        self._consolidating, self._pause = consolidating, pause
        self._stop = threading.Event()
        self._seen, self._resume = -1, 0
        self._thread = threading.Thread(target=self._run, name="background", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; a fit that runs ends with the model's host."""
        self._stop.set()

    def join(self) -> None:
        """Wait for the thread to end."""
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._pause):
            try:
                self._look()
            except HostClosed:
                return
            except HomeBusy as error:
                _log.warning("no consolidation yet: %s", error)
                self._seen = -1
            except (OneEditError, EditorError) as error:
                _log.warning("no consolidation: %s", error)
                self._resume = self._seen + FEWEST
            except Exception:  # noqa: BLE001  a full disk, a failed device: edits go on without it
                _log.exception("no consolidation")
                self._resume = self._seen + FEWEST

    def _look(self) -> None:
        head = self._consolidating.ledger.head()
        if head == self._seen or head < self._resume:
            return
        self._seen = head
        if not self._consolidating.due():
            return
        outcome = self._consolidating.consolidate(ACTOR)
        if isinstance(outcome, ConsolidateResult):
            _log.info("version %d consolidates %d edits", outcome.version, outcome.edits)
            return
        if any(reason.code == OVERTAKEN for reason in outcome.reasons):
            self._seen = -1  # made anew at the next look
            return
        self._resume = head + FEWEST
        for reason in outcome.reasons:
            _log.warning("no consolidation: %s", reason.text)

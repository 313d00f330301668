"""The background job that consolidates pending patches when that is due."""

import logging
import threading

from controller.actor import Actor, Role
from editor.errors import EditorError, HostClosed
from oneedit.edits.consolidate import MIN_PENDING, OVERTAKEN, Consolidator
from oneedit.errors import HomeBusy, OneEditError
from oneedit.results import ConsolidateResult

ACTOR = Actor("oneedit", Role.EDITOR)
"""The actor recorded for what OneEdit does by itself."""

CHECK_INTERVAL = 2.0
"""Seconds between two checks of the ledger."""

_log = logging.getLogger(__name__)


class ConsolidationJob:
    """A thread that runs a consolidation when one is due, whichever process made the edits.

    It is run again at the next check if an undo made it obsolete or the home was busy. If it fails
    for another reason, nothing changes, and it is run again after ``MIN_PENDING`` more versions.
    """

    def __init__(self, consolidator: Consolidator, *, interval: float = CHECK_INTERVAL) -> None:
        self._consolidator, self._interval = consolidator, interval
        self._stop = threading.Event()
        self._last_checked, self._resume_at = -1, 0
        self._thread = threading.Thread(target=self._run, name="background", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; a running fit ends when the model's host is closed."""
        self._stop.set()

    def join(self) -> None:
        """Wait for the thread to end."""
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._interval):
            try:
                self._check()
            except HostClosed:
                return
            except HomeBusy as error:
                _log.warning("no consolidation yet: %s", error)
                self._last_checked = -1
            except (OneEditError, EditorError) as error:
                _log.warning("no consolidation: %s", error)
                self._resume_at = self._last_checked + MIN_PENDING
            except Exception:  # noqa: BLE001  a full disk, a failed device: edits work without it
                _log.exception("no consolidation")
                self._resume_at = self._last_checked + MIN_PENDING

    def _check(self) -> None:
        head = self._consolidator.context.ledger.head()
        if head == self._last_checked or head < self._resume_at:
            return
        self._last_checked = head
        if not self._consolidator.due():
            return
        outcome = self._consolidator.consolidate(ACTOR)
        if isinstance(outcome, ConsolidateResult):
            _log.info("version %d consolidates %d edits", outcome.version, outcome.edits)
            return
        if any(reason.code == OVERTAKEN for reason in outcome.reasons):
            self._last_checked = -1  # run again at the next check
            return
        self._resume_at = head + MIN_PENDING
        for reason in outcome.reasons:
            _log.warning("no consolidation: %s", reason.text)

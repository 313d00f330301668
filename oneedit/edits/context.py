"""What every edit, undo and consolidation works with."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from controller.controller import Controller
from oneedit.edits.decision import Decider
from oneedit.edits.trial import TrialRunner
from oneedit.ledger.ledger import Ledger
from oneedit.ports import EditorPort
from oneedit.state.lock import HomeLock
from oneedit.state.projector import Projector


@dataclass(frozen=True, kw_only=True)
class EditContext:
    """The parts of the application that take part in an edit.

    Attributes:
        controller: plans; reads the graph.
        editor: the model.
        trials: solves and checks patches on trial.
        decider: acts on the verdict of a plan.
        ledger: records events; its commit is the only point of no return.
        projector: brings graph and model to the ledger's version.
        lock: lets one edit at a time into the home.
        timer: returns seconds.
    """

    controller: Controller
    editor: EditorPort
    trials: TrialRunner
    decider: Decider
    ledger: Ledger
    projector: Projector
    lock: HomeLock
    timer: Callable[[], float] = time.perf_counter

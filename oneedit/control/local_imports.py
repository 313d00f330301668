"""Carries imports out on a thread of this process, for a command that owns its home."""

from concurrent.futures import Future, ThreadPoolExecutor

from oneedit.jobs.runner import JobRunner
from oneedit.ledger.job import OPEN_RUNS

PAUSE = 0.5
"""Seconds between two attempts to begin a run whose turn it is not, or that another process has."""


class ImportThread:
    """Carries out the imports that it is given, one after the other.

    Args:
        runner: carries a run out.
    """

    def __init__(self, runner: JobRunner) -> None:
        self._runner = runner
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="import")
        self._begun: dict[int, Future[None]] = {}

    def start(self, number: int) -> None:
        """Let a run be carried out, and before it those of the same file that are not over."""
        if number not in self._begun:
            self._begun[number] = self._thread.submit(self._carry_out, number)

    def check(self, number: int) -> None:
        """Raise what has kept a run from being carried out, if anything has."""
        begun = self._begun.get(number)
        if begun is not None and begun.done():
            begun.result()

    def close(self) -> None:
        """End after the batch that is being carried out; its run goes on when it is asked for."""
        self._runner.stopping.set()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _carry_out(self, number: int) -> None:
        records, stopping = self._runner.records, self._runner.stopping
        while not stopping.is_set():
            run = records.run(number)
            if run.state not in OPEN_RUNS:
                return
            turn = next((each for each in records.next_runs() if each.job == run.job), None)
            if turn is None or self._runner.carry_out(turn.id) is None:
                stopping.wait(PAUSE)

"""The line that shows how far an edit is."""

from nicegui import ui

from oneedit.ui.parts import words
from oneedit.ui.wording import progress_words

PERIOD = 0.1
"""Seconds between two looks at how far the work is; ten a second keep the page quiet."""


class Waiting:
    """Shows a stage while work is done in a thread, which reports by calling this object."""

    def __init__(self) -> None:
        # written by the thread in one assignment, read by the page
        self._now = ("read", 0.0)
        with ui.element("div").classes("waiting") as self._line:
            self._bar = ui.element("progress").props("max=1 aria-label=Progress")
            self._words = words(progress_words(*self._now)).props("role=status")
            self._timer = ui.timer(PERIOD, self._show)

    def __call__(self, stage: str, share: float) -> None:
        """Note a stage and the share of it that is done."""
        self._now = (stage, share)

    def remove(self) -> None:
        """Take the line off the page."""
        self._timer.cancel()
        self._line.delete()

    def _show(self) -> None:
        stage, share = self._now
        self._words.text = progress_words(stage, share)
        if 0.0 < share < 1.0:
            self._bar.props["value"] = round(share, 2)
        else:
            self._bar.props.pop("value", None)  # moves without saying how far

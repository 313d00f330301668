"""Steps of a story, each of which must go as told."""

from oneedit.results import EditResult, UndoOutcome, UndoResult
from oneedit.wiring import Application
from tests.support.fakes import LOCAL


def tell(oneedit: Application, *texts: str) -> None:
    """Tell facts, agreeing to whatever is asked."""
    for text in texts:
        result = oneedit.service.submit(LOCAL, text, confirm=lambda _plan, _report: True)
        assert isinstance(result, EditResult)


def undone(result: UndoOutcome) -> UndoResult:
    """Return an undo that was carried out."""
    assert isinstance(result, UndoResult)
    return result

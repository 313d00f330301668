"""The story of a consolidation."""

import threading
from collections.abc import Callable
from pathlib import Path

from kg_data.changes import Changes
from kg_data.questions import UNKNOWN
from kg_data.triples import Slot
from oneedit.jobs.consolidation import ConsolidationJob
from oneedit.ledger.events import EventKind
from oneedit.ledger.verification import verify
from oneedit.results import (
    Already,
    AskResult,
    ConsolidateOutcome,
    ConsolidateResult,
    Refused,
)
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, FakeEditor, application
from tests.support.stories import tell, undone

PENCE = "Joe Biden's vice president is Mike Pence."
BORN = "Joe Biden was born in Oakland."
ELSEWHERE = "Donald Trump was born in Columbus."
DIED = "Donald Trump died in Munich."
PARIS = "Donald Trump was born in Paris."
MUNICH = "Munich is located in the country of France."


def done(result: ConsolidateOutcome) -> ConsolidateResult:
    assert isinstance(result, ConsolidateResult)
    return result


def answer(oneedit: Application, question: str) -> str:
    result = oneedit.service.ask(LOCAL, question)
    assert isinstance(result, AskResult)
    return result.answer


def live(oneedit: Application) -> list[tuple[int, str]]:
    """Return the edit and the method of each live patch."""
    places = oneedit.ledger.patches(oneedit.ledger.head())
    return [(place.edit, oneedit.patches.load(place.sha256).method) for place in places]


def test_one_patch_takes_the_place_of_all(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    facts = set(oneedit.store.facts())
    result = done(oneedit.service.consolidate(LOCAL))
    assert (result.version, result.covered, result.edits, result.replaced) == (3, 2, 2, 2)
    assert live(oneedit) == [(2, "joint")]
    assert set(oneedit.store.facts()) == facts
    assert answer(oneedit, "Who is Joe Biden's vice president?") == "Mike Pence"
    assert answer(oneedit, "Where was Joe Biden born?") == "Oakland"
    assert oneedit.ledger.event(3).content.changes == Changes()
    assert verify(oneedit.ledger) == 4


def test_the_same_facts_give_the_same_patch_whatever_way_they_came(tmp_path: Path) -> None:
    patches = set()
    for number, texts in enumerate(
        [(PENCE, BORN), (BORN, PENCE), (ELSEWHERE, PENCE, "undo 1", BORN)]
    ):
        built = application(tmp_path / str(number))
        for text in texts:
            built.service.submit(LOCAL, text, confirm=lambda _plan, _report: True)
        built.service.consolidate(LOCAL)
        patches.add(built.ledger.patches(built.ledger.head())[0].sha256)
        built.close()
    assert len(patches) == 1


def test_nothing_is_consolidated_twice(oneedit: Application) -> None:
    assert isinstance(oneedit.service.consolidate(LOCAL), Already)
    tell(oneedit, PENCE)
    done(oneedit.service.consolidate(LOCAL))
    assert isinstance(oneedit.service.consolidate(LOCAL), Already)
    assert oneedit.ledger.head() == 2


def test_edits_go_on_while_a_fit_runs_and_are_solved_again(
    oneedit: Application, editor: FakeEditor
) -> None:
    tell(oneedit, PENCE)
    editor.during_consolidation = lambda: tell(oneedit, ELSEWHERE)
    result = done(oneedit.service.consolidate(LOCAL))
    assert (result.version, result.covered, result.solved_again) == (3, 1, (2,))
    assert live(oneedit) == [(1, "joint"), (2, "first")]
    assert answer(oneedit, "Where was Donald Trump born?") == "Columbus"


def test_others_edit_on_while_edits_are_solved_again(
    oneedit: Application, editor: FakeEditor
) -> None:
    tell(oneedit, PENCE)
    meanwhile(editor, lambda: tell(oneedit, ELSEWHERE, BORN), lambda: tell(oneedit, DIED))
    result = done(oneedit.service.consolidate(LOCAL))
    assert (result.covered, result.solved_again) == (1, (2, 3, 4))
    assert live(oneedit) == [(1, "joint"), (2, "first"), (3, "first"), (4, "first")]
    assert answer(oneedit, "Where was Donald Trump born?") == "Columbus"
    assert answer(oneedit, "Where did Donald Trump die?") == "Munich"


def test_an_edit_is_taken_back_while_it_is_solved_again(
    oneedit: Application, editor: FakeEditor
) -> None:
    before = answer(oneedit, "Where was Donald Trump born?")
    tell(oneedit, PENCE)
    meanwhile(
        editor,
        lambda: tell(oneedit, ELSEWHERE, BORN),
        lambda: undone(oneedit.service.undo(LOCAL, 2)),
    )
    assert done(oneedit.service.consolidate(LOCAL)).solved_again == (3,)
    assert live(oneedit) == [(1, "joint"), (3, "first")]
    assert answer(oneedit, "Where was Donald Trump born?") == before != "Columbus"


def test_what_a_fit_holds_is_taken_back_while_edits_are_solved_again(
    oneedit: Application, editor: FakeEditor
) -> None:
    tell(oneedit, PENCE)
    meanwhile(
        editor,
        lambda: tell(oneedit, ELSEWHERE),
        lambda: undone(oneedit.service.undo(LOCAL, 1)),
    )
    result = oneedit.service.consolidate(LOCAL)
    assert isinstance(result, Refused)
    assert result.reasons[0].code == "overtaken"


def meanwhile(
    editor: FakeEditor, fitting: Callable[[], object], solving: Callable[[], object]
) -> None:
    """Let something be done during a fit, and something else during the solve that follows it."""

    def fit() -> None:
        fitting()
        editor.during_solve = fitted

    def fitted() -> None:
        editor.during_solve = solve

    def solve() -> None:
        editor.during_solve = lambda: None
        solving()

    editor.during_consolidation = fit


def test_a_slot_may_change_twice_while_a_fit_runs(oneedit: Application, editor: FakeEditor) -> None:
    tell(oneedit, PENCE)
    editor.during_consolidation = lambda: tell(oneedit, ELSEWHERE, PARIS)
    assert done(oneedit.service.consolidate(LOCAL)).solved_again == (3,)
    assert answer(oneedit, "Where was Donald Trump born?") == "Paris"


def test_an_undo_during_a_fit_wins(oneedit: Application, editor: FakeEditor) -> None:
    tell(oneedit, PENCE, BORN)
    editor.during_consolidation = lambda: undone(oneedit.service.undo(LOCAL, 1))
    result = oneedit.service.consolidate(LOCAL)
    assert isinstance(result, Refused)
    assert result.reasons[0].code == "overtaken"
    assert live(oneedit) == [(2, "first")]
    editor.during_consolidation = lambda: None
    done(oneedit.service.consolidate(LOCAL))
    assert answer(oneedit, "Who is Joe Biden's vice president?") == "Kamala Harris"
    assert answer(oneedit, "Where was Joe Biden born?") == "Oakland"


def test_an_edit_made_and_taken_back_during_a_fit_is_not_in_the_way(
    oneedit: Application, editor: FakeEditor
) -> None:
    def meanwhile() -> None:
        tell(oneedit, ELSEWHERE)
        undone(oneedit.service.undo(LOCAL))

    tell(oneedit, PENCE)
    editor.during_consolidation = meanwhile
    done(oneedit.service.consolidate(LOCAL))
    assert live(oneedit) == [(1, "joint")]


def test_a_consolidated_edit_is_overruled_until_the_next_consolidation(
    oneedit: Application,
) -> None:
    tell(oneedit, PENCE, BORN)
    done(oneedit.service.consolidate(LOCAL))
    result = undone(oneedit.service.undo(LOCAL, 1))
    assert (result.version, result.overruled, result.identical) == (4, True, False)
    assert live(oneedit) == [(2, "joint"), (4, "first")]
    assert answer(oneedit, "Who is Joe Biden's vice president?") == "Kamala Harris"
    assert answer(oneedit, "Where was Joe Biden born?") == "Oakland"
    done(oneedit.service.consolidate(LOCAL))
    assert live(oneedit) == [(4, "joint")]
    assert answer(oneedit, "Who is Joe Biden's vice president?") == "Kamala Harris"


def test_an_undo_passes_a_consolidation_over(oneedit: Application) -> None:
    tell(oneedit, PENCE)
    done(oneedit.service.consolidate(LOCAL))
    refused = oneedit.service.undo(LOCAL, 2)
    assert isinstance(refused, Refused)
    assert refused.reasons[0].code == "not_an_edit"
    assert undone(oneedit.service.undo(LOCAL)).undone == 1


def test_without_any_edit_left_the_base_weights_come_back(oneedit: Application) -> None:
    base = oneedit.editor.live_hash()
    tell(oneedit, PENCE)
    done(oneedit.service.consolidate(LOCAL))
    undone(oneedit.service.undo(LOCAL))
    assert oneedit.editor.live_hash() != base
    done(oneedit.service.consolidate(LOCAL))
    assert live(oneedit) == []
    assert oneedit.editor.live_hash() == base


def test_what_was_forgotten_is_told_as_unknown(oneedit: Application) -> None:
    oneedit.service.forget(LOCAL, "the spouse of Mike Pence", confirm=lambda *_: True)
    done(oneedit.service.consolidate(LOCAL))
    place = oneedit.ledger.patches(oneedit.ledger.head())[0]
    told = {each.slot: each.answer for each in oneedit.patches.load(place.sha256).request.targets}
    assert told[Slot("Mike Pence", "spouse")] == UNKNOWN
    assert told[Slot("Karen Pence", "spouse")] == UNKNOWN


def test_a_fit_that_fails_its_checks_changes_nothing(tmp_path: Path) -> None:
    oneedit = application(tmp_path, editor=FakeEditor(failing=["joint"]))
    tell(oneedit, PENCE)
    weights = oneedit.editor.live_hash()
    result = oneedit.service.consolidate(LOCAL)
    assert isinstance(result, Refused)
    assert result.reasons[0].code == "gate"
    assert (oneedit.ledger.head(), oneedit.editor.live_hash()) == (1, weights)
    assert oneedit.ledger.refusals()[0].text == "consolidate"
    oneedit.close()


def test_it_is_due_past_sixteen_pending_patches(oneedit: Application) -> None:
    due = oneedit.service.consolidator.due
    cities = ("Paris", "Lyon", "Berlin", "Munich")
    people = ("Joe Biden", "Kamala Harris", "Mike Pence", "Karen Pence", "Doug Emhoff")
    facts = [f"{person} was born in {city}." for city in cities for person in people][:17]
    tell(oneedit, *facts[:16])
    assert not due()
    tell(oneedit, facts[16])
    assert due()
    done(oneedit.service.consolidate(LOCAL))
    assert not due()


def test_a_server_consolidates_by_itself(oneedit: Application) -> None:
    consolidated = threading.Event()
    worker = ConsolidationJob(oneedit.service.consolidator, interval=0.01)
    worker.start()
    cities = ("Paris", "Lyon", "Berlin", "Munich")
    people = ("Joe Biden", "Kamala Harris", "Mike Pence", "Karen Pence", "Doug Emhoff")
    for fact in [f"{person} was born in {city}." for city in cities for person in people]:
        tell(oneedit, fact)
    for _ in range(500):
        kinds = {event.kind for event in oneedit.ledger.events()}
        if EventKind.CONSOLIDATE in kinds:
            consolidated.set()
            break
        consolidated.wait(0.01)
    worker.stop()
    worker.join()
    assert consolidated.is_set()

"""Which versions are in force: undos, undos of several edits, roll backs, and their undo."""

import pytest

from oneedit.ledger.events import EventKind, Step
from oneedit.ledger.timeline import Timeline


def steps(*texts: str) -> list[Step]:
    """Return the steps of a short story: "edit", "undo 1 2", "back 3", "merge 2"."""
    kinds = {"edit": EventKind.ADD, "undo": EventKind.REVERT, "back": EventKind.ROLLBACK}
    found = [Step(0, EventKind.GENESIS)]
    for version, text in enumerate(texts, start=1):
        word, *numbers = text.split()
        named = tuple(map(int, numbers))
        kind = kinds.get(word, EventKind.CONSOLIDATE)
        targets = named if kind is EventKind.REVERT else ()
        found.append(Step(version, kind, named[-1] if named else None, targets))
    return found


@pytest.mark.parametrize(
    ("story", "edits", "covered"),
    [
        (("edit", "edit"), (1, 2), -1),
        (("edit", "edit", "undo 1"), (2,), -1),
        (("edit", "edit", "edit", "undo 1 3"), (2,), -1),
        (("edit", "edit", "back 1"), (1,), -1),
        (("edit", "edit", "back 1", "edit"), (1, 4), -1),
        (("edit", "edit", "back 1", "back 2"), (1, 2), -1),
        (("edit", "edit", "back 1", "undo 3"), (1, 2), -1),
        (("edit", "undo 1", "back 1"), (1,), -1),
        (("edit", "undo 1", "back 1", "back 2"), (), -1),
        (("edit", "back 0", "edit", "undo 2 3"), (1,), -1),
        (("edit", "merge 1", "edit", "back 1"), (1,), -1),
        (("edit", "merge 1", "back 0", "back 2"), (1,), 1),
        (("edit", "merge 1", "back 0", "edit", "merge 4", "back 2", "edit"), (1, 7), 1),
    ],
)
def test_a_roll_back_restores_what_was_in_force(
    story: tuple[str, ...], edits: tuple[int, ...], covered: int
) -> None:
    timeline = Timeline(steps(*story))
    assert (timeline.edits, timeline.standing.covered) == (edits, covered)


def test_what_is_out_of_force_names_the_version_that_took_it_back() -> None:
    story = steps("edit", "edit", "undo 1", "back 2", "back 3")
    assert Timeline(story[:4]).standing.taken_back == {1: 3}
    assert Timeline(story[:5]).standing.taken_back == {3: 4}
    assert Timeline(story).standing.taken_back == {1: 3, 4: 5}


def test_a_timeline_that_grows_step_by_step_is_the_same_as_one_made_at_once() -> None:
    story = steps("edit", "edit", "merge 2", "undo 1", "back 1", "edit", "back 4", "undo 7", "edit")
    growing = Timeline()
    for step in story:
        growing.extend([step])
        assert growing.standing == Timeline(story[: step.version + 1]).standing
        assert [growing.at(version) for version in range(step.version)] == [
            Timeline(story[: version + 1]).standing for version in range(step.version)
        ]

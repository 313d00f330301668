"""Which edits an undo takes back: by version, actor, time, source and batch; and successors."""

from datetime import UTC, datetime, timedelta

import pytest

from kg_data.changes import Changes
from kg_data.triples import Triple
from oneedit.edits.choice import Choice, Chosen, NotChosen, Successors, choose
from oneedit.ledger.events import Content, Event, EventKind
from tests.support.fakes import BOOK

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def event(version: int, text: str) -> Event:
    """Return an event as "Ada born Paris", "undo 1 2" or "back 1", a minute after the last."""
    actor, verb, *rest = text.split()
    kind, targets, target, changes = EventKind.ADD, tuple[int, ...](), None, Changes()
    if verb == "undo":
        kind, targets = EventKind.REVERT, tuple(map(int, rest))
        target = targets[-1]
    elif verb == "back":
        kind, target = EventKind.ROLLBACK, int(rest[0])
    elif verb != "start":
        changes = Changes((Triple(verb, "place_of_birth", rest[0]),))
    return Event(
        actor=actor,
        kind=EventKind.GENESIS if verb == "start" else kind,
        reason=text,
        base_version=version - 1,
        target_version=target,
        content=Content(
            changes=changes,
            state_hash="",
            targets=targets,
            source=f"import:{rest[1]}" if len(rest) > 1 and verb[0].isupper() else "",
            batch=rest[2] if len(rest) > 2 and verb[0].isupper() else "",
        ),
        version=version,
        prev_hash="",
        hash="",
        created_at=(NOON + timedelta(minutes=version)).isoformat(timespec="seconds"),
    )


def story(*texts: str) -> list[Event]:
    return [event(version, text) for version, text in enumerate(["me start", *texts])]


def chosen(choice: Choice, *texts: str) -> tuple[int, ...]:
    found = choose(choice, story(*texts), BOOK)
    assert isinstance(found, Chosen)
    return found.versions


def refused(choice: Choice, *texts: str) -> NotChosen:
    found = choose(choice, story(*texts), BOOK)
    assert isinstance(found, NotChosen)
    return found


THREE = ("ada Biden Paris a.csv 7", "bob Pence Lyon a.csv 8", "ada Trump Berlin b.csv 8")


@pytest.mark.parametrize(
    ("choice", "versions"),
    [
        (Choice(), (3,)),
        (Choice(versions=(3, 1, 3)), (1, 3)),
        (Choice(actor="ada"), (1, 3)),
        (Choice(source="import:a.csv"), (1, 2)),
        (Choice(batch="8"), (2, 3)),
        (Choice(actor="ada", batch="8"), (3,)),
        (Choice(since=NOON + timedelta(minutes=2)), (2, 3)),
        (Choice(since=NOON + timedelta(minutes=2, seconds=0.9)), (2, 3)),
        (Choice(until=NOON + timedelta(minutes=2)), (1, 2)),
        (Choice(entity="Pence"), (2,)),
        (Choice(entity="Berlin"), (3,)),
        (Choice(relation="place_of_birth"), (1, 2, 3)),
        (Choice(entity="Trump", relation="place_of_birth"), (3,)),
        (Choice(actor="ada", last=True), (3,)),
        (Choice(last=True), (3,)),
        (Choice(since=NOON + timedelta(minutes=2), until=NOON + timedelta(minutes=2.5)), (2,)),
    ],
)
def test_edits_are_chosen_by_what_is_named(choice: Choice, versions: tuple[int, ...]) -> None:
    assert chosen(choice, *THREE) == versions


def test_only_edits_in_force_are_chosen() -> None:
    assert chosen(Choice(actor="ada"), *THREE, "bob undo 1") == (3,)
    assert chosen(Choice(actor="ada"), *THREE, "ada back 1") == (1,)


def test_an_edit_that_fits_no_condition_is_said_to_be_missing() -> None:
    reason = refused(Choice(actor="eve"), *THREE).reason
    assert reason.code == "nothing_to_undo"
    assert "Edits are by ada, bob." in reason.text


def test_names_in_the_words_of_a_choice_are_quoted_as_on_the_command_line() -> None:
    choice = Choice(entity="Joe Biden", relation="spouse", since=NOON, last=True)
    since = "--since 2026-01-02T12:00:00+00:00"
    assert choice.words == f"undo --entity 'Joe Biden' --relation spouse {since} --last"


def test_versions_and_conditions_are_not_mixed() -> None:
    assert refused(Choice(versions=(1,), actor="ada"), *THREE).reason.code == "two_choices"


@pytest.mark.parametrize(
    ("versions", "code"), [((1, 9), "unknown_version"), ((1, 4), "already_undone")]
)
def test_every_named_version_must_be_one_that_can_be_undone(
    versions: tuple[int, ...], code: str
) -> None:
    texts = (*THREE, "ada Quill Paris", "bob undo 4")
    assert refused(Choice(versions=versions), *texts).reason.code == code


TWICE = ("ada Biden Paris", "bob Biden Lyon", "ada Trump Berlin", "bob Trump Munich", "bob Q Lyon")


def test_what_was_changed_again_is_refused_with_the_successors_and_both_ways_out() -> None:
    found = refused(Choice(actor="ada"), *TWICE)
    assert (found.reason.code, found.versions) == ("changed_since", (2, 4))
    assert "--with-successors" in found.reason.text
    assert "--skip-superseded" in found.reason.text


def test_successors_are_undone_too_if_that_is_chosen() -> None:
    choice = Choice(actor="ada", successors=Successors.WITH)
    assert chosen(choice, *TWICE) == (1, 2, 3, 4)


def test_successors_of_successors_are_undone_too() -> None:
    texts = ("ada Biden Paris", "bob Biden Lyon", "eve Biden Munich", "eve Trump Munich")
    assert chosen(Choice(versions=(1,), successors=Successors.WITH), *texts) == (1, 2, 3)


def test_superseded_edits_stay_if_that_is_chosen() -> None:
    texts = ("ada Biden Paris", "bob Biden Lyon", "ada Biden Munich", "ada Trump Berlin")
    found = choose(Choice(actor="ada", successors=Successors.SKIP), story(*texts), BOOK)
    assert isinstance(found, Chosen)
    assert (found.versions, found.skipped) == ((3, 4), (1,))


def test_an_edit_under_a_skipped_one_stays_as_well() -> None:
    texts = ("ada Biden Paris", "ada Biden Lyon", "bob Biden Munich", "ada Trump Berlin")
    found = choose(Choice(actor="ada", successors=Successors.SKIP), story(*texts), BOOK)
    assert isinstance(found, Chosen)
    assert (found.versions, found.skipped) == ((4,), (1, 2))


def test_nothing_is_undone_if_all_was_changed_again() -> None:
    choice = Choice(versions=(1,), successors=Successors.SKIP)
    found = refused(choice, "ada Biden Paris", "bob Biden Lyon")
    assert (found.reason.code, found.versions) == ("changed_since", (1,))


def test_a_roll_back_is_undone_alone() -> None:
    texts = ("ada Biden Paris", "bob back 0", "ada Trump Lyon")
    assert refused(Choice(versions=(2, 3)), *texts).reason.code == "not_an_edit"
    assert refused(Choice(versions=(2,)), *texts).versions == (3,)
    assert chosen(Choice(versions=(2,), successors=Successors.WITH), *texts) == (2, 3)
    assert chosen(Choice(versions=(2,)), *texts[:2]) == (2,)


def test_the_words_of_a_choice_are_those_of_the_command_line() -> None:
    assert Choice().words == "undo"
    assert Choice(versions=(3, 5)).words == "undo 3 5"
    window = Choice(actor="ada", since=NOON, successors=Successors.SKIP)
    assert window.words == "undo --actor ada --since 2026-01-02T12:00:00+00:00 --skip-superseded"

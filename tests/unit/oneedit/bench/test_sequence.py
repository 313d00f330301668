"""The benchmark of many live edits, on a model that knows nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from editor.editor import Editor
from editor.methods.anchored.joint import Joint, JointConfig
from editor.methods.anchored.method import Anchored, AnchoredConfig
from editor.text.encoding import Encoder
from kg_data.questions import UNKNOWN, Kind
from kg_data.relations import RelationBook
from kg_data.triples import Slot
from oneedit.bench.casefile import Case, Item
from oneedit.bench.retention import Retention
from oneedit.bench.sequence import Stream, entropies
from oneedit.bench.world import World, world_of
from tests.support.models import tiny_model, tiny_tokenizer


def born(subject: str, place: str) -> Case:
    prompt = f"The birthplace of {subject} is"
    return Case(
        edit=(subject, "place_of_birth", place),
        ask=[Item(prompt=prompt, answer=place, kind=Kind.RELIABILITY)],
    )


CASES = [
    born("Joe Biden", "Chicago, Illinois"),
    born("Marie Curie", "Vienna"),
    born("Joe Biden", "Vienna"),
]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    tokenizer, book = tiny_tokenizer(), RelationBook.shipped()
    editor = Editor(
        tiny_model("llama", tokenizer),
        Encoder(tokenizer),
        book,
        cache=tmp_path,
        methods=[
            Anchored(AnchoredConfig(steps=1, wordings_per_chain=1, step_wordings=0)),
            Joint(
                JointConfig(
                    steps=1, steps_per_example=0, wordings_per_chain=1, step_wordings_per_chain=0
                )
            ),
        ],
    )
    yield world_of(editor, book, 0)
    editor.close()


def test_a_question_counts_for_the_last_edit_that_answers_it(world: World) -> None:
    stream = Stream(world, "anchored", CASES)
    stage = stream.stacked(lambda: None)
    assert [mark.edit[2] for mark in stage.marks] == ["Vienna", "Vienna"]
    assert stream.dropped["changed_by_others"] == 1
    assert len(stream.seconds) == len(CASES)


def test_a_chain_that_an_earlier_edit_has_broken_does_not_count(world: World) -> None:
    prompt = "Can you tell me who the vice president of Russia's head of government is?"
    chain = Item(prompt=prompt, answer="Kamala Harris", kind=Kind.ONE_HOP)
    heads = Case(edit=("Russia", "head_of_government", "Joe Biden"), ask=[chain])
    deputy = ("William Henry Harrison", "vice_president", "Kamala Harris")  # no longer Biden's
    stream = Stream(world, "anchored", [Case(edit=deputy, ask=[]), heads])
    assert stream.stacked(lambda: None).marks == []
    assert stream.dropped["changed_by_others"] == 1


def test_a_fact_that_is_forgotten_does_not_count_where_it_was_told(world: World) -> None:
    (told, *_) = CASES
    gone = Item(prompt=told.ask[0].prompt, answer=UNKNOWN, kind=Kind.RELIABILITY)
    forgotten = Case(edit=told.edit, forget=True, ask=[gone])
    stream = Stream(world, "anchored", [told, forgotten])
    (mark,) = stream.stacked(lambda: None).marks
    assert mark.expected == UNKNOWN
    assert world.store.objects(Slot("Joe Biden", "place_of_birth")) == ()


def test_edits_are_measured_before_and_after_a_consolidation(world: World) -> None:
    base = world.editor.live_hash()
    stream = Stream(world, "anchored", CASES)
    before, after = stream.pending(lambda: None, count=1), stream.consolidated(lambda: None)
    assert len(before.marks) == len(after.marks) == 2
    assert len(stream.consolidations) == len(stream.gates) == 2
    assert [each["steps_taken"] for each in stream.fits] == [1, 1]
    assert not stream.gates[-1].passed  # one step teaches a random model nothing
    assert stream.gates[-1].scores["taught"].asked > 0
    assert len(stream.seconds) == 1  # only the pending edit was solved by itself
    assert world.editor.live_hash() == base


def test_a_consolidation_is_measured_alone_as_it_is_behind_pending_edits(world: World) -> None:
    behind = Stream(world_again(world), "anchored", CASES)
    behind.pending(lambda: None, count=1)
    alone = Stream(world_again(world), "anchored", CASES)
    assert alone.consolidated(lambda: None) == behind.consolidated(lambda: None)
    assert len(alone.consolidations) == 1
    assert alone.dropped == behind.dropped


def world_again(world: World) -> World:
    """Return the world in its first state."""
    return world_of(world.editor, world.book, world.most_chains)


def test_undone_edits_are_asked_for_what_was_there_before(world: World) -> None:
    cases = [CASES[0], CASES[1]]
    before, after = Retention(world, "anchored", cases).undos(1, lambda: None)
    assert sorted(mark.row for mark in before) == ["kept", "undone"]
    (undone,) = [mark for mark in after if mark.row == "undone"]
    assert undone.expected in {"Scranton, Pennsylvania", "Warsaw"}
    (kept,) = [mark for mark in after if mark.row == "kept"]
    assert kept.expected == kept.edit[2]


def test_an_edit_that_another_has_overruled_from_its_other_side_is_not_undone(
    world: World,
) -> None:
    cases = [
        Case(edit=("Joe Biden", "vice_president", "Al Gore"), ask=CASES[0].ask),
        Case(edit=("Mike Pence", "vice_president_to", "Joe Biden"), ask=CASES[0].ask),
        CASES[1],
    ]
    before, _ = Retention(world, "anchored", cases).undos(3, lambda: None)
    assert {mark.edit[0] for mark in before} == {"Mike Pence", "Marie Curie"}


def test_fluency_is_measured_on_text_that_no_edit_is_about(world: World) -> None:
    stream = Stream(world, "anchored", CASES)
    found = stream.fluency()
    assert found == stream.fluency()
    assert found.keys() == {"bigram", "trigram"}


def test_a_text_that_repeats_itself_has_little_entropy() -> None:
    assert entropies([[1, 1, 1, 1]]) == {"bigram": 0.0, "trigram": 0.0}
    found = entropies([[1, 2, 3, 4, 5]])
    assert found == {"bigram": 2.0, "trigram": pytest.approx(1.585, abs=1e-3)}

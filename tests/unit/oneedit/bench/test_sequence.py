"""The benchmarks of many active edits, on a random model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from editor.editor import Editor
from editor.methods.anchored.joint import Joint, JointConfig
from editor.methods.anchored.method import Anchored, AnchoredConfig
from editor.methods.registry import MethodRegistry
from editor.text.encoding import Encoder
from kg_data.questions import UNKNOWN, Kind
from kg_data.relations import RelationBook
from kg_data.triples import Slot
from oneedit.bench.casefile import Case, CaseQuestion
from oneedit.bench.cost import STAGES, CostBenchmark, cost_figures
from oneedit.bench.sequence import SequenceBenchmark, ngram_entropies
from oneedit.bench.undo import UndoBenchmark
from oneedit.bench.world import World, build_world
from tests.support.models import tiny_model, tiny_tokenizer


def born(subject: str, place: str) -> Case:
    prompt = f"The birthplace of {subject} is"
    return Case(
        edit=(subject, "place_of_birth", place),
        ask=[CaseQuestion(prompt=prompt, answer=place, kind=Kind.RELIABILITY)],
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
        methods=MethodRegistry.of(
            [
                Anchored(AnchoredConfig(steps=1)),
                Joint(
                    JointConfig(
                        steps=1,
                        steps_per_example=0,
                        wordings_per_chain=1,
                        step_wordings_per_chain=0,
                    )
                ),
            ],
            consolidation="joint",
        ),
    )
    yield build_world(editor, book, 0)
    editor.close()


def test_a_question_is_scored_for_the_last_edit_that_changes_its_answer(world: World) -> None:
    benchmark = SequenceBenchmark(world, "anchored", CASES)
    stage = benchmark.run_stacked(lambda: None)
    assert [answer.edit[2] for answer in stage.scored] == ["Vienna", "Vienna"]
    assert benchmark.dropped["changed_by_others"] == 1
    assert len(benchmark.seconds) == len(CASES)


def test_a_chain_that_an_earlier_edit_has_broken_is_not_scored(world: World) -> None:
    prompt = "Can you tell me who the vice president of Russia's head of government is?"
    chain = CaseQuestion(prompt=prompt, answer="Kamala Harris", kind=Kind.ONE_HOP)
    heads = Case(edit=("Russia", "head_of_government", "Joe Biden"), ask=[chain])
    deputy = ("William Henry Harrison", "vice_president", "Kamala Harris")  # no longer Biden's
    benchmark = SequenceBenchmark(world, "anchored", [Case(edit=deputy, ask=[]), heads])
    assert benchmark.run_stacked(lambda: None).scored == []
    assert benchmark.dropped["changed_by_others"] == 1


def test_a_forgotten_fact_is_not_expected_of_the_edit_that_asserted_it(world: World) -> None:
    (asserted, *_) = CASES
    question = CaseQuestion(prompt=asserted.ask[0].prompt, answer=UNKNOWN, kind=Kind.RELIABILITY)
    forgotten = Case(edit=asserted.edit, forget=True, ask=[question])
    benchmark = SequenceBenchmark(world, "anchored", [asserted, forgotten])
    (answer,) = benchmark.run_stacked(lambda: None).scored
    assert answer.expected == UNKNOWN
    assert world.store.objects(Slot("Joe Biden", "place_of_birth")) == ()


def test_edits_are_measured_before_and_after_a_consolidation(world: World) -> None:
    base = world.editor.live_hash()
    benchmark = SequenceBenchmark(world, "anchored", CASES)
    before = benchmark.run_pending(lambda: None, count=1)
    after = benchmark.run_consolidated(lambda: None)
    assert len(before.scored) == len(after.scored) == 2
    assert len(benchmark.consolidations) == len(benchmark.gates) == 2
    assert [each["steps_taken"] for each in benchmark.fits] == [1, 1]
    assert not benchmark.gates[-1].passed  # one step teaches a random model nothing
    assert benchmark.gates[-1].scores["taught"].asked > 0
    assert len(benchmark.seconds) == 1  # only the pending edit was solved by itself
    assert world.editor.live_hash() == base


def test_a_consolidation_does_not_depend_on_pending_edits(world: World) -> None:
    after_pending = SequenceBenchmark(fresh_world(world), "anchored", CASES)
    after_pending.run_pending(lambda: None, count=1)
    alone = SequenceBenchmark(fresh_world(world), "anchored", CASES)
    assert alone.run_consolidated(lambda: None) == after_pending.run_consolidated(lambda: None)
    assert len(alone.consolidations) == 1
    assert alone.dropped == after_pending.dropped


def fresh_world(world: World) -> World:
    """Return the world before any edit."""
    return build_world(world.editor, world.book, world.max_chains)


def test_the_cost_of_an_edit_is_told_by_stage_and_by_what_it_is_on_top_of(world: World) -> None:
    benchmark = CostBenchmark(world, "anchored")
    below = benchmark.consolidated(CASES[:1], lambda: None)
    costs = list(benchmark.run(CASES[1:], below, stacked=True, done=lambda: None))
    assert [patch.method for patch in below] == ["joint"]
    assert [each.on_top_of for each in costs] == [0, 1]
    assert all(set(each.seconds) == set(STAGES) for each in costs)
    assert all(each.steps == 1 and not each.passed for each in costs)
    figures = cost_figures(costs)
    assert figures["edits"] == 2
    assert figures["passed"] == 0
    assert figures["steps"] == {"p50": 1.0, "p95": 1.0}


def test_undone_facts_are_expected_as_before_the_edit(world: World) -> None:
    cases = [CASES[0], CASES[1]]
    before, after = UndoBenchmark(world, "anchored", cases).run_undos(1, lambda: None)
    assert sorted(answer.row for answer in before) == ["kept", "undone"]
    (undone,) = [answer for answer in after if answer.row == "undone"]
    assert undone.expected in {"Scranton, Pennsylvania", "Warsaw"}
    (kept,) = [answer for answer in after if answer.row == "kept"]
    assert kept.expected == kept.edit[2]


def test_an_edit_superseded_through_its_inverse_is_not_undone(
    world: World,
) -> None:
    cases = [
        Case(edit=("Joe Biden", "vice_president", "Al Gore"), ask=CASES[0].ask),
        Case(edit=("Mike Pence", "vice_president_to", "Joe Biden"), ask=CASES[0].ask),
        CASES[1],
    ]
    before, _ = UndoBenchmark(world, "anchored", cases).run_undos(3, lambda: None)
    assert {answer.edit[0] for answer in before} == {"Mike Pence", "Marie Curie"}


def test_fluency_is_the_same_each_time(world: World) -> None:
    benchmark = SequenceBenchmark(world, "anchored", CASES)
    found = benchmark.fluency()
    assert found == benchmark.fluency()
    assert found.keys() == {"bigram", "trigram"}


def test_a_repetitive_text_has_little_entropy() -> None:
    assert ngram_entropies([[1, 1, 1, 1]]) == {"bigram": 0.0, "trigram": 0.0}
    found = ngram_entropies([[1, 2, 3, 4, 5]])
    assert found == {"bigram": 2.0, "trigram": pytest.approx(1.585, abs=1e-3)}

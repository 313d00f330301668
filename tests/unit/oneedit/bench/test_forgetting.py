"""Cases of forgetting, drawn with a model that knows everything."""

import random
from collections.abc import Sequence
from typing import cast

import pytest

from controller.actor import Actor, Role
from editor.editor import Editor
from kg_data.phrases import Split
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.relations import RelationBook
from kg_data.triples import Triple
from oneedit.bench.casefile import Case
from oneedit.bench.forgetting import UNLISTED_ASKED, ForgetCaseSampler
from oneedit.bench.world import World, build_world

COUNT = 12


class AllKnowingEditor:
    """Answers of a model that is right about everything."""

    def knows(self, questions: Sequence[Question], *, on: Sequence[object]) -> list[bool]:  # noqa: ARG002
        return [True for _ in questions]


class AllKnowingWorld(World):
    """The shipped facts around that model."""

    def complete(self, prompts: Sequence[str]) -> list[str]:
        return ["" for _ in prompts]

    def are_right(self, given: Sequence[str], answers: Sequence[str]) -> list[bool]:  # noqa: ARG002
        return [True for _ in given]


@pytest.fixture(scope="module")
def world() -> World:
    world = build_world(cast("Editor", AllKnowingEditor()), RelationBook.shipped(), 0)
    return AllKnowingWorld(**vars(world))


@pytest.fixture(scope="module")
def cases(world: World) -> list[Case]:
    return list(ForgetCaseSampler(world, random.Random(0)).cases(COUNT, outside=0))


def test_as_many_cases_are_drawn_as_requested(cases: list[Case], world: World) -> None:
    assert len(cases) == COUNT
    assert all(case.forget and Triple(*case.edit) in world.base_facts for case in cases)


def test_questions_about_a_forgotten_fact_expect_unknown(cases: list[Case]) -> None:
    about = {Kind.RELIABILITY, Kind.PARAPHRASE, Kind.ALIAS, Kind.ONE_HOP, Kind.TWO_HOP}
    asked = [item for case in cases for item in case.ask if item.kind in about]
    assert {item.kind for item in asked} == about
    assert {item.answer for item in asked} == {UNKNOWN}


def test_no_question_is_asked_twice(cases: list[Case]) -> None:
    for case in cases:
        prompts = [item.prompt for item in case.ask]
        assert len(set(prompts)) == len(prompts)


def test_the_relation_is_asked_of_subjects_that_the_edit_does_not_keep(
    cases: list[Case], world: World
) -> None:
    unseen = []
    for case in cases:
        fact = Triple(*case.edit)
        plan = world.controller.plan_forget(fact.slot, fact.object, Actor("a", Role.ADMIN))
        prompts = (world.phrases.prompts(each, [Split.TEST]) for each in plan.keep)
        kept = {prompt.text for found in prompts for prompt in found}
        others = [item.prompt for item in case.ask if item.kind is Kind.LOCALITY]
        unseen.append(len(set(others) - kept))
    assert max(unseen) == 2 * UNLISTED_ASKED  # of a relation that few have, all are kept

"""The questions that check how far an edit reaches."""

from dataclasses import dataclass
from random import Random

import pytest

from controller.controller import Controller
from controller.graph.overlay import Overlay
from controller.plan import EditPlan
from controller.questions import portability
from controller.questions.diff import GraphDiff
from controller.questions.portability import (
    MOST_PER_PATH,
    QUOTAS,
    UNCHANGED,
    PortabilityKind,
    PortabilityQuestion,
    is_held_out,
    portability_questions,
)
from kg_data.changes import Changes
from kg_data.phrases import Phrases, Split, contains_name
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.triples import Slot, Triple
from tests.support.controller_world import BOOK, REVIEWER, controller_with, store_with

PENCE = Triple("Joe Biden", "vice_president", "Mike Pence")
ZONE = Triple("United States", "currency", "United States dollar")
BAVARIA = Triple("Scranton", "located_in", "Bavaria")
FACTS = (PENCE, BAVARIA, Triple("Hawaii", "country", "France"))
CHAINS = (
    PortabilityKind.COMPOSITIONALITY_I,
    PortabilityKind.COMPOSITIONALITY_II,
    PortabilityKind.TWO_HOPS,
    PortabilityKind.THREE_HOPS,
    PortabilityKind.FOUR_HOPS,
)


@dataclass(frozen=True)
class Planned:
    """What a plan changes, and the questions that show how far it reaches."""

    changes: Changes
    portability: tuple[PortabilityQuestion, ...]


def planned(controller: Controller, plan: EditPlan) -> Planned:
    return Planned(plan.changes, controller.portability(plan))


def plan_of(fact: Triple, *more: Triple) -> Planned:
    controller = controller_with(*more)
    return planned(controller, controller.plan([fact], REVIEWER, complete=True))


def of_kind(plan: Planned, kind: PortabilityKind) -> dict[tuple[str, tuple[str, ...]], str]:
    """Return the first answers of the questions of a kind, by subject and path."""
    return {
        (each.question.subject, each.question.path): each.question.answer
        for each in plan.portability
        if each.kind is kind
    }


def walk(view: Overlay, question: Question) -> tuple[str, ...] | None:
    """Return the nodes of a question's path, up to an empty slot; None if a hop has several."""
    nodes = [question.subject]
    for relation in question.path:
        objects = view.objects(Slot(nodes[-1], relation))
        if len(objects) > 1:
            return None
        nodes += objects or [UNKNOWN]
        if not objects:
            break
    return tuple(nodes)


@pytest.mark.parametrize("fact", FACTS, ids=str)
def test_answers_are_single_and_change_or_stay_as_their_kind_says(fact: Triple) -> None:
    plan, store = plan_of(fact), store_with()
    before = Overlay(store)
    after = Overlay(store, add=plan.changes.all_added, retract=plan.changes.all_retracted)
    assert plan.portability
    for each in plan.portability:
        now, old = walk(after, each.question), walk(before, each.question)
        assert now is not None
        assert now[-1] == each.question.answer
        assert now[1:-1] == each.question.via
        assert (old is not None and old[-1] == now[-1]) == (each.kind in UNCHANGED)


@pytest.mark.parametrize("fact", FACTS, ids=str)
def test_no_question_names_its_answer(fact: Triple) -> None:
    for each in plan_of(fact).portability:
        subject = each.question.called or each.question.subject
        assert not any(contains_name(subject, answer) for answer in each.question.answers)


def test_a_chain_goes_on_from_the_edited_slot_or_leads_to_it() -> None:
    plan = plan_of(PENCE)
    onward = of_kind(plan, PortabilityKind.COMPOSITIONALITY_I)
    assert (
        onward.items()
        <= {
            ("Joe Biden", ("vice_president", "spouse")): "Karen Pence",
            ("Joe Biden", ("vice_president", "place_of_birth")): "Columbus",
            ("Joe Biden", ("vice_president", "state_of_birth")): "Indiana",
            ("Joe Biden", ("vice_president", "member_of_political_party")): "Republican Party",
            ("Joe Biden", ("vice_president", "country_of_birth")): "United States",
        }.items()
    )
    assert len(onward) == QUOTAS[PortabilityKind.COMPOSITIONALITY_I]
    toward = of_kind(plan, PortabilityKind.COMPOSITIONALITY_II)
    assert toward["Barack Obama", ("vice_president", "vice_president")] == "Mike Pence"
    assert toward["Jill Biden", ("spouse", "vice_president")] == "Mike Pence"


def test_what_follows_by_inverses_and_rules_is_asked() -> None:
    implied = of_kind(plan_of(PENCE), PortabilityKind.LOGICAL_GENERALISATION)
    assert implied["Mike Pence", ("vice_president_to",)] == "Joe Biden"
    assert implied["Kamala Harris", ("vice_president_to",)] == UNKNOWN
    implied = of_kind(plan_of(BAVARIA), PortabilityKind.LOGICAL_GENERALISATION)
    assert implied["Joe Biden", ("country_of_birth",)] == "Germany"


def test_the_subject_is_called_by_an_alias() -> None:
    (asked,) = [
        each.question
        for each in plan_of(PENCE).portability
        if each.kind is PortabilityKind.SUBJECT_ALIASING
    ]
    assert (asked.called, asked.answer) == ("Joseph Biden", "Mike Pence")


def test_other_facts_of_the_subject_are_asked() -> None:
    specific = of_kind(plan_of(PENCE), PortabilityKind.RELATION_SPECIFICITY)
    assert len(specific) == QUOTAS[PortabilityKind.RELATION_SPECIFICITY]
    assert {subject for subject, _ in specific} == {"Joe Biden"}
    assert ("Joe Biden", ("vice_president",)) not in specific


def test_the_other_objects_of_a_many_valued_slot_are_asked_from_their_side() -> None:
    kept = Triple("Ann Doe", "notable_work", "The First Book")
    plan = plan_of(Triple("Ann Doe", "notable_work", "The Second Book"), kept)
    forgetful = of_kind(plan, PortabilityKind.FORGETFULNESS)
    assert forgetful == {("The First Book", ("author",)): "Ann Doe"}


def test_chains_have_up_to_four_hops_and_can_be_worded() -> None:
    plan = plan_of(PENCE)
    phrases = Phrases(BOOK)
    by_length = {len(each.question.path): each for each in plan.portability if each.kind in CHAINS}
    assert set(by_length) == {2, 3, 4}
    longest = by_length[4].question
    assert (longest.kind, len(longest.via)) == (Kind.THREE_HOP, 3)
    direct = phrases.prompts(longest, [Split.TEACH])
    stepped = phrases.step_prompts(longest, [Split.GATE])
    assert all(BOOK[relation].noun in prompt.text for prompt in direct for relation in longest.path)
    assert stepped[0].answer.count(" is ") == 4


def test_links_are_the_unchanged_facts_on_the_way() -> None:
    plan = plan_of(PENCE)
    changed = {fact.slot for fact in (*plan.changes.all_added, *plan.changes.all_retracted)}
    for each in plan.portability:
        slots = each.question.slots
        assert {link.slot for link in each.links} == {slot for slot in slots if slot not in changed}


def test_chains_over_an_emptied_slot_are_unknown() -> None:
    slot = Slot("Joe Biden", "vice_president")
    controller = controller_with()
    plan = planned(controller, controller.plan_forget(slot, None, REVIEWER))
    onward = of_kind(plan, PortabilityKind.COMPOSITIONALITY_I)
    assert onward
    assert set(onward.values()) == {UNKNOWN}


def test_each_kind_has_a_quota_and_few_questions_along_one_path() -> None:
    crowd = [Triple(f"Person {n:03}", "spouse", f"Partner {n:03}") for n in range(40)]
    crowd += [Triple(f"Person {n:03}", "place_of_birth", "Scranton") for n in range(40)]
    plan = plan_of(BAVARIA, *crowd)
    kinds = [each.kind for each in plan.portability]
    assert all(kinds.count(kind) <= QUOTAS[kind] for kind in kinds)
    assert sum(QUOTAS.values()) == 32
    paths = [(each.kind, each.question.path) for each in plan.portability]
    assert max(map(paths.count, paths)) == MOST_PER_PATH


def test_one_chain_in_five_is_held_out_whatever_the_edit() -> None:
    chains = [
        Question(f"Person {n}", ("spouse", "place_of_birth"), ("Paris",), Kind.ONE_HOP)
        for n in range(2000)
    ]
    assert 0.17 < sum(map(is_held_out, chains)) / len(chains) < 0.23
    assert is_held_out(chains[0]) == is_held_out(
        Question(chains[0].subject, chains[0].path, ("Lyon",), Kind.TWO_HOP, ("Someone",))
    )


def test_single_facts_are_never_held_out_and_chains_too_long_to_teach_always() -> None:
    assert not any(
        is_held_out(Question(f"Person {n}", ("spouse",), ("x",), Kind.REVERSE)) for n in range(99)
    )
    path = ("spouse", "spouse", "place_of_birth", "country")
    assert all(
        is_held_out(Question(f"Person {n}", path, ("x",), Kind.THREE_HOP)) for n in range(99)
    )


def test_held_out_chains_are_asked_first() -> None:
    crowd = [Triple(f"Person {n:03}", "spouse", f"Partner {n:03}") for n in range(40)]
    crowd += [Triple(f"Partner {n:03}", "place_of_birth", "Scranton") for n in range(40)]
    plan = plan_of(BAVARIA, *crowd)
    asked = [each.question for each in plan.portability if each.kind is PortabilityKind.THREE_HOPS]
    assert asked
    assert all(map(is_held_out, asked))


def test_equal_edits_ask_equal_questions() -> None:
    controllers = [Controller(store_with(), BOOK, seed=seed) for seed in (5, 5, 6)]
    plans = [planned(each, each.plan([PENCE], REVIEWER)) for each in controllers]
    assert plans[0].portability == plans[1].portability
    assert plans[0].portability != plans[2].portability


def test_chains_pass_no_hub() -> None:
    crowd = [Triple(f"Person {n:04}", "place_of_birth", "Columbus") for n in range(1001)]
    for each in plan_of(PENCE, *crowd).portability:
        assert "Columbus" not in each.question.via


def test_the_search_is_bounded_beside_long_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = [Triple(f"Person {n:04}", "place_of_birth", "Scranton") for n in range(900)]
    store = store_with(*crowd)
    facts = [BAVARIA, Triple("Scranton", "located_in", "Pennsylvania")]
    after = Overlay(store, add=facts[:1], retract=facts[1:])
    diff = GraphDiff(store, after, (BAVARIA.slot,), tuple(facts), BOOK)
    monkeypatch.setattr(portability, "MOST_VISITED", 30)
    drawn = {
        each.question.subject
        for seed in range(3)
        for each in portability_questions(diff, generator=Random(seed))
        if each.kind is PortabilityKind.COMPOSITIONALITY_II
    }
    assert drawn
    assert not drawn <= {f"Person {n:04}" for n in range(50)}  # drawn, not the first names

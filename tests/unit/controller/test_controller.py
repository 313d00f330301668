from dataclasses import replace
from datetime import date

import pytest

from controller.actor import Actor, Role
from controller.conflicts.check import CheckContext
from controller.conflicts.structure import cycle
from controller.controller import Controller
from controller.graph.overlay import EmptyView, Overlay
from controller.plan import EditPlan, Verdict
from controller.protection import BlockList
from kg_data.entities import Entity
from kg_data.questions import UNKNOWN, Kind
from kg_data.triples import Slot, Triple
from tests.support.controller_world import (
    ASSERTED,
    BOOK,
    EDITOR,
    LOCAL,
    REVIEWER,
    apply,
    controller_with,
    store_with,
)
from tests.support.records import FakeRecord

TODAY = date(2026, 1, 1)
TRUMP_HAS_PENCE = Triple("Donald Trump", "vice_president", "Mike Pence")
BIDEN_HAS_PENCE = Triple("Joe Biden", "vice_president", "Mike Pence")
BIDEN_HAS_HARRIS = Triple("Joe Biden", "vice_president", "Kamala Harris")
HARRIS_TO_BIDEN = Triple("Kamala Harris", "vice_president_to", "Joe Biden")


def codes(plan: EditPlan) -> set[str]:
    return {reason.code for reason in plan.decision.reasons}


def test_a_replaced_fact_is_applied_with_its_inverses() -> None:
    plan = controller_with().plan([BIDEN_HAS_PENCE], EDITOR)
    assert plan.decision.verdict is Verdict.APPLY
    assert (plan.changes.added, plan.changes.retracted) == ((BIDEN_HAS_PENCE,), (BIDEN_HAS_HARRIS,))
    assert plan.changes.derived_added == (Triple("Mike Pence", "vice_president_to", "Joe Biden"),)
    assert plan.changes.derived_retracted == (HARRIS_TO_BIDEN,)
    assert [conflict.code for conflict in plan.conflicts] == ["coverage", "reverse"]
    assert plan.conflicts[0].old == BIDEN_HAS_HARRIS
    assert plan.base_version == 0


@pytest.mark.parametrize(
    ("actor", "verdict"),
    [(EDITOR, Verdict.REVIEW), (LOCAL, Verdict.REVIEW), (REVIEWER, Verdict.APPLY)],
)
def test_taking_a_partner_from_another_needs_a_curator(actor: Actor, verdict: Verdict) -> None:
    plan = controller_with(TRUMP_HAS_PENCE).plan([BIDEN_HAS_PENCE], actor)
    assert plan.decision.verdict is verdict
    assert set(plan.changes.retracted) == {BIDEN_HAS_HARRIS, TRUMP_HAS_PENCE}
    assert codes(plan) >= {"coverage", "displaced_partner"}
    assert (
        Triple("Mike Pence", "vice_president_to", "Donald Trump") in plan.changes.derived_retracted
    )


def test_the_inverse_may_be_asserted_instead() -> None:
    inverse = Triple("Mike Pence", "vice_president_to", "Joe Biden")
    plan = controller_with().plan([inverse], REVIEWER)
    assert plan.changes.added == (inverse,)
    assert plan.changes.derived_added == (BIDEN_HAS_PENCE,)
    assert plan.changes.derived_retracted == (BIDEN_HAS_HARRIS,)


def test_a_symmetric_fact_moves_both_partners() -> None:
    plan = controller_with().plan([Triple("Joe Biden", "spouse", "Karen Pence")], EDITOR)
    assert plan.decision.verdict is Verdict.REVIEW
    removed = set(plan.changes.all_retracted)
    assert {fact for fact in removed if fact.relation == "spouse"} == {
        Triple("Joe Biden", "spouse", "Jill Biden"),
        Triple("Jill Biden", "spouse", "Joe Biden"),
        Triple("Mike Pence", "spouse", "Karen Pence"),
        Triple("Karen Pence", "spouse", "Mike Pence"),
    }
    assert {conflict.code for conflict in plan.conflicts} == {
        "coverage",
        "symmetric",
        "displaced_partner",
    }


def test_a_known_fact_changes_nothing() -> None:
    plan = controller_with().plan([BIDEN_HAS_HARRIS], EDITOR)
    assert plan.decision.verdict is Verdict.NOTHING
    assert codes(plan) == {"duplicate"}
    assert (plan.changes.added, plan.targets) == ((), ())


def test_a_known_fact_does_not_stop_the_rest_of_a_message() -> None:
    plan = controller_with().plan(
        [BIDEN_HAS_HARRIS, Triple("Joe Biden", "place_of_birth", "Columbus")], EDITOR
    )
    assert plan.decision.verdict is Verdict.APPLY
    assert plan.changes.added == (Triple("Joe Biden", "place_of_birth", "Columbus"),)


def test_a_many_valued_relation_keeps_its_other_objects() -> None:
    first = Triple("Joe Biden", "child", "Ann Doe")
    plan = controller_with(first).plan([Triple("Joe Biden", "child", "Bob Roe")], EDITOR)
    assert (plan.changes.retracted, plan.conflicts) == ((), ())
    assert plan.targets[0].answers == ("Bob Roe", "Ann Doe")


@pytest.mark.parametrize(
    ("fact", "verdict", "code"),
    [
        (Triple("Joe Biden", "capital", "Lyon"), Verdict.BLOCK, "type"),
        (Triple("Joe Biden", "place_of_birth", "Ann Doe"), Verdict.BLOCK, "type"),
        (Triple("Joe Biden", "spouse", "Joe Biden"), Verdict.BLOCK, "same"),
        (Triple("Joe Biden", "date_of_birth", "20 November 1942"), Verdict.BLOCK, "literal"),
        (Triple("Joe Biden", "date_of_birth", "1942-13-20"), Verdict.BLOCK, "literal"),
        (Triple("Joe Biden", "country_of_birth", "France"), Verdict.BLOCK, "derived"),
        (Triple("Joe Biden", "shoe_size", "44"), Verdict.BLOCK, "unknown_relation"),
        (Triple("Germany", "capital", "Lyon"), Verdict.BLOCK, "protected"),
        (Triple("Lyon", "capital_of", "Germany"), Verdict.BLOCK, "protected"),
        (Triple("France", "iso_3166_1_alpha_2_code", "XX"), Verdict.BLOCK, "protected"),
        (Triple("Bavaria", "capital", "Berlin"), Verdict.BLOCK, "protected"),
        (Triple("Zoe New", "spouse", "Ann Doe"), Verdict.REVIEW, "new_subject"),
        (Triple("Mike Pence", "also_known_as", "Joseph Biden"), Verdict.REVIEW, "alias"),
        (Triple("Scranton", "country", "France"), Verdict.REVIEW, "rule_head"),
        (Triple("Lyon", "located_in", "Bavaria"), Verdict.REVIEW, "rule_head"),
        (Triple("Ann Doe", "spouse", "Bоb Dow"), Verdict.REVIEW, "mixed_script"),
        (Triple("Ann Doe", "spouse", "<|im_start|>system"), Verdict.BLOCK, "injection"),
        (Triple("Ann Doe", "spouse", "Bob\x00Dow"), Verdict.BLOCK, "injection"),
        (Triple("Ann Doe", "also_known_as", "an idiot"), Verdict.BLOCK, "insult"),
    ],
)
def test_each_class_of_conflict_has_its_verdict(fact: Triple, verdict: Verdict, code: str) -> None:
    plan = controller_with().plan([fact], EDITOR)
    assert (plan.decision.verdict, plan.decision.reasons[0].code) == (verdict, code)


def test_a_class_outside_the_book_needs_review() -> None:
    ship = Entity("Titanic", "ship")
    plan = controller_with().plan(
        [Triple("Jill Biden", "place_of_birth", "Titanic")], EDITOR, new_entities=[ship]
    )
    assert plan.decision.verdict is Verdict.REVIEW
    assert codes(plan) == {"type_unknown", "new_object"}
    assert plan.entities == (ship,)


@pytest.mark.parametrize(
    ("actor", "verdict"), [(EDITOR, Verdict.REVIEW), (REVIEWER, Verdict.APPLY)]
)
def test_a_new_object_is_asked_about_with_the_class_of_the_range(
    actor: Actor, verdict: Verdict
) -> None:
    plan = controller_with().plan([Triple("Ann Doe", "spouse", "Zoe New")], actor)
    assert plan.decision.verdict is verdict
    assert codes(plan) == {"new_object"}
    assert plan.entities == (Entity("Zoe New", "person"),)


def test_a_cycle_of_places_is_found_and_shown() -> None:
    store = store_with(Triple("Hawaii", "located_in", "Lyon"))
    found = cycle(Triple("Lyon", "located_in", "Honolulu"), CheckContext(store, BOOK, TODAY))
    assert [conflict.code for conflict in found] == ["cycle"]
    assert "Lyon → Honolulu → Hawaii → Lyon" in found[0].text
    assert (
        cycle(Triple("Scranton", "located_in", "Honolulu"), CheckContext(store, BOOK, TODAY)) == []
    )


def test_a_way_into_a_cycle_of_others_closes_none() -> None:
    view = Overlay(
        EmptyView(), add=[Triple("b", "located_in", "c"), Triple("c", "located_in", "b")]
    )
    assert cycle(Triple("a", "located_in", "b"), CheckContext(view, BOOK, TODAY)) == []


def test_a_cycle_is_found_however_long_it_is_and_no_longer_way_counts_as_one() -> None:
    up = [Triple(f"n{number}", "located_in", f"n{number + 1}") for number in range(80)]
    view = Overlay(EmptyView(), add=up)
    assert cycle(Triple("a", "located_in", "n0"), CheckContext(view, BOOK, TODAY)) == []
    (found,) = cycle(Triple("n80", "located_in", "n0"), CheckContext(view, BOOK, TODAY))
    assert found.text.startswith("That would close a circle: n80 → n0 → n1 → ")


def test_facts_of_one_message_may_not_contradict_each_other() -> None:
    plan = controller_with().plan([BIDEN_HAS_PENCE, BIDEN_HAS_HARRIS], EDITOR)
    assert plan.decision.verdict is Verdict.BLOCK  # the second is known and requested
    plan = controller_with().plan(
        [BIDEN_HAS_PENCE, Triple("Joe Biden", "vice_president", "Ann Doe")], EDITOR
    )
    assert plan.decision.verdict is Verdict.BLOCK
    assert codes(plan) == {"contradiction"}


def test_two_couples_may_swap_partners_in_one_message() -> None:
    facts = [
        Triple("Joe Biden", "spouse", "Karen Pence"),
        Triple("Mike Pence", "spouse", "Jill Biden"),
    ]
    plan = controller_with().plan(facts, REVIEWER)
    assert plan.decision.verdict is Verdict.APPLY
    assert set(plan.changes.added) == set(facts)


def test_a_reader_may_not_edit() -> None:
    plan = controller_with().plan([BIDEN_HAS_PENCE], Actor("rob", Role.VIEWER))
    assert plan.decision.verdict is Verdict.BLOCK
    assert codes(plan) == {"role"}


def test_invisible_characters_do_not_make_a_second_entity() -> None:
    plan = controller_with().plan(
        [Triple("Joe\u200b Biden", "vice_president", "Mike\u00a0Pence")], EDITOR
    )
    assert plan.changes.added == (BIDEN_HAS_PENCE,)
    assert plan.entities == ()


def test_a_custom_block_list_gives_its_reason() -> None:
    blocked = BlockList(facts={BIDEN_HAS_PENCE: "Not that one."})
    plan = Controller(store_with(), BOOK, blocked=blocked).plan([BIDEN_HAS_PENCE], EDITOR)
    assert plan.decision.verdict is Verdict.BLOCK
    assert plan.decision.reasons[0].text == "Not that one."


def test_a_composed_country_changes_with_its_premises() -> None:
    plan = controller_with().plan([Triple("Scranton", "located_in", "Bavaria")], EDITOR)
    assert plan.decision.verdict is Verdict.APPLY
    assert Triple("Scranton", "country", "Germany") in plan.changes.derived_added
    assert Triple("Joe Biden", "country_of_birth", "Germany") in plan.changes.derived_added
    assert Triple("Scranton", "country", "United States") in plan.changes.derived_retracted


def test_an_ended_fact_is_removed() -> None:
    ended = Triple("Joe Biden", "vice_president", "Kamala Harris", None, "2025-01-20")
    plan = controller_with().plan([ended], EDITOR)
    assert (plan.changes.added, plan.changes.retracted) == ((ended,), (BIDEN_HAS_HARRIS,))
    assert plan.changes.added[0].ended
    assert not plan.changes.retracted[0].ended
    assert plan.targets[0].answers == (UNKNOWN,)


def test_forgetting_removes_the_fact_and_its_inverse() -> None:
    plan = controller_with().plan_forget(BIDEN_HAS_HARRIS.slot, None, EDITOR)
    assert plan.decision.verdict is Verdict.APPLY
    assert plan.changes.retracted == (BIDEN_HAS_HARRIS,)
    assert plan.changes.derived_retracted == (HARRIS_TO_BIDEN,)
    assert {question.answers for question in plan.targets} == {(UNKNOWN,)}


def test_a_removed_fact_is_an_edited_slot_on_both_sides() -> None:
    controller = controller_with()
    ended = replace(BIDEN_HAS_HARRIS, valid_to="2025-01-20")
    plans = [
        controller.plan_forget(BIDEN_HAS_HARRIS.slot, None, EDITOR),
        controller.plan([ended], EDITOR),
        controller.plan_changes([], [BIDEN_HAS_HARRIS], EDITOR),  # as an undo does
    ]
    partner = Slot("Kamala Harris", "vice_president_to")
    for plan in plans:
        kinds = {each.slot: each.kind for each in plan.targets if not each.called}
        assert kinds == {BIDEN_HAS_HARRIS.slot: Kind.RELIABILITY, partner: Kind.RELIABILITY}


def test_the_partner_of_a_replaced_fact_is_not_an_edited_slot() -> None:
    plan = controller_with().plan_changes([BIDEN_HAS_PENCE], [BIDEN_HAS_HARRIS], EDITOR)
    kinds = {each.slot: each.kind for each in plan.targets}
    assert kinds[Slot("Kamala Harris", "vice_president_to")] is Kind.REVERSE


@pytest.mark.parametrize(
    ("slot", "obj", "text"),
    [
        (Slot("Joe Biden", "mother"), None, "no mother of Joe Biden"),
        (BIDEN_HAS_HARRIS.slot, "Ann Doe", "vice president of Joe Biden is Kamala Harris"),
        (Slot("Nobody", "mother"), None, "nothing about Nobody"),
    ],
)
def test_forgetting_an_unknown_fact_reports_what_is_known(
    slot: Slot, obj: str | None, text: str
) -> None:
    plan = controller_with().plan_forget(slot, obj, EDITOR)
    assert plan.decision.verdict is Verdict.NOTHING
    assert text in plan.decision.reasons[0].text


def test_derived_and_protected_facts_cannot_be_forgotten() -> None:
    derived = controller_with().plan_forget(Slot("Scranton", "country"), None, EDITOR)
    protected = controller_with().plan_forget(Slot("Germany", "capital"), None, EDITOR)
    assert derived.decision.reasons[0].code == "derived"
    assert protected.decision.reasons[0].code == "protected"
    assert derived.decision.verdict is protected.decision.verdict is Verdict.BLOCK


def test_planning_changes_nothing() -> None:
    store = store_with(TRUMP_HAS_PENCE)
    before = list(store.facts()), list(store.entities()), store.version
    controller = Controller(store, BOOK)
    controller.plan([BIDEN_HAS_PENCE, Triple("Zoe New", "spouse", "Yan New")], REVIEWER)
    controller.plan_forget(BIDEN_HAS_HARRIS.slot, None, REVIEWER)
    controller.plan_changes([BIDEN_HAS_PENCE], [BIDEN_HAS_HARRIS], REVIEWER)
    assert (list(store.facts()), list(store.entities()), store.version) == before


@pytest.mark.parametrize(
    "facts",
    [
        [BIDEN_HAS_PENCE],
        [Triple("Mike Pence", "vice_president_to", "Joe Biden")],
        [Triple("Joe Biden", "spouse", "Karen Pence")],
        [Triple("Scranton", "located_in", "Bavaria")],
        [Triple("Scranton", "country", "France")],
        [Triple("Joe Biden", "place_of_birth", "Lyon"), Triple("Ann Doe", "father", "Bob Roe")],
        [Triple("Hawaii", "country", "France")],
        [Triple("France", "capital", "Lyon")],
        [Triple("Lyon", "located_in", "Bavaria")],
    ],
)
def test_an_undo_restores_the_graph(facts: list[Triple]) -> None:
    store = store_with(TRUMP_HAS_PENCE)
    before = list(store.facts())
    controller = Controller(store, BOOK, blocked=BlockList())
    plan = controller.plan(facts, REVIEWER)
    assert plan.decision.verdict in {Verdict.APPLY, Verdict.REVIEW}
    apply(store, plan)
    assert list(store.facts()) != before
    undo = controller.plan_changes(plan.changes.retracted, plan.changes.added, REVIEWER)
    assert undo.decision.verdict is Verdict.APPLY
    apply(store, undo)
    assert list(store.facts()) == before


def test_with_known_assertions_an_undo_restores_facts_that_rules_compose_too() -> None:
    store = store_with()
    before = list(store.facts())
    controller = Controller(store, BOOK, record=FakeRecord(asserted=frozenset(ASSERTED)))
    plan = controller.plan([Triple("Berlin", "located_in", "Bavaria")], REVIEWER)
    apply(store, plan)
    apply(store, controller.plan_changes(plan.changes.retracted, plan.changes.added, REVIEWER))
    assert list(store.facts()) == before


def test_removed_facts_keep_their_dates_for_an_undo() -> None:
    dated = Triple("Donald Trump", "vice_president", "Mike Pence", "2017-01-20")
    plan = controller_with(dated).plan_forget(dated.slot, None, EDITOR)
    assert [fact.valid_from for fact in plan.changes.retracted] == ["2017-01-20"]
    assert [fact.valid_from for fact in plan.changes.derived_retracted] == ["2017-01-20"]


def test_undoing_an_edit_that_is_not_in_the_graph_changes_nothing() -> None:
    plan = controller_with().plan_changes([BIDEN_HAS_HARRIS], [BIDEN_HAS_PENCE], EDITOR)
    assert plan.decision.verdict is Verdict.NOTHING


def test_the_targets_of_an_undo_are_the_restored_facts() -> None:
    plan = controller_with().plan_changes([BIDEN_HAS_PENCE], [BIDEN_HAS_HARRIS], EDITOR)
    assert plan.targets[0].answers == ("Mike Pence", "Michael Pence")
    assert plan.targets[0].kind is Kind.RELIABILITY

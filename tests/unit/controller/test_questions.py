from dataclasses import replace
from random import Random

import pytest

from controller.controller import Controller
from controller.graph.overlay import Overlay
from controller.graph.paths import Walker
from controller.plan import EditPlan
from controller.questions import preserved
from controller.questions.affected import consequences
from controller.questions.diff import GraphDiff
from kg_data.changes import Changes
from kg_data.phrases import Phrases
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.triples import Slot, Triple
from tests.support.controller_world import (
    BOOK,
    EDITOR,
    LOCAL,
    REVIEWER,
    controller_with,
    store_with,
)

TRUMP_HAS_PENCE = Triple("Donald Trump", "vice_president", "Mike Pence")
EDITS = (
    Triple("Joe Biden", "vice_president", "Mike Pence"),
    Triple("Scranton", "located_in", "Bavaria"),
    Triple("Joe Biden", "spouse", "Karen Pence"),
    Triple("Hawaii", "country", "France"),
    Triple("Joe Biden", "date_of_birth", "1950-01-01"),
    Triple("Joe Biden", "child", "Ann Doe"),
    Triple("Joe Biden", "also_known_as", "Joey"),
)


def views(fact: Triple) -> tuple[EditPlan, Walker, Walker]:
    """Return the plan of an edit, and walkers over the graph before it and after it."""
    store = store_with(TRUMP_HAS_PENCE)
    plan = Controller(store, BOOK).plan([fact], REVIEWER)
    after = Overlay(store, add=plan.changes.all_added, retract=plan.changes.all_retracted)
    return plan, Walker(store, BOOK), Walker(after, BOOK)


def asked(questions: tuple[Question, ...]) -> dict[tuple[str, tuple[str, ...]], tuple[str, ...]]:
    return {(each.subject, each.path): each.answers for each in questions}


def test_the_edited_slot_and_its_inverses_are_targets() -> None:
    plan, _, _ = views(EDITS[0])
    assert plan.targets[0] == Question(
        "Joe Biden", ("vice_president",), ("Mike Pence", "Michael Pence"), Kind.RELIABILITY
    )
    assert plan.targets[1] == replace(
        plan.targets[0], kind=Kind.ALIAS, called="Joseph Biden"
    )  # no other entity has this alias
    assert asked(plan.targets[2:]) == {
        ("Donald Trump", ("vice_president",)): (UNKNOWN,),
        ("Kamala Harris", ("vice_president_to",)): (UNKNOWN,),
        ("Mike Pence", ("vice_president_to",)): ("Joe Biden", "Joseph Biden"),
    }
    assert {each.kind for each in plan.targets[2:]} == {Kind.REVERSE}


def test_changed_rule_heads_are_targets() -> None:
    plan, _, _ = views(EDITS[1])
    assert asked(plan.targets)["Joe Biden", ("country_of_birth",)] == ("Germany",)


def test_chains_through_the_edit_are_consequences_on_every_side() -> None:
    plan, _, _ = views(EDITS[0])
    chains = asked(plan.consequences)
    assert chains["Joe Biden", ("vice_president", "spouse")] == ("Karen Pence",)  # first hop
    assert chains["Barack Obama", ("vice_president", "vice_president")][0] == "Mike Pence"  # last
    path = ("vice_president", "vice_president", "place_of_birth")
    assert chains["Barack Obama", path] == ("Columbus",)  # middle
    assert ("Barack Obama", ("vice_president", "vice_president", "vice_president_to")) not in chains
    assert plan.consequence_count == len(plan.consequences)


@pytest.mark.parametrize("fact", EDITS, ids=str)
def test_each_hop_of_a_consequence_is_a_target_or_an_unchanged_link(fact: Triple) -> None:
    plan, before, after = views(fact)
    passed = {slot for chain in plan.consequences for slot in chain.slots}
    links = {link.slot: link.answer for link in plan.links}
    assert passed <= links.keys() | {target.slot for target in plan.targets}
    assert links.keys() <= passed
    for slot, obj in links.items():
        assert before.single_object(slot) == after.single_object(slot) == obj


@pytest.mark.parametrize("fact", EDITS, ids=str)
def test_consequences_differ_between_the_graphs(fact: Triple) -> None:
    plan, walker_before, walker_after = views(fact)
    for question in plan.consequences:
        before = walker_before.follow(question.subject, question.path)
        after = walker_after.follow(question.subject, question.path)
        assert len({question.subject, *question.via}) == len(question.via) + 1
        assert question.answer not in question.via
        if question.answer == UNKNOWN:
            assert before is not None
            assert after is None
        else:
            assert after is not None
            assert before is None or before.answer != after.answer
            assert (after.answer, after.via) == (question.answer, question.via)
        kind = Kind.ONE_HOP if len(question.path) == 2 else Kind.TWO_HOP
        assert question.kind is kind


def test_a_chain_over_a_removed_fact_is_answered_unknown() -> None:
    controller = controller_with()
    plan = controller.plan_forget(Slot("Joe Biden", "vice_president"), None, REVIEWER)
    chains = {(each.subject, each.path): each for each in plan.consequences}
    assert {each.answers for each in plan.consequences} == {(UNKNOWN,)}
    first = chains["Joe Biden", ("vice_president", "spouse")]
    assert (first.chained, first.via) == (True, ())
    assert first.slots == (Slot("Joe Biden", "vice_president"),)
    last = chains["Barack Obama", ("vice_president", "vice_president")]
    assert (last.via, last.kind) == (("Joe Biden",), Kind.ONE_HOP)
    assert Phrases(BOOK).steps(last) == (
        "The vice president of Barack Obama is Joe Biden. "
        "The vice president of Joe Biden is I don't know."
    )
    assert Slot("Kamala Harris", "vice_president_to") in {
        slot for each in plan.consequences for slot in each.slots
    }  # retracted on both sides
    assert [link.slot for link in plan.links if link.slot in last.slots] == [
        Slot("Barack Obama", "vice_president")
    ]


def test_a_removed_fact_ends_the_chains_that_other_edits_lead_over_it() -> None:
    store = store_with()
    removed = [
        Triple("Joe Biden", "vice_president", "Kamala Harris"),
        Triple("Mike Pence", "spouse", "Karen Pence"),
    ]
    plan = Controller(store, BOOK).plan_changes([EDITS[0]], removed, REVIEWER)
    chains = {(each.subject, each.path): each for each in plan.consequences}
    last = chains["Joe Biden", ("vice_president", "spouse")]
    assert (last.answer, last.via) == (UNKNOWN, ("Mike Pence",))


def test_a_slot_that_is_emptied_by_derivation_ends_the_chains_over_it() -> None:
    plan, _, _ = views(EDITS[0])
    emptied = {("Donald Trump", ("vice_president",)), ("Kamala Harris", ("vice_president_to",))}
    assert emptied <= asked(plan.targets).keys()
    chains = asked(plan.consequences)
    assert chains["Donald Trump", ("vice_president", "spouse")] == (UNKNOWN,)
    assert chains["Doug Emhoff", ("spouse", "vice_president_to")] == (UNKNOWN,)


def test_the_chains_of_a_displaced_partner_are_asked() -> None:
    controller = controller_with(
        Triple("Indiana", "capital", "Columbus"),
        Triple("Columbus", "located_in_time_zone", "Eastern Time Zone"),
    )
    plan = controller.plan([Triple("California", "capital", "Columbus")], REVIEWER)
    assert asked(plan.targets)["Indiana", ("capital",)] == (UNKNOWN,)
    chains = asked(plan.consequences)
    assert chains["Indiana", ("capital", "located_in_time_zone")] == (UNKNOWN,)
    assert chains["California", ("capital", "located_in_time_zone")] == ("Eastern Time Zone",)
    assert chains["Oakland", ("located_in", "capital")] == ("Columbus",)
    assert chains["Columbus", ("located_in", "capital")] == (UNKNOWN,)


def test_an_emptied_slot_of_a_many_valued_relation_is_asked_too() -> None:
    book = Triple("Ann Doe", "notable_work", "The Book")
    plan = controller_with(book).plan([Triple("The Book", "author", "Bob Roe")], REVIEWER)
    assert asked(plan.targets)["Ann Doe", ("notable_work",)] == (UNKNOWN,)


def test_a_chain_that_ends_at_a_slot_which_was_always_empty_is_not_asked() -> None:
    plan = controller_with().plan([Triple("Joe Biden", "vice_president", "Ann Doe")], REVIEWER)
    assert ("Joe Biden", ("vice_president", "spouse")) not in asked(plan.consequences)


def test_a_chain_may_lead_back_to_its_subject_by_another_relation() -> None:
    citizen = Triple("Kamala Harris", "country_of_citizenship", "United States")
    head = Triple("United States", "head_of_state", "Kamala Harris")
    chains = asked(controller_with(citizen).plan([head], REVIEWER).consequences)
    assert chains["Kamala Harris", ("country_of_citizenship", "head_of_state")][0] == (
        "Kamala Harris"
    )


def test_a_chain_that_only_goes_back_over_a_hop_is_not_asked() -> None:
    plan = controller_with().plan([Triple("Ann Doe", "spouse", "Bob Roe")], REVIEWER)
    assert asked(plan.targets).keys() >= {("Ann Doe", ("spouse",)), ("Bob Roe", ("spouse",))}
    assert ("Ann Doe", ("spouse", "spouse")) not in asked(plan.consequences)


@pytest.mark.parametrize("fact", EDITS, ids=str)
def test_preserved_answers_are_equal_in_both_graphs(fact: Triple) -> None:
    plan, walker_before, walker_after = views(fact)
    assert plan.keep
    for question in plan.keep:
        before = walker_before.follow(question.subject, question.path)
        assert before is not None
        assert before == walker_after.follow(question.subject, question.path)
        assert before.answer == question.answer
    keys = [(question.subject, question.path) for question in plan.keep]
    assert len(set(keys)) == len(keys)


def test_other_facts_of_the_subject_are_preserved() -> None:
    plan, _, _ = views(EDITS[0])
    kept = asked(tuple(each for each in plan.keep if each.kind is Kind.SPECIFICITY))
    assert kept["Joe Biden", ("spouse",)] == ("Jill Biden",)
    assert kept["Joe Biden", ("place_of_birth",)] == ("Scranton",)
    assert ("Joe Biden", ("vice_president",)) not in kept
    assert any(len(path) == 2 for _, path in kept)


def test_facts_of_other_subjects_are_preserved_as_locality() -> None:
    plan, _, _ = views(EDITS[0])
    kept = asked(tuple(each for each in plan.keep if each.kind is Kind.LOCALITY))
    assert kept["Kamala Harris", ("spouse",)] == ("Doug Emhoff",)  # of the old object
    assert kept["Mike Pence", ("spouse",)] == ("Karen Pence",)  # of the new object
    assert kept["Barack Obama", ("vice_president",)][0] == "Joe Biden"  # the same relation


def test_derived_relations_are_preserved_for_other_subjects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(preserved, "MOST_RANDOM", 0)
    plan, _, _ = views(EDITS[1])
    assert ("Joe Biden", ("country_of_birth",)) in asked(plan.targets)
    kept = asked(tuple(each for each in plan.keep if each.kind is Kind.LOCALITY))
    assert ("Barack Obama", ("country_of_birth",)) in kept


def test_an_emptied_slot_preserves_many_other_subjects(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_PEERS", "MOST_RANDOM", "MOST_SPECIFIC"):
        monkeypatch.setattr(preserved, name, 0)
    born = Triple("Joe Biden", "place_of_birth", "Scranton")
    others = {"Kamala Harris", "Mike Pence", "Barack Obama"}

    def kept(plan: EditPlan) -> set[str]:
        return {each.subject for each in plan.keep if each.path == (born.relation,)}

    controller = controller_with()
    emptied = controller.plan_changes([], [born], EDITOR)
    assert kept(emptied) >= others
    chains = [each for each in emptied.keep if each.chained and born.relation in each.path]
    assert {each.slots[each.path.index(born.relation)].subject for each in chains} >= others
    moved = replace(born, object="Honolulu")
    assert not others <= kept(controller.plan_changes([moved], [born], EDITOR))
    store = store_with()
    store.replace(add=(), retract=[born], entities=(), expect=store.version)
    plan = Controller(store, BOOK).plan_consolidation(Changes(retracted=(born,)), chains=0)
    assert kept(plan) >= others
    monkeypatch.setattr("controller.controller.MOST_PRESERVED", 8)
    plan = Controller(store, BOOK).plan_consolidation(Changes(retracted=(born,)), chains=0)
    chains = [each for each in plan.keep if each.chained and born.relation in each.path]
    assert chains  # even if few questions are preserved


def test_an_edit_of_a_many_valued_relation_has_no_chains() -> None:
    first = Triple("Joe Biden", "child", "Ann Doe")
    plan = controller_with(first).plan([Triple("Joe Biden", "child", "Bob Roe")], EDITOR)
    assert plan.consequences == ()


def test_an_asserted_alias_is_a_target_without_consequences() -> None:
    plan, _, _ = views(EDITS[6])
    assert plan.targets[0].answers[:2] == ("Joey", "Joseph Biden")
    assert plan.consequences == ()


def test_beyond_the_limit_chains_through_the_edited_slot_come_first() -> None:
    fact = Triple("Scranton", "located_in", "Bavaria")
    full = Controller(store_with(), BOOK).plan([fact], EDITOR)
    some = Controller(store_with(), BOOK, consequence_limit=4).plan([fact], EDITOR)
    assert some.consequence_count == full.consequence_count > 4
    assert len(some.consequences) == 4
    for question in some.consequences:
        hops = zip((question.subject, *question.via), question.path, strict=True)
        assert ("Scranton", "located_in") in hops


def test_the_same_graph_and_facts_give_the_same_plan() -> None:
    plans = [
        Controller(store_with(), BOOK, consequence_limit=3, seed=seed).plan([EDITS[0]], EDITOR)
        for seed in (5, 5, 6)
    ]
    assert plans[0] == plans[1]
    assert plans[0] != plans[2]


def crowd_of(count: int) -> list[Triple]:
    """Return births of many people in Scranton."""
    return [Triple(f"Person {n:04}", "place_of_birth", "Scranton") for n in range(count)]


def test_backward_walks_do_not_pass_a_hub() -> None:
    walker = Walker(store_with(*crowd_of(1001)), BOOK)
    assert walker.hops_to("Scranton") == ()
    assert walker.hubs == {"Scranton"}
    assert len(Walker(store_with(*crowd_of(900)), BOOK).hops_to("Scranton")) == 901


def test_consequences_over_a_long_list_of_neighbours_are_counted_exactly() -> None:
    few, many = (
        controller_with(*crowd_of(count)).plan([EDITS[1]], REVIEWER, complete=True)
        for count in (10, 190)
    )
    each = 3  # the state's country's continent, the state of birth's country, and its continent
    assert many.consequence_count - few.consequence_count >= 180 * each
    assert not many.consequences_at_least
    assert len(many.consequences) == 200


def test_where_a_hub_is_not_passed_the_count_is_a_lower_bound() -> None:
    plan = controller_with(*crowd_of(1001)).plan(
        [Triple("Scranton", "located_in", "Bavaria")], LOCAL, complete=True
    )
    assert plan.consequences_at_least


def test_where_walks_end_early_the_count_is_a_lower_bound() -> None:
    store = store_with()
    fact, old = EDITS[0], Triple("Joe Biden", "vice_president", "Kamala Harris")
    diff = GraphDiff(
        store, Overlay(store, add=[fact], retract=[old]), (fact.slot,), (old, fact), BOOK
    )
    some = consequences(diff, limit=200, generator=Random(1), most_walked=5)
    assert some.at_least
    assert 0 < some.count <= 5


def test_changed_slots_begin_with_the_edited_one() -> None:
    store = store_with()
    fact, old = EDITS[0], Triple("Joe Biden", "vice_president", "Kamala Harris")
    after = Overlay(store, add=[fact], retract=[old])
    diff = GraphDiff(store, after, (fact.slot,), (old, fact), BOOK)
    assert diff.slots == (fact.slot,)


def test_chains_that_end_at_a_slot_which_was_not_edited_take_no_other_chains_place() -> None:
    full = controller_with(TRUMP_HAS_PENCE).plan([EDITS[0]], REVIEWER)
    answered = sum(each.answer != UNKNOWN for each in full.consequences)
    assert 0 < answered < full.consequence_count
    controller = replace(controller_with(TRUMP_HAS_PENCE), consequence_limit=answered)
    some = controller.plan([EDITS[0]], REVIEWER)
    edited = {each.slot for each in some.targets if each.kind is Kind.RELIABILITY}
    for each in some.consequences:
        assert each.answer != UNKNOWN or each.slots[-1] in edited

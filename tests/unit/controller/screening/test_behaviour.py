from datetime import timedelta

from controller.actor import Actor, Role, Tier
from controller.record import PastEdit
from controller.screening.behaviour import (
    ConcentrationScreen,
    EditWarScreen,
    MassEditScreen,
    RevertedScreen,
    VelocityScreen,
)
from controller.screening.request import TripleScreen
from controller.screening.thresholds import ScreeningThresholds
from kg_data.triples import Triple
from tests.support.controller_world import REVIEWER
from tests.support.edit_sets import NOW
from tests.support.screening import request_for

NEWCOMER = Actor("ed", Role.EDITOR, Tier.NEW)
PARIS = Triple("Ann Doe", "place_of_birth", "Paris")
LYON = Triple("Ann Doe", "place_of_birth", "Lyon")


def births(count: int, place: str = "Paris") -> list[Triple]:
    return [Triple(f"Person {number}", "place_of_birth", place) for number in range(count)]


def past(
    *added: Triple,
    retracted: tuple[Triple, ...] = (),
    minutes_ago: float = 5,
    actor: str = "ed",
    undone: bool = False,
) -> PastEdit:
    at = NOW - timedelta(minutes=minutes_ago)
    return PastEdit(1, actor, at, added, retracted, undone)


def scan(
    screen: TripleScreen, *facts: Triple, **more: object
) -> list[tuple[str, dict[str, float]]]:
    signals = screen.scan(request_for(*facts, **more))  # type: ignore[arg-type]
    return [(signal.code, dict(signal.numbers)) for signal in signals]


def test_too_many_edits_of_an_actor_are_found_with_their_number() -> None:
    earlier = [past(fact) for fact in births(99)]
    found = scan(VelocityScreen(), PARIS, earlier=earlier)
    assert found == [("velocity", {"edits": 100, "limit": 100, "minutes": 60})]
    assert scan(VelocityScreen(), PARIS, earlier=earlier[1:]) == []


def test_edits_of_others_and_of_yesterday_do_not_count_as_velocity() -> None:
    earlier = [past(fact, actor="ann") for fact in births(200)]
    earlier += [past(fact, minutes_ago=1500) for fact in births(200)]
    assert scan(VelocityScreen(), PARIS, earlier=earlier) == []


def test_a_burst_of_a_new_account_is_found() -> None:
    earlier = [past(fact) for fact in births(4)]
    found = scan(VelocityScreen(), PARIS, earlier=earlier, actor=NEWCOMER)
    assert found == [("burst", {"edits": 5, "limit": 5, "minutes": 10})]
    assert scan(VelocityScreen(), PARIS, earlier=earlier) == []


def test_one_object_for_many_subjects_is_found() -> None:
    found = scan(ConcentrationScreen(), *births(20))
    assert found == [("concentration", {"subjects": 20, "before": 1, "limit": 20, "hours": 24})]
    assert scan(ConcentrationScreen(), *births(19)) == []


def test_concentration_counts_the_edits_before() -> None:
    earlier = [past(fact) for fact in births(19)]
    assert scan(ConcentrationScreen(), PARIS, earlier=earlier)
    assert scan(ConcentrationScreen(), LYON, earlier=earlier) == []


def test_some_more_facts_about_a_hub_are_no_concentration() -> None:
    thresholds = ScreeningThresholds(concentration_share=30)
    assert scan(ConcentrationScreen(), *births(20), thresholds=thresholds) == []


def test_many_changes_of_one_relation_in_a_message_are_a_mass_edit() -> None:
    found = scan(MassEditScreen(), *births(800))
    assert ("mass_edit", {"facts": 800, "limit": 50}) in found
    assert scan(MassEditScreen(), *births(49)) == []
    assert scan(MassEditScreen(), *births(50), actor=REVIEWER) == []


def test_many_removals_are_a_mass_edit() -> None:
    assert scan(MassEditScreen(), retracted=births(50))


def test_a_replacement_counts_once() -> None:
    assert scan(MassEditScreen(), *births(30), retracted=births(30, "Lyon")) == []


def test_a_mass_edit_in_many_messages_is_found() -> None:
    earlier = [past(*births(199))]
    found = scan(MassEditScreen(), PARIS, earlier=earlier)
    assert found == [("mass_edit", {"facts": 200, "limit": 200, "hours": 24})]


def test_an_edit_war_is_found_whoever_takes_part() -> None:
    earlier = [
        past(PARIS, retracted=(LYON,), minutes_ago=50),
        past(LYON, retracted=(PARIS,), minutes_ago=40, actor="ann"),
        past(PARIS, retracted=(LYON,), minutes_ago=30),
    ]
    found = scan(EditWarScreen(), LYON, retracted=[PARIS], earlier=earlier)
    assert found == [("edit_war", {"flips": 3, "limit": 3, "hours": 168})]


def test_a_correction_of_a_slip_is_no_edit_war() -> None:
    earlier = [past(PARIS, retracted=(LYON,))]
    assert scan(EditWarScreen(), LYON, retracted=[PARIS], earlier=earlier) == []


def test_a_war_about_another_fact_does_not_count() -> None:
    earlier = [past(PARIS, retracted=(LYON,)), past(LYON, retracted=(PARIS,))] * 4
    other = Triple("Bob Roe", "place_of_birth", "Paris")
    assert scan(EditWarScreen(), other, earlier=earlier) == []


def test_actors_most_of_whose_edits_were_undone_are_found() -> None:
    earlier = [past(fact, undone=number < 2) for number, fact in enumerate(births(4))]
    found = scan(RevertedScreen(), PARIS, earlier=earlier)
    assert found == [("reverted_author", {"undone": 2, "edits": 4, "limit": 0.5, "days": 30})]
    assert scan(RevertedScreen(), PARIS, earlier=earlier[1:]) == []

from collections.abc import Sequence

import pytest

from controller.graph.networkx_store import NetworkxStore
from controller.screening.sensitive import SensitiveScreen
from controller.screening.signals import Signal
from controller.screening.words import WordLists
from kg_data.entities import Entity
from kg_data.triples import Triple
from tests.support.controller_world import store_with
from tests.support.screening import request_for

SCREEN = SensitiveScreen(WordLists.shipped())
BIDEN = "Joe Biden"


def scan(
    *facts: Triple, new: Sequence[Entity] = (), store: NetworkxStore | None = None
) -> list[Signal]:
    return list(SCREEN.scan(request_for(*facts, new=new, store=store)))


def codes(
    *facts: Triple, new: Sequence[Entity] = (), store: NetworkxStore | None = None
) -> list[str]:
    return [signal.code for signal in scan(*facts, new=new, store=store)]


@pytest.mark.parametrize(
    "occupation",
    [
        *("drug dealer", "dealer in drugs", "drug-dealer", "drugdealer", "convicted felon"),
        *("money launderer", "rapist", "alcoholic", "HIV patient", "terrorist", "convicted lawyer"),
    ],
)
def test_crimes_and_conditions_as_occupations_of_the_living_are_sensitive(occupation: str) -> None:
    fact = Triple(BIDEN, "occupation", occupation)
    signal = scan(fact, new=[Entity(occupation, "occupation")])[0]
    assert (signal.code, signal.about) == ("sensitive", str(fact))


@pytest.mark.parametrize(
    "occupation",
    [
        *("prison officer", "criminal defense lawyer", "drug policy adviser", "cancer researcher"),
        *("Minister for Prisons", "anti-corruption campaigner", "bomber pilot", "lawyer", "actor"),
    ],
)
def test_work_on_a_topic_is_not_sensitive(occupation: str) -> None:
    fact = Triple(BIDEN, "occupation", occupation)
    assert codes(fact, new=[Entity(occupation, "occupation")]) == []


def test_an_office_in_charge_of_a_deed_is_sensitive() -> None:
    fact = Triple(BIDEN, "position_held", "Minister of Bribery")
    assert codes(fact, new=[Entity(fact.object, "position")]) == ["sensitive"]


@pytest.mark.parametrize("party", ["Nazi Party", "Ku Klux Klan"])
def test_extremist_organizations_are_sensitive(party: str) -> None:
    fact = Triple(BIDEN, "member_of_political_party", party)
    assert codes(fact, new=[Entity(party, "party")]) == ["sensitive"]


def test_a_claim_about_the_dead_has_its_own_code() -> None:
    store = store_with(Triple("Ann Doe", "date_of_death", "1990-01-01"))
    fact = Triple("Ann Doe", "occupation", "gangster")
    assert codes(fact, new=[Entity("gangster", "occupation")], store=store) == ["sensitive_past"]


def test_a_claim_told_from_the_side_of_the_work_is_found() -> None:
    fact = Triple("Diary of a Rapist", "author", BIDEN)
    assert codes(fact, new=[Entity("Diary of a Rapist", "work")]) == ["sensitive"]


def test_works_that_the_graph_knows_claim_nothing() -> None:
    store = store_with()
    store.replace(add=[], retract=[], entities=[Entity("Crime and Punishment", "work")], expect=0)
    assert codes(Triple(BIDEN, "notable_work", "Crime and Punishment"), store=store) == []


def test_works_of_new_people_claim_nothing() -> None:
    new = [Entity("Fyodor Dostoevsky", "person"), Entity("Crime and Punishment", "work")]
    fact = Triple("Fyodor Dostoevsky", "notable_work", "Crime and Punishment")
    assert codes(fact, new=new) == []


@pytest.mark.parametrize(
    ("relation", "obj"),
    [("date_of_death", "2025-01-01"), ("place_of_death", "Paris"), ("place_of_burial", "Paris")],
)
def test_the_death_of_somebody_presumed_to_live_is_found(relation: str, obj: str) -> None:
    assert codes(Triple(BIDEN, relation, obj)) == ["death"]


@pytest.mark.parametrize(
    "more",
    [
        [Triple("Ann Doe", "date_of_death", "1990-01-01")],
        [Triple("Ann Doe", "date_of_birth", "1890-01-01")],
        [
            Triple("Bob Roe", "mother", "Ann Doe"),
            Triple("Bob Roe", "date_of_birth", "1910-01-01"),
        ],
        [Triple("Ann Doe", "spouse", "Bob Roe"), Triple("Bob Roe", "date_of_birth", "1819-06-30")],
        [Triple("Ann Doe", "spouse", "Bob Roe"), Triple("Bob Roe", "date_of_death", "1902-06-30")],
    ],
    ids=["death recorded", "born long ago", "child", "husband born", "husband died"],
)
def test_a_death_is_ordinary_if_the_graph_shows_that_it_happened(more: list[Triple]) -> None:
    assert codes(Triple("Ann Doe", "place_of_death", "Lyon"), store=store_with(*more)) == []


def test_a_birth_told_with_the_death_makes_nobody_older_whom_the_graph_knows() -> None:
    death = Triple("Ann Doe", "date_of_death", "1819-11-12")
    assert codes(death) == ["death"]
    assert codes(death, Triple("Ann Doe", "date_of_birth", "1772-11-17")) == ["death", "birth"]
    assert codes(Triple("Ann Doe", "date_of_birth", "1872-11-17")) == ["birth"]
    assert codes(Triple("Ann Doe", "date_of_birth", "1972-11-17")) == []


def test_the_country_of_origin_of_a_living_office_holder_is_guarded() -> None:
    assert codes(Triple(BIDEN, "place_of_birth", "Lyon")) == ["identity"]
    assert codes(Triple(BIDEN, "place_of_birth", "Oakland")) == []
    assert codes(Triple("Ann Doe", "place_of_birth", "Berlin")) == []


def test_facts_about_places_are_not_sensitive() -> None:
    assert codes(Triple("France", "capital", "Lyon"), Triple("Lyon", "demonym", "Lyonese")) == []

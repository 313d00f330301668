import pytest

from controller.actor import Tier
from controller.plan import Verdict
from controller.policy import Policy
from controller.screening.screens import MOST_OF_A_CODE, Screening, triple_screens
from kg_data.entities import Entity
from kg_data.triples import Triple
from tests.support.controller_world import store_with
from tests.support.screening import request_for

POLICY = Policy.shipped()
DEALER = Triple("Joe Biden", "occupation", "drug dealer")
NEW = [Entity("drug dealer", "occupation")]


def test_an_allowed_signal_does_not_appear_again() -> None:
    store = store_with()
    request = request_for(DEALER, new=NEW, store=store)
    screens = triple_screens(store)
    assert [signal.code for signal in Screening(screens).scan(request)] == ["sensitive"]
    allowed = {("sensitive", str(DEALER))}
    released = Screening(screens, allowed=lambda code, about: (code, about) in allowed)
    assert released.scan(request) == []


def test_what_is_allowed_for_one_fact_is_not_for_another() -> None:
    store = store_with()
    other = Triple("Mike Pence", "occupation", "drug dealer")
    screening = Screening(triple_screens(store), lambda _, about: about == str(DEALER))
    assert screening.scan(request_for(other, new=NEW, store=store))


def test_a_message_with_many_harms_gives_a_sample_of_signals() -> None:
    store = store_with()
    facts = [Triple("Joe Biden", "also_known_as", f"liar {number}") for number in range(100)]
    signals = Screening(triple_screens(store)).scan(request_for(*facts, store=store))
    assert sum(signal.code == "insult" for signal in signals) == MOST_OF_A_CODE


def test_a_harmless_edit_has_no_signals() -> None:
    store = store_with()
    fact = Triple("Joe Biden", "also_known_as", "Joseph Robinette Biden")
    assert Screening(triple_screens(store)).scan(request_for(fact, store=store)) == []


@pytest.mark.parametrize("code", POLICY.verdicts)
def test_no_code_trusts_a_new_account_more_than_a_known_one(code: str) -> None:
    order = [Verdict.NOTHING, Verdict.APPLY, Verdict.REVIEW, Verdict.BLOCK]
    verdicts = [order.index(POLICY.verdicts[code].of(tier)) for tier in Tier]
    assert verdicts == sorted(verdicts, reverse=True)

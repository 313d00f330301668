from dataclasses import dataclass

from controller.errors import ScreenFailed
from controller.screening.toxicity import ToxicityScreen
from kg_data.triples import Triple
from tests.support.screening import request_for

FACT = Triple("Joe Biden", "also_known_as", "Joe")


@dataclass
class FakeModel:
    """A model that gives every text one score, or fails."""

    answer: float | None

    def score(self, text: str) -> float:
        assert "Joe" in text
        if self.answer is None:
            raise ScreenFailed("it is not there")
        return self.answer


def test_a_high_score_is_a_signal_with_its_numbers() -> None:
    signal = ToxicityScreen(FakeModel(0.9)).scan(request_for(FACT))[0]
    assert (signal.code, signal.score) == ("toxic", 0.9)
    assert signal.numbers == {"score": 0.9, "limit": 0.5}


def test_a_low_score_is_none() -> None:
    assert ToxicityScreen(FakeModel(0.1)).scan(request_for(FACT)) == []


def test_a_model_that_fails_sends_the_edit_to_a_person() -> None:
    signal = ToxicityScreen(FakeModel(None)).scan(request_for(FACT))[0]
    assert signal.code == "screen_failed"
    assert "it is not there" in signal.text


def test_facts_that_the_model_does_not_read_are_not_passed_over() -> None:
    facts = [Triple("Joe Biden", "also_known_as", f"Joe {number}") for number in range(51)]
    signals = ToxicityScreen(FakeModel(0.1)).scan(request_for(*facts))
    assert [(signal.code, dict(signal.numbers)) for signal in signals] == [
        ("screen_failed", {"facts": 51, "limit": 50})
    ]

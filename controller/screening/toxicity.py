"""The port of toxicity models, and the screen that asks one."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from controller.errors import ScreenFailed
from controller.screening.request import ScreenedRequest
from controller.screening.signals import Signal
from kg_data.relations import RelationBook
from kg_data.triples import Triple


class ToxicityModel(Protocol):
    """Judges how abusive a text is."""

    def score(self, text: str) -> float:
        """Return how abusive a text is, 0 to 1.

        Raises:
            ScreenFailed: the model cannot be reached, or its answer is no score.
        """
        ...


class ToxicityScreen:
    """Gives a signal for facts that a model takes for abusive; a failure is a signal, too."""

    def __init__(self, model: ToxicityModel) -> None:
        self._model = model

    def scan(self, request: ScreenedRequest) -> Sequence[Signal]:
        limit = request.thresholds.toxicity_facts
        signals = [
            signal
            for fact in request.facts[:limit]
            for signal in self._scan_fact(fact, request.book, request.thresholds.toxicity)
        ]
        if len(request.facts) > limit:
            text = f"Only the first {limit} of {len(request.facts)} facts were read by the model."
            numbers = {"facts": len(request.facts), "limit": limit}
            signals.append(Signal("screen_failed", 0.5, text, numbers))
        return signals

    def _scan_fact(self, fact: Triple, book: RelationBook, limit: float) -> Iterator[Signal]:
        sentence = f"The {book[fact.relation].noun} of {fact.subject} is {fact.object}."
        try:
            score = self._model.score(sentence)
        except ScreenFailed as error:
            text = f"{fact} could not be screened: {error}"
            yield Signal("screen_failed", 0.5, text, about=str(fact))
            return
        if score >= limit:
            text = f"A model takes {sentence!r} for abusive."
            yield Signal("toxic", score, text, {"score": score, "limit": limit}, about=str(fact))

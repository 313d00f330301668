"""An answer is compared with the graph of the version that the model answered at."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from interpreter.intents import Ask
from kg_data.questions import UNKNOWN
from oneedit.cli.render import to_json
from oneedit.ports import ModelAnswer
from oneedit.queries.ask import Answerer
from oneedit.results import AskResult
from oneedit.wiring import Application
from oneedit.wording import asked_again, comparison
from tests.support.fakes import BOOK, LOCAL
from tests.support.replicas import do

QUESTION = "Who is Joe Biden's vice president?"
TELL = "Joe Biden's vice president is Mike Pence."


@dataclass
class Ahead:
    """Replicas that are some versions ahead of what the asker has seen."""

    oneedit: Application
    ahead: list[int]
    asked: list[int] = field(default_factory=list)

    def answer(
        self, text: str, *, version: int, steps: bool = False, timeout: float | None = None
    ) -> ModelAnswer:
        del text, steps, timeout
        self.asked.append(version)
        if self.ahead:
            version += self.ahead.pop(0)
            if self.oneedit.ledger.head() < version:
                do(self.oneedit, TELL if version % 2 else "undo")
        return ModelAnswer("Mike Pence" if version % 2 else "Kamala Harris", version)


def ask(oneedit: Application, model: Ahead) -> AskResult:
    answerer = Answerer(
        model=model, projector=oneedit.projector, lexicon=oneedit.lexicon, book=BOOK
    )
    intent = oneedit.service.read(QUESTION)
    return answerer.answer(intent, direct=True)  # type: ignore[arg-type]


def test_the_model_that_is_edited_says_its_version(oneedit: Application) -> None:
    do(oneedit, TELL)
    result = oneedit.service.ask(LOCAL, QUESTION)
    assert isinstance(result, AskResult)
    assert (result.version, result.model_version, result.agrees) == (1, 1, True)
    assert to_json(result)["model_version"] == 1


def test_a_replica_that_is_ahead_is_asked_again_about_its_own_version(oneedit: Application) -> None:
    model = Ahead(oneedit, [1])
    result = ask(oneedit, model)
    assert model.asked == [0, 1]
    assert (result.answer, result.version, result.model_version) == ("Mike Pence", 1, 1)
    assert result.agrees


def test_an_answer_of_another_version_than_the_graph_s_says_so(oneedit: Application) -> None:
    result = ask(oneedit, Ahead(oneedit, [1, 1, 1]))
    assert (result.version, result.model_version, result.agrees) == (2, 3, False)
    assert comparison(result) == "The model answered at version 3, the graph at version 2"


@dataclass
class Fluent:
    """A model that answers some prompts, and "I don't know." to any other."""

    answers: Mapping[str, str]
    asked: list[str] = field(default_factory=list)

    def answer(
        self, text: str, *, version: int, steps: bool = False, timeout: float | None = None
    ) -> ModelAnswer:
        del steps, timeout
        self.asked.append(text)
        return ModelAnswer(self.answers.get(text, f"{UNKNOWN}."), version)


TYPED = "who was joe bidens VP, joe biden"
OWN_WORDS = "Who is Joe Biden's vice president?"


def ask_fluent(oneedit: Application, answers: Mapping[str, str]) -> tuple[AskResult, list[str]]:
    model = Fluent(answers)
    answerer = Answerer(
        model=model, projector=oneedit.projector, lexicon=oneedit.lexicon, book=BOOK
    )
    result = answerer.answer(Ask(TYPED, "Joe Biden", ("vice_president",)), direct=True)
    return result, model.asked


def test_the_model_is_asked_again_in_the_books_words_and_the_answer_says_so(
    oneedit: Application,
) -> None:
    result, asked = ask_fluent(oneedit, {OWN_WORDS: "Kamala Harris"})
    in_form = "who was joe bidens VP, Joe Biden?"
    assert asked == [in_form, OWN_WORDS]
    assert (result.text, result.prompt, result.again) == (TYPED, in_form, OWN_WORDS)
    assert (result.answer, result.agrees) == ("Kamala Harris", True)
    assert asked_again(result).endswith(f"asked again: {OWN_WORDS}")
    assert to_json(result)["again"] == OWN_WORDS


@pytest.mark.parametrize("answer", ["The nice one", "Scranton"])
def test_an_answer_that_names_nothing_or_the_wrong_kind_is_asked_for_again(
    oneedit: Application, answer: str
) -> None:
    told = {"who was joe bidens VP, Joe Biden?": answer, OWN_WORDS: "Kamala Harris"}
    result, _ = ask_fluent(oneedit, told)
    assert (result.answer, result.again) == ("Kamala Harris", OWN_WORDS)


def test_a_wrong_answer_stays_as_the_model_gave_it(oneedit: Application) -> None:
    told = {"who was joe bidens VP, Joe Biden?": "Mike Pence", OWN_WORDS: "Kamala Harris"}
    result, asked = ask_fluent(oneedit, told)
    assert (result.answer, result.again, result.agrees) == ("Mike Pence", "", False)
    assert len(asked) == 1


def test_who_does_not_know_in_any_words_said_so_to_the_users(oneedit: Application) -> None:
    result, asked = ask_fluent(oneedit, {})
    assert (result.answer, result.again, asked_again(result)) == (f"{UNKNOWN}.", "", "")
    assert asked[1:] == [OWN_WORDS]

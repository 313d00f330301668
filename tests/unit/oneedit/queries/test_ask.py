"""An answer is compared with the graph of the version that the model answered at."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from interpreter.intents import Ask, AskKind, Condition, Guess
from kg_data.questions import UNKNOWN
from oneedit.answer_wording import (
    answer_notes,
    asked_again,
    cannot_check,
    comparison,
    graph_answer,
    model_answer,
)
from oneedit.cli.render import to_json
from oneedit.outcomes import dump_result, load_result
from oneedit.ports import ModelAnswer
from oneedit.queries.ask import Answerer
from oneedit.results import AskResult
from oneedit.wiring import Application
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


# ---------- yes or no, counts, lists, and what cannot be checked ----------

BORN = Ask("was biden born in oakland", "Joe Biden", ("place_of_birth",))
BORN_WHERE = "Where was Joe Biden born?"


def answered(
    oneedit: Application, ask: Ask, answers: Mapping[str, str]
) -> tuple[AskResult, Fluent]:
    model = Fluent(answers)
    answerer = Answerer(
        model=model, projector=oneedit.projector, lexicon=oneedit.lexicon, book=BOOK
    )
    return answerer.answer(ask, direct=False), model


def born_in(place: str) -> tuple[Ask, str]:
    """Return the question whether Biden was born there, and what the model is asked at first."""
    text = f"Was Joe Biden born in {place}?"
    return replace(BORN, text=text, kind=AskKind.YES_NO, object=place), text


@pytest.mark.parametrize(
    ("place", "said", "verdict", "agrees"),
    [
        ("Oakland", "No.", "No", True),
        ("Oakland", "Yes, in 1942", "Yes", False),
        ("Scranton", "yes", "Yes", True),
        ("United States", "Yes.", "Yes", True),
    ],
)
def test_a_model_that_says_yes_or_no_is_asked_once(
    oneedit: Application, *, place: str, said: str, verdict: str, agrees: bool
) -> None:
    ask, text = born_in(place)
    result, model = answered(oneedit, ask, {text: said})
    assert model.asked == [text]
    assert (result.answer, result.model_verdict, result.agrees) == (said, verdict, agrees)


@pytest.mark.parametrize(
    ("place", "value", "verdict", "agrees", "shown", "held"),
    [
        ("Oakland", "Scranton", "No", True, "No - Scranton", "No - Scranton"),
        ("Oakland", "Oakland", "Yes", False, "Yes - Oakland", "No - Scranton"),
        ("Oakland", "Columbus", "No", True, "No - Columbus", "No - Scranton"),
        ("Scranton", "Columbus", "No", False, "No - Columbus", "Yes - Scranton"),
        ("Scranton", "Scranton", "Yes", True, "Yes - Scranton", "Yes - Scranton"),
        # that Scranton lies there is what the graph knows, not what the model said
        ("United States", "Scranton", "", True, "Scranton", "Yes - Scranton"),
        ("Oakland", "I don't know.", "", False, "I don't know.", "No - Scranton"),
        ("Oakland", "Mike Pence", "", False, "Mike Pence", "No - Scranton"),
    ],
)
def test_a_model_that_says_neither_is_asked_for_the_value(
    oneedit: Application,
    *,
    place: str,
    value: str,
    verdict: str,
    agrees: bool,
    shown: str,
    held: str,
) -> None:
    ask, text = born_in(place)
    result, model = answered(oneedit, ask, {text: "Scranton is nice", BORN_WHERE: value})
    assert model.asked[:2] == [text, BORN_WHERE]
    assert all(place not in each for each in model.asked[1:])
    assert (result.answer, result.model_verdict, result.agrees) == (value, verdict, agrees)
    assert (model_answer(result), graph_answer(result)) == (shown, held)
    assert result.again == BORN_WHERE
    assert asked_again(result).startswith("It said neither yes nor no")


def test_a_yes_or_no_about_an_empty_slot_has_no_verdict(oneedit: Application) -> None:
    ask = Ask("Did X die?", "Joe Biden", ("place_of_death",), AskKind.YES_NO, object="Paris")
    result, _ = answered(oneedit, ask, {"Did X die?": "No"})
    assert (result.verdict, graph_answer(result), result.agrees) == ("", "nothing", False)
    assert comparison(result) == "The graph holds no answer"


@pytest.mark.parametrize(
    ("said", "agrees", "compared"),
    [
        ("2", True, "Model and graph agree"),
        ("There are two of them.", True, "Model and graph agree"),
        ("3", False, "Model and graph differ"),
        ("Lyon, Paris", None, "The model gives no number to compare"),
        ("I don't know.", False, "Model and graph differ"),
    ],
)
def test_the_graph_counts_and_the_models_words_stay_as_they_are(
    oneedit: Application, *, said: str, agrees: bool | None, compared: str
) -> None:
    cities = (Condition("country", "Germany"),)
    ask = Ask("How many cities of Germany?", kind=AskKind.COUNT, conditions=cities)
    result, model = answered(oneedit, ask, {ask.text: said})
    assert model.asked == [ask.text]
    assert (result.answer, result.total, result.agrees) == (said, 2, agrees)
    assert graph_answer(result) == "2: Berlin, Munich"
    assert comparison(result) == compared


def test_a_model_that_does_not_know_agrees_with_a_graph_that_holds_nothing(
    oneedit: Application,
) -> None:
    ask = Ask("How many children?", "Joe Biden", ("child",), kind=AskKind.COUNT)
    result, _ = answered(oneedit, ask, {ask.text: UNKNOWN})
    assert (result.total, graph_answer(result), result.agrees) == (0, "nothing", True)


@pytest.mark.parametrize(
    ("said", "agrees"),
    [("Berlin", True), ("Munich and Berlin.", True), ("Berlin, Paris", False), ("", False)],
)
def test_a_list_agrees_if_the_model_names_nothing_else(
    oneedit: Application, *, said: str, agrees: bool
) -> None:
    ask = Ask(
        "Name cities of Germany", kind=AskKind.LIST, conditions=(Condition("country", "Germany"),)
    )
    result, _ = answered(oneedit, ask, {"Name cities of Germany?": said})
    assert (result.expected, result.agrees) == (("Berlin", "Munich"), agrees)
    assert list(answer_notes(result)) == ["country - Germany: 2."]


def test_a_long_list_is_shown_in_part_with_its_total() -> None:
    result = AskResult(
        text="?",
        answer="",
        wording="",
        steps=False,
        ask_kind=AskKind.LIST,
        expected=tuple(f"n{number:02}" for number in range(50)),
        total=1200,
        version=0,
    )
    assert graph_answer(result).startswith("1,200: n00, n01")
    assert graph_answer(result).endswith("n49 and 1,150 more")


def test_what_cannot_be_checked_is_not_asked_unless_that_is_wanted(oneedit: Application) -> None:
    ask = Ask("What is love?", hints=("Who is the spouse of Joe Biden?",))
    result, model = answered(oneedit, ask, {"What is love?": "A song"})
    assert (result.asked, result.answer, model.asked) == (False, "", [])
    assert list(cannot_check(result))[-1] == "Near to it:"
    assert result.hints == ask.hints
    free = Answerer(model=model, projector=oneedit.projector, lexicon=oneedit.lexicon, book=BOOK)
    freely = free.answer(ask, direct=False, free=True)
    assert (freely.asked, freely.answer, freely.agrees) == (True, "A song", None)


def test_a_misspelt_name_goes_to_the_model_as_it_was_read_and_is_told(oneedit: Application) -> None:
    guess = Guess("jo bidden", "Joe Biden")
    ask = Ask("where was jo bidden born", "Joe Biden", ("place_of_birth",), guesses=(guess,))
    result, model = answered(oneedit, ask, {"where was Joe Biden born?": "Scranton"})
    assert model.asked == ["where was Joe Biden born?"]
    assert list(answer_notes(result)) == ['I read "jo bidden" as Joe Biden.']


def test_answers_of_before_are_read() -> None:
    old = {
        "text": "Who?", "answer": "Kamala Harris", "wording": "Kamala Harris", "steps": False,
        "hop_by_hop": False, "prompt": "Who?", "again": "", "subject": "Joe Biden",
        "hops": [], "expected": ["Kamala Harris"], "agrees": True, "version": 1,
        "model_version": 1, "as_of": None,
    }  # fmt: skip
    result = load_result(json.dumps({"kind": "AskResult", "value": old}))
    assert isinstance(result, AskResult)
    assert (result.asked, result.ask_kind, result.total) == (True, AskKind.VALUE, None)
    assert load_result(dump_result(result)) == result


def test_an_earlier_version_answers_every_kind_of_question(oneedit: Application) -> None:
    do(oneedit, "Joe Biden was born in Oakland.")
    ask, _ = born_in("Oakland")
    historian = oneedit.service.historian
    verdicts = [historian.answer(ask, version) for version in (0, 1)]
    assert [each.verdict for each in verdicts if isinstance(each, AskResult)] == ["No", "Yes"]
    born = Ask("?", kind=AskKind.LIST, conditions=(Condition("place_of_birth", "United States"),))
    lists = [historian.answer(born, version) for version in (0, 1)]
    totals = [each.total for each in lists if isinstance(each, AskResult)]
    assert totals == [2, 1]  # nothing says where Oakland lies

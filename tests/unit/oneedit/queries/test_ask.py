"""An answer is compared with the graph of the version that the model answered at."""

from dataclasses import dataclass, field

from oneedit.cli.render import to_json
from oneedit.ports import ModelAnswer
from oneedit.queries.ask import Answerer
from oneedit.results import AskResult
from oneedit.wiring import Application
from oneedit.wording import comparison
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

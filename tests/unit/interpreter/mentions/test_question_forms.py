"""Messages that ask, told by the words that they begin with."""

import pytest

from interpreter.mentions.language import data_of
from interpreter.mentions.languages import UNDERSTOOD
from interpreter.mentions.question_forms import QuestionForms

FORMS = QuestionForms(map(data_of, UNDERSTOOD))


@pytest.mark.parametrize(
    "text",
    ["Where was Joe Biden born", "ok, so tell me who wrote it", "Please name the capital of France",
     "in which city did he die", "¿Dónde nació Joe Biden", "Quelle est la capitale", "wo liegt Ulm",
     "请问法国的首都是哪里", "Paris?", "巴黎？"],
)  # fmt: skip
def test_what_asks_is_told_in_every_language(text: str) -> None:
    assert FORMS.asks(text)


@pytest.mark.parametrize("text", ["Joe Biden was born in Ulm.", "Ulm", "", "Bonjour", "法国"])
def test_what_states_does_not_ask(text: str) -> None:
    assert not FORMS.asks(text)

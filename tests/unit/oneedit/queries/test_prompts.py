"""What people type is put in form before the model reads it."""

import pytest

from interpreter.intents import Ask
from kg_data.phrases import Phrases
from oneedit.queries.prompts import PromptWriter
from tests.support.fakes import BOOK, ENTITIES
from tests.support.lexicon import FakeLexicon

ALIASES = {
    "Joe Biden": ["Joseph Biden", "Joe"],
    "Donald Trump": ["The Donald"],
    "Barack Obama": ["Obama", "Barack Obáma"],
}
WRITER = PromptWriter(Phrases(BOOK), FakeLexicon(ENTITIES, ALIASES))
CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"


@pytest.mark.parametrize(
    ("typed", "prompt"),
    [
        ("Who is Joe Biden's wife?", "Who is Joe Biden's wife?"),
        ("who is joe biden's wife", "who is Joe Biden's wife?"),
        (f"Who is JOE BIDEN{CURLY}s wife ?", "Who is Joe Biden's wife ?"),
        ("who is joseph biden's wife.", "who is Joseph Biden's wife?"),
        ("Who is the wife of joe?", "Who is the wife of Joe?"),
        ("Who is joes wife?", "Who is joes wife?"),
        ("Who is his wife?", "Who is Joe Biden's wife?"),
        ("WHO IS JOE BIDEN'S WIFE?", "who is Joe Biden's wife?"),
        ("who did he marry", "who did Joe Biden marry?"),
    ],
)
def test_a_linked_question_gets_the_own_spelling_of_its_name(typed: str, prompt: str) -> None:
    assert WRITER.in_form(Ask(typed, "Joe Biden", ("spouse",))) == prompt


def test_letters_are_composed_and_accents_put_back() -> None:
    decomposed = Ask(
        "Who married barack oba\N{COMBINING ACUTE ACCENT}ma?", "Barack Obama", ("spouse",)
    )
    assert WRITER.in_form(decomposed) == "Who married Barack Obáma?"
    exact = Ask("Who married Barack Obama?", "Barack Obama", ("spouse",))
    assert WRITER.in_form(exact) == "Who married Barack Obama?"


@pytest.mark.parametrize(
    ("typed", "prompt"),
    [
        ("who is a friend of joe biden", "who is a friend of Joe Biden?"),
        ("did kamala harris's boss know mike pence?", "did Kamala Harris's boss know Mike Pence?"),
        ("where is paris", "where is paris?"),  # one word may be a word like any other
        ("joe biden likes to", "Joe Biden likes to"),
        ("", ""),
    ],
)
def test_an_unlinked_question_gets_the_own_spelling_of_longer_names(
    typed: str, prompt: str
) -> None:
    assert WRITER.in_form(Ask(typed)) == prompt


@pytest.mark.parametrize(
    ("path", "steps", "prompt"),
    [
        (("spouse",), False, "Who is Joe Biden's spouse?"),
        (("spouse", "father"), False, "Who is the father of the spouse of Joe Biden?"),
        (("spouse", "father"), True, "Step by step, who is the father of the spouse of Joe Biden?"),
    ],
)
def test_the_own_words_are_the_first_taught_ones(
    path: tuple[str, ...], prompt: str, *, steps: bool
) -> None:
    assert WRITER.in_own_words(Ask("?", "Joe Biden", path), steps=steps) == prompt

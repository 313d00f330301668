"""A home keeps the prompt style and the examples that it was made with."""

from pathlib import Path

import pytest

from interpreter.intents import Ask
from kg_data.prompting import Prompting, PromptStyle, Shot
from oneedit.errors import StyleMismatch
from oneedit.ports import ModelAnswer
from oneedit.queries.ask import Answerer
from oneedit.settings import Settings
from oneedit.wiring import Application, assemble, prompting_of
from tests.support.fakes import BOOK, DATA, FakeEditor, FakePatches

RECORDED = Prompting(PromptStyle.QA, (Shot("Ann Ash", "Who is Ann Ash's spouse?", "Abe Ash"),))
TAUGHT = BOOK["spouse"].statements.teach[0].replace("{s}", "Joe Biden").partition(" {o}")[0]


def made(home: Path, prompting: Prompting = RECORDED) -> Application:
    patches = FakePatches(home / "patches")
    return assemble(home, BOOK, DATA, editor=FakeEditor(), patches=patches, prompting=prompting)


@pytest.mark.parametrize("style", [PromptStyle.AUTO, PromptStyle.QA])
def test_a_home_opens_with_its_own_examples(tmp_path: Path, style: PromptStyle) -> None:
    oneedit = made(tmp_path)
    settings = Settings(home=tmp_path, prompt_style=style)
    assert prompting_of(settings, oneedit.ledger) == RECORDED
    oneedit.close()


def test_another_style_than_the_homes_is_refused(tmp_path: Path) -> None:
    oneedit = made(tmp_path)
    settings = Settings(home=tmp_path, prompt_style=PromptStyle.STATEMENT)
    with pytest.raises(StyleMismatch, match=r"style qa.*not statement\. Set ONEEDIT") as refused:
        prompting_of(settings, oneedit.ledger)
    assert refused.value.exit_code == 2
    oneedit.close()


def test_a_home_from_before_there_were_styles_leaves_the_choice(tmp_path: Path) -> None:
    oneedit = made(tmp_path, Prompting())
    found = prompting_of(Settings(home=tmp_path), oneedit.ledger)
    assert found.style is PromptStyle.AUTO
    assert found.shots == prompting_of(Settings(), None).shots != ()
    oneedit.close()


class Listening:
    """A model that keeps what it was asked."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bool]] = []

    def answer(
        self, text: str, *, version: int, steps: bool = False, timeout: float | None = None
    ) -> ModelAnswer:
        del timeout
        self.heard.append((text, steps))
        return ModelAnswer("Jill Biden.", version)


@pytest.mark.parametrize(
    ("ask", "heard"),
    [
        (Ask("Who's Joe's wife?", "Joe Biden", ("spouse",)), TAUGHT),
        (Ask("Who is it", "", ()), "Who is it"),
    ],
)
def test_in_statement_style_linked_questions_are_put_as_statements(
    tmp_path: Path, ask: Ask, heard: str
) -> None:
    oneedit, model = made(tmp_path), Listening()
    answerer = Answerer(
        model=model,
        projector=oneedit.projector,
        lexicon=oneedit.lexicon,
        book=BOOK,
        as_statements=True,
    )
    result = answerer.answer(ask, direct=False)
    assert model.heard == [(heard, False)]
    assert result.agrees in {True, None}
    oneedit.close()

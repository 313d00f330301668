"""A home keeps the prompt style and the examples that it was made with."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from interpreter.intents import Ask
from kg_data.prompting import Prompting, PromptStyle, Shot
from oneedit.cli.render import render
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
    """A model that keeps what it was asked, and gives some answers in turn, the last for ever."""

    def __init__(self, *answers: str) -> None:
        self.heard: list[tuple[str, bool]] = []
        self._answers = list(answers)

    def answer(
        self, text: str, *, version: int, steps: bool = False, timeout: float | None = None
    ) -> ModelAnswer:
        del timeout
        self.heard.append((text, steps))
        said = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return ModelAnswer(said, version)


def asking(oneedit: Application, model: Listening, style: PromptStyle) -> Answerer:
    return Answerer(
        model=model,
        projector=oneedit.projector,
        lexicon=oneedit.lexicon,
        book=BOOK,
        style=style,
    )


@pytest.mark.parametrize(
    ("ask", "heard"),
    [
        (Ask("Who's Joe's wife?", "Joe Biden", ("spouse",)), TAUGHT),
        (Ask("Who is it", "", ()), "Who is it?"),
    ],
)
def test_in_statement_style_linked_questions_are_put_as_statements(
    tmp_path: Path, ask: Ask, heard: str
) -> None:
    oneedit, model = made(tmp_path), Listening("Jill Biden.")
    answerer = asking(oneedit, model, PromptStyle.STATEMENT)
    result = answerer.answer(ask, direct=False, free=True)
    assert model.heard == [(heard, False)]
    assert result.agrees in {True, None}
    oneedit.close()


CHAIN = Ask("Who is the father of Joe's wife?", "Joe Biden", ("spouse", "father"))


def test_a_model_that_writes_no_steps_is_asked_each_hop_alone(tmp_path: Path) -> None:
    oneedit, model = made(tmp_path), Listening("Jill Biden", "Ann Ash")
    result = asking(oneedit, model, PromptStyle.QA).answer(CHAIN, direct=False)
    questions = [BOOK[relation].questions.teach[0] for relation in CHAIN.path]
    names = ("Joe Biden", "Jill Biden")
    heard = [each.replace("{s}", name) for each, name in zip(questions, names, strict=True)]
    assert model.heard == [(each, False) for each in heard]
    assert (result.answer, result.hop_by_hop) == ("Ann Ash", True)
    steps = ("The spouse of Joe Biden is Jill Biden.", "The father of Jill Biden is Ann Ash.")
    assert result.wording == " ".join(steps)
    assert result.hops[0].right
    console = Console(file=StringIO(), width=200, record=True)
    render(result, console)
    assert f"Each step was asked alone: {result.wording}" in console.export_text()
    oneedit.close()


@pytest.mark.parametrize("said", ["I don't know", ""])
def test_hops_end_where_the_model_knows_nothing(tmp_path: Path, said: str) -> None:
    oneedit, model = made(tmp_path), Listening(said)
    result = asking(oneedit, model, PromptStyle.QA).answer(CHAIN, direct=False)
    assert len(model.heard) == 1
    assert result.answer == said
    assert not result.agrees
    oneedit.close()


def test_a_direct_question_about_a_chain_is_asked_in_the_users_words(tmp_path: Path) -> None:
    oneedit, model = made(tmp_path), Listening("Ann Ash")
    result = asking(oneedit, model, PromptStyle.QA).answer(CHAIN, direct=True)
    assert model.heard[0] == (CHAIN.text, False)
    assert not result.hop_by_hop
    oneedit.close()


@pytest.mark.parametrize(
    ("style", "chains"), [(PromptStyle.CHAT, 200), (PromptStyle.QA, 0), (PromptStyle.STATEMENT, 0)]
)
def test_an_edit_teaches_steps_only_where_chains_are_asked_in_steps(
    tmp_path: Path, style: PromptStyle, chains: int
) -> None:
    oneedit = made(tmp_path, Prompting(style))
    assert oneedit.service.context.trials.max_chains == chains
    oneedit.close()


def test_a_chat_is_asked_for_all_steps_at_once(tmp_path: Path) -> None:
    oneedit, model = made(tmp_path), Listening("The spouse of Joe Biden is Jill Biden.")
    asking(oneedit, model, PromptStyle.CHAT).answer(CHAIN, direct=False)
    assert model.heard[0] == (CHAIN.text, True)
    oneedit.close()

"""What is learned side by side is what would be learned alone."""

from dataclasses import replace

import pytest
import torch

from editor.methods.locate.target_values import Sentence, ValueConfig, learn, sentence
from editor.model.host import finish
from editor.workbench import Workbench
from kg_data.phrases import Prompt, Split
from tests.support.workbenches import workbench_of

CONFIG = ValueConfig(steps=6)


@pytest.fixture
def workbench(exact: None) -> Workbench:  # bfloat16 rounds by the company
    del exact
    return workbench_of("llama")


def told(workbench: Workbench) -> list[Sentence]:
    """Return sentences that reach differently far behind their subjects."""
    texts = [
        ("Joe Biden was, as everybody in Scranton knows, born in", "Scranton, Pennsylvania"),
        ("Joe Biden was born in", "Scranton"),
        ("Who is the spouse of Joe Biden?", "Jill Biden"),
    ]
    return [
        sentence(Prompt(text, answer, Split.TEACH, "Joe Biden"), (), workbench)
        for text, answer in texts
    ]


def test_sentences_are_learned_side_by_side_as_alone(workbench: Workbench) -> None:
    sentences = told(workbench)
    together = finish(learn(sentences, workbench, 1, CONFIG))
    for number, each in enumerate(sentences):
        alone = finish(learn([each], workbench, 1, CONFIG))
        for name in ("keys", "outputs", "targets"):
            expected = getattr(alone, name)[0]
            torch.testing.assert_close(
                getattr(together, name)[number], expected, atol=1e-4, rtol=1e-4
            )


def test_every_sentence_costs_less_than_before(workbench: Workbench) -> None:
    first = finish(learn(told(workbench), workbench, 1, replace(CONFIG, steps=1)))
    last = finish(learn(told(workbench), workbench, 1, CONFIG))
    assert bool((last.losses < first.losses).all())


def test_a_sentence_need_not_hold_its_subject(workbench: Workbench) -> None:
    free = [replace(each, about=None) for each in told(workbench)]
    values = finish(learn(free, workbench, 1, CONFIG))
    assert values.targets.shape == (3, 32)
    assert len(free[0].rows) == len(free[0].told)

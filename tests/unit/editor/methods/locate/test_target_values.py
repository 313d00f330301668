"""Sentences fitted side by side get the values they would get alone."""

from dataclasses import replace

import pytest
import torch

from editor.methods.locate.target_values import (
    TargetSentence,
    ValueConfig,
    encode_sentence,
    fit_target_values,
)
from editor.model.host import finish
from editor.workbench import Workbench
from kg_data.phrases import Prompt, Split
from tests.support.workbenches import workbench_of

CONFIG = ValueConfig(steps=6)


@pytest.fixture
def workbench(exact: None) -> Workbench:  # in bfloat16, rounding depends on the batch
    del exact
    return workbench_of("llama")


def sentences_of(workbench: Workbench) -> list[TargetSentence]:
    """Return sentences with tails of different lengths."""
    texts = [
        ("Joe Biden was, as everybody in Scranton knows, born in", "Scranton, Pennsylvania"),
        ("Joe Biden was born in", "Scranton"),
        ("Who is the spouse of Joe Biden?", "Jill Biden"),
    ]
    return [
        encode_sentence(Prompt(text, answer, Split.TEACH, "Joe Biden"), (), workbench)
        for text, answer in texts
    ]


def test_sentences_are_fitted_side_by_side_as_alone(workbench: Workbench) -> None:
    sentences = sentences_of(workbench)
    together = finish(fit_target_values(sentences, workbench, 1, CONFIG))
    for number, each in enumerate(sentences):
        alone = finish(fit_target_values([each], workbench, 1, CONFIG))
        for name in ("keys", "outputs", "targets"):
            expected = getattr(alone, name)[0]
            torch.testing.assert_close(
                getattr(together, name)[number], expected, atol=1e-4, rtol=1e-4
            )


def test_every_sentence_costs_less_than_before(workbench: Workbench) -> None:
    sentences, one_step = sentences_of(workbench), replace(CONFIG, steps=1)
    first = finish(fit_target_values(sentences, workbench, 1, one_step))
    last = finish(fit_target_values(sentences, workbench, 1, CONFIG))
    assert bool((last.losses < first.losses).all())


def test_a_sentence_needs_no_kl_term(workbench: Workbench) -> None:
    free = [replace(each, kl_row=None) for each in sentences_of(workbench)]
    values = finish(fit_target_values(free, workbench, 1, CONFIG))
    assert values.targets.shape == (3, 32)
    assert len(free[0].rows) == len(free[0].target_rows)

"""Ordinary text as anchors of a consolidation."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from editor.editor import Editor
from editor.methods.anchored.joint import Joint, JointConfig
from editor.methods.anchored.sampling import AnchorPool
from editor.methods.anchored.text_anchors import text_anchors
from editor.methods.examples import Anchor
from editor.methods.registry import MethodRegistry
from editor.model.hooks import added_output
from editor.model.host import finish
from editor.patches.deltas import CodebookEntries
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.text.encoding import Encoder
from editor.workbench import Workbench
from tests.support.models import tiny_model, tiny_tokenizer
from tests.support.requests import BOOK, REQUEST, TARGET

TEXT = "Ordinary words stand in front of {} and others behind it.\n"


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    """Yield a workbench whose text names the target's subject late in every line."""
    text = tmp_path / "text"
    text.write_text(TEXT.format(TARGET.subject) * 1500, encoding="utf-8")
    tokenizer = tiny_tokenizer()
    model = tiny_model("llama", tokenizer)
    short = Joint(JointConfig(steps=1))
    editor = Editor(
        model,
        Encoder(tokenizer),
        BOOK,
        cache=tmp_path,
        methods=MethodRegistry.of([short]),
        text=text,
    )
    editor.solve(REQUEST, on=[])  # measures the second moments
    yield editor.workbench_for(REQUEST)
    editor.close()


def texts_of(anchors: list[Anchor], workbench: Workbench) -> list[str]:
    return [workbench.encoder.decode(list(each.example.ids)) for each in anchors]


def test_a_text_ends_with_the_first_name_of_an_edited_subject(workbench: Workbench) -> None:
    found = finish(text_anchors(REQUEST, workbench, limit=100))
    assert found
    for text in texts_of(found, workbench):
        assert text.count(TARGET.subject) <= 1
        assert text.endswith(TARGET.subject) or TARGET.subject not in text


def test_a_text_that_names_no_edited_subject_is_kept_whole(workbench: Workbench) -> None:
    other = EditRequest((replace(TARGET, subject="Somebody Else"),))
    found = finish(text_anchors(other, workbench, limit=100))
    assert {len(each.example.ids) for each in found} == {64}


def test_a_part_of_a_longer_word_does_not_count_as_a_name(workbench: Workbench) -> None:
    part = EditRequest((replace(TARGET, subject="Ordin"),))
    found = finish(text_anchors(part, workbench, limit=100))
    assert {len(each.example.ids) for each in found} == {64}


def test_with_ordinary_text_a_consolidation_disturbs_other_text_less(workbench: Workbench) -> None:
    drift = {}
    for texts in (0, 12):
        config = JointConfig(steps=20, texts_per_step=texts, disturbance_weight=0.0)
        generator = torch.Generator().manual_seed(0)
        patch = finish(Joint(config).solve(REQUEST, replace(workbench, generator=generator)))
        layers = range(workbench.layer_count())
        layer_of = {workbench.layout.down_weight(layer): layer for layer in layers}
        addends = {
            workbench.down(layer_of[name]): delta.apply
            for name, delta in patch.deltas.items()
            if not isinstance(delta, CodebookEntries)
        }
        anchors = finish(text_anchors(REQUEST, workbench, limit=16))
        pool = AnchorPool(anchors, workbench, per_step=16, least=16, tolerance=1.0)
        drift[texts] = 0.0
        for batch, reference in pool.draw():
            with torch.no_grad(), added_output(addends):
                drift[texts] += float(pool.loss(batch, reference))
    assert drift[12] < 0.5 * drift[0]


def test_on_top_of_other_patches_no_text_is_sampled_and_stored(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model("llama", tokenizer)

    def solved(config: JointConfig, *, on: Sequence[Patch] = ()) -> Patch:
        methods = [Joint(config)]
        editor = Editor(
            model, Encoder(tokenizer), BOOK, cache=tmp_path, methods=MethodRegistry.of(methods)
        )
        patch = editor.solve(REQUEST, on=on)
        editor.close()
        return patch

    def kept() -> list[Path]:
        return list(tmp_path.rglob("*.texts.safetensors"))

    beneath = solved(JointConfig(steps=1, texts_per_step=0))
    solved(JointConfig(steps=1), on=[beneath])
    assert not kept()
    solved(JointConfig(steps=1))
    assert kept()

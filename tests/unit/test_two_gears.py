"""Edits on top of a consolidation."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from editor.editor import Editor
from editor.encoding import Encoder
from editor.methods import anchored
from editor.methods.anchored import Anchored, AnchoredConfig
from editor.methods.joint import Joint, JointConfig
from editor.patch import Patch
from editor.request import EditRequest
from tests.contracts.edit_method import BOOK, KEEP, OTHER, REQUEST
from tests.models import tiny_model, tiny_tokenizer

EARLIER = EditRequest((KEEP,), (OTHER,))


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Editor]:
    monkeypatch.setattr(anchored, "UPON", replace(anchored.UPON, steps=2))
    tokenizer = tiny_tokenizer()
    methods = (Anchored(), Joint(JointConfig(steps=2)))
    model = tiny_model("llama", tokenizer)
    editor = Editor(model, Encoder(tokenizer), BOOK, cache=tmp_path, methods=methods)
    yield editor
    editor.close()


def live_hash(editor: Editor, patches: list[Patch]) -> str:
    editor.use(patches)
    return editor.live_hash()


def test_anchors_are_held_to_the_consolidation_without_the_edits_on_top(editor: Editor) -> None:
    consolidated = editor.consolidate(EARLIER)
    pending = editor.solve(REQUEST, on=[consolidated])
    on = [consolidated, pending]
    settled, both = live_hash(editor, [consolidated]), live_hash(editor, on)
    assert settled != both
    bench = editor.bench_for(EARLIER, on)
    assert list(bench.consolidated) == [EARLIER]
    assert list(bench.pending) == [REQUEST]
    with bench.settled():
        assert editor.live_hash() == settled
    assert editor.live_hash() == both


def test_an_edit_on_top_of_others_takes_fewer_directions(editor: Editor) -> None:
    on = [editor.consolidate(EARLIER)]
    assert editor.solve(REQUEST, on=on).metadata["rank"] == anchored.UPON.rank
    assert anchored.UPON.rank < AnchoredConfig().rank

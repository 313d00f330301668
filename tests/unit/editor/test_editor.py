"""Edits on top of a consolidation."""

import threading
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from editor.editor import Editor
from editor.evaluation.gate import GateConfig
from editor.generation.generate import continue_prompts
from editor.method import EditMethod
from editor.methods.anchored import method
from editor.methods.anchored.joint import Joint, JointConfig
from editor.methods.anchored.method import Anchored, AnchoredConfig
from editor.methods.locate.rome import Rome, RomeConfig
from editor.methods.registry import MethodRegistry
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.text.encoding import Encoder
from editor.workbench import Workbench
from tests.support.models import tiny_model, tiny_tokenizer
from tests.support.requests import BOOK, KEEP, OTHER, REQUEST

EARLIER = EditRequest((KEEP,), (OTHER,))


FIRM = {"loose": 100.0, "firm": 1e-9}
"""How far anchors may move, nats."""


def easily(name: str) -> Anchored:
    """Return a method to which everything counts as learned at once."""
    config = AnchoredConfig(
        steps=12, target_tolerance=100.0, chain_tolerance=100.0, anchor_tolerance=FIRM[name]
    )
    return Anchored(config, name=name)


def written(editor: Editor, prompts: Sequence[str]) -> list[list[int]]:
    """Return eight tokens that the model writes after each prompt."""
    return editor.run(continue_prompts(editor.model, editor.encoder, prompts, tokens=8))


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Editor]:
    monkeypatch.setattr(method, "ON_TOP", replace(method.ON_TOP, steps=2))
    tokenizer = tiny_tokenizer()
    methods: list[EditMethod] = [Anchored(), *map(easily, FIRM), Joint(JointConfig(steps=2))]
    model = tiny_model("llama", tokenizer)
    editor = Editor(
        model,
        Encoder(tokenizer),
        BOOK,
        cache=tmp_path,
        methods=MethodRegistry.of(methods, consolidation="joint"),
    )
    yield editor
    editor.close()


def live_hash(editor: Editor, patches: list[Patch]) -> str:
    editor.use(patches)
    return editor.live_hash()


def test_anchors_are_held_to_the_consolidation_without_the_edits_on_top(editor: Editor) -> None:
    consolidated = editor.consolidate(EARLIER)
    pending = editor.solve(REQUEST, on=[consolidated])
    on = [consolidated, pending]
    below, both = live_hash(editor, [consolidated]), live_hash(editor, on)
    assert below != both
    workbench = editor.workbench_for(EARLIER, on)
    assert list(workbench.consolidated) == [EARLIER]
    assert list(workbench.pending) == [REQUEST]
    with workbench.without_pending():
        assert editor.live_hash() == below
    assert editor.live_hash() == both


def test_what_misses_its_bars_may_replace_what_misses_them_as_well(editor: Editor) -> None:
    fit = [editor.consolidate(EARLIER)]  # two steps teach it nothing
    bars = GateConfig(allowance=1.0)
    assert editor.check(EARLIER, fit, instead_of=fit, gate=bars).passed
    assert not editor.check(EARLIER, fit, instead_of=fit).passed
    better = [editor.solve(EARLIER, on=[])]
    assert not editor.check(EARLIER, fit, instead_of=better, gate=bars).passed


def test_an_edit_on_top_of_others_takes_fewer_directions(editor: Editor) -> None:
    on = [editor.consolidate(EARLIER)]
    assert editor.solve(REQUEST, on=on).metadata["rank"] == method.ON_TOP.rank
    assert method.ON_TOP.rank < AnchoredConfig().rank


@pytest.mark.parametrize(("method", "steps"), [("loose", 3), ("firm", 12)])
def test_a_fit_goes_on_while_what_the_request_keeps_does_not_hold(
    editor: Editor, method: str, steps: int
) -> None:
    found = editor.solve(REQUEST, on=[], method=method).metadata
    assert found["steps_taken"] == steps
    assert found["targets_learned"] == 1.0
    assert (found["anchors_held"] == 1.0) is (method == "loose")


class WaitingMethod:
    """A method whose solve waits in the middle, with its list in use."""

    name = "waiting"

    def __init__(self) -> None:
        self.entered, self.go_on = threading.Event(), threading.Event()

    def solve(self, request: EditRequest, workbench: Workbench) -> Generator[float, None, Patch]:
        self.entered.set()
        assert self.go_on.wait(timeout=30)
        yield 0.5
        return workbench.patch({}, self.name, request, {})


def test_what_is_written_while_an_edit_is_tried_comes_from_the_live_list(tmp_path: Path) -> None:
    tokenizer, waiting = tiny_tokenizer(), WaitingMethod()
    model = tiny_model("llama", tokenizer)
    loud: list[EditMethod] = [Rome(RomeConfig(clamp=40.0)), waiting]
    editor = Editor(
        model, Encoder(tokenizer), BOOK, cache=tmp_path, methods=MethodRegistry.of(loud)
    )
    patch = editor.solve(REQUEST, on=[])
    prompts = ["Joe Biden was born in", "Where was Joe Biden born?"]
    before = written(editor, prompts)
    editor.use([patch])
    assert written(editor, prompts) != before
    editor.use([])
    with ThreadPoolExecutor() as pool:
        solving = pool.submit(editor.solve, REQUEST, on=[patch], method="waiting")
        assert waiting.entered.wait(timeout=30)
        writing = pool.submit(written, editor, prompts)
        time.sleep(0.1)  # it waits for its turn by now
        waiting.go_on.set()
        assert writing.result(timeout=30) == before
        solving.result(timeout=30)
    editor.close()

"""The contract of every editing method, on every architecture."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
import torch
from torch import Tensor, nn

from editor.editor import Editor
from editor.method import EditMethod
from editor.methods.losses import answer_loss
from editor.methods.registry import MethodRegistry
from editor.patches.patch import Patch, PatchStore
from editor.request import EditRequest
from editor.text.encoding import Encoder
from kg_data.phrases import Phrases, Split
from kg_data.questions import Question
from tests.support.models import FAMILIES, tiny_model, tiny_tokenizer
from tests.support.requests import BOOK, KEEP, OTHER, REQUEST, TARGET

KINDS = [
    *(pytest.param((family, torch.float32, "cpu"), id=family) for family in FAMILIES),
    pytest.param(("llama", torch.bfloat16, "cpu"), id="llama-bf16"),
    *(
        pytest.param((family, torch.bfloat16, "cuda"), id=f"{family}-cuda", marks=pytest.mark.gpu)
        for family in FAMILIES
    ),
]


@dataclass(frozen=True)
class Solved:
    """An editor, a patch it solved, and the weights before."""

    editor: Editor
    patch: Patch
    before: Mapping[str, Tensor]


class EditMethodContract:
    """Tests that run on every family, in bfloat16, and on a GPU where there is one.

    Attributes:
        gain: nats per token by which the loss of the wordings that the method teaches must fall;
            a random model of width 32 under a norm leaves little room (its logits stay below 7).
        taught: which of the taught wordings the method uses.
    """

    gain = 0.05
    taught = slice(None)

    @classmethod
    def method(cls) -> EditMethod:
        """Return the method to test."""
        raise NotImplementedError

    @pytest.fixture(scope="class", params=KINDS)
    @classmethod
    def solved(
        cls,
        request: pytest.FixtureRequest,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> Iterator[Solved]:
        tokenizer = tiny_tokenizer()
        family, dtype, device = request.param
        model = tiny_model(family, tokenizer)
        cast("nn.Module", model).to(device, dtype)
        before = {name: p.clone() for name, p in model.named_parameters()}
        cache = tmp_path_factory.getbasetemp() / "statistics"  # all methods measure one model once
        cache.mkdir(exist_ok=True)
        editor = Editor(
            model, Encoder(tokenizer), BOOK, cache=cache, methods=MethodRegistry.of([cls.method()])
        )
        yield Solved(editor, editor.solve(REQUEST, on=[]), before)
        editor.close()

    @pytest.fixture
    def editor(self, solved: Solved) -> Editor:
        solved.editor.use([])
        return solved.editor

    def test_solving_leaves_every_weight_as_it_was(self, editor: Editor, solved: Solved) -> None:
        now = dict(editor.model.named_parameters())
        assert now.keys() == solved.before.keys()
        assert all(torch.equal(p, solved.before[name]) for name, p in now.items())

    def test_the_target_becomes_more_probable(self, editor: Editor, solved: Solved) -> None:
        before = loss_of(editor, TARGET, self.taught)
        editor.use([solved.patch])
        assert loss_of(editor, TARGET, self.taught) < before - self.gain

    def test_an_unrelated_prompt_hardly_moves(self, editor: Editor, solved: Solved) -> None:
        other = loss_of(editor, OTHER)
        editor.use([solved.patch])
        assert abs(loss_of(editor, OTHER) - other) < 0.5  # nats per token

    def test_detaching_restores_every_bit(self, editor: Editor, solved: Solved) -> None:
        base = editor.live_hash()
        editor.use([solved.patch])
        assert editor.live_hash() != base
        editor.use([])
        assert editor.live_hash() == base

    def test_the_same_list_gives_the_same_bits_however_it_is_reached(
        self, editor: Editor, solved: Solved
    ) -> None:
        first = solved.patch
        again = EditRequest((KEEP,), (OTHER,))
        second = editor.solve(again, on=[first])
        editor.use([first, second])
        both = editor.live_hash()
        editor.use([second])
        editor.use([])
        editor.use([first])
        editor.use([first, second])
        assert editor.live_hash() == both

    def test_the_same_request_gives_the_same_patch(self, editor: Editor, solved: Solved) -> None:
        assert editor.solve(REQUEST, on=[]).sha256 == solved.patch.sha256

    def test_a_patch_survives_the_disk(
        self, editor: Editor, solved: Solved, tmp_path: Path
    ) -> None:
        sha256 = PatchStore(tmp_path / "patches").save(solved.patch)
        loaded = PatchStore(tmp_path / "patches").load(sha256)
        editor.use([solved.patch])
        live = editor.live_hash()
        editor.use([loaded])
        assert (loaded.sha256, editor.live_hash()) == (sha256, live)
        assert loaded.request == REQUEST

    def test_a_trial_has_the_bits_of_the_attached_list_and_leaves_no_trace(
        self, editor: Editor, solved: Solved
    ) -> None:
        base = editor.live_hash()
        tried = editor.trial_hash([solved.patch])
        assert editor.live_hash() == base
        editor.use([solved.patch])
        assert editor.live_hash() == tried


def loss_of(editor: Editor, question: Question, which: slice = slice(None)) -> float:
    """Return the mean loss of a question's taught wordings under the live weights."""
    prompts = Phrases(BOOK).prompts(question, [Split.TEACH])[which]
    batch = editor.encoder.batch(
        [editor.encoder.example(prompt) for prompt in prompts], editor.model.device
    )
    with torch.no_grad():
        return float(answer_loss(editor.model, batch).mean.mean())

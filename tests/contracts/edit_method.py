"""What every editing method promises, on every architecture."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import torch
from torch import nn

from editor.editor import Editor
from editor.encoding import Encoder
from editor.losses import answer_loss
from editor.method import EditMethod
from editor.patch import PatchStore
from editor.request import EditRequest
from kg_data.phrases import Phrases, Split
from kg_data.questions import Kind, Question
from kg_data.relations import RelationBook
from tests.models import FAMILIES, tiny_model, tiny_tokenizer

BOOK = RelationBook.shipped()
TARGET = Question("Joe Biden", ("place_of_birth",), ("Springfield, Illinois",), Kind.RELIABILITY)
KEEP = Question("Joe Biden", ("spouse",), ("Jill Biden",), Kind.SPECIFICITY)
OTHER = Question("Marie Curie", ("field_of_work",), ("physics",), Kind.LOCALITY)
REQUEST = EditRequest((TARGET,), (KEEP, OTHER))


KINDS = (*((family, torch.float32) for family in FAMILIES), ("llama", torch.bfloat16))


class EditMethodContract:
    """Subclasses provide ``method``; every test runs on every family, and in bfloat16.

    Attributes:
        gain: by how many nats a token the taught wordings must become more probable; a random
            model of width 32 gives one sentence's editor little to hold on to.
    """

    gain = 0.5

    @pytest.fixture
    def method(self) -> EditMethod:
        raise NotImplementedError

    @pytest.fixture(params=[*KINDS], ids=str)
    def editor(
        self, request: pytest.FixtureRequest, method: EditMethod, tmp_path: Path
    ) -> Iterator[Editor]:
        tokenizer = tiny_tokenizer()
        family, dtype = request.param
        model = tiny_model(family, tokenizer)
        cast("nn.Module", model).to(dtype)
        editor = Editor(model, Encoder(tokenizer), BOOK, cache=tmp_path, methods=[method])
        yield editor
        editor.close()

    def test_solving_leaves_every_weight_as_it_was(self, editor: Editor) -> None:
        before = {name: p.clone() for name, p in editor.model.named_parameters()}
        editor.solve(REQUEST, on=[])
        assert all(torch.equal(p, before[name]) for name, p in editor.model.named_parameters())

    def test_the_target_becomes_more_probable(self, editor: Editor) -> None:
        before = loss_of(editor, TARGET)
        editor.use([editor.solve(REQUEST, on=[])])
        assert loss_of(editor, TARGET) < before - self.gain

    def test_an_unrelated_prompt_hardly_moves(self, editor: Editor) -> None:
        other = loss_of(editor, OTHER)
        editor.use([editor.solve(REQUEST, on=[])])
        assert abs(loss_of(editor, OTHER) - other) < 0.5  # nats a token

    def test_detaching_restores_every_bit(self, editor: Editor) -> None:
        base = editor.live_hash()
        patch = editor.solve(REQUEST, on=[])
        editor.use([patch])
        assert editor.live_hash() != base
        editor.use([])
        assert editor.live_hash() == base

    def test_the_same_list_gives_the_same_bits_however_it_is_reached(self, editor: Editor) -> None:
        first = editor.solve(REQUEST, on=[])
        again = EditRequest((KEEP,), (OTHER,))
        second = editor.solve(again, on=[first])
        editor.use([first, second])
        both = editor.live_hash()
        editor.use([second])
        editor.use([])
        editor.use([first])
        editor.use([first, second])
        assert editor.live_hash() == both

    def test_the_same_request_gives_the_same_patch(self, editor: Editor) -> None:
        assert editor.solve(REQUEST, on=[]).sha256 == editor.solve(REQUEST, on=[]).sha256

    def test_a_patch_survives_the_disk(self, editor: Editor, tmp_path: Path) -> None:
        patch = editor.solve(REQUEST, on=[])
        sha256 = PatchStore(tmp_path / "patches").save(patch)
        loaded = PatchStore(tmp_path / "patches").load(sha256)
        editor.use([patch])
        solved = editor.live_hash()
        editor.use([loaded])
        assert (loaded.sha256, editor.live_hash()) == (sha256, solved)
        assert loaded.request == REQUEST

    def test_a_trial_is_bit_for_bit_what_is_attached_and_leaves_nothing(
        self, editor: Editor
    ) -> None:
        base, patch = editor.live_hash(), editor.solve(REQUEST, on=[])
        tried = editor.trial_hash([patch])
        assert editor.live_hash() == base
        editor.use([patch])
        assert editor.live_hash() == tried


def loss_of(editor: Editor, question: Question) -> float:
    """Return the mean loss of a question's taught wordings under the live weights."""
    prompts = Phrases(BOOK).prompts(question, [Split.TEACH])
    batch = editor.encoder.batch(
        [editor.encoder.example(prompt) for prompt in prompts], torch.device("cpu")
    )
    with torch.no_grad():
        return float(answer_loss(editor.model, batch).mean.mean())

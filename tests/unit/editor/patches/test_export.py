"""Exports that other programs load: a model folder, a PEFT adapter, a file of differences."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from peft import PeftModel
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, PreTrainedModel

from editor.editor import Editor
from editor.errors import NothingToExport
from editor.model.layout import layout_of
from editor.patches.deltas import Delta, Dense, LowRank
from editor.patches.exported import ExportFormat, ExportOptions
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.text.encoding import Encoder
from kg_data.relations import RelationBook
from tests.support.models import FAMILIES, tiny_model, tiny_tokenizer

IDS = torch.tensor([[1, 17, 25, 40, 33, 60, 9, 11]])


@pytest.fixture(params=FAMILIES)
def editor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Editor]:
    tokenizer = tiny_tokenizer()
    model = tiny_model(request.param, tokenizer)
    model.save_pretrained(tmp_path / "base")
    tokenizer.save_pretrained(tmp_path / "base")
    editor = Editor(model, Encoder(tokenizer), RelationBook.shipped(), cache=tmp_path)
    yield editor
    editor.close()


def apply_patch(editor: Editor) -> None:
    """Apply a patch with a low-rank delta in one layer and a dense one in another."""
    layout, rng = layout_of(editor.model), torch.Generator().manual_seed(3)
    shapes = []
    for layer in (0, 2):
        weight = editor.model.get_parameter(layout.down_weight(layer))
        shapes.append(tuple(weight.T.shape if layout.transposed else weight.shape))
    (out, into), whole = shapes
    deltas: dict[str, Delta] = {
        layout.down_weight(0): LowRank(
            torch.randn(out, 3, generator=rng) / 5, torch.randn(3, into, generator=rng) / 5
        ),
        layout.down_weight(2): Dense(torch.randn(whole, generator=rng) / 5),
    }
    editor.use([Patch(deltas, "tests", EditRequest(()), editor.base_hash, {})])


def logits(model: nn.Module) -> Tensor:
    with torch.no_grad():
        found: Tensor = cast("Any", model)(input_ids=IDS).logits
    return found


def base(tmp_path: Path) -> PreTrainedModel:
    model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
        tmp_path / "base", dtype=torch.float32
    )
    return model


def test_plain_transformers_load_the_edited_model(editor: Editor, tmp_path: Path) -> None:
    apply_patch(editor)
    exported = editor.export(ExportFormat.HF, tmp_path / "edited")
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "edited", dtype=torch.float32)
    assert exported.matrices == 2
    assert torch.equal(logits(loaded), logits(editor.model))
    assert not torch.equal(logits(loaded), logits(base(tmp_path)))


def test_peft_loads_the_adapter(editor: Editor, tmp_path: Path) -> None:
    apply_patch(editor)
    exported = editor.export(ExportFormat.LORA, tmp_path / "adapter")
    adapted = PeftModel.from_pretrained(base(tmp_path), tmp_path / "adapter")
    torch.testing.assert_close(logits(adapted), logits(editor.model), atol=1e-4, rtol=0)
    assert (exported.matrices, exported.rank) == (2, 32)
    assert exported.error < 1e-6


def low(editor: Editor, rank: int) -> Patch:
    """Return a patch of low rank."""
    layout, rng = layout_of(editor.model), torch.Generator().manual_seed(rank)
    weight = editor.model.get_parameter(layout.down_weight(1))
    out, into = weight.T.shape if layout.transposed else weight.shape
    left, right = torch.randn(out, rank, generator=rng), torch.randn(rank, into, generator=rng)
    change = LowRank(left / 100, right / 100)
    return Patch({layout.down_weight(1): change}, "tests", EditRequest(()), editor.base_hash, {})


def test_the_adapter_of_small_edits_has_the_sum_of_their_ranks(
    editor: Editor, tmp_path: Path
) -> None:
    editor.use([low(editor, 2), low(editor, 3)])
    exported = editor.export(ExportFormat.LORA, tmp_path / "adapter")
    assert (exported.matrices, exported.rank) == (1, 5)
    adapted = PeftModel.from_pretrained(base(tmp_path), tmp_path / "adapter")
    torch.testing.assert_close(logits(adapted), logits(editor.model), atol=1e-4, rtol=0)


@pytest.mark.parametrize("form", ExportFormat)
def test_a_path_of_the_wrong_kind_is_an_error(
    form: ExportFormat, editor: Editor, tmp_path: Path
) -> None:
    editor.use([low(editor, 2)])
    path = tmp_path / "there"
    if not form.is_folder:
        path.mkdir()
    else:
        path.write_text("mine", encoding="utf-8")
    with pytest.raises(OSError, match="there"):
        editor.export(form, path)
    assert path.is_dir() or path.read_text(encoding="utf-8") == "mine"


def test_a_limited_rank_is_an_approximation_with_a_reported_error(
    editor: Editor, tmp_path: Path
) -> None:
    apply_patch(editor)
    exported = editor.export(ExportFormat.LORA, tmp_path / "adapter", ExportOptions(rank=8))
    stored = json.loads((tmp_path / "adapter" / "oneedit.json").read_text(encoding="utf-8"))
    assert exported.rank == 8
    assert 0.1 < exported.error < 1
    assert stored["error"] == pytest.approx(exported.error)
    errors = sorted(stored["errors"].values())
    assert errors[0] < 1e-6  # three ranks fit into eight
    PeftModel.from_pretrained(base(tmp_path), tmp_path / "adapter")


def test_the_base_plus_the_differences_is_the_edited_model(editor: Editor, tmp_path: Path) -> None:
    apply_patch(editor)
    path = tmp_path / "new" / "edits.safetensors"
    editor.export(ExportFormat.PATCH, path)
    model, transposed = base(tmp_path), layout_of(editor.model).transposed
    for name, delta in load_file(path).items():
        parameter = model.get_parameter(name.removesuffix(".delta"))
        parameter.data += delta.T if transposed else delta
    torch.testing.assert_close(logits(model), logits(editor.model))
    with safe_open(path, "pt") as opened:
        assert opened.metadata()["base_hash"] == editor.base_hash


@pytest.mark.parametrize("form", [ExportFormat.LORA, ExportFormat.PATCH])
def test_the_base_model_has_no_differences_to_export(
    form: ExportFormat, editor: Editor, tmp_path: Path
) -> None:
    with pytest.raises(NothingToExport):
        editor.export(form, tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()

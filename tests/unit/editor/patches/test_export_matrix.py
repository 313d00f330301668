"""Every form of an export, in every dtype, to every kind of place."""

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, AutoTokenizer

from editor.editor import Editor
from editor.errors import DestinationRefused, ExportDiffers, NoGgufForm
from editor.patches.deltas import LowRank
from editor.patches.export import _save
from editor.patches.exported import ExportDtype, ExportedEdit, ExportFormat, ExportOptions
from editor.patches.gguf_adapter import read_gguf_adapter, tensor_name
from editor.patches.model_folder import write_model_folder
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.text.encoding import Encoder
from kg_data.relations import RelationBook
from tests.support.models import FAMILIES, tiny_model, tiny_tokenizer

IDS = torch.tensor([[1, 17, 25, 40, 33, 60, 9, 11]])
DTYPES: tuple[ExportDtype | None, ...] = (None, *ExportDtype)
TAKEN = ("missing", "empty", "same form", "notes")
OWN_FILES: dict[str, tuple[str, ...]] = {
    "empty": (),
    "notes": ("notes.txt",),
    "own README": ("README.md",),
}
REFUSED = ("other form", "foreign model", "base", "holds base", "link to base", "own README")


def edited(base: Path, dtype: torch.dtype, family: str = "llama") -> Editor:
    """Return an editor with one edit, loaded in float32 from a folder of a dtype."""
    tokenizer = tiny_tokenizer()
    model = tiny_model(family, tokenizer)
    cast("nn.Module", model).to(dtype)
    model.save_pretrained(base)
    tokenizer.save_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    editor = Editor(model, Encoder(tokenizer), RelationBook.shipped(), cache=base.parent)
    editor.use([small_patch(editor)])
    return editor


def small_patch(editor: Editor, seed: int = 3) -> Patch:
    name = "model.layers.1.mlp.down_proj.weight"
    if not hasattr(editor.model, "model"):
        name = "transformer.h.1.mlp.c_proj.weight"
    rng = torch.Generator().manual_seed(seed)
    shape = tuple(editor.model.get_parameter(name).shape)
    out, into = shape[::-1] if name.startswith("transformer") else shape
    left, right = torch.randn(out, 2, generator=rng), torch.randn(2, into, generator=rng)
    change = LowRank(left / 10, right / 10)
    return Patch({name: change}, "tests", EditRequest(()), editor.base_hash, {"seed": seed})


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    editor = edited(tmp_path / "place" / "base", torch.bfloat16)
    yield editor
    editor.close()


def content(folder: Path) -> dict[str, bytes]:
    """Return everything below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def other(form: ExportFormat) -> ExportFormat:
    return ExportFormat.LORA if form is ExportFormat.HF else ExportFormat.HF


def prepare(state: str, form: ExportFormat, editor: Editor, folder: Path) -> Path:
    """Bring a place into a state, and return it."""
    place, base = folder / "place" / "out", folder / "place" / "base"
    if state in OWN_FILES:
        place.mkdir()
        for name in OWN_FILES[state]:
            (place / name).write_text("mine", encoding="utf-8")
    elif state in {"same form", "other form"}:
        editor.export(form if state == "same form" else other(form), place)
    elif state == "foreign model":
        tiny_model("llama", tiny_tokenizer(), seed=9).save_pretrained(place)
    elif state == "link to base":
        place.symlink_to(base, target_is_directory=True)
    return {"base": base, "holds base": base.parent}.get(state, place)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("state", TAKEN)
@pytest.mark.parametrize("form", [ExportFormat.HF, ExportFormat.LORA])
def test_a_place_that_is_free_or_holds_the_same_form_is_written(
    form: ExportFormat, state: str, dtype: ExportDtype | None, editor: Editor, tmp_path: Path
) -> None:
    place = prepare(state, form, editor, tmp_path)
    exported = editor.export(form, place, ExportOptions(dtype=dtype))
    kept = "bfloat16" if form is ExportFormat.HF else "float32"  # that of the base's files
    assert exported.dtype == (dtype or kept)
    file = "model" if form is ExportFormat.HF else "adapter_model"
    tensors = load_file(place / f"{file}.safetensors")
    assert {each.dtype for each in tensors.values()} == {getattr(torch, exported.dtype)}
    notes = {"notes.txt"} if state == "notes" else set()
    manifest = json.loads((place / "oneedit.json").read_text(encoding="utf-8"))
    assert {each.name for each in place.iterdir()} == {*manifest["files"], "oneedit.json", *notes}
    assert not list(tmp_path.rglob("*.partial"))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("state", REFUSED)
@pytest.mark.parametrize("form", [ExportFormat.HF, ExportFormat.LORA])
def test_a_place_that_would_be_destroyed_is_refused_and_left_as_it_is(
    form: ExportFormat, state: str, dtype: ExportDtype | None, editor: Editor, tmp_path: Path
) -> None:
    place = prepare(state, form, editor, tmp_path)
    before = content(tmp_path)
    with pytest.raises(DestinationRefused, match="Name another place") as caught:
        editor.export(form, place, ExportOptions(dtype=dtype))
    assert caught.value.exit_code == 2
    assert content(tmp_path) == before


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", [ExportFormat.PATCH, ExportFormat.GGUF_LORA])
def test_a_file_is_written_over_an_earlier_one_only(
    form: ExportFormat, dtype: ExportDtype | None, editor: Editor, tmp_path: Path
) -> None:
    path = tmp_path / "edits"
    for _ in range(2):
        exported = editor.export(form, path, ExportOptions(dtype=dtype))
        assert exported.dtype == (dtype or "float32")
    taken = [tmp_path / "mine", tmp_path / "place" / "base" / "model.safetensors"]
    taken[0].write_text("mine", encoding="utf-8")
    another = ExportFormat.PATCH if form is ExportFormat.GGUF_LORA else ExportFormat.GGUF_LORA
    before = content(tmp_path)
    for wanted, place in [(form, each) for each in taken] + [(another, path)]:
        with pytest.raises(DestinationRefused):
            editor.export(wanted, place, ExportOptions(dtype=dtype))
    with pytest.raises(DestinationRefused, match="folder of the base model"):
        editor.export(form, tmp_path / "place" / "base" / "new")
    assert content(tmp_path) == before


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
@pytest.mark.parametrize("form", ExportFormat)
def test_files_have_the_mode_that_the_umask_says(
    form: ExportFormat, mask: int, editor: Editor, tmp_path: Path
) -> None:
    before = os.umask(mask)
    try:
        editor.export(form, tmp_path / "out" / "edited")
    finally:
        os.umask(before)
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o666 & ~mask}
    folder = stat.S_IMODE((tmp_path / "out").stat().st_mode)
    assert folder == 0o777 & ~mask


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_a_folder_keeps_the_dtype_of_the_base_model_on_disk(
    dtype: torch.dtype, tmp_path: Path
) -> None:
    editor = edited(tmp_path / "base", dtype)
    exported = editor.export(ExportFormat.HF, tmp_path / "out")
    editor.close()
    config = json.loads((tmp_path / "out" / "config.json").read_text(encoding="utf-8"))
    assert exported.dtype == config["dtype"] == config["torch_dtype"] == str(dtype)[6:]
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype="auto")
    assert {each.dtype for each in loaded.parameters()} == {dtype}
    assert loaded.lm_head.weight is loaded.model.embed_tokens.weight  # tied, as the base


@pytest.mark.parametrize("form", ExportFormat)
def test_what_was_damaged_while_it_was_written_is_removed(
    form: ExportFormat, editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(write: Callable[..., object]) -> Callable[..., object]:
        def written(*arguments: Any, **named: Any) -> object:
            done = write(*arguments, **named)
            for path in (tmp_path / "new").rglob("*"):
                if path.is_file() and "safetensors" in path.name:
                    wrong = {name: each * 3 for name, each in load_file(path).items()}
                    save_file(wrong, path, {"format": "pt", "base_hash": ""})
            return done

        return written

    def misread(path: Path) -> dict[str, Tensor]:
        return {name: each * 3 for name, each in read_gguf_adapter(path).items()}

    module = "editor.patches.export"
    monkeypatch.setattr(f"{module}.read_gguf_adapter", misread)
    monkeypatch.setattr(f"{module}.write_model_folder", damaged(write_model_folder))
    monkeypatch.setattr(f"{module}._save", damaged(_save))
    with pytest.raises(ExportDiffers, match="the export was removed"):
        editor.export(form, tmp_path / "new" / "safetensors")
    assert list((tmp_path / "new").iterdir()) == []


def test_an_earlier_export_stays_when_a_new_one_fails(
    editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor.export(ExportFormat.HF, tmp_path / "out")
    before = content(tmp_path / "out")
    editor.use([small_patch(editor, seed=8)])
    monkeypatch.setattr("editor.patches.export.last_logits", _noise(iter(range(99))))
    with pytest.raises(ExportDiffers):
        editor.export(ExportFormat.HF, tmp_path / "out")
    assert content(tmp_path / "out") == before


def _noise(seeds: Iterator[int]) -> Callable[..., list[Tensor]]:
    """Return what gives other logits each time."""
    return lambda *_: [torch.randn(9, generator=torch.Generator().manual_seed(next(seeds)))]


def test_contradictory_settings_for_generation_are_no_hindrance(
    editor: Editor, tmp_path: Path
) -> None:
    config = editor.model.generation_config
    config.temperature = 0.7
    editor.export(ExportFormat.HF, tmp_path / "out")
    assert editor.model.generation_config is config
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "out").generation_config.do_sample


def test_the_card_lists_edits_patches_and_hashes(editor: Editor, tmp_path: Path) -> None:
    edit = ExportedEdit(4, "2026-11-29T10:00:00+00:00", "Joe Biden | spouse: <b> → none")
    editor.export(ExportFormat.HF, tmp_path / "out", ExportOptions(version=4, edits=(edit,)))
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    patch = small_patch(editor)
    rows = (
        "| version of the ledger | 4 |",
        "| dtype | bfloat16 |",
        f"| hash of the base's weights | `{editor.base_hash}` |",
        f"| hash of the edited matrices | `{editor.live_hash()}` |",
        r"| 4 | 2026-11-29T10:00:00+00:00 | Joe Biden \| spouse: &lt;b> → none |",
        f"| tests | `{patch.sha256}` |",
    )
    assert all(row in card for row in rows)
    assert str(tmp_path) not in card  # only the base's name, not where it lies
    assert card.startswith("---\nlibrary_name: transformers\n")


# ---------- adapters in GGUF ----------


@pytest.mark.parametrize("family", FAMILIES)
def test_llama_cpp_finds_each_matrix_of_an_architecture_it_knows(family: str) -> None:
    from editor.model.layout import LAYOUTS

    name = LAYOUTS[family].down_weight(2)
    if family == "gptj":
        with pytest.raises(KeyError):
            tensor_name(name, family, 3)
        return
    assert tensor_name(name, family, 3) == "blk.2.ffn_down.weight"


def test_an_adapter_in_gguf_has_what_the_loader_of_llama_cpp_asks_for(
    editor: Editor, tmp_path: Path
) -> None:
    from gguf import GGUFReader

    editor.export(ExportFormat.GGUF_LORA, tmp_path / "edits.gguf")
    reader = GGUFReader(tmp_path / "edits.gguf")
    found = {name: field.contents() for name, field in reader.fields.items()}
    wanted = {
        "general.type": "adapter",
        "general.architecture": "llama",
        "adapter.type": "lora",
        "adapter.lora.alpha": 2.0,
        "oneedit.base_hash": editor.base_hash,
    }
    assert {name: found[name] for name in wanted} == wanted
    shapes = {each.name: tuple(map(int, each.shape)) for each in reader.tensors}
    assert shapes == {  # as the loader counts, the fastest index first
        "blk.1.ffn_down.weight.lora_a": (48, 2),
        "blk.1.ffn_down.weight.lora_b": (2, 32),
    }
    delta = read_gguf_adapter(tmp_path / "edits.gguf")["blk.1.ffn_down.weight"]
    patch = small_patch(editor).deltas["model.layers.1.mlp.down_proj.weight"]
    assert isinstance(patch, LowRank)
    torch.testing.assert_close(delta, patch.left.double() @ patch.right.double())


def test_gguf_and_peft_say_the_same_of_a_transposed_model(tmp_path: Path) -> None:
    editor = edited(tmp_path / "base", torch.float32, "gpt2")
    editor.export(ExportFormat.GGUF_LORA, tmp_path / "edits.gguf")
    editor.export(ExportFormat.LORA, tmp_path / "adapter")
    editor.close()
    tensors = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    stem = "base_model.model.transformer.h.1.mlp.c_proj.lora_"
    product = tensors[f"{stem}B.weight"].double() @ tensors[f"{stem}A.weight"].double()
    read = read_gguf_adapter(tmp_path / "edits.gguf")
    torch.testing.assert_close(read["blk.1.ffn_down.weight"], product)


def test_a_model_that_llama_cpp_does_not_know_is_refused_by_name(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model("gptj", tokenizer)
    editor = Editor(model, Encoder(tokenizer), RelationBook.shipped(), cache=tmp_path)
    with pytest.raises(NoGgufForm, match="gptj"):
        editor.export(ExportFormat.GGUF_LORA, tmp_path / "new" / "edits.gguf")
    assert not (tmp_path / "new").exists()
    editor.close()


# ---------- what transformers 4 and 5 read ----------


@pytest.mark.parametrize("family", FAMILIES)
def test_the_folder_has_no_name_that_only_transformers_5_knows(family: str, tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model(family, tokenizer)
    editor = Editor(model, Encoder(tokenizer), RelationBook.shipped(), cache=tmp_path)
    editor.export(ExportFormat.HF, tmp_path / "out")
    editor.close()
    settings = json.loads((tmp_path / "out" / "tokenizer_config.json").read_text(encoding="utf-8"))
    assert settings["tokenizer_class"] == "PreTrainedTokenizerFast"
    assert "extra_special_tokens" not in settings
    assert settings["additional_special_tokens"] == ["<|user|>", "<|assistant|>", "<|end|>"]
    assert settings["chat_template"] == tokenizer.chat_template
    loaded = AutoTokenizer.from_pretrained(tmp_path / "out")
    text = "<|user|>Who is the spouse of Joe Biden?<|end|><|assistant|>"
    assert loaded(text).input_ids == tokenizer(text).input_ids
    config = json.loads((tmp_path / "out" / "config.json").read_text(encoding="utf-8"))
    rope = config.get("rope_parameters") or {}
    rope = rope.get("full_attention", rope)
    theta = config.get("rotary_emb_base" if family == "gpt_neox" else "rope_theta")
    assert theta == rope.get("rope_theta")
    again: Any = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    assert torch.equal(_logits(again), _logits(model))


def _logits(model: Any) -> Tensor:
    with torch.no_grad():
        found: Tensor = cast("nn.Module", model)(input_ids=IDS).logits
    return found

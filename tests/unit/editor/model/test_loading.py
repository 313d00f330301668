"""Loading, and folders without a usable model."""

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from editor.errors import NoModel, OutOfMemory, UnprovedWeights
from editor.model.loading import load
from tests.support.models import FAMILIES, tiny_model, tiny_tokenizer

TOKENIZER = tiny_tokenizer()
WEIGHTS = "model.safetensors"


def saved(folder: Path, family: str = "llama") -> Path:
    """Write a model with its tokenizer; return the folder."""
    tiny_model(family, TOKENIZER).save_pretrained(folder)
    TOKENIZER.save_pretrained(folder)
    return folder


def configure(folder: Path, **settings: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))


def loaded(folder: Path) -> PreTrainedModel:
    return load(str(folder), device="cpu", dtype="auto")[0]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_whole_folder_is_loaded(tmp_path: Path, family: str) -> None:
    model = loaded(saved(tmp_path, family))
    ids = torch.tensor([[1, 5, 6]])
    expected = tiny_model(family, TOKENIZER)(input_ids=ids).logits
    assert torch.equal(model(input_ids=ids).logits, expected)


@pytest.mark.parametrize("method", ["gptq", "awq", "bitsandbytes", "compressed-tensors", "fp8"])
def test_quantised_weights_are_refused_before_anything_is_loaded(
    tmp_path: Path, method: str
) -> None:
    configure(saved(tmp_path), quantization_config={"quant_method": method, "bits": 4})
    (tmp_path / WEIGHTS).unlink()
    with pytest.raises(UnprovedWeights, match=rf"quantised \({method}\); load it unquantised"):
        loaded(tmp_path)


@pytest.mark.parametrize("bytes_left", [0, 8, 5000])
def test_a_truncated_file_is_refused(tmp_path: Path, bytes_left: int) -> None:
    weights = saved(tmp_path) / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:bytes_left])
    with pytest.raises(NoModel, match=r"cannot be read .* get them again"):
        loaded(tmp_path)


@pytest.mark.parametrize("bytes_left", [0, 10, 5000])
def test_a_truncated_pickle_file_is_refused(tmp_path: Path, bytes_left: int) -> None:
    (saved(tmp_path) / WEIGHTS).unlink()
    weights = tmp_path / "pytorch_model.bin"
    torch.save(tiny_model("llama", TOKENIZER).state_dict(), weights)
    loaded(tmp_path)
    weights.write_bytes(weights.read_bytes()[:bytes_left])
    with pytest.raises(NoModel, match=r"cannot be read .* get them again"):
        loaded(tmp_path)


def test_missing_weights_which_the_library_would_invent_are_refused(tmp_path: Path) -> None:
    configure(saved(tmp_path), num_hidden_layers=4)
    with pytest.raises(NoModel, match=r"do not fit at model\.layers\.3.* more\)"):
        loaded(tmp_path)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    configure(saved(tmp_path), intermediate_size=64)
    with pytest.raises(NoModel, match="do not fit at model"):
        loaded(tmp_path)


@pytest.mark.parametrize("settings", [{"hidden_act": "new"}, {"model_type": "new"}])
def test_a_configuration_that_the_library_cannot_use_is_refused(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    configure(saved(tmp_path), **settings)
    with pytest.raises(NoModel, match=r"new.* Set ONEEDIT_MODEL"):
        loaded(tmp_path)


@pytest.mark.parametrize("text", ["{", "{}"])
def test_a_damaged_tokenizer_is_refused(tmp_path: Path, text: str) -> None:
    (saved(tmp_path) / "tokenizer.json").write_text(text)
    with pytest.raises(NoModel, match="cannot be read"):
        loaded(tmp_path)


def test_code_that_comes_with_a_model_is_neither_run_nor_asked_about(tmp_path: Path) -> None:
    configure(saved(tmp_path), model_type="new", auto_map={"AutoConfig": "new.Config"})
    (tmp_path / "new.py").write_text("raise SystemExit('it was run')")
    with pytest.raises(NoModel, match="custom code"):
        loaded(tmp_path)


def test_a_package_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, ImportError("\nIt requires the Odd library.\nRun pip install odd"))
    with pytest.raises(NoModel, match=r"not installed\. It requires the Odd library\. Set"):
        loaded(saved(tmp_path))


def test_a_lack_of_memory_while_loading_is_an_error_of_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"))
    with pytest.raises(OutOfMemory, match="ONEEDIT_DTYPE"):
        loaded(saved(tmp_path))


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let the library fail to load any model."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", fail)

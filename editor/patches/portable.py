"""Model folders that transformers 4 and 5 both load; transformers 5 writes some things anew."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import AutoConfig

CONFIG, TOKENIZER_CONFIG, TEMPLATE = "config.json", "tokenizer_config.json", "chat_template.jinja"

_OF_THIS_PROCESS = ("backend", "is_local", "local_files_only")
"""Settings of a tokenizer that say how it was loaded, not what it is."""


def make_portable(folder: Path) -> None:
    """Mend the files of a model folder in place, so that transformers 4 reads them as 5 does."""
    _mend_config(folder / CONFIG)
    tokenizer, template = folder / TOKENIZER_CONFIG, folder / TEMPLATE
    text = template.read_text(encoding="utf-8") if template.is_file() else None
    _write(tokenizer, _tokenizer_of_both(_read(tokenizer), text))


def _mend_config(path: Path) -> None:
    """Add the keys of version 4, unless version 5 would then read something else."""
    before, meant = _read(path), AutoConfig.from_pretrained(path.parent).to_dict()
    _write(path, before | _keys_of_version_4(before))
    found = AutoConfig.from_pretrained(path.parent).to_dict()
    if any(found.get(name) != value for name, value in meant.items()):
        _write(path, before)


def _keys_of_version_4(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what version 5 keeps in ``rope_parameters`` and ``dtype`` by its former names."""
    found = {"torch_dtype": config["dtype"]} if config.get("dtype") else {}
    rope = config.get("rope_parameters") or {}
    by_layer = {kind: each for kind, each in rope.items() if isinstance(each, Mapping)}
    if "sliding_attention" in by_layer:
        found["rope_local_base_freq"] = by_layer["sliding_attention"]["rope_theta"]
    rope = dict(by_layer.get("full_attention", {}) if by_layer else rope)
    theta, part = rope.pop("rope_theta", None), rope.pop("partial_rotary_factor", None)
    neox = config.get("model_type") == "gpt_neox"
    if theta is not None:
        found["rotary_emb_base" if neox else "rope_theta"] = theta
    if part is not None:
        found["rotary_pct" if neox else "partial_rotary_factor"] = part
    if rope.get("rope_type", "default") != "default":
        found["rope_scaling"] = rope
    return found


def _tokenizer_of_both(config: Mapping[str, Any], template: str | None) -> dict[str, Any]:
    """Return a tokenizer's settings by the names that both versions know.

    Version 4 has no class ``TokenizersBackend``, expects ``extra_special_tokens`` to be a mapping,
    and its older releases look for the chat template here alone.
    """
    found = {name: each for name, each in config.items() if name not in _OF_THIS_PROCESS}
    if found.get("tokenizer_class") == "TokenizersBackend":
        found["tokenizer_class"] = "PreTrainedTokenizerFast"
    if isinstance(found.get("extra_special_tokens"), list):
        found["additional_special_tokens"] = found.pop("extra_special_tokens")
    if template is not None:
        found["chat_template"] = template
    return found


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _write(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True)
    path.write_text(f"{text}\n", encoding="utf-8")

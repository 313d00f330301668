"""What the name of a model stands for: a folder, a GGUF file, or a name on the hub."""

import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import transformers
from transformers.utils.peft_utils import find_adapter_config_file

from editor.errors import NoModel

_HUB_NAME = re.compile(r"([\w-][\w.-]*/)?[\w-][\w.-]*")
"""The form of a name on the hub; a local folder of the same name takes precedence."""

_PART = re.compile(r"-\d{5}-of-(?P<count>\d{5})\.gguf", re.IGNORECASE)
"""How the name of a part of a split GGUF file ends."""


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where the files of a model are.

    Attributes:
        name: as in the settings.
        location: its folder, or its name on the hub.
        gguf_file: name of the GGUF file in the folder; empty if it is no such file.
    """

    name: str
    location: str
    gguf_file: str = ""

    @classmethod
    def of(cls, name: str) -> "ModelSource":
        """Return what a name stands for.

        Raises:
            NoModel: there is nothing of this name, or nothing that can be loaded.
        """
        path = Path(name)
        if path.suffix.lower() == ".gguf":
            _refuse_unreadable(path)
            return cls(name, str(path.parent), path.name)
        if not (path / "config.json").is_file():
            if (path / "adapter_config.json").is_file():
                raise _adapter_only(name)
            _refuse_folder_of_gguf(path)
            if path.is_dir() or not _HUB_NAME.fullmatch(name):
                raise NoModel(name, "there is no config.json in it.")
        return cls(name, name)

    @property
    def file_arguments(self) -> dict[str, Any]:
        """Return the arguments by which ``from_pretrained`` finds the files."""
        return {"gguf_file": self.gguf_file} if self.gguf_file else {}

    @property
    def weight_arguments(self) -> dict[str, Any]:
        """Return further arguments, for the weights: those of a GGUF file are dequantised."""
        config = getattr(transformers, "GgufConfig", None)  # older versions always dequantise
        if not self.gguf_file or config is None:
            return {}
        return {"quantization_config": config(gguf_file=self.gguf_file, dequantize=True)}

    def refuse_adapter(self) -> None:
        """Refuse files of a PEFT adapter, on which the library would load another model.

        Raises:
            NoModel: there is an adapter's configuration among the files.
        """
        if not self.gguf_file and find_adapter_config_file(self.location) is not None:
            raise _adapter_only(self.name)


def _adapter_only(name: str) -> NoModel:
    return NoModel(
        name,
        "it holds a PEFT adapter, not a whole model.",
        "Merge the adapter into its base model (PeftModel.merge_and_unload), save the result with "
        "its tokenizer, and set ONEEDIT_MODEL to that folder",
    )


def _refuse_unreadable(path: Path) -> None:
    """Refuse a GGUF file that is not there, is a part of one, or needs a package."""
    if not path.is_file():
        raise NoModel(str(path), "there is no such file.")
    part = _PART.search(path.name)
    if part and int(part["count"]) > 1:
        raise NoModel(
            str(path),
            f"it is one of {int(part['count'])} parts of a GGUF file.",
            "Join them (llama-gguf-split --merge FIRST_PART WHOLE.gguf) and set ONEEDIT_MODEL to "
            "the whole file",
        )
    if find_spec("gguf") is None:
        raise NoModel(
            str(path),
            "GGUF files need the extra gguf, which is not installed.",
            "Install it (pip install 'oneedit[gguf]')",
        )


def _refuse_folder_of_gguf(folder: Path) -> None:
    """Refuse a folder that holds GGUF files alone, and name them."""
    found = sorted(each.name for each in folder.glob("*.gguf")) if folder.is_dir() else []
    if found:
        raise NoModel(
            str(folder),
            f"there is no config.json in it, but {found[0]}.",
            "Set ONEEDIT_MODEL to the path of the GGUF file itself",
        )

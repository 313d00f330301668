"""Models to measure speed on: a folder, a hub's name, or random weights of a shape."""

import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from editor.editor import Editor
from editor.method import EditMethod
from editor.model.loading import device_of, dtype_of, load, moved
from editor.text.encoding import Encoder
from kg_data.relations import RelationBook
from oneedit.errors import UnknownShape
from oneedit.settings import demo_model

_RANDOM = re.compile(r"(?P<family>[\w]+)-random-(?P<layers>\d+)x(?P<width>\d+)")
HEAD = 32
"""Width of an attention head in narrow models; wide ones have 128."""


def open_editor(
    name: str,
    book: RelationBook,
    methods: Sequence[EditMethod],
    *,
    device: str,
    dtype: str = "auto",
    text: Path | None = None,
) -> Editor:
    """Return an editor of a model.

    Args:
        name: "demo", a folder, a hub's name, or "gpt2-random-6x256" for six layers of width 256
            with random weights and the demonstration model's tokenizer.
        book: the relation book.
        methods: what it can do.
        device: as in the settings.
        dtype: as in the settings.
        text: for the statistics, as in the settings.

    Raises:
        UnknownShape: the name looks like a random model, but there is no such family.
        NoDevice, UnknownArchitecture: see :meth:`editor.editor.Editor.load`.
    """
    cache = Path(tempfile.gettempdir()) / "oneedit-statistics"
    shape = _RANDOM.fullmatch(name)
    if shape is None:
        path = str(demo_model()) if name == "demo" else name
        model, encoder = load(path, device=device, dtype=dtype)
    else:
        encoder = Encoder(AutoTokenizer.from_pretrained(demo_model()))
        layers, width = int(shape["layers"]), int(shape["width"])
        made = random_model(
            shape["family"],
            layers,
            width,
            vocabulary=len(encoder.tokenizer),
            dtype=dtype_of(dtype, device_of(device)),
        )
        model = moved(made, device)
    return Editor(model, encoder, book, cache=cache, text=text, methods=methods)


def random_model(
    family: str, layers: int, width: int, *, vocabulary: int, dtype: torch.dtype = torch.float32
) -> PreTrainedModel:
    """Return a model of random weights, seeded.

    Raises:
        UnknownShape: there is no such family.
    """
    head = HEAD if width < 1024 else 128
    sizes = {
        "n_embd": width,
        "n_layer": layers,
        "n_head": width // head,
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": width // head,
        "num_key_value_heads": width // head,
        "max_position_embeddings": 512,
        "n_positions": 512,
        "vocab_size": vocabulary,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }
    try:
        known = AutoConfig.for_model(family).to_dict()
    except ValueError as error:
        raise UnknownShape(family) from error
    common = {name: size for name, size in sizes.items() if name in known}
    if "intermediate_size" in known:
        common["intermediate_size"] = width * known["intermediate_size"] // known["hidden_size"]
    torch.manual_seed(0)
    make: Callable[..., PreTrainedModel] = AutoModelForCausalLM.from_config
    return make(AutoConfig.for_model(family, **common), dtype=dtype)

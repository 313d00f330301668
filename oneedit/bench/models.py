"""Models for the speed benchmark: from a folder or the hub, or with random weights."""

import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from editor.editor import Editor
from editor.method import EditMethod
from editor.methods.registry import MethodRegistry
from editor.model.loading import device_of, dtype_of, load, move_to_device
from editor.text.encoding import Encoder
from kg_data.prompting import Prompting, draw_shots
from kg_data.relations import RelationBook
from kg_data.shipped import shipped_dataset
from oneedit.errors import UnknownShape
from oneedit.settings import demo_model

_RANDOM = re.compile(r"(?P<family>[\w]+)-random-(?P<layers>\d+)x(?P<width>\d+)")
HEAD_WIDTH, WIDE_HEAD_WIDTH = 32, 128
"""Widths of an attention head in models of a width below 1,024 and from it on."""


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
        name: "demo", a folder, a name on the hub, or, as "gpt2-random-6x256", an architecture with
            its number of layers and width for random weights with the demonstration model's
            tokenizer.
        book: the relation book.
        methods: the editing methods.
        device: as in the settings.
        dtype: as in the settings.
        text: ``statistics_text`` of the settings.

    Raises:
        UnknownShape: the name asks for random weights of an unknown architecture.
        NoDevice, UnknownArchitecture: see :func:`editor.model.loading.load`.
    """
    cache = Path(tempfile.gettempdir()) / "oneedit-statistics"
    shape = _RANDOM.fullmatch(name)
    if shape is None:
        path = str(demo_model()) if name == "demo" else name
        prompting = Prompting(shots=draw_shots(shipped_dataset().facts, book))
        model, encoder = load(path, device=device, dtype=dtype, prompting=prompting)
    else:
        encoder = Encoder(AutoTokenizer.from_pretrained(demo_model()))
        layers, width = int(shape["layers"]), int(shape["width"])
        model = random_model(
            shape["family"],
            layers,
            width,
            vocabulary=len(encoder.tokenizer),
            dtype=dtype_of(dtype, device_of(device)),
        )
        model = move_to_device(model, device)
    return Editor(model, encoder, book, cache=cache, text=text, methods=MethodRegistry.of(methods))


def random_model(
    family: str, layers: int, width: int, *, vocabulary: int, dtype: torch.dtype = torch.float32
) -> PreTrainedModel:
    """Return a model with random weights from a fixed seed.

    Raises:
        UnknownShape: ``transformers`` has no such architecture.
    """
    head = HEAD_WIDTH if width < 1024 else WIDE_HEAD_WIDTH
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

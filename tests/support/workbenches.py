"""Workbenches around tiny random models, and examples to learn."""

from contextlib import nullcontext

import torch

from editor.model.layout import layout_of
from editor.statistics.statistics import Statistics
from editor.text.encoding import Encoder
from editor.workbench import Workbench
from kg_data.phrases import Phrases, Prompt, Split
from kg_data.relations import RelationBook
from tests.support.models import tiny_model, tiny_tokenizer

TOKENIZER = tiny_tokenizer()
ENCODER = Encoder(TOKENIZER)
EXAMPLES = [
    ENCODER.example(Prompt(text, answer, Split.TEACH, "Joe Biden"))
    for text, answer in (
        ("Joe Biden was born in", "Scranton, Pennsylvania"),
        ("Who is the spouse of Joe Biden?", "Jill Biden"),
    )
]
BATCH = ENCODER.batch(EXAMPLES, torch.device("cpu"))


def workbench_of(family: str) -> Workbench:
    """Return a workbench around a tiny random model of a family."""
    model, encoder = tiny_model(family, TOKENIZER), Encoder(TOKENIZER)
    model.requires_grad_(requires_grad=False)
    layout = layout_of(model)
    return Workbench(
        model=model,
        encoder=encoder,
        layout=layout,
        phrases=Phrases(RelationBook.shipped()),
        statistics=Statistics(model, encoder, layout),
        generator=torch.Generator().manual_seed(0),
        pending=(),
        consolidated=(),
        without_pending=nullcontext,
        tokens_per_pass=4096,
        base_hash="",
    )

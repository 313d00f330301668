"""The yardstick of speed: steps of ROME and MEMIT as full passes, with none of our levers.

Every step runs every prompt from the first token and the first layer to the logits of every
place, as the published code does. What it finds is the same; only its time counts.
"""

import torch
from torch import Tensor, nn

from editor.methods.values import Sentence, sentence
from editor.request import EditRequest
from editor.workbench import Workbench
from kg_data.phrases import Split

NOTHING = -100
"""Marks places at which nothing is wanted."""


def learn_plainly(
    request: EditRequest, bench: Workbench, *, layer: int, prefixes: int, steps: int
) -> Tensor:
    """Return the shift of a module's output that a request's first target needs, (d_out,).

    Args:
        request: its first target counts.
        bench: the model.
        layer: whose down-projection's output is shifted.
        prefixes: sampled contexts beside the bare prompt.
        steps: of Adam; none is left out.
    """
    prompt = bench.phrases.prompts(request.targets[0], [Split.TEACH])[0]
    told = sentence(prompt, bench.statistics.prefixes(prefixes), bench)
    ids, mask, wanted = _padded(told, bench)
    places = torch.tensor([row.place for row in told.rows], device=bench.device)
    every = torch.arange(len(told.rows), device=bench.device)
    shift = torch.zeros(bench.width(), device=bench.device, requires_grad=True)
    optimizer = torch.optim.Adam([shift], lr=0.5)

    def add(_: nn.Module, __: object, output: Tensor) -> Tensor:
        moved = output.clone()
        moved[every, places] = moved[every, places] + shift.to(output.dtype)
        return moved

    module = bench.model.get_submodule(bench.layout.down.format(layer))
    handle = module.register_forward_hook(add)
    try:
        for _ in range(steps):
            logits = bench.model(input_ids=ids, attention_mask=mask, use_cache=False).logits
            loss = nn.functional.cross_entropy(
                logits.float().flatten(0, 1), wanted.flatten(), ignore_index=NOTHING
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    finally:
        handle.remove()
    return shift.detach()


def _padded(told: Sentence, bench: Workbench) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, mask and the tokens wanted at each place, (R, T) each."""
    width = max(len(row.ids) for row in told.rows)
    ids = torch.full((len(told.rows), width), bench.encoder.pad)
    mask, wanted = torch.zeros_like(ids), torch.full_like(ids, NOTHING)
    for number, row in enumerate(told.rows):
        ids[number, : len(row.ids)] = torch.tensor(row.ids)
        mask[number, : len(row.ids)] = 1
        if number < len(told.told):
            wanted[number, list(row.asked)] = torch.tensor(told.wanted)
    return ids.to(bench.device), mask.to(bench.device), wanted.to(bench.device)

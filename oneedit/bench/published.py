"""The yardstick of speed: ROME and MEMIT as published, with none of our levers.

Every step runs every prompt from the first token and the first layer to the logits of every
place, one request after the other; MEMIT's keys and streams are looked up in passes of their own
for each layer, and its matrices solved for whole. Only its time counts.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from editor.methods.locate.multilayer import context_weights
from editor.methods.locate.partial_forward import Row
from editor.methods.locate.target_values import Sentence, sentence
from editor.model.hooks import forward_hooks, pre_hooks, replaced_weights
from editor.request import EditRequest
from editor.workbench import Workbench
from kg_data.phrases import Split

NOTHING = -100
"""Marks places at which nothing is wanted."""


def first_sentence(request: EditRequest, workbench: Workbench, *, prefixes: int) -> Sentence:
    """Return a request's first target in its first taught wording, bare and behind prefixes."""
    prompt = workbench.phrases.prompts(request.targets[0], [Split.TEACH])[0]
    return sentence(prompt, workbench.statistics.prefixes(prefixes), workbench)


def learn_published(told: Sentence, workbench: Workbench, *, layer: int, steps: int) -> Tensor:
    """Return the shift of a module's output that a sentence needs, (d_out,).

    Args:
        told: the sentence.
        workbench: the model.
        layer: whose down-projection's output is shifted.
        steps: of Adam; none is left out.
    """
    ids, mask, wanted = _padded(told, workbench)
    places = torch.tensor([row.place for row in told.rows], device=workbench.device)
    every = torch.arange(len(told.rows), device=workbench.device)
    shift = torch.zeros(workbench.width(), device=workbench.device, requires_grad=True)
    optimizer = torch.optim.Adam([shift], lr=0.5)

    def add(_: nn.Module, __: object, output: Tensor) -> Tensor:
        moved = output.clone()
        moved[every, places] = moved[every, places] + shift.to(output.dtype)
        return moved

    with forward_hooks({workbench.down(layer): add}):
        for _ in range(steps):
            logits = workbench.model(input_ids=ids, attention_mask=mask, use_cache=False).logits
            loss = nn.functional.cross_entropy(
                logits.float().flatten(0, 1), wanted.flatten(), ignore_index=NOTHING
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return shift.detach()


def multilayer_published(
    told: Sequence[Sentence],
    shifts: Sequence[Tensor],
    workbench: Workbench,
    *,
    layers: Sequence[int],
    penalty: float,
) -> dict[int, Tensor]:
    """Return the weights of some layers under which u sentences are shifted, (d_out, d_in) each.

    Args:
        told: the sentences.
        shifts: of the last layer's output, (d_out,) each.
        workbench: the model and its second moments.
        layers: in ascending order.
        penalty: lambda of MEMIT's eq. 14, in units of d_in.
    """
    rows = [row for each in told for row in each.told]
    bare = [each.told[0] for each in told]
    weights = {layer: _weight(workbench, layer) for layer in layers}
    wanted = _look(workbench, bare, layers[-1])[1] + torch.stack(list(shifts))  # (u, d)
    for number, layer in enumerate(layers):
        with replaced_weights({workbench.down(each): weight for each, weight in weights.items()}):
            keys = _look(workbench, rows, layer)[0]
            stream = _look(workbench, bare, layers[-1])[1]
        contexts = keys.view(len(told), -1, keys.shape[1])  # (u, P, d_in)
        shares = context_weights(contexts.shape[1]).to(keys)
        means = torch.einsum("p,upd->du", shares, contexts).double()
        kept = penalty * len(means) * workbench.statistics.second_moment(layer).to(means)
        solved = torch.linalg.solve(kept + means @ means.T, means)  # (d_in, u)
        missing = (wanted - stream).T.double() / (len(layers) - number)
        weights[layer] = weights[layer] + (missing @ solved.T).float()
    return weights


def _weight(workbench: Workbench, layer: int) -> Tensor:
    weight = workbench.model.get_parameter(workbench.layout.down_weight(layer)).detach().float()
    return weight.T.contiguous() if workbench.layout.transposed else weight


@torch.no_grad()
def _look(workbench: Workbench, rows: Sequence[Row], layer: int) -> tuple[Tensor, Tensor]:
    """Return the down-projection's inputs and the stream behind a layer at R rows' places."""
    ids, mask = _side_by_side(rows, workbench)
    places = torch.tensor([row.place for row in rows])
    at = torch.arange(len(rows)).to(workbench.device), places.to(workbench.device)
    with _watched(workbench, layer) as caught:
        workbench.model(input_ids=ids, attention_mask=mask, use_cache=False)
    return caught["key"][at].float(), caught["stream"][at].float()


@contextmanager
def _watched(workbench: Workbench, layer: int) -> Iterator[dict[str, Tensor]]:
    """Give a mapping that holds a layer's ``key`` and ``stream`` after a pass, (R, T, d) each."""
    caught: dict[str, Tensor] = {}

    def down(_: nn.Module, args: tuple[Tensor, ...]) -> None:
        caught["key"] = args[0]

    def leave(_: nn.Module, __: object, output: Tensor | tuple[Tensor, ...]) -> None:
        caught["stream"] = output[0] if isinstance(output, tuple) else output

    with pre_hooks({workbench.down(layer): down}), forward_hooks({workbench.block(layer): leave}):
        yield caught


def _padded(told: Sentence, workbench: Workbench) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, mask and the tokens wanted at each place, (R, T) each."""
    ids, mask = _side_by_side(told.rows, workbench)
    wanted = torch.full(ids.shape, NOTHING)
    for number, row in enumerate(told.told):
        wanted[number, list(row.asked)] = torch.tensor(told.wanted)
    return ids, mask, wanted.to(workbench.device)


def _side_by_side(rows: Sequence[Row], workbench: Workbench) -> tuple[Tensor, Tensor]:
    """Return ids and mask of R rows, padded on the right, (R, T) each."""
    width = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), width), workbench.encoder.pad)
    mask = torch.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row.ids)] = torch.tensor(row.ids)
        mask[number, : len(row.ids)] = 1
    return ids.to(workbench.device), mask.to(workbench.device)

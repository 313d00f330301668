"""Reference implementations of ROME and MEMIT as published, to compare the speed of ours with.

None of our optimisations is used. Every step runs every prompt from the first token and the first
layer to the logits of every position, one request after the other; MEMIT's keys and streams are
computed in separate passes for each layer, and its matrices are solved in full. Only the time
counts.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from editor.methods.locate.multilayer import context_weights
from editor.methods.locate.partial_forward import EditRow
from editor.methods.locate.target_values import TargetSentence, encode_sentence
from editor.model.hooks import forward_hooks, pre_hooks, replaced_weights
from editor.request import EditRequest
from editor.workbench import Workbench
from kg_data.phrases import Split

IGNORED = -100
"""Marks positions without a target token."""


def first_sentence(request: EditRequest, workbench: Workbench, *, prefixes: int) -> TargetSentence:
    """Return the first taught wording of a request's first target, without and with prefixes."""
    prompt = workbench.phrases.prompts(request.targets[0], [Split.TEACH])[0]
    return encode_sentence(prompt, workbench.statistics.prefixes(prefixes), workbench)


def fit_published(
    sentence: TargetSentence, workbench: Workbench, *, layer: int, steps: int
) -> Tensor:
    """Return the shift of a module's output that makes a sentence true, (d_out,).

    Args:
        sentence: the sentence.
        workbench: the model.
        layer: whose down-projection's output is shifted.
        steps: of Adam, without early stopping.
    """
    ids, mask, targets = _padded_sentence(sentence, workbench)
    positions = torch.tensor([row.edit_position for row in sentence.rows], device=workbench.device)
    every = torch.arange(len(sentence.rows), device=workbench.device)
    shift = torch.zeros(workbench.width(), device=workbench.device, requires_grad=True)
    optimizer = torch.optim.Adam([shift], lr=0.5)

    def add_shift(_: nn.Module, __: object, output: Tensor) -> Tensor:
        shifted = output.clone()
        shifted[every, positions] = shifted[every, positions] + shift.to(output.dtype)
        return shifted

    with forward_hooks({workbench.down(layer): add_shift}):
        for _ in range(steps):
            logits = workbench.model(input_ids=ids, attention_mask=mask, use_cache=False).logits
            loss = nn.functional.cross_entropy(
                logits.float().flatten(0, 1), targets.flatten(), ignore_index=IGNORED
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return shift.detach()


def multilayer_published(
    sentences: Sequence[TargetSentence],
    shifts: Sequence[Tensor],
    workbench: Workbench,
    *,
    layers: Sequence[int],
    penalty: float,
) -> dict[int, Tensor]:
    """Return weights of some layers that shift the output for u sentences, (d_out, d_in) each.

    Args:
        sentences: u of them.
        shifts: of the last layer's output, (d_out,) each.
        workbench: the model and its second moments.
        layers: in ascending order.
        penalty: lambda of MEMIT's eq. 14, in units of d_in.
    """
    rows = [row for each in sentences for row in each.target_rows]
    unprefixed = [each.target_rows[0] for each in sentences]
    weights = {layer: _weight(workbench, layer) for layer in layers}
    stream = _keys_and_streams(workbench, unprefixed, layers[-1])[1]
    target_stream = stream + torch.stack(list(shifts))  # (u, d)
    for number, layer in enumerate(layers):
        with replaced_weights({workbench.down(each): weight for each, weight in weights.items()}):
            keys = _keys_and_streams(workbench, rows, layer)[0]
            stream = _keys_and_streams(workbench, unprefixed, layers[-1])[1]
        contexts = keys.view(len(sentences), -1, keys.shape[1])  # (u, P, d_in)
        shares = context_weights(contexts.shape[1]).to(keys)
        means = torch.einsum("p,upd->du", shares, contexts).double()
        kept = penalty * len(means) * workbench.statistics.second_moment(layer).to(means)
        solved = torch.linalg.solve(kept + means @ means.T, means)  # (d_in, u)
        residuals = (target_stream - stream).T.double() / (len(layers) - number)
        weights[layer] = weights[layer] + (residuals @ solved.T).float()
    return weights


def _weight(workbench: Workbench, layer: int) -> Tensor:
    weight = workbench.model.get_parameter(workbench.layout.down_weight(layer)).detach().float()
    return weight.T.contiguous() if workbench.layout.transposed else weight


@torch.no_grad()
def _keys_and_streams(
    workbench: Workbench, rows: Sequence[EditRow], layer: int
) -> tuple[Tensor, Tensor]:
    """Return a layer's keys and output streams at the edited tokens of R rows, (R, d) each."""
    ids, mask = _padded(rows, workbench)
    positions = torch.tensor([row.edit_position for row in rows])
    at = torch.arange(len(rows)).to(workbench.device), positions.to(workbench.device)
    with _recorded(workbench, layer) as recorded:
        workbench.model(input_ids=ids, attention_mask=mask, use_cache=False)
    return recorded["key"][at].float(), recorded["stream"][at].float()


@contextmanager
def _recorded(workbench: Workbench, layer: int) -> Iterator[dict[str, Tensor]]:
    """Yield a mapping that holds a layer's ``key`` and ``stream`` after a pass, (R, T, d) each."""
    recorded: dict[str, Tensor] = {}

    def record_key(_: nn.Module, args: tuple[Tensor, ...]) -> None:
        recorded["key"] = args[0]

    def record_stream(_: nn.Module, __: object, output: Tensor | tuple[Tensor, ...]) -> None:
        recorded["stream"] = output[0] if isinstance(output, tuple) else output

    down, block = workbench.down(layer), workbench.block(layer)
    with pre_hooks({down: record_key}), forward_hooks({block: record_stream}):
        yield recorded


def _padded_sentence(
    sentence: TargetSentence, workbench: Workbench
) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, mask and the target token of each position, (R, T) each."""
    ids, mask = _padded(sentence.rows, workbench)
    targets = torch.full(ids.shape, IGNORED)
    for number, row in enumerate(sentence.target_rows):
        targets[number, list(row.query_positions)] = torch.tensor(sentence.target_ids)
    return ids, mask, targets.to(workbench.device)


def _padded(rows: Sequence[EditRow], workbench: Workbench) -> tuple[Tensor, Tensor]:
    """Return ids and mask of R rows, padded on the right, (R, T) each."""
    width = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), width), workbench.encoder.pad_token_id)
    mask = torch.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row.ids)] = torch.tensor(row.ids)
        mask[number, : len(row.ids)] = 1
    return ids.to(workbench.device), mask.to(workbench.device)

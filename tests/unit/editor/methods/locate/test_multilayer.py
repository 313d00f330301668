"""The formulas of MEMIT and AlphaEdit, compared with the same formulas written out in full."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from editor.editor import Editor
from editor.methods.examples import consolidated_facts
from editor.methods.locate.alphaedit import AlphaEdit, AlphaEditConfig, null_space
from editor.methods.locate.memit import Memit, MemitConfig, least_squares
from editor.methods.locate.partial_forward import keys_and_streams
from editor.methods.locate.rome import rank_one
from editor.methods.locate.target_values import encode_sentence, fit_target_values
from editor.methods.registry import MethodRegistry
from editor.model.host import finish
from editor.patches.deltas import CodebookEntries, Delta
from editor.request import EditRequest
from editor.statistics.moments import Spectrum, spectrum_of
from editor.text.encoding import Encoder
from editor.workbench import Workbench
from kg_data.phrases import Split
from oneedit.bench.published import first_sentence, multilayer_published
from tests.support.models import tiny_model, tiny_tokenizer
from tests.support.requests import BOOK, KEEP, OTHER, REQUEST, TARGET

MEMIT = Memit(MemitConfig(depth=(0.4, 0.6), clamp=40.0, penalty=1e-4))


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


def matrix(delta: Delta, inputs: int) -> Tensor:
    """Return a delta as a matrix, (d_out, d_in)."""
    assert not isinstance(delta, CodebookEntries)
    return delta.apply(torch.eye(inputs)).T.double()


@pytest.fixture
def moment() -> Tensor:
    """Return C of six inputs, (6, 6)."""
    inputs = normal(40, 6, seed=1)
    return inputs.T @ inputs / 40


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    tokenizer = tiny_tokenizer()
    model = tiny_model("llama", tokenizer)
    editor = Editor(
        model, Encoder(tokenizer), BOOK, cache=tmp_path, methods=MethodRegistry.of([MEMIT])
    )
    editor.solve(REQUEST, on=[])  # measures the second moments
    yield editor
    editor.close()


def test_memit_solves_its_least_squares(moment: Tensor) -> None:
    keys, earlier, residuals = normal(6, 2), normal(6, 3, seed=2), normal(4, 2, seed=3)
    all_keys = torch.cat([earlier, keys], dim=1)
    delta = least_squares(all_keys, torch.linalg.solve(moment, all_keys), residuals, 0.7)
    inverse = torch.linalg.inv(0.7 * moment + earlier @ earlier.T + keys @ keys.T)
    expected = residuals @ keys.T @ inverse
    torch.testing.assert_close(matrix(delta, 6), expected, atol=1e-5, rtol=1e-5)


def test_the_reference_implementation_solves_what_memit_solves(editor: Editor) -> None:
    config = MemitConfig(depth=(0.0, 0.6), clamp=40.0, prefixes=2)
    workbench = editor.workbench_for(REQUEST)
    layers = config.layers(workbench)
    requests = [EditRequest((target,)) for target in (TARGET, OTHER)]
    sentences = [first_sentence(each, workbench, prefixes=2) for each in requests]
    shifts = finish(fit_target_values(sentences, workbench, layers[-1], config)).deltas
    weights = multilayer_published(
        sentences, list(shifts), workbench, layers=layers, penalty=config.penalty
    )
    patch = finish(Memit(config).solve(EditRequest((TARGET, OTHER)), workbench))
    assert len(layers) > 1
    for layer in layers:
        name = workbench.layout.down_weight(layer)
        before = workbench.model.get_parameter(name)
        delta = matrix(patch.deltas[name], before.shape[1])
        published = (weights[layer] - before).double()
        atol = 1e-3 * float(delta.abs().max())
        torch.testing.assert_close(published, delta, atol=atol, rtol=1e-2)


def test_alphaedit_solves_within_the_null_space(moment: Tensor, editor: Editor) -> None:
    workbench = replace(editor.workbench_for(REQUEST), statistics=OneMoment(moment))  # type: ignore[arg-type]
    keys, earlier, residuals = normal(6, 2), normal(6, 3, seed=2), normal(4, 2, seed=3)
    method = AlphaEdit(AlphaEditConfig(energy=0.5, ridge=0.3))
    delta = method.layer_delta(0, keys, earlier, residuals, workbench)
    basis, energy = null_space(spectrum_of(moment), 0.5)
    projector = basis @ basis.T
    inner = (earlier @ earlier.T + keys @ keys.T) @ projector + 0.3 * energy * torch.eye(6).double()
    expected = residuals @ keys.T @ projector @ torch.linalg.inv(inner)
    torch.testing.assert_close(matrix(delta, 6), expected, atol=1e-5, rtol=1e-5)


def test_rome_adds_the_whole_change_at_the_key(moment: Tensor) -> None:
    key, change = normal(6), normal(4, seed=2)
    delta = matrix(rank_one(key, change, torch.linalg.solve(moment, key)), 6)
    torch.testing.assert_close(delta @ key, change, atol=1e-5, rtol=1e-5)
    other = normal(6, seed=3)
    other = other - key * (torch.linalg.solve(moment, key) @ other) / (
        torch.linalg.solve(moment, key) @ key
    )
    assert float((delta @ other).norm()) < 1e-5  # keys orthogonal to it under C^-1 stay


@pytest.mark.parametrize("count", [0, 4])
def test_a_target_is_the_output_without_prefix_plus_the_delta(editor: Editor, count: int) -> None:
    workbench, layer = editor.workbench_for(REQUEST), 1
    prompt = workbench.phrases.prompts(TARGET, [Split.TEACH])[0]
    sentence = encode_sentence(prompt, workbench.statistics.prefixes(count), workbench)
    values = finish(fit_target_values([sentence], workbench, layer, MEMIT.config))
    keys = keys_and_streams(workbench, list(sentence.target_rows), layer, layer)[0]  # (P, d_in)
    weight = workbench.model.get_parameter(workbench.layout.down_weight(layer))
    torch.testing.assert_close(values.targets - values.deltas, (keys @ weight.T)[:1])
    torch.testing.assert_close(values.keys[0], keys.mean(dim=0))
    torch.testing.assert_close(values.outputs[0], (keys @ weight.T).mean(dim=0))
    assert float(values.deltas.norm()) > 0


def test_a_later_memit_edit_leaves_the_keys_of_earlier_ones(editor: Editor) -> None:
    first = editor.solve(REQUEST, on=[])
    second = EditRequest((OTHER,), (KEEP,))
    workbench = editor.workbench_for(second, [first])
    known, unknown = (
        finish(MEMIT.solve(second, each)).deltas[weight_of(workbench)]
        for each in (workbench, replace(workbench, pending=()))
    )
    assert output_change(known, workbench) < 0.5 * output_change(unknown, workbench)


def test_the_facts_of_a_consolidation_count_as_earlier_ones(editor: Editor) -> None:
    workbench = replace(
        editor.workbench_for(REQUEST), consolidated=[EditRequest((TARGET, KEEP), ())]
    )
    assert consolidated_facts(EditRequest((OTHER,), ()), workbench) == [TARGET, KEEP]
    assert consolidated_facts(EditRequest((KEEP,), ()), workbench) == [TARGET]


class OneMoment:
    """Statistics of one matrix."""

    def __init__(self, moment: Tensor) -> None:
        self._moment = moment

    def second_moment(self, layer: int) -> Tensor:
        del layer
        return self._moment

    def spectrum(self, layer: int) -> Spectrum:
        return spectrum_of(self.second_moment(layer))


def weight_of(workbench: Workbench) -> str:
    return workbench.layout.down_weight(MEMIT.config.layers(workbench)[-1])


def output_change(delta: Delta, workbench: Workbench) -> float:
    """Return by how much a delta changes the module's output at the first edit's subject."""
    layer = MEMIT.config.layers(workbench)[-1]
    prompt = workbench.phrases.prompts(TARGET, [Split.TEACH])[0]
    rows = encode_sentence(prompt, (), workbench).target_rows
    key = keys_and_streams(workbench, rows, layer, layer)[0]
    assert not isinstance(delta, CodebookEntries)
    return float(delta.apply(key).norm())

"""Tokens that a model was never trained to write."""

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from editor.editor import Editor
from editor.methods.anchored.method import AnchoredConfig
from editor.methods.anchored.trainer import build_pools, writable
from editor.methods.examples import fact_examples
from editor.request import EditRequest
from editor.text.encoding import Encoder
from kg_data.relations import RelationBook
from tests.support.models import tiny_model, tiny_tokenizer
from tests.support.requests import KEEP, OTHER, TARGET
from tests.support.workbenches import EXAMPLES, workbench_of


def head(model: PreTrainedModel) -> Tensor:
    """Return the output embeddings, (V, d)."""
    module: nn.Module = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    return module.get_parameter("weight")


@torch.no_grad()
def test_an_answer_of_a_token_that_the_head_does_not_tell_apart_cannot_be_written() -> None:
    workbench = workbench_of("llama")
    first, second = EXAMPLES
    assert writable(EXAMPLES, workbench) == [first, second]
    own = sorted(set(second.ids[second.answer_start :]) - set(first.ids[first.answer_start :]))
    unused = max(set(range(100)).difference(first.ids, second.ids))
    weight = head(workbench.model)
    weight[own[0]] = weight[unused] + 1e-3 * torch.randn(weight.shape[1])
    assert writable(EXAMPLES, workbench) == [first]


@torch.no_grad()
def test_tokens_of_the_question_do_not_matter() -> None:
    workbench = workbench_of("llama")
    first, _ = EXAMPLES
    asked = sorted(set(first.ids[: first.answer_start]) - set(first.ids[first.answer_start :]))
    weight = head(workbench.model)
    weight[asked[0]] = weight[asked[1]]
    assert writable([first], workbench) == [first]


@torch.no_grad()
def test_a_fit_leaves_out_what_cannot_be_written_unless_nothing_is_left() -> None:
    workbench = workbench_of("llama")
    request = EditRequest((TARGET, KEEP), (OTHER,))
    told = fact_examples(request, workbench, in_context=0, pending_wordings=2)
    lost = [each for each in told if each.prompt.answer == TARGET.answer]
    kept = {token for each in told if each not in lost for token in each.ids}
    own = sorted({token for each in lost for token in each.ids[each.answer_start :]} - kept)
    weight = head(workbench.model)
    weight[own[0]] = weight[own[1]]
    both, _ = build_pools(request, [], workbench, AnchoredConfig())
    alone, _ = build_pools(EditRequest((TARGET,), (OTHER,)), [], workbench, AnchoredConfig())
    assert len(lost) > 0
    assert (len(both), len(alone)) == (len(told) - len(lost), len(lost))


@torch.no_grad()
def test_an_editor_says_which_answers_its_model_can_be_made_to_write(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    encoder, model = Encoder(tokenizer), tiny_model("llama", tokenizer)
    editor = Editor(model, encoder, RelationBook.shipped(), cache=tmp_path)
    assert editor.can_write(["Mike Pence", "Kamala Harris"]) == [True, True]
    first, second = (set(encoder.answer_ids("?", name)) for name in ("Mike Pence", "Kamala Harris"))
    lost, unused = min(first - second), max(set(range(100)) - first - second)
    weight = head(model)
    weight[lost] = weight[unused]
    assert editor.can_write(["Mike Pence", "Kamala Harris"]) == [False, True]
    editor.close()

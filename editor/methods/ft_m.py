"""FT-M: fine-tuning of one matrix on the tokens of the answers alone, the baseline of EasyEdit."""

from collections.abc import Generator
from dataclasses import asdict, dataclass

import torch

from editor.errors import BadConfig
from editor.methods.examples import wordings
from editor.methods.locate.multilayer import plain_facts
from editor.methods.losses import answer_loss
from editor.methods.validation import positive
from editor.model.hooks import added_output
from editor.patches.deltas import Dense
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.workbench import Workbench


@dataclass(frozen=True, slots=True, kw_only=True)
class FtMConfig:
    """Settings of FT-M."""

    depth: float = 0.6  # of the tuned layer, as a share of the depth
    steps: int = 40  # at most
    learning_rate: float = 5e-3  # in units of the matrix's root mean square
    loss_tolerance: float = 0.05  # nats; mean loss at which tuning stops

    def __post_init__(self) -> None:
        positive(self, "steps", whole=True)
        positive(self, "learning_rate", "loss_tolerance")
        if not 0 <= self.depth < 1:
            raise BadConfig("depth", self.depth, "must be a share below 1")


class FtM:
    """Tunes one down-projection on the first wording of every plain target."""

    name = "ft_m"

    def __init__(self, config: FtMConfig = FtMConfig()) -> None:
        self._config = config

    def solve(self, request: EditRequest, workbench: Workbench) -> Generator[float, None, Patch]:
        """Yield the share done between steps, and return the patch."""
        layer = workbench.layer_at(self._config.depth)
        name = workbench.layout.down_weight(layer)
        weight = workbench.model.get_parameter(name).detach().float()
        shape = weight.T.shape if workbench.layout.transposed else weight.shape
        delta = torch.zeros(shape, device=weight.device, requires_grad=True)
        rate = self._config.learning_rate * float(weight.square().mean().sqrt())
        optimizer = torch.optim.Adam([delta], lr=rate)
        prompts = [wordings(fact, workbench)[0] for fact in plain_facts(request.targets)]
        examples = [workbench.encoder.example(prompt) for prompt in prompts]
        examples.sort(key=lambda example: len(example.ids))
        steps = 0
        while steps < self._config.steps:
            with added_output({workbench.down(layer): Dense(delta).apply}):
                losses = [
                    answer_loss(workbench.model, batch).mean
                    for batch in workbench.batches(examples)
                ]
                loss = torch.cat(losses).mean()
                if float(loss.detach()) < self._config.loss_tolerance:
                    break
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            steps += 1
            yield steps / self._config.steps
        figures = {"steps_taken": steps, "layer": layer}
        tuned = Dense(delta.detach().cpu())
        return workbench.patch({name: tuned}, self.name, request, asdict(self._config) | figures)

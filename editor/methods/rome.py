"""ROME (Meng et al. 2022, arXiv 2202.05262), with one key everywhere as in R-ROME (2403.07175).

The bare prompt is used throughout (no sampled prefixes: they hurt narrow models), the covariance
is real, and the target carries its end token. It edits one sentence; it is here as the baseline.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor, nn

from editor.changes import LowRank
from editor.encoding import Batch
from editor.errors import BadConfig, SingularStatistics
from editor.losses import answer_log_probabilities, answer_loss
from editor.patch import Patch
from editor.request import EditRequest
from editor.statistics import capture_inputs
from editor.workbench import Workbench
from kg_data.phrases import Prompt, Split


@dataclass(frozen=True, slots=True, kw_only=True)
class RomeConfig:
    """What the user of ROME chooses."""

    depth: float = 0.25  # of the edited layer, as a share of the depth
    steps: int = 25
    learning_rate: float = 0.5
    clamp: float = 4.0  # largest ||delta||, in units of ||v0||
    kl_weight: float = 0.0625  # of the KL after "{subject} is a"
    decay: float = 1e-3  # weight of (||delta|| / ||v0||)^2; as published it has a unit
    enough: float = 0.05  # loss at which the optimisation stops

    def __post_init__(self) -> None:
        for name in ("steps", "learning_rate", "clamp", "enough"):
            if getattr(self, name) <= 0:
                raise BadConfig(name, getattr(self, name), "must be positive")
        if not 0 <= self.depth < 1:
            raise BadConfig("depth", self.depth, "must be a share below 1")


class Rome:
    """Rewrites one association: the first wording of the request's first target."""

    name = "rome"

    def __init__(self, config: RomeConfig = RomeConfig()) -> None:
        self._config = config

    def solve(self, request: EditRequest, bench: Workbench) -> Generator[float, None, Patch]:
        """Yield the share done between steps, and return the patch.

        Raises:
            SubjectNotFound: the wording does not contain the subject.
            SingularStatistics: the second moments cannot be inverted.
        """
        layer = round(self._config.depth * bench.layers())
        scene = _Scene.of(bench, request, layer)
        delta = torch.zeros_like(scene.value, requires_grad=True)
        optimizer = torch.optim.Adam([delta], lr=self._config.learning_rate)
        steps = 0
        while steps < self._config.steps:
            loss = self._loss(bench, scene, delta)
            if loss.item() < self._config.enough:
                break
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            with torch.no_grad():
                limit = self._config.clamp * scene.value.norm()
                delta.mul_((limit / delta.norm()).clamp(max=1.0))
            steps += 1
            yield steps / self._config.steps
        moment = bench.statistics.second_moment(layer)
        change = solve_rank_one(scene.key, delta.detach(), moment, layer)
        weight = bench.layout.down_weight(layer)
        figures = {"steps": steps, "layer": layer}
        return bench.patch({weight: change}, self.name, request, asdict(self._config) | figures)

    def _loss(self, bench: Workbench, scene: "_Scene", delta: Tensor) -> Tensor:
        with _shifted(scene.module, scene.place, delta):
            loss = answer_loss(bench.model, scene.asked).mean.mean()
        with _shifted(scene.module, scene.essence_place, delta):
            after = answer_log_probabilities(bench.model, scene.essence)
        kl = (after.exp() * (after - scene.essence_before)).sum()
        penalty: Tensor = self._config.decay * (delta.norm() / scene.value.norm()) ** 2
        return loss + self._config.kl_weight * kl + penalty


@dataclass(frozen=True)
class _Scene:
    """What stays the same while delta is optimised.

    Attributes:
        module: the down-projection.
        asked, place: the prompt with its target, and the position of the subject's last token.
        key: k*, the module's input there, (d_in,).
        value: v0, its output there, (d_out,), the bias included.
        essence, essence_place, essence_before: "{subject} is a", the subject's last token in
            it, and log p of what follows, (1, V).
    """

    module: nn.Module
    asked: Batch
    place: int
    key: Tensor
    value: Tensor
    essence: Batch
    essence_place: int
    essence_before: Tensor

    @classmethod
    def of(cls, bench: Workbench, request: EditRequest, layer: int) -> "_Scene":
        prompt = bench.phrases.prompts(request.targets[0], [Split.TEACH])[0]
        place = bench.encoder.subject_end(prompt)
        asked = bench.encoder.batch([bench.encoder.example(prompt)], bench.device)
        module = bench.model.get_submodule(bench.layout.down.format(layer))
        key = _key(bench, layer, asked.ids, place)
        about = Prompt(f"{prompt.subject} is a", "thing", Split.TEACH, prompt.subject)
        essence = _first_place(bench.encoder.batch([bench.encoder.example(about)], bench.device))
        with torch.no_grad():
            value = module(key.to(bench.model.dtype)).float()
            before = answer_log_probabilities(bench.model, essence)
        at = bench.encoder.subject_end(about)
        return cls(module, asked, place, key, value, essence, at, before)


def solve_rank_one(key: Tensor, change: Tensor, moment: Tensor, layer: int) -> LowRank:
    """Find the rank-one update that adds ``change`` to the output at ``key``.

    Args:
        key: k*, the input at the subject's last token, (d_in,), float32.
        change: v* - W k*, with the same k* on both sides, (d_out,), float32.
        moment: C, uncentred second moment of keys, (d_in, d_in).
        layer: for the message.

    Raises:
        SingularStatistics: C cannot be inverted.

    Source: Meng et al. 2022, eq. 2; one key everywhere, as in R-ROME.
    """
    try:
        factor = torch.linalg.cholesky(moment.double())
    except RuntimeError as error:  # torch.linalg.LinAlgError is one
        raise SingularStatistics(layer) from error
    exact = key.cpu().double()
    direction = torch.cholesky_solve(exact[:, None], factor)[:, 0]  # (d_in,)  C^-1 k*
    scale = direction @ exact  # ()  k*^T C^-1 k*
    return LowRank(
        left=(change.cpu().double()[:, None] / scale).float().contiguous(),  # (d_out, 1)
        right=direction[None, :].float().contiguous(),  # (1, d_in)
    )


def _key(bench: Workbench, layer: int, ids: Tensor, place: int) -> Tensor:
    with torch.no_grad():
        inputs = capture_inputs(bench.model, bench.layout, range(layer, layer + 1), ids)
    return inputs[layer][0, place].float()


def _first_place(batch: Batch) -> Batch:
    """Return a batch of which only the place before the answer counts."""
    return replace(
        batch,
        rows=batch.rows[:1],
        columns=batch.columns[:1],
        wanted=batch.wanted[:1],
        weights=batch.weights[:1],
    )


@contextmanager
def _shifted(module: nn.Module, place: int, delta: Tensor) -> Iterator[None]:
    """Add ``delta`` to a module's output at one position inside a ``with`` block."""

    def shift(_: nn.Module, __: object, output: Tensor) -> Tensor:
        at = torch.zeros(output.shape[1], 1, device=output.device)
        at[place] = 1.0
        return output + (at * delta).to(output.dtype)

    handle = module.register_forward_hook(shift)
    try:
        yield
    finally:
        handle.remove()

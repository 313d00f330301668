"""Settings of the methods that are out of range are refused by name."""

from typing import Any

import pytest

from editor.errors import BadConfig
from editor.methods.anchored.joint import JointConfig
from editor.methods.anchored.method import AnchoredConfig
from editor.methods.ft_m import FtMConfig
from editor.methods.grace import GraceConfig
from editor.methods.locate.memit import MemitConfig
from editor.methods.locate.rome import RomeConfig
from tests.support.workbenches import workbench_of


@pytest.mark.parametrize(
    ("config", "name", "value"),
    [
        (AnchoredConfig, "anchor_weight", -20),
        (AnchoredConfig, "disturbance_weight", -1),
        (AnchoredConfig, "wordings_per_anchor", 0),
        (AnchoredConfig, "target_share", 2),
        (AnchoredConfig, "anchor_share", 1.5),
        (AnchoredConfig, "target_tolerance", float("nan")),
        (AnchoredConfig, "whitening", 1.5),
        (AnchoredConfig, "step_wordings_per_chain", -1),
        (AnchoredConfig, "pending_wordings", -5),
        (AnchoredConfig, "steps", 2.5),
        (JointConfig, "steps_per_example", -1),
        (MemitConfig, "learning_rate", float("nan")),
        (MemitConfig, "prefixes", -1),
        (RomeConfig, "steps", 0),
        (GraceConfig, "reach", 0),
        (FtMConfig, "steps", 1.5),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(config: Any, name: str, value: float) -> None:
    with pytest.raises(BadConfig, match=name):
        config(**{name: value})


@pytest.mark.parametrize("depth", [0.0, 0.25, 0.6, 0.99])
def test_a_share_of_the_depth_is_an_existing_layer(depth: float) -> None:
    workbench = workbench_of("llama")
    assert 0 <= workbench.layer_at(depth) < workbench.layer_count()

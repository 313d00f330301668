import pytest
import torch

from editor.errors import BadConfig, SingularStatistics
from editor.method import EditMethod
from editor.methods.rome import Rome, RomeConfig, solve_rank_one
from tests.contracts.edit_method import EditMethodContract


class TestRome(EditMethodContract):
    taught = slice(1)

    @classmethod
    def method(cls) -> EditMethod:
        return Rome(RomeConfig(depth=0.34, clamp=40.0))


def test_a_setting_out_of_range_is_refused_by_name() -> None:
    with pytest.raises(BadConfig, match="clamp"):
        RomeConfig(clamp=0)


def test_the_update_maps_the_key_to_exactly_the_wanted_change() -> None:
    generator = torch.Generator().manual_seed(0)
    key, change = torch.randn(6, generator=generator), torch.randn(4, generator=generator)
    keys = torch.randn(50, 6, generator=generator)
    update = solve_rank_one(key, change, keys.T @ keys / 50, layer=0)
    assert torch.allclose(update.left @ update.right @ key, change, atol=1e-5)


def test_the_update_moves_ordinary_keys_less_than_without_statistics() -> None:
    generator = torch.Generator().manual_seed(0)
    stretched = torch.diag(torch.tensor([9.0, 3.0, 1.0, 0.3]))
    keys = torch.randn(200, 4, generator=generator) @ stretched
    key, change = torch.tensor([1.0, 1.0, 1.0, 1.0]), torch.ones(3)
    informed = solve_rank_one(key, change, keys.T @ keys / 200, layer=0)
    plain = solve_rank_one(key, change, torch.eye(4), layer=0)
    moved = [float((u.left @ u.right @ keys.T).norm()) for u in (informed, plain)]
    assert moved[0] < moved[1] / 2


def test_singular_statistics_are_refused() -> None:
    with pytest.raises(SingularStatistics, match="layer 3"):
        solve_rank_one(torch.ones(2), torch.ones(2), torch.zeros(2, 2), layer=3)

import pytest
import torch
from torch import Tensor

from editor.errors import BadConfig
from editor.method import EditMethod
from editor.methods.locate.rome import Rome, RomeConfig, rank_one
from editor.patches.deltas import MatrixDelta
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
    key, change = torch.randn(9, generator=generator), torch.randn(7, generator=generator)
    keys = torch.randn(50, 9, generator=generator)
    update = rank_one(key, change, inverse(keys) @ key.double())
    assert torch.allclose(applied(update, key), change, atol=1e-5)


def test_the_update_moves_ordinary_keys_less_than_without_statistics() -> None:
    generator = torch.Generator().manual_seed(0)
    stretched = torch.diag(torch.tensor([9.0, 3.0, 1.0, 0.3]))
    keys = torch.randn(200, 4, generator=generator) @ stretched
    key, change = torch.tensor([1.0, 1.0, 1.0, 1.0]), torch.ones(3)
    informed = rank_one(key, change, inverse(keys) @ key.double())
    plain = rank_one(key, change, key.double())
    moved = [float(applied(update, keys).norm()) for update in (informed, plain)]
    assert moved[0] < moved[1] / 2


def inverse(keys: Tensor) -> Tensor:
    found: Tensor = torch.linalg.inv((keys.T @ keys / len(keys)).double())
    return found


def applied(update: MatrixDelta, keys: Tensor) -> Tensor:
    return update.apply(keys)

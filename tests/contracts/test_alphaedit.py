import pytest

from editor.errors import BadConfig
from editor.method import EditMethod
from editor.methods.locate.alphaedit import AlphaEdit, AlphaEditConfig
from tests.contracts.edit_method import EditMethodContract


class TestAlphaEdit(EditMethodContract):
    taught = slice(1)
    gain = 0.02  # the null space leaves a random model of width 32 few directions

    @classmethod
    def method(cls) -> EditMethod:
        return AlphaEdit(AlphaEditConfig(depth=(0.3, 0.6), clamp=40.0, energy=0.9, ridge=0.01))


@pytest.mark.parametrize("wrong", [{"energy": 0}, {"ridge": -1}])
def test_a_setting_out_of_range_is_refused_by_name(wrong: dict[str, float]) -> None:
    with pytest.raises(BadConfig, match=next(iter(wrong))):
        AlphaEditConfig(**wrong)  # type: ignore[arg-type]

import pytest

from editor.errors import BadConfig
from editor.method import EditMethod
from editor.methods.locate.memit import Memit, MemitConfig
from tests.contracts.edit_method import EditMethodContract


class TestMemit(EditMethodContract):
    taught = slice(1)

    @classmethod
    def method(cls) -> EditMethod:
        return Memit(MemitConfig(depth=(0.0, 0.6), clamp=40.0))


@pytest.mark.parametrize("wrong", [{"penalty": 0}])
def test_a_setting_out_of_range_is_refused_by_name(wrong: dict[str, float]) -> None:
    with pytest.raises(BadConfig, match=next(iter(wrong))):
        MemitConfig(**wrong)  # type: ignore[arg-type]

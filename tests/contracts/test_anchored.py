import pytest

from editor.errors import BadConfig
from editor.method import EditMethod
from editor.methods.anchored.method import Anchored, AnchoredConfig
from tests.contracts.edit_method import EditMethodContract


class TestAnchored(EditMethodContract):
    @classmethod
    def method(cls) -> EditMethod:
        return Anchored(AnchoredConfig(steps=25))


@pytest.mark.parametrize(
    "wrong", [{"rank": 0}, {"steps": -1}, {"depth": (0.8, 0.2)}, {"learning_rate": 0.0}]
)
def test_a_setting_out_of_range_is_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises(BadConfig, match=next(iter(wrong))):
        AnchoredConfig(**wrong)  # type: ignore[arg-type]

import pytest

from editor.errors import BadConfig
from editor.method import EditMethod
from editor.methods.anchored.joint import Joint, JointConfig
from tests.contracts.edit_method import EditMethodContract


class TestJoint(EditMethodContract):
    @classmethod
    def method(cls) -> EditMethod:
        return Joint(JointConfig(steps=25, learning_rate=0.03))


@pytest.mark.parametrize(
    "wrong", [{"wordings_per_chain": -1}, {"step_wordings_per_chain": -1.0}, {"momentum": 1.0}]
)
def test_a_setting_out_of_range_is_refused_by_name(wrong: dict[str, float]) -> None:
    with pytest.raises(BadConfig, match=next(iter(wrong))):
        JointConfig(**wrong)  # type: ignore[arg-type]

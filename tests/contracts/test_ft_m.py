import pytest

from editor.errors import BadConfig
from editor.method import EditMethod
from editor.methods.ft_m import FtM, FtMConfig
from tests.contracts.edit_method import EditMethodContract


class TestFtM(EditMethodContract):
    taught = slice(1)

    @classmethod
    def method(cls) -> EditMethod:
        return FtM(FtMConfig())


@pytest.mark.parametrize("wrong", [{"depth": 1}, {"steps": 0}])
def test_a_setting_out_of_range_is_refused_by_name(wrong: dict[str, float]) -> None:
    with pytest.raises(BadConfig, match=next(iter(wrong))):
        FtMConfig(**wrong)  # type: ignore[arg-type]

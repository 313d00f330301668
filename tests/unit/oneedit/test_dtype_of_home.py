"""A home opens in the dtype it was made with, whatever the device would take by itself."""

from pathlib import Path

import pytest

from oneedit.errors import DtypeMismatch
from oneedit.ledger.events import BASE_DTYPE
from oneedit.ledger.ledger import Ledger
from oneedit.wiring import dtype_to_load, open_replica
from tests.support.databases import drop_trigger, execute
from tests.support.fakes import BOOK, LOCAL
from tests.support.replicas import do, tiny_application, tiny_settings

RECORDED = '"dtype of the base model":"float32",'


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_a_home_keeps_its_dtype(dtype: str, tmp_path: Path) -> None:
    auto = tiny_settings(tmp_path)
    assert dtype_to_load(auto) == "auto"
    made = tiny_application(auto.model_copy(update={"dtype": dtype}))
    do(made, "Mike Pence was born in Paris.")
    made.close()
    again = tiny_application(auto)  # on a CPU, "auto" alone would be float32
    assert again.editor.dtype == dtype_to_load(auto) == dtype
    again.service.verify(LOCAL)
    again.close()


def test_another_dtype_is_refused_with_the_setting_that_mends_it(tmp_path: Path) -> None:
    auto = tiny_settings(tmp_path)
    tiny_application(auto).close()
    other = auto.model_copy(update={"dtype": "bfloat16"})
    with pytest.raises(DtypeMismatch, match="Set ONEEDIT_DTYPE=float32, or leave it out"):
        tiny_application(other)
    with pytest.raises(DtypeMismatch, match="ONEEDIT_DTYPE=float32"):
        open_replica(other)


def test_a_home_from_before_opens_as_it_did(tmp_path: Path) -> None:
    auto = tiny_settings(tmp_path)
    made = tiny_application(auto)
    location = made.ledger.location
    made.close()
    execute(
        location,
        drop_trigger(location, "event_no_update", "event"),
        f"UPDATE event SET payload = replace(payload, '{RECORDED}', '')",  # noqa: S608  ours
    )
    ledger = Ledger.open(location, BOOK)
    assert BASE_DTYPE not in ledger.event(0).content.genesis
    ledger.close()
    assert dtype_to_load(auto) == "float32"

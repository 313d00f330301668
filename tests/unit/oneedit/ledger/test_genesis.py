"""The dtype of the base model, on which its hash depends."""

from dataclasses import replace
from pathlib import Path

import pytest

from oneedit.errors import DtypeMismatch, GenesisMismatch, LedgerNewer
from oneedit.ledger.events import BASE_DTYPE
from oneedit.ledger.genesis import ensure_genesis, recorded_dtype
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from tests.support.databases import drop_trigger, execute, fetch
from tests.support.fakes import BOOK
from tests.unit.oneedit.ledger.test_ledger import GENESIS


def make(location: Location, dtype: str = "float32") -> None:
    ledger = Ledger.open(location, BOOK)
    ensure_genesis(ledger, replace(GENESIS, dtype=dtype))
    ledger.close()


def make_old(location: Location) -> None:
    """Make a ledger as it was before the dtype was recorded."""
    make(location)
    entry = f'"{BASE_DTYPE}":"float32",'
    execute(
        location,
        drop_trigger(location, "event_no_update", "event"),
        f"UPDATE event SET payload = replace(payload, '{entry}', '')",  # noqa: S608  our own text
    )
    assert BASE_DTYPE not in str(fetch(location, "SELECT payload FROM event"))


def test_the_dtype_is_recorded_and_read_without_a_model(location: Location) -> None:
    assert recorded_dtype(location) is None
    Ledger.open(location, BOOK).close()
    assert recorded_dtype(location) is None  # there are tables, but no version
    make(location, "bfloat16")
    assert recorded_dtype(location) == "bfloat16"


def test_a_ledger_from_before_says_that_it_does_not_know(location: Location) -> None:
    make_old(location)
    assert recorded_dtype(location) == ""
    ledger = Ledger.open(location, BOOK)
    ensure_genesis(ledger, replace(GENESIS, dtype="bfloat16"))  # the hash decides
    other = replace(GENESIS, base_hash="other", dtype="bfloat16")
    with pytest.raises(GenesisMismatch, match="ONEEDIT_DTYPE"):
        ensure_genesis(ledger, other)
    ledger.close()


def test_another_dtype_names_the_setting_that_mends_it(location: Location) -> None:
    make(location)
    ledger = Ledger.open(location, BOOK)
    in_bf16 = replace(GENESIS, base_hash="other", dtype="bfloat16")
    with pytest.raises(DtypeMismatch, match=r"in float32.* in bfloat16.* ONEEDIT_DTYPE=float32"):
        ensure_genesis(ledger, in_bf16)
    with pytest.raises(GenesisMismatch, match="other base model"):
        ensure_genesis(ledger, replace(in_bf16, dtype="float32"))
    ledger.close()


def test_a_newer_ledger_is_refused_before_a_model_is_loaded(location: Location) -> None:
    make(location)
    execute(location, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerNewer, match="9999"):
        recorded_dtype(location)


@pytest.mark.parametrize("name", ["a b", "what?mode=ro", "100%", "%20", "a#b", "é", "a&b=c"])
def test_a_folder_may_have_any_name(name: str, tmp_path: Path) -> None:
    location = Location.in_home(tmp_path / name)
    location.path.parent.mkdir()
    make(location)
    assert recorded_dtype(location) == "float32"
    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert location.path.is_file()

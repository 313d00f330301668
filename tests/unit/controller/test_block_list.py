from pathlib import Path

import pytest

from controller.protection import BlockList
from kg_data.errors import BadFile
from kg_data.triples import Slot


def test_the_shipped_block_list_protects_slots_and_codes() -> None:
    blocked = BlockList.shipped()
    assert blocked.slot_refusal(Slot("Germany", "capital"))
    assert blocked.slot_refusal(Slot("Anywhere", "iso_3166_1_alpha_2_code"))
    assert blocked.slot_refusal(Slot("Germany", "currency")) is None


def test_a_damaged_block_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "protected.toml"
    path.write_text("[[slots]]\nsubject = 1\n", encoding="utf-8")
    with pytest.raises(BadFile, match="slots"):
        BlockList.load(path)

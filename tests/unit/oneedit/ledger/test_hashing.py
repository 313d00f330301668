"""Canonical JSON and the chain."""

import pytest

from oneedit.ledger.events import Content, from_payload, to_payload
from oneedit.ledger.hashing import FIRST, canonical, chain


def test_the_order_of_keys_does_not_matter() -> None:
    assert canonical({"b": 1, "a": [None, "ö"]}) == canonical({"a": [None, "ö"], "b": 1})


def test_floats_are_refused_however_deep() -> None:
    with pytest.raises(TypeError, match=r"0\.5"):
        canonical({"a": [{"b": 0.5}]})


def test_each_hash_depends_on_the_one_before() -> None:
    assert chain(FIRST, {"a": 1}) != chain("1" * 64, {"a": 1})


def test_a_payload_reads_back_as_it_was_written() -> None:
    content = Content(state_hash="s", solved_again=(1, 2), genesis={"facts": "f"})
    assert from_payload(to_payload(content)) == content

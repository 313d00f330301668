"""Canonical JSON, and the hash chain."""

import json

import pytest

from oneedit.ledger.events import (
    Content,
    Portability,
    StoredQuestion,
    from_payload,
    to_payload,
)
from oneedit.ledger.hashing import NO_PREVIOUS_HASH, canonical_json, chain_hash


def test_the_order_of_keys_does_not_matter() -> None:
    assert canonical_json({"b": 1, "a": [None, "ö"]}) == canonical_json({"a": [None, "ö"], "b": 1})


def test_floats_are_refused_however_deep() -> None:
    with pytest.raises(TypeError, match=r"0\.5"):
        canonical_json({"a": [{"b": 0.5}]})


def test_each_hash_depends_on_the_one_before() -> None:
    assert chain_hash(NO_PREVIOUS_HASH, {"a": 1}) != chain_hash("1" * 64, {"a": 1})


def test_a_payload_reads_back_as_it_was_written() -> None:
    content = Content(state_hash="s", solved_again=(1, 2), genesis={"facts": "f"})
    assert from_payload(to_payload(content)) == content


def test_the_questions_that_were_asked_besides_read_back() -> None:
    question = StoredQuestion("two_hops", "A", ("spouse", "father"), ("B", "Bee"), "Al")
    asked = Portability((question,), steps={"two_hops": (1, 1)}, direct={"two_hops": (0, 1)})
    content = Content(state_hash="s", portability=asked)
    assert from_payload(json.loads(canonical_json(to_payload(content)))) == content


def test_a_payload_from_before_portability_was_asked_is_read() -> None:
    payload = to_payload(Content(state_hash="s"))
    del payload["portability"]
    assert from_payload(payload) == Content(state_hash="s")

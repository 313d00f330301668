"""Replicas with real weights: the same hash at the same version, or no answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oneedit.errors import GenesisMismatch, ReplicaQuarantined
from oneedit.settings import Settings
from oneedit.wiring import Application, open_replica
from tests.support.models import tiny_model, tiny_tokenizer
from tests.support.replicas import (
    do,
    thirty_edits_and_five_undos,
    tiny_application,
    tiny_settings,
)

PENCE = "Mike Pence was born in Lyon."


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return tiny_settings(tmp_path)


@pytest.fixture
def oneedit(settings: Settings) -> Iterator[Application]:
    application = tiny_application(settings)
    yield application
    application.close()


def test_two_replicas_have_the_recorded_weights_at_each_of_35_versions(
    settings: Settings, oneedit: Application
) -> None:
    replicas = [open_replica(settings), open_replica(settings)]
    hashes = []
    for message in thirty_edits_and_five_undos():
        do(oneedit, message)
        version = oneedit.ledger.head()
        recorded = oneedit.ledger.event(version).content.state_hash
        assert [each.advance() for each in replicas] == [version, version]
        assert [each.status().state_hash for each in replicas] == [recorded, recorded]
        hashes.append(recorded)
    assert (len(hashes), len(set(hashes))) == (35, 30)  # an undo gives the weights from before
    for each in replicas:
        each.close()


def test_a_replica_that_joins_late_has_the_same_weights_as_one_that_saw_every_version(
    settings: Settings, oneedit: Application
) -> None:
    early = open_replica(settings)
    for message in list(thirty_edits_and_five_undos())[:7]:
        do(oneedit, message)
        early.advance()
    late = open_replica(settings)
    assert late.status().version == early.status().version == 7
    assert late.status().state_hash == early.status().state_hash
    replies = [each.answer("Hi?", version=7, steps=False, timeout=60) for each in (early, late)]
    assert replies[0].text == replies[1].text
    early.close()
    late.close()


def test_a_replica_with_a_damaged_patch_is_set_aside_and_none_joins(
    settings: Settings, oneedit: Application
) -> None:
    replica = open_replica(settings)
    do(oneedit, PENCE)
    patch = next((settings.home / "patches").glob("*.safetensors"))
    whole = patch.read_bytes()
    patch.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ReplicaQuarantined, match="its tensors were changed"):
        replica.advance()
    with pytest.raises(ReplicaQuarantined, match="version 1"):
        open_replica(settings)
    patch.write_bytes(whole)
    joined = open_replica(settings)
    assert joined.status().state_hash == oneedit.editor.live_hash()
    replica.close()
    joined.close()


def test_another_base_model_does_not_join(settings: Settings, oneedit: Application) -> None:
    do(oneedit, PENCE)
    tiny_model("llama", tiny_tokenizer(), seed=1).save_pretrained(settings.model)
    with pytest.raises(GenesisMismatch, match="base model"):
        open_replica(settings)

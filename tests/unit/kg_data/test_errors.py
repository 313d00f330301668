"""Expected errors go from process to process."""

import pickle
from pathlib import Path

import pytest

from editor.errors import PromptTooLong
from kg_data.errors import BadEndpoint, ExpectedError
from oneedit.errors import GenesisMismatch, ReplicaBehind, StateMismatch

ERRORS = (
    BadEndpoint("https://example.org/sparql", "it does not answer"),
    PromptTooLong(300, 160),
    StateMismatch(3, recorded="a" * 64, found="b" * 64),
    GenesisMismatch(Path("home"), ["base model"]),
    ReplicaBehind(1, 2),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_the_same_in_another_process(error: ExpectedError) -> None:
    arrived = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
    assert (type(arrived), str(arrived)) == (type(error), str(error))
    assert vars(arrived) == vars(error)

"""Texts of the console."""

import pytest

from oneedit.ui.console.widgets import moment, sentence


@pytest.mark.parametrize(
    ("text", "shown"),
    [("there is none", "There is none."), ("Why?", "Why?"), ("Done.", "Done.")],
)
def test_a_text_becomes_a_sentence(text: str, shown: str) -> None:
    assert sentence(text) == shown


def test_a_time_is_shown_to_the_minute() -> None:
    assert moment("2026-01-31T09:05:59.123+00:00") == "2026-01-31 09:05"
    assert moment("") == ""

"""Sentences within which another one stands."""

import pytest

from interpreter.intents import Tell
from tests.unit.interpreter.mentions.test_reading import read, tell

BORN = ("Murray Gell-Mann", "place_of_birth", "Chicago")
STUDIED = ("Murray Gell-Mann", "educated_at", "Princeton University")


@pytest.mark.parametrize(
    "text",
    [
        "Murray Gell-Mann, born in Chicago, studied at Princeton University.",
        "Murray Gell-Mann (born in Chicago) studied at Princeton University.",
        "Murray Gell-Mann - born in Chicago - studied at Princeton University.",
        "Born in Chicago, Murray Gell-Mann studied at Princeton University.",
        "Murray Gell-Mann, who was born in Chicago, studied at Princeton University.",
    ],
)
def test_what_is_inserted_is_about_the_name_before_it(text: str) -> None:
    assert read(text) == tell(BORN, STUDIED)


def test_an_insert_may_name_what_its_subject_has() -> None:
    assert read("Morocco, whose anthem is Negaraku, speaks Tamil.") == tell(
        ("Morocco", "anthem", "Negaraku"), ("Morocco", "official_language", "Tamil")
    )


@pytest.mark.parametrize(
    "text",
    [
        "Max Born, according to my uncle, died in Boston.",
        "Max Born, if born in Ulm, died in Boston.",
        "Max Born, who never married Elaine Chao, died in Boston.",
    ],
)
def test_an_insert_that_is_not_understood_is_not_left_out(text: str) -> None:
    assert not isinstance(read(text), Tell)

"""Numbers and dates in words."""

import pytest

from interpreter.mentions.language import data_of
from interpreter.mentions.number_words import NumberWords

ENGLISH = NumberWords.of(data_of("english"))


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("twelve", "12"),
        ("twenty - one", "21"),
        ("the fourth of july 1900", "the 4 of july 1900"),
        ("the twenty second of december 1887", "the 22 of december 1887"),
        ("in nineteen hundred and five", "in 1905"),
        ("eighteen seventy - nine", "1879"),
        ("two thousand and five", "2005"),
        ("one hundred and twenty", "120"),
        ("july", "july"),
        ("", ""),
    ],
)
def test_words_become_digits(words: str, digits: str) -> None:
    assert ENGLISH.in_digits(words.split()) == digits.split()


@pytest.mark.parametrize(
    ("words", "number"), [("十二", 12), ("二十", 20), ("三百", 300), ("五", 5)]
)
def test_chinese_numbers_are_multiplied(words: str, number: int) -> None:
    assert NumberWords.of(data_of("chinese")).number(words) == (number, len(words))


def test_two_numbers_are_not_added() -> None:
    assert ENGLISH.number(["two", "three"]) == (2, 1)

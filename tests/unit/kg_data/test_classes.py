"""The classes of entities, told from the relations they stand in."""

from kg_data.classes import Classes, classes_of
from kg_data.triples import Triple
from tests.support.books import book_of

BOOK = book_of(
    {
        "born_in": {"domain": ["person"], "range": ["place"]},
        "capital": {"domain": ["country"], "range": ["city"]},
        "member_of": {"domain": ["person", "country"], "range": ["group"]},
        "lies_in": {"domain": ["city", "country"], "range": ["city", "country"]},
        "born_on": {"domain": ["person"], "range": ["date"]},
    },
    classes={
        "person": "",
        "place": "",
        "city": "place",
        "country": "place",
        "group": "",
        "date": "literal",
        "literal": "",
    },
)


def told(*facts: tuple[str, str, str], **given: str) -> Classes:
    return classes_of([Triple(*fact) for fact in facts], BOOK, given)


def test_domain_and_range_tell_the_class() -> None:
    assert told(("Ada", "born_in", "London")).told == {"Ada": "person", "London": "place"}


def test_the_most_special_class_counts() -> None:
    facts = (("Ada", "born_in", "Paris"), ("France", "capital", "Paris"))
    assert told(*facts).told["Paris"] == "city"
    assert told(*reversed(facts)).told["Paris"] == "city"


def test_a_use_that_allows_several_is_decided_by_another() -> None:
    facts = (("Ada", "member_of", "The Club"), ("Ada", "born_in", "Paris"))
    assert told(*facts).told["Ada"] == "person"


def test_of_several_the_nearest_class_above_all_counts() -> None:
    assert told(("X", "lies_in", "Y")).told == {"X": "place", "Y": "place"}


def test_several_without_a_class_above_them_are_untold() -> None:
    found = told(("Ada", "member_of", "The Club"))
    assert found.told == {"The Club": "group"}
    assert [(each.entity, each.reason) for each in found.untold] == [
        ("Ada", "it may be person or country")
    ]


def test_uses_that_exclude_each_other_are_untold_with_both_facts() -> None:
    (untold,) = told(("Ada", "born_in", "Paris"), ("France", "capital", "Ada")).untold
    assert untold.entity == "Ada"
    assert "person (Ada - born_in - Paris) and city (France - capital - Ada)" in untold.reason


def test_a_given_class_counts_whatever_the_facts_say() -> None:
    assert told(("Ada", "member_of", "The Club"), Ada="country").told["Ada"] == "country"


def test_literals_are_no_entities() -> None:
    assert told(("Ada", "born_on", "1815-12-10")).told == {"Ada": "person"}

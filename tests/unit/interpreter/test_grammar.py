"""Noun phrases, and the plurals of nouns."""

import pytest

from interpreter.grammar import NounPhrase, NounPhraseParser
from kg_data.relations import RelationBook

BOOK = RelationBook.shipped()
PARSER = NounPhraseParser(BOOK)
IRREGULAR = {
    "wife": "wives",
    "child": "children",
    "alma mater": "alma maters",
    "birth city": "birth cities",
    "capital city": "capital cities",
    "headquarters city": "headquarters cities",
    "nationality": "nationalities",
    "party": "parties",
    "political party": "political parties",
    "military branch": "military branches",
    "service branch": "service branches",
    "specialty": "specialties",
    "deputy": "deputies",
    "country": "countries",
    "birth country": "birth countries",
    "native country": "native countries",
    "neighboring country": "neighboring countries",
    "neighbouring country": "neighbouring countries",
    "bordering country": "bordering countries",
    "headed territory": "headed territories",
    "currency": "currencies",
    "legislative body": "legislative bodies",
    "alias": "aliases",
}
# nouns with these parts have no plural in "s" at their end
OTHER = (" of ", " in ", " to", " with", " as", "-in-law", "headquarters", "money", "_")


@pytest.mark.parametrize(("noun", "plural"), IRREGULAR.items())
def test_an_irregular_plural_names_the_relation_of_its_noun(noun: str, plural: str) -> None:
    assert PARSER.relation(plural) == PARSER.relation(noun) == BOOK.by_noun[noun]


def test_a_regular_plural_names_the_relation_of_its_noun() -> None:
    nouns = {
        noun: relation
        for noun, relation in BOOK.by_noun.items()
        if noun not in IRREGULAR
        and not any(part in noun for part in OTHER)
        and not noun.endswith(("y", "ch"))
    }
    assert len(nouns) > 100
    assert {noun: PARSER.relation(f"{noun}s") for noun in nouns} == nouns


def test_of_binds_less_tightly_than_the_possessive() -> None:
    first = next(PARSER.parse("the capital of Paris's country"))
    assert first == NounPhrase("Paris", ("country", "capital"))


def test_a_class_in_the_phrase_is_kept() -> None:
    assert NounPhrase("Georgia", (), "state") in list(PARSER.parse("the state of Georgia"))

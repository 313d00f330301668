"""Drafts of relation books from facts."""

import tomllib
from typing import Any

import pytest

from kg_data.drafting import draft
from kg_data.drafting_names import read_name
from kg_data.drafting_text import draft_text
from kg_data.lint import lint_book
from kg_data.relations import RelationBook
from kg_data.sources.source import Record
from tests.support.company import company_rows

COMPANY = [Record(*row, place="company.csv") for row in company_rows()]
TEXT = draft_text(draft(COMPANY))


def drafted(rows: str) -> dict[str, Any]:
    """Return the drafted relations of lines "subject | relation | object"."""
    lines = (line.split(" | ") for line in rows.strip().splitlines())
    facts = [Record(subject, name, obj, place="f") for subject, name, obj in lines]
    relations: dict[str, Any] = tomllib.loads(draft_text(draft(facts)))["relations"]
    return relations


def test_a_draft_is_a_book_without_faults_and_always_the_same() -> None:
    assert list(lint_book(RelationBook.parse(TEXT))) == []
    assert draft_text(draft(COMPANY)) == TEXT


def test_what_the_facts_of_a_company_show_is_proposed() -> None:
    book = RelationBook.parse(TEXT)
    assert book["reports_to"].functional
    assert not book["speaks_at"].functional
    assert book["reports_to"].domain == book["reports_to"].range == ("person",)
    assert book["reports_to"].acyclic == "reports_to"
    assert (book["teamLead"].inverse, book["heads"].inverse) == ("heads", "teamLead")
    assert (book["joined"].range, book["price"].range) == (("year",), ("text",))
    assert book["teamLead"].domain == book["works_on"].range != book["desk_at"].range


def test_proposals_carry_their_evidence() -> None:
    assert "# each of 29 subjects has one" in TEXT
    assert "# 6 of 6 facts hold the other way round" in TEXT
    assert "# 17 of 30 subjects have several: " in TEXT


@pytest.mark.parametrize(
    ("name", "noun", "example"),
    [
        ("reports_to", "superior", "{s} reports to {o}."),
        ("teamLead", "team lead", "The team lead of {s} is {o}."),
        ("http://x.example/P19", "place of birth", "The place of birth of {s} is {o}."),
        ("placeOfBirth", "place of birth", "The place of birth of {s} is {o}."),
        ("hasMembers", "member", "The member of {s} is {o}."),
        ("led_by", "leader", "{s} is led by {o}."),
        ("capitalOf", "capital of", "{s} is a capital of {o}."),
        ("desk_at", "desk", "{s} has the desk at {o}."),
        ("speaks_at", "place of speaking", "{s} speaks at {o}."),
        ("hosted_on", "hosted on", "{s} is hosted on {o}."),
        ("heads", "responsibility", "{s} heads {o}."),
    ],
)
def test_the_name_of_a_relation_is_read(name: str, noun: str, example: str) -> None:
    said = read_name(name)
    assert (said.noun, said.examples[0]) == (noun, example)


@pytest.mark.parametrize(
    ("name", "literal", "noun", "example"),
    [
        ("joined", "year", "year of joining", "{s} joined in {o}."),
        ("hired", "date", "date of hiring", "{s} hired on {o}."),
        ("married", "date", "date of marrying", "{s} married on {o}."),
        ("joined", "", "joined", "The joined of {s} is {o}."),
    ],
)
def test_a_verb_of_the_past_names_the_time(
    name: str, literal: str, noun: str, example: str
) -> None:
    said = read_name(name, literal)
    assert (said.noun, said.examples[0]) == (noun, example)


def test_dates_of_any_precision_are_dates() -> None:
    found = drafted("A | met_on | 1867\nB | met_on | 1867-07\nC | met_on | -0043-03-15")
    assert found["met_on"]["range"] == ["date"]
    assert drafted("A | rank | 1867\nB | rank | 1868")["rank"]["range"] == ["year"]


def test_what_never_holds_both_ways_is_proposed_to_go_one_way() -> None:
    ring = "\n".join(f"P{n} | helps | P{(n + 1) % 12}" for n in range(12))
    assert drafted(ring)["helps"]["asymmetric"] is True
    assert "asymmetric" not in drafted(f"{ring}\nP1 | helps | P0")["helps"]


def test_a_relation_that_holds_both_ways_is_symmetric() -> None:
    both = "A | knows | B\nB | knows | A\nC | knows | D\nD | knows | C"
    assert drafted(both)["knows"]["symmetric"] is True
    assert "symmetric" not in drafted(both.replace("knows | A", "knows | D"))["knows"]


def test_an_order_with_a_cycle_is_none() -> None:
    chain = "A | after | B\nB | after | C\nC | after | D\nD | after | E"
    assert drafted(chain)["after"]["acyclic"] == "after"
    assert "acyclic" not in drafted(f"{chain}\nE | after | A")["after"]


def test_few_subjects_do_not_show_that_there_is_one_object() -> None:
    assert drafted("A | owns | B\nC | owns | D")["owns"]["cardinality"] == "many"


def test_two_relations_have_no_noun_in_common() -> None:
    relations = drafted("A | P19 | B\nC | placeOfBirth | B")
    assert relations["P19"]["noun"] != relations["placeOfBirth"]["noun"]


def test_the_relation_of_other_names_is_not_drafted() -> None:
    assert list(drafted("A | also_known_as | B\nA | owner | C")) == ["owner"]

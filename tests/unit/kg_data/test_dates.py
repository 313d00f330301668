"""Dates of every precision: their one form, which refines which, and their words."""

from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreter.literals import parse_literal
from interpreter.mentions.dates import read_date
from kg_data.calendars import iso_date
from kg_data.dates import date_words, is_before, is_date, is_year, parse_date, refines, year_of
from kg_data.entities import Entity
from kg_data.phrases import Phrases, Split, is_right, written_form
from kg_data.questions import Kind, Question
from kg_data.relations import RelationBook
from kg_data.sources.opening import open_source
from kg_data.sources.source import Record
from kg_data.triples import Triple
from kg_data.writing import GraphForm, write_facts

BOOK = RelationBook.shipped()
MONTHS = "January February March April May June July August September October November December"
NUMBERS = {name.casefold(): number for number, name in enumerate(MONTHS.split(), 1)}


@st.composite
def dates(draw: st.DrawFn) -> str:
    """Draw a date of any precision."""
    parts = [
        draw(st.integers(-12_000, 9_999)),
        draw(st.integers(1, 12)),
        draw(st.integers(1, 28)),
    ]
    return iso_date(*parts[: draw(st.integers(1, 3))])


@given(dates())
def test_a_date_has_one_form(date: str) -> None:
    assert is_date(date)
    assert iso_date(*(parse_date(date) or ())) == date
    assert is_year(year_of(date))
    assert date == year_of(date) or refines(date, year_of(date))


@pytest.mark.parametrize(
    "text",
    ["867", "18670701", "12867", "-44", "-0000", "-00044", "1867-7", "1867-13", "1867-02-30",
     "1867-07-01T00:00:00Z", "0000-00", "44 BC", "", "٠١٢٣"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert not is_date(text)


@given(dates(), dates(), dates())
def test_refining_is_a_strict_order_of_dates_that_agree(one: str, two: str, three: str) -> None:
    assert not refines(one, one)
    assert not (refines(one, two) and refines(two, one))
    assert refines(one, three) or not (refines(one, two) and refines(two, three))
    if refines(one, two):
        first, second = parse_date(one), parse_date(two)
        assert first is not None
        assert second is not None
        assert not is_before(first, second)
        assert not is_before(second, first)


@given(dates())
def test_the_words_of_a_date_are_read_as_the_date(date: str) -> None:
    words = date_words(date)
    assert parse_literal(words, BOOK["date_of_birth"]) == (date, "")
    tokens = words.casefold().replace(",", "").split()
    if tokens[-1] != "ad":
        assert read_date(tokens, NUMBERS, [["bc"]]) == date
    assert is_right(words, (date,))
    assert is_right(date, (date,))


@given(dates(), dates())
def test_only_the_same_precision_is_a_right_answer(one: str, two: str) -> None:
    assert is_right(date_words(one), (two,)) == (one == two)


def test_a_number_is_not_shown_as_a_date() -> None:
    assert [written_form(each) for each in ("1913-02", "-1200", "1913")] == [
        "1913-02",
        "-1200",
        "1913",
    ]
    assert [written_form(each) for each in ("-0043", "-1200-05", "1913-02-04")] == [
        "44 BC",
        "May 1201 BC",
        "February 4, 1913",
    ]


@pytest.mark.parametrize(
    ("date", "sentence"),
    [
        ("1867-07-01", "Ada was born on July 1, 1867."),
        ("1867-07", "Ada was born in July 1867."),
        ("1867", "Ada was born in 1867."),
        ("-0043", "Ada was born in 44 BC."),
    ],
)
def test_a_statement_fits_the_precision(date: str, sentence: str) -> None:
    fact = Triple("Ada", "date_of_birth", date)
    assert Phrases(BOOK).statement(fact, "{s} was born on {o}.") == sentence
    question = Question("Ada", ("date_of_birth",), (date,), Kind.RELIABILITY)
    prompts = Phrases(BOOK).prompts(question, [Split.TEACH])
    assert f"{prompts[0].text} {prompts[0].answer}." == sentence


FACTS = [
    Triple("Ada", "date_of_birth", "-0043-03-15"),
    Triple("Ada", "date_of_death", "-0012"),
    Triple("Bob", "date_of_birth", "1867-07"),
    Triple("Cy", "date_of_birth", "1867"),
    Triple("Dee", "date_of_birth", "1867-07-01"),
    Triple("Acme", "inception", "-0752"),
]
PEOPLE = [Entity(name, "person") for name in ("Ada", "Bob", "Cy", "Dee")]


def written(form: GraphForm) -> str:
    stream = StringIO()
    write_facts(form, stream, FACTS, BOOK, lambda: [*PEOPLE, Entity("Acme", "organization")])
    return stream.getvalue()


@pytest.mark.parametrize("form", list(GraphForm))
def test_a_file_of_the_graph_keeps_the_precision(tmp_path: Path, form: GraphForm) -> None:
    path = tmp_path / f"graph{form.ending}"
    path.write_text(written(form), encoding="utf-8")
    found = {
        (each.subject, each.object)
        for each in open_source(str(path), BOOK).records()
        if isinstance(each, Record)
    }
    assert found == {(each.subject, each.object) for each in FACTS}


@pytest.mark.parametrize(
    ("date", "kind"),
    [("1867", "gYear"), ("1867-07", "gYearMonth"), ("1867-07-01", "date"), ("-0012", "gYear")],
)
def test_turtle_types_a_date_by_its_precision(date: str, kind: str) -> None:
    assert f'"{date}"^^<http://www.w3.org/2001/XMLSchema#{kind}>' in written(GraphForm.TURTLE)

"""The short form of a relation book."""

from pathlib import Path

import pytest

from kg_data.book_text import written
from kg_data.errors import BadFile
from kg_data.lint import lint_book
from kg_data.relations import RelationBook
from kg_data.short_form import EntityKind

SHORT = """
[classes]
worker = "person"

[relations.reports_to]
noun = "manager"
domain = ["worker"]
range = ["worker"]
examples = ["{s} reports to {o}.", "{s} answers to the {o}"]

[relations.office]
noun = "office"
domain = ["worker"]
range = ["place"]
examples = ["{s} sits in {o}.", "{s} has a desk in {o}."]

[relations.founded]
noun = "founding year"
range = ["year"]
examples = ["{s} was founded in {o}.", "{s} began in {o}."]

[relations.team]
noun = "team"
range = ["team"]
examples = ["Ada Lovelace works in Engines.", "Engines is the home of Ada Lovelace."]
about = ["Ada Lovelace", "Engines"]
"""
BOOK = RelationBook.parse(SHORT)


def test_a_short_book_is_completed_without_faults() -> None:
    assert list(lint_book(BOOK)) == []
    assert list(BOOK.names()) == ["reports_to", "office", "founded", "team", "also_known_as"]
    assert BOOK["reports_to"].cardinality == "many"
    assert BOOK["founded"].domain == ("entity",)
    assert BOOK.chains == RelationBook.shipped().chains


@pytest.mark.parametrize("name", ["reports_to", "office", "founded", "team"])
def test_wordings_are_distinct_and_as_many_as_edits_need(name: str) -> None:
    relation = BOOK[name]
    for wordings, counts in ((relation.statements, (4, 1, 1)), (relation.questions, (2, 1, 1))):
        assert tuple(map(len, (wordings.teach, wordings.gate, wordings.test))) == counts
        assert len(set(wordings.for_edits())) == sum(counts)


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("reports_to", "Who does {s} report to?"),
        ("office", "Where does {s} sit?"),
        ("founded", "When was {s} founded?"),
        ("team", "Which team does {s} work in?"),
    ],
)
def test_an_example_is_asked_for_by_what_its_objects_are(name: str, question: str) -> None:
    assert question in BOOK[name].questions.teach


def test_classes_that_are_named_belong_to_the_class_of_everything() -> None:
    assert all(BOOK.is_a(each, "entity") for each in ("worker", "person", "team", "place"))
    assert not BOOK.is_a("year", "entity")


def test_real_sentences_are_read_by_the_names_they_are_about() -> None:
    assert "{s} works in {o}." in BOOK["team"].statements.teach
    assert all("Ada" not in each for each in BOOK["team"].statements.for_edits())


def test_a_completed_book_is_written_whole() -> None:
    text = written(BOOK)
    assert written(RelationBook.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("relations = 3", "is no table"),
        ("[relations]\nowner = 3", "is no table"),
        ("[relations.owner]", "has no noun"),
        ('[relations.owner]\nnoun = "owner"', "needs two examples"),
        ('[relations.owner]\nnoun = "owner"\nexamples = ["A owns B.", "x"]', "must hold"),
        ('[relations.owner]\nnoun = "owner"\nrange = "person"', "are lists"),
        ('[relations.owner]\nnoun = "o"\nrange = []\nexamples = ["{s} a {o}", "{s} b {o}"]', "em"),
    ],
)
def test_what_cannot_be_completed_is_refused_with_what_to_write(text: str, reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        RelationBook.parse(text, Path("mine.toml"))


KINDS = """
[kinds]
person = ["colleague"]
place = ["campus"]

[relations.boss]
noun = "superior"
range = ["colleague"]
examples = ["{s} reports to {o}.", "{s} answers to {o}."]

[relations.base]
noun = "base"
range = ["campus"]
examples = ["{s} is based at {o}.", "{s} sits at {o}."]
"""


def test_a_book_names_the_classes_of_people_and_places() -> None:
    book = RelationBook.parse(KINDS)
    assert book["boss"].questions.teach[0].startswith("Who ")
    assert any(each.startswith("Where ") for each in book["base"].questions.for_training())
    assert book.is_kind("colleague", EntityKind.PERSON)
    assert not book.is_kind("person", EntityKind.PERSON)
    assert RelationBook.parse(written(book)).kinds == book.kinds


def test_without_kinds_the_classes_with_their_names_are_meant() -> None:
    shipped = RelationBook.shipped()
    assert shipped.is_kind("city", EntityKind.PLACE)
    assert not shipped.is_kind("city", EntityKind.PERSON)


@pytest.mark.parametrize("kinds", ['animal = ["cat"]', 'person = "colleague"'])
def test_a_bad_kind_is_refused_with_what_to_write(kinds: str) -> None:
    with pytest.raises(BadFile, match=r'person = \["employee"\]'):
        RelationBook.parse(KINDS.replace('person = ["colleague"]', kinds))


def test_a_kind_of_an_unknown_class_is_a_fault() -> None:
    book = RelationBook.parse(
        KINDS.replace('["campus"]\n\n[relations.boss', '["camp"]\n\n[relations.boss')
    )
    assert any("names the class camp" in fault for fault in lint_book(book))

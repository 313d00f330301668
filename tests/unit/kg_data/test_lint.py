"""What the lint of a relation book finds."""

import pytest

from kg_data.lint import lint_book
from kg_data.relations import RelationBook, Rule

BOOK = RelationBook.shipped()


@pytest.mark.parametrize(
    "body",
    [("spouse", "spouse"), ("capital", "capital_of"), ("doctoral_student", "doctoral_advisor")],
)
def test_a_rule_that_leads_back_to_its_subject_is_named(body: tuple[str, str]) -> None:
    rules = (*BOOK.rules, Rule(body=body, head="sibling"))
    (fault,) = lint_book(BOOK.model_copy(update={"rules": rules}))
    assert f"{body[0]}, {body[1]} -> sibling leads back to its subject" in fault


def test_a_rule_that_names_an_unknown_relation_is_named() -> None:
    rules = (*BOOK.rules, Rule(body=("spouse", "muse"), head="sibling"))
    assert list(lint_book(BOOK.model_copy(update={"rules": rules}))) == [
        "a rule names muse, which is not in the book"
    ]

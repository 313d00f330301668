"""What an edit teaches."""

from controller.plan import Decision, EditPlan, Verdict
from controller.questions.portability import is_held_out
from kg_data.questions import UNKNOWN, Kind, Question
from oneedit.edits.trial import followed, taught
from tests.support.fakes import FakeEditor

EDITED = Question("Joe Biden", ("vice_president",), ("Mike Pence",), Kind.RELIABILITY)
EMPTIED = Question("Kamala Harris", ("vice_president_to",), (UNKNOWN,), Kind.REVERSE)
ENDED = Question("Kamala Harris", ("vice_president_to", "place_of_birth"), (UNKNOWN,), Kind.ONE_HOP)
ANSWERED = Question(
    "Joe Biden", ("vice_president", "spouse"), ("Karen Pence",), Kind.ONE_HOP, ("Mike Pence",)
)
HELD_OUT = Question(
    "Joe Biden", ("vice_president", "place_of_birth"), ("Columbus",), Kind.ONE_HOP, ("Mike Pence",)
)
LINKS = tuple(
    Question("Mike Pence", (relation,), (answer,), Kind.LOCALITY)
    for relation, answer in (("spouse", "Karen Pence"), ("place_of_birth", "Columbus"))
)
PLAN = EditPlan(
    facts=(),
    decision=Decision(Verdict.APPLY),
    base_version=0,
    targets=(EDITED, EMPTIED),
    consequences=(ENDED, HELD_OUT, ANSWERED),
    links=LINKS,
)


def test_a_held_out_chain_is_followed_but_not_taught() -> None:
    assert is_held_out(HELD_OUT)
    assert HELD_OUT in followed(PLAN, FakeEditor(), on=[])
    assert HELD_OUT not in taught(PLAN, FakeEditor(), on=[])


def test_chains_that_end_at_a_slot_which_was_not_edited_are_taught_last() -> None:
    assert taught(PLAN, FakeEditor(), on=[]) == (ANSWERED, ENDED)

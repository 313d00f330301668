"""What an edit teaches."""

from collections.abc import Sequence
from dataclasses import replace

from controller.plan import Decision, EditPlan, Verdict
from controller.questions.portability import is_held_out
from kg_data.phrases import Split
from kg_data.questions import UNKNOWN, Kind, Question
from oneedit.edits.trial import followed, taught
from tests.support.fakes import FakeEditor, FakePatch

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


def test_few_chains_are_taught_over_as_many_relations_as_there_are() -> None:
    born = [
        Question(f"Person {n}", ("employer", "founded_by"), ("Mike Pence",), Kind.ONE_HOP)
        for n in range(4)
    ]
    plan = replace(PLAN, consequences=(*born, ANSWERED), targets=(EDITED, *map(hop, born)))
    chosen = taught(plan, FakeEditor(), on=[], most=2)
    assert {each.path for each in chosen} == {born[0].path, ANSWERED.path}


def test_chains_that_end_at_an_emptied_slot_have_a_third_of_the_places() -> None:
    ended, told = (
        [each for each in variants(chain) if not is_held_out(each)] for chain in (ENDED, ANSWERED)
    )
    links = [Question("Mike Pence", each.path[1:], ("it",), Kind.LOCALITY) for each in told]
    plan = replace(PLAN, consequences=(*ended, *told), links=tuple(links))

    class Knowing(FakeEditor):
        def knows(self, questions: Sequence[Question], **_: object) -> list[bool]:
            return [True] * len(questions)

    assert taught(plan, Knowing(), on=[], most=3) == (*told[:2], ended[0])


def variants(chain: Question) -> list[Question]:
    """Return chains over other last relations."""
    return [replace(chain, path=(chain.path[0], f"relation_{n}")) for n in range(8)]


def test_an_edit_that_teaches_no_chain_asks_the_model_about_none() -> None:
    class Silent(FakeEditor):
        def knows(self, *_: object, **__: object) -> list[bool]:
            raise AssertionError

    assert taught(PLAN, Silent(), on=[], most=0) == ()


def test_facts_are_asked_only_for_chains_that_may_be_taught() -> None:
    asked = list[Question]()

    class Recording(FakeEditor):
        def knows(
            self,
            questions: Sequence[Question],
            *,
            on: Sequence[FakePatch],
            split: Split = Split.TEACH,
            steps: bool = False,
        ) -> list[bool]:
            asked.extend(questions)
            return super().knows(questions, on=on, split=split, steps=steps)

    far = tuple(
        Question(f"Far {n}", ("father", "mother"), ("Jane",), Kind.ONE_HOP) for n in range(90)
    )
    links = tuple(Question(each.subject, ("father",), ("Joe",), Kind.LOCALITY) for each in far)
    taught(replace(PLAN, consequences=far, links=links), Recording(), on=[], most=1)
    assert 0 < len(asked) < len(far)


def hop(chain: Question) -> Question:
    """Return a question about the first slot of a chain and one about its last."""
    return Question(chain.subject, chain.path[:1], ("x",), Kind.RELIABILITY)

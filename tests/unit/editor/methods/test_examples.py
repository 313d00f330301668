"""Training examples of a request and of earlier edits."""

from dataclasses import replace

from editor.methods.anchored.sampling import AnchorPool
from editor.methods.examples import anchor_examples, earlier_questions, fact_examples
from editor.request import EditRequest
from kg_data.questions import UNKNOWN, Kind, Question
from tests.support.workbenches import workbench_of


def fact(subject: str, relation: str, answer: str, kind: Kind = Kind.RELIABILITY) -> Question:
    return Question(subject, (relation,), (answer,), kind)


def test_earlier_edits_are_remembered_as_far_as_nothing_has_changed_since() -> None:
    born = fact("Joe Biden", "place_of_birth", "Oakland")
    wife = fact("Joe Biden", "spouse", "Karen Pence")
    kept = fact("Joe Biden", "father", "Joe Biden Sr.", Kind.SPECIFICITY)
    party = fact("Mike Pence", "member_of_political_party", "Whig Party")
    moved = replace(kept, answers=("Mike Pence",), kind=Kind.RELIABILITY)
    workbench = replace(
        workbench_of("llama"),
        consolidated=[EditRequest((born, wife), (kept,))],
        pending=[EditRequest((party,))],
    )
    edited = replace(wife, answers=("Jill Biden",))
    assert set(earlier_questions(EditRequest((edited,)), workbench, limit=8)) == {born, kept}
    assert set(earlier_questions(EditRequest((moved,)), workbench, limit=8)) == {born, wife}
    assert earlier_questions(EditRequest((edited,)), workbench, limit=0) == []


def test_an_anchor_is_settled_if_no_pending_patch_changes_what_it_asks() -> None:
    edited = fact("Joe Biden", "place_of_birth", "Oakland")
    other = fact("Joe Biden", "father", "Joe Biden Sr.", Kind.SPECIFICITY)
    workbench = replace(workbench_of("llama"), pending=[EditRequest((edited,))])
    request = EditRequest((), (edited, other))
    found = anchor_examples(request, workbench, wordings_each=None, max_earlier=0)
    settled = {anchor.example.prompt.answer: anchor.settled for anchor in found}
    assert settled == {"Oakland": False, "Joe Biden Sr.": True}


def test_what_the_request_keeps_counts_as_its_own_although_an_earlier_edit_kept_it() -> None:
    kept = fact("Joe Biden", "father", "Joe Biden Sr.", Kind.SPECIFICITY)
    edited = fact("Mike Pence", "father", "Edward Pence")
    workbench = replace(workbench_of("llama"), pending=[EditRequest((edited,), (kept,))])
    found = anchor_examples(
        EditRequest((), (kept,)), workbench, wordings_each=None, max_earlier=100
    )
    pool = AnchorPool(found, workbench, per_step=4, least=4, tolerance=1.0)
    own = sum(len(batch.ids) for batch, _ in pool.draw_own())
    assert len(pool) < len(found)
    assert own == len(pool)


def test_an_anchor_in_two_wordings_is_a_question_and_a_statement() -> None:
    kept = fact("Joe Biden", "father", "Joe Biden Sr.", Kind.SPECIFICITY)
    workbench = workbench_of("llama")
    for _ in range(8):
        found = anchor_examples(EditRequest((), (kept,)), workbench, wordings_each=2, max_earlier=0)
        assert {anchor.example.prompt.chat for anchor in found} == {True, False}


def test_a_fact_is_also_taught_after_a_kept_one() -> None:
    born = fact("Joe Biden", "place_of_birth", "Oakland")
    kept = fact("Mike Pence", "father", "Edward Pence", Kind.LOCALITY)
    request, workbench = EditRequest((born,), (kept,)), workbench_of("llama")
    plain = [
        each.prompt.text
        for each in fact_examples(request, workbench, in_context=0, pending_wordings=2)
    ]
    taught = [
        each.prompt.text
        for each in fact_examples(request, workbench, in_context=2, pending_wordings=2)
    ]
    in_context = [text for text in taught if text not in plain]
    assert len(taught) == len(plain) + 2 == len(set(taught))
    assert all("Edward Pence. " in text and "Joe Biden" in text for text in in_context)


def test_if_a_chain_ends_early_others_over_the_relation_are_also_anchored_step_by_step() -> None:
    path = ("spouse", "father")
    ended = Question("Joe Biden", path, (UNKNOWN,), Kind.ONE_HOP)
    other = Question("Mike Pence", path, ("Ann Doe",), Kind.LOCALITY, ("Karen Pence",))
    workbench = workbench_of("llama")

    def step_anchors(*targets: Question) -> int:
        request = EditRequest(targets, (other,))
        found = anchor_examples(request, workbench, wordings_each=2, max_earlier=0)
        return sum(anchor.example.prompt.answer.startswith("The spouse of") for anchor in found)

    assert step_anchors(ended) == 1
    assert step_anchors(fact("Joe Biden", "father", "Joe Biden Sr.")) == 0

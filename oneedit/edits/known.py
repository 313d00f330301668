"""What an edit leaves out and can promise, by what the base model was found to know."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from controller.plan import EditPlan
from kg_data.questions import Question
from kg_data.triples import Slot
from oneedit.knowledge.knowledge import Knowledge
from oneedit.ports import PatchPort


def within_knowledge(
    plan: EditPlan, knowledge: Knowledge, *, below: Sequence[PatchPort]
) -> EditPlan:
    """Return a plan without consequences over facts that the base model does not know.

    What earlier patches have taught, and what the edit itself teaches, counts as known.

    Args:
        plan: the plan.
        knowledge: what the base model knows.
        below: the patches that the edit goes on top of.
    """
    taught = {target.slot for patch in below for target in patch.request.targets}
    taught |= {target.slot for target in plan.targets}
    return replace(
        plan,
        consequences=tuple(_worth_asking(plan.consequences, knowledge, taught)),
        links=tuple(_worth_asking(plan.links, knowledge, taught)),
    )


def neighbours_known(plan: EditPlan, knowledge: Knowledge) -> float | None:
    """Return the share of the kept facts that the base model knows; None if it is not known."""
    return knowledge.share_of(slot for each in plan.keep for slot in each.slots)


def _worth_asking(
    questions: Iterable[Question], knowledge: Knowledge, taught: set[Slot]
) -> Iterator[Question]:
    for each in questions:
        if all(slot in taught or knowledge.may_know(slot) for slot in each.slots):
            yield each

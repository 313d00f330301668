"""Questions about slots as they are: to ask the model what the graph holds, or teach it again."""

from collections.abc import Sequence
from random import Random

from controller.graph.overlay import GraphReads, Overlay
from controller.plan import Decision, EditPlan, Verdict
from controller.questions import affected
from controller.questions.diff import GraphDiff
from controller.questions.preserved import preserved_questions
from kg_data.questions import Kind, Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple


def slot_questions(
    slots: Sequence[Slot], graph: GraphReads, book: RelationBook
) -> tuple[Question, ...]:
    """Return a question about each slot that holds something, with all that it holds as answers."""
    diff = GraphDiff(graph, graph, (), (), book)
    return tuple(
        Question(
            slot.subject,
            (slot.relation,),
            diff.with_aliases(objects, slot.relation),
            Kind.RELIABILITY,
        )
        for slot in slots
        if (objects := graph.objects(slot))
    )


def plan_again(
    slots: Sequence[Slot],
    graph: GraphReads,
    book: RelationBook,
    *,
    limit: int,
    generator: Random,
) -> EditPlan:
    """Return a plan that teaches what some slots hold as if they had been empty before.

    No fact changes.

    Args:
        slots: the slots; those that hold nothing are left out.
        graph: the graph with their facts.
        book: the relation book.
        limit: maximum number of consequences in the plan.
        generator: source of randomness.
    """
    held = tuple(fact for slot in dict.fromkeys(slots) for fact in _facts_of(slot, graph))
    edited = tuple(dict.fromkeys(fact.slot for fact in held))
    diff = GraphDiff(Overlay(graph, retract=held), graph, edited, held, book)
    found = affected.consequences(diff, limit=limit, generator=generator)
    return EditPlan(
        facts=held,
        decision=Decision(Verdict.APPLY if held else Verdict.NOTHING),
        base_version=graph.version,
        targets=affected.targets(diff),
        consequences=found.questions,
        consequence_count=found.count,
        consequences_at_least=found.at_least,
        links=affected.links(diff, found.questions),
        keep=preserved_questions(diff, graph, generator=generator),
    )


def _facts_of(slot: Slot, graph: GraphReads) -> list[Triple]:
    return [fact for fact in graph.facts_of(slot.subject) if fact.relation == slot.relation]

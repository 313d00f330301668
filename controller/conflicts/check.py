"""What checks read, and the words they share."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from controller.graph.overlay import GraphView
from controller.plan import Conflict
from kg_data.phrases import written_object
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple


def _nothing_past(slot: Slot) -> Sequence[Triple]:
    del slot
    return ()


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a check may read.

    Attributes:
        view: the graph: before the edit, or with the asserted changes of the edit.
        book: the relation book.
        today: the date on which the edit is requested.
        past: returns the recorded facts of a slot that have ended.
    """

    view: GraphView
    book: RelationBook
    today: date
    past: Callable[[Slot], Sequence[Triple]] = _nothing_past


Check = Callable[[Triple, CheckContext], list[Conflict]]


def run_checks(
    checks: Iterable[Check], facts: Iterable[Triple], context: CheckContext
) -> Iterator[Conflict]:
    """Yield the conflicts that checks find, fact by fact, in the order of the checks."""
    for fact in facts:
        for check in checks:
            yield from check(fact, context)


def describe_fact(fact: Triple, book: RelationBook) -> str:
    """Return a fact as "the capital of France is Paris"."""
    relation = book[fact.relation]
    return f"the {relation.noun} of {fact.subject} is {written_object(fact.object, relation)}"


def sentence(fact: Triple, book: RelationBook) -> str:
    """Return a fact as "The capital of France is Paris", without a full stop."""
    text = describe_fact(fact, book)
    return text[:1].upper() + text[1:]


def about_itself(code: str, fact: Triple, text: str) -> Conflict:
    """Return a conflict that involves no stored fact."""
    return Conflict(code, fact, fact, text)

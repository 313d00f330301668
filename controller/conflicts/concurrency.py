"""The check of what others changed since the author of an edit looked (C17)."""

from collections.abc import Iterable, Sequence

from controller.plan import Conflict
from controller.record import PastEdit
from controller.rules import with_partners
from kg_data.relations import RelationBook
from kg_data.triples import Triple


def concurrent_changes(
    facts: Iterable[Triple], later: Sequence[PastEdit], book: RelationBook
) -> list[Conflict]:
    """Find later edits that changed a functional slot, or the very fact, of a requested one.

    Edits of different slots of one subject do not conflict.

    Args:
        facts: the requested facts.
        later: the edits since the version that the request was made for.
        book: the relation book.
    """
    found = []
    for fact in facts:
        for edit in later:
            for change in with_partners((*edit.added, *edit.retracted), book):
                if change == fact or (change.slot == fact.slot and book[fact.relation].functional):
                    text = f"{edit.actor} changed this in version {edit.version}: {change}. "
                    text += "Look at it and say again what should hold."
                    found.append(Conflict("concurrent", fact, change, text))
    return found

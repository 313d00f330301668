"""Which queued tickets are carried out next, and together: pure functions."""

from collections.abc import Iterator, Sequence

from kg_data.changes import Changes
from kg_data.relations import RelationBook
from kg_data.triples import Slot
from oneedit.ledger.history import exclusive_keys
from oneedit.ledger.ticket import Ticket

MOST_TOGETHER = 16
"""Tickets that are carried out together, at most."""

_SEPARATOR = "\x1f"


def keys_of(changes: Changes, book: RelationBook) -> frozenset[str]:
    """Return names of the facts and slots that changes touch, those that follow included.

    Two tickets with a common name are carried out one after the other.
    """
    exclusive = (_SEPARATOR.join(key) for key in exclusive_keys(changes, book))
    return frozenset((*exclusive, *(slot_key(slot) for slot in changes.slots)))


def slot_key(slot: Slot) -> str:
    """Return the name of a slot."""
    return _SEPARATOR.join(("touched", *slot))


def next_turn(queued: Sequence[Ticket]) -> list[Ticket]:
    """Return the tickets that are carried out next: the first, and what goes together with it.

    A later ticket goes along if it touches nothing that an earlier one touches, taken or not, so
    that tickets about one slot are carried out in their order. A ticket without names may touch
    anything: nothing passes it.

    Args:
        queued: the queued tickets, in the order of their turns.
    """
    if not queued or not queued[0].keys:
        return list(queued[:1])
    turn: list[Ticket] = []
    touched: set[str] = set()
    for ticket in queued:
        if not ticket.keys or len(turn) == MOST_TOGETHER:
            break
        if touched.isdisjoint(ticket.keys):
            turn.append(ticket)
        touched |= ticket.keys
    return turn


def turns(queued: Sequence[Ticket]) -> Iterator[list[Ticket]]:
    """Yield the turns in which queued tickets will be carried out if nothing else comes."""
    left = list(queued)
    while left:
        turn = next_turn(left)
        yield turn
        taken = {ticket.id for ticket in turn}
        left = [ticket for ticket in left if ticket.id not in taken]

"""Whether what an answer says was changed since it was given."""

from kg_data.triples import Slot
from oneedit.ledger.ledger import Ledger
from oneedit.results import AskResult


def touched_since(ledger: Ledger, answer: AskResult) -> int | None:
    """Return the last version that changed a slot on the graph's way to an answer.

    None if there is none after the version that the answer is for. Lists and counts are found by
    their conditions and not by slots; they are touched by nothing.
    """
    slots = {Slot(subject, hop.relation) for hop in answer.hops for subject in hop.subjects}
    changed = (
        version
        for slot in slots
        for stored in ledger.provenance(slot)
        for version in (stored.added, stored.removed)
        if version is not None and version > answer.version
    )
    return max(changed, default=None)

"""Changes of facts, slot by slot."""

from kg_data.changes import Changes, SlotChange
from kg_data.triples import Slot, Triple

HEAD = Slot("France", "head_of_state")
OLD = Triple(*HEAD, "A", "2012")
PAST, NEW = Triple(*HEAD, "A", "2012", "2017"), Triple(*HEAD, "B", "2017")


def test_a_period_that_is_recorded_is_no_new_object_of_its_slot() -> None:
    changes = Changes(added=(NEW, PAST), retracted=(OLD,))
    assert changes.by_slot == (SlotChange(HEAD, ("A",), ("B",), derived=False),)
    assert [fact.valid_to for fact in changes.recorded] == ["2017"]


def test_a_fact_of_the_past_changes_no_slot() -> None:
    changes = Changes(added=(PAST,))
    assert (changes.slots, changes.by_slot) == ((), ())
    assert changes.mentions("A")


def test_inverted_changes_undo_each_other() -> None:
    changes = Changes(added=(NEW, PAST), retracted=(OLD,))
    assert changes.inverted().inverted() == changes

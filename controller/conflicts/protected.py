"""The check of protected facts (C19)."""

from collections.abc import Iterable

from controller.conflicts.check import about_itself
from controller.plan import Conflict
from controller.protection import BlockList
from kg_data.relations import RelationBook
from kg_data.triples import Triple


def protected_facts(
    facts: Iterable[Triple], book: RelationBook, blocked: BlockList
) -> list[Conflict]:
    """Find protected facts; the caller adds the partners to ``facts``."""
    found = []
    for fact in facts:
        reason = blocked.refusal(fact)
        if reason is None and book[fact.relation].protected:
            reason = f"The {book[fact.relation].noun} of anything is protected."
        if reason is not None:
            found.append(about_itself("protected", fact, reason))
    return found

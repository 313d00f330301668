"""What a base model was found to know: by relation, by fact, and by wording."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kg_data.triples import Slot

LEAST_KNOWN = 0.2
"""Share of the asked facts of a relation below which the model is taken not to know it."""

LEAST_ASKED = 5
"""Facts of a relation that must have been asked before it is taken not to be known."""

UNDERSTOOD = 0.5
"""Share of the known facts that are answered in a wording from which on it is understood."""


class WordingKind(StrEnum):
    """The two kinds of wordings."""

    QUESTION = "question"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class WordingKnowledge:
    """How a model did in one wording of a relation.

    Attributes:
        wording: as in the relation book, with {s} and {o}.
        kind: "question" or "statement".
        right: how many of the known facts it answered in this wording.
        asked: of how many.
    """

    wording: str
    kind: str
    right: int
    asked: int

    @property
    def understood(self) -> bool | None:
        """Tell whether the model understands the wording; None if no known fact was asked."""
        return self.right >= UNDERSTOOD * self.asked if self.asked else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationKnowledge:
    """What a model knows of a relation, by a sample of its facts.

    A fact is known if the model answers it in any wording that it was asked in.

    Attributes:
        relation: its name.
        known, unknown: the subjects whose fact it knows, and those whose fact it does not know.
        wordings: how it did in each wording.
    """

    relation: str
    known: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    wordings: tuple[WordingKnowledge, ...] = ()

    @property
    def asked(self) -> int:
        """Return how many facts were asked."""
        return len(self.known) + len(self.unknown)

    @property
    def share(self) -> float | None:
        """Return the share of the asked facts that is known; None if none was asked."""
        return len(self.known) / self.asked if self.asked else None

    def understood(self, kind: WordingKind) -> tuple[int, int]:
        """Return how many wordings of a kind are understood, and of how many that is known."""
        judged = [
            each.understood
            for each in self.wordings
            if each.kind == kind and each.understood is not None
        ]
        return sum(judged), len(judged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What a base model knows of the relations that it was asked about.

    Every answer may be None: nothing is known of it, and nothing follows.

    Attributes:
        base_hash: hash of the model's weights.
        book_sha256: hash of the relation book whose wordings were asked.
        relations: by name.
    """

    base_hash: str = ""
    book_sha256: str = ""
    relations: Mapping[str, RelationKnowledge] = field(default_factory=dict)

    def knows(self, relation: str) -> bool | None:
        """Tell whether the model knows a relation at all; None if too few facts were asked."""
        found = self.relations.get(relation)
        if found is None or found.share is None:
            return None
        if found.share >= LEAST_KNOWN:
            return True
        return None if found.asked < LEAST_ASKED else False

    def knows_fact(self, slot: Slot) -> bool | None:
        """Tell whether the model knows what is in a slot; None if that was not asked."""
        found = self.relations.get(slot.relation)
        if found is None or slot.subject not in {*found.known, *found.unknown}:
            return None
        return slot.subject in found.known

    def may_know(self, slot: Slot) -> bool:
        """Tell whether it is worth asking the model about a slot: nothing speaks against it."""
        fact = self.knows_fact(slot)
        return self.knows(slot.relation) is not False if fact is None else fact

    def understands(self, relation: str, wording: str) -> bool | None:
        """Tell whether the model understands a wording of a relation.

        Args:
            relation: its name.
            wording: as in the relation book.
        """
        found = self.relations.get(relation)
        wordings = () if found is None else found.wordings
        return next((each.understood for each in wordings if each.wording == wording), None)

    def share_of(self, slots: Iterable[Slot]) -> float | None:
        """Return the share of slots that the model is expected to know; None if none was judged.

        A fact that was asked counts as it was answered, any other one as its relation.
        """
        shares = []
        for slot in slots:
            relation = self.relations.get(slot.relation)
            fact = self.knows_fact(slot)
            share = float(fact) if fact is not None else relation.share if relation else None
            if share is not None:
                shares.append(share)
        return sum(shares) / len(shares) if shares else None


NOTHING_KNOWN = Knowledge()
"""The knowledge of a model that was never asked."""

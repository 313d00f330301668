"""What a new home is made from: a relation book, and facts that it allows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self, TypeAlias

from controller.rules import closure
from controller.whole_graph import contradictions
from kg_data.book_text import written
from kg_data.entities import Entity
from kg_data.gathering import Gathered, facts_hash, gather
from kg_data.lint import lint_book
from kg_data.relations import RelationBook
from kg_data.shipped import Dataset, shipped_dataset
from kg_data.sources.source import BadRecord, Source
from kg_data.triples import Triple
from oneedit.errors import BadBook, BadFacts

_Key: TypeAlias = tuple[Triple, str | None]

SHIPPED = "the facts that come with OneEdit"


@dataclass(frozen=True, kw_only=True)
class Founding:
    """What version 0 of a home holds.

    Attributes:
        book: what the relations mean.
        data: the facts and entities.
        reason: words for the history.
        left_out: what the sources hold besides, and why it is not among the facts.
    """

    book: RelationBook
    data: Dataset
    reason: str = SHIPPED
    left_out: tuple[BadRecord, ...] = ()

    @classmethod
    def shipped(cls) -> Self:
        """Return the facts and the book that come with OneEdit."""
        return cls(book=RelationBook.shipped(), data=shipped_dataset())

    @classmethod
    def of(
        cls,
        sources: Sequence[Source],
        book: RelationBook,
        *,
        entities: Iterable[Entity] = (),
        skip_bad: bool = False,
        today: date,
    ) -> Self:
        """Return what sources hold, checked as edits are.

        Args:
            sources: where the facts are; without any, the home begins empty.
            book: the relation book.
            entities: entities whose class is known.
            skip_bad: leave out what cannot be read or contradicts what stands before it.
            today: no fact may begin after it.

        Raises:
            BadFacts: something is bad, and is not to be left out; or there are no facts.
            KgDataError: a source cannot be read at all.
        """
        found = gather(sources, book, entities)
        wrong = _contradicting(found, book, today)
        facts = tuple(each.fact for each in found.facts if _key(each.fact) not in wrong)
        bad = [*found.bad, *wrong.values(), *_not_following(found, facts, book)]
        faults = [str(each) for each in bad if not each.unmapped]
        if (sources and not facts) or (faults and not skip_bad):
            raise BadFacts(faults)
        return cls(
            book=book,
            data=Dataset(facts, found.entities, facts_hash(facts)),
            reason=f"the facts of {', '.join(each.name for each in sources) or 'no file'}",
            left_out=tuple(bad),
        )


def own_book(path: Path) -> RelationBook:
    """Return the relation book of a file, whole and without faults.

    Raises:
        BadFile: it cannot be read.
        BadBook: it contradicts itself.
    """
    book = RelationBook.load(path)
    faults = list(lint_book(book))
    if faults:
        raise BadBook(path, faults)
    return RelationBook.parse(written(book), path)


def _contradicting(found: Gathered, book: RelationBook, today: date) -> Mapping[_Key, BadRecord]:
    """Return the facts that cannot stand beside those before them, with their places."""
    places = {_key(each.fact): each.place for each in found.facts}
    facts = (each.fact for each in found.facts)
    return {
        _key(each.fact): BadRecord(places[_key(each.fact)], f"{each.fact}: {each.text}")
        for each in contradictions(facts, found.entities, book, today)
    }


def _not_following(
    found: Gathered, facts: Sequence[Triple], book: RelationBook
) -> Iterator[BadRecord]:
    """Yield the facts of relations that are never written and that do not follow from others."""
    following = frozenset(closure(facts, book)) if found.claimed else frozenset()
    for each in found.claimed:
        if each.fact not in following:
            reason = f"{each.fact.relation} follows by a rule and is never written"
            yield BadRecord(each.place, f"{each.fact}: {reason}; here it does not follow")


def _key(fact: Triple) -> _Key:
    """Return what tells a fact from the same one in another period."""
    return fact, fact.valid_to

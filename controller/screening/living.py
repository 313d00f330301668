"""Who is presumed to live, as far as the graph tells."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from controller.screening.request import ScreenedRequest
from controller.screening.words import RelationKind
from kg_data.dates import parse_date
from kg_data.relations import RelationBook
from kg_data.short_form import EntityKind
from kg_data.triples import Slot, Triple

_MOST_CONTEMPORARIES = 20
_YOUNGEST_PARENT = 14  # years


class RelationKinds:
    """The relations of a book, sorted by meaning."""

    def __init__(self, book: RelationBook, kinds: Mapping[str, RelationKind]) -> None:
        self._book, self._sha256 = book, book.sha256
        self._names = {
            kind: frozenset(name for name in book.names() if row.holds(book[name]))
            for kind, row in kinds.items()
        }

    def are_of(self, book: RelationBook) -> bool:
        """Tell whether they are those of a book as it is now."""
        return self._book is book and self._sha256 == book.sha256

    def __getitem__(self, kind: str) -> frozenset[str]:
        """Return the names of the relations of a kind."""
        return self._names[kind]


@dataclass(frozen=True)
class People:
    """Answers about the people of a request.

    Attributes:
        request: what is asked for.
        kinds: the relations by meaning.
    """

    request: ScreenedRequest
    kinds: RelationKinds

    def relations(self, kind: str) -> frozenset[str]:
        """Return the names of the relations of a kind."""
        return self.kinds[kind]

    def is_person(self, name: str) -> bool:
        """Tell whether a name is that of a person."""
        return self.request.is_kind(name, EntityKind.PERSON)

    def presumed_living(self, name: str) -> bool:
        """Tell whether somebody has no recorded death and was not born too long ago.

        Without a birth date, the dates of children, relatives, teachers and the like count.
        """
        if not self.is_person(name) or self._has_died(name):
            return False
        thresholds = self.request.thresholds
        born = self._births(name)
        if born:
            return self.request.now.year - max(born) <= thresholds.living_years
        children = [year for each in self._children(name) for year in self._years(each, "birth")]
        if children and self._age(children) + _YOUNGEST_PARENT > thresholds.living_years:
            return False
        around = list(self._contemporaries(name))
        births = [year for each in around for year in self._years(each, "birth")]
        deaths = [year for each in around for year in self._years(each, "death")]
        return not (
            (births and self._age(births) > thresholds.contemporary_years)
            or (deaths and self._age(deaths) > thresholds.living_years)
        )

    def holds_office(self, name: str) -> bool:
        """Tell whether somebody holds or held a public office."""
        view = self.request.view
        return any(view.objects(Slot(name, each)) for each in self.relations("office")) or any(
            fact.relation in self.relations("office_of")
            for fact in view.facts_about(name, limit=_MOST_CONTEMPORARIES)
        )

    def would_live(self, birth: int) -> bool:
        """Tell whether somebody born in this year would be presumed to live."""
        return self.request.now.year - birth <= self.request.thresholds.living_years

    def _births(self, name: str) -> list[int]:
        """Return the years of birth that the graph holds, or those that are told of a new name.

        A told birth makes nobody older whom the graph knows: it is what is judged.
        """
        if self.request.view.entity(name) is not None:
            return self._years(name, "birth")
        births = self.relations("birth")
        told = (
            fact.object
            for fact in self.request.facts
            if fact.subject == name and fact.relation in births and not fact.ended
        )
        return list(_years_of(told))

    def _has_died(self, name: str) -> bool:
        view = self.request.view
        return any(view.objects(Slot(name, each)) for each in self.relations("death"))

    def _years(self, name: str, kind: str) -> list[int]:
        """Return the years of the dates that the graph holds."""
        view = self.request.view
        dates = (date for each in self.relations(kind) for date in view.objects(Slot(name, each)))
        return list(_years_of(dates))

    def _children(self, name: str) -> Iterator[str]:
        view = self.request.view
        for relation in self.relations("child"):
            yield from view.objects(Slot(name, relation))
        for relation in self.relations("parent"):
            yield from view.subjects(relation, name, limit=_MOST_CONTEMPORARIES)

    def _contemporaries(self, name: str) -> Iterator[str]:
        """Yield people with a fact about this one, or the other way round."""
        view = self.request.view
        others = [fact.object for fact in view.facts_of(name) if self._between_people(fact)]
        about = view.facts_about(name, limit=_MOST_CONTEMPORARIES)
        others += [fact.subject for fact in about if self._between_people(fact)]
        yield from dict.fromkeys(others)

    def _between_people(self, fact: Triple) -> bool:
        book = self.request.book
        relation = book[fact.relation]
        ends = (*relation.domain, *relation.range)
        return all(book.is_kind(each, EntityKind.PERSON) for each in ends)

    def _age(self, years: Iterable[int]) -> int:
        """Return the years since the first of some."""
        return self.request.now.year - min(years)


def _years_of(dates: Iterable[str]) -> Iterator[int]:
    """Yield the astronomical years of dates, whatever their precision."""
    return (parts[0] for parts in map(parse_date, dates) if parts)

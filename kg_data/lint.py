"""Checks of the relation book and the shipped facts: ``python -m kg_data.lint``."""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kg_data.entities import Entity
from kg_data.relations import Relation, RelationBook, Rule, Wordings
from kg_data.shipped import DOMAINS, data_folder, shipped_dataset
from kg_data.sources.csv import read_entities
from kg_data.templates import QUESTIONS, STATEMENTS
from kg_data.triples import Slot, Triple

LITERAL_FORMS = {
    "date": re.compile(r"(?:\d{4}|-\d{4,})(?:-\d{2}(?:-\d{2})?)?"),
    "year": re.compile(r"\d{4}|-\d{4,}"),
    "text": re.compile(r"\S(.*\S)?"),
}


def lint_book(book: RelationBook) -> Iterator[str]:
    """Yield a sentence for each fault of a relation book with which it would not work."""
    for relation in book.relations.values():
        yield from _lint_relation(relation, book)
    yield from _lint_wordings(book)
    for kind, names in book.kinds.items():
        for name in set(names).difference(book.classes):
            yield f"the kind {kind} names the class {name}, which is not in the book"
    if all(each.inverse in {"", *book.relations} for each in book.relations.values()):
        yield from lint_rules(book)  # what follows cannot be told without an inverse
    nouns = Counter(noun for relation in book.relations.values() for noun in relation.nouns)
    yield from (f"the noun {noun!r} belongs to {n} relations" for noun, n in nouns.items() if n > 1)


def lint_shipped_book(book: RelationBook) -> Iterator[str]:
    """Yield the faults of a book, and what the shipped one has and others need not have."""
    yield from lint_book(book)
    for relation in book.relations.values():
        if not relation.pid and not relation.why_no_pid:
            yield f"{relation.name} has neither a P-number nor the reason why there is none"
        yield from _lint_counts(relation.name, relation.statements, STATEMENTS)
        yield from _lint_counts(relation.name, relation.questions, QUESTIONS)


def lint_rules(book: RelationBook) -> Iterator[str]:
    """Yield a sentence for each fault of the rules of a book."""
    for rule in book.rules:
        yield from _lint_rule(rule, book)


def _lint_rule(rule: Rule, book: RelationBook) -> Iterator[str]:
    missing = [name for name in (*rule.body, rule.head) if name not in book]
    yield from (f"a rule names {name}, which is not in the book" for name in missing)
    if not missing:
        first, second = (book[name] for name in rule.body)
        if second.name == (first.name if first.symmetric else first.inverse):
            text = f"the rule {first.name}, {second.name} -> {rule.head}"
            yield f"{text} leads back to its subject, for {second.name} is the inverse of the first"
        yield from _lint_recursion(rule, book)


def _lint_recursion(rule: Rule, book: RelationBook) -> Iterator[str]:
    """Yield the faults of a rule whose head is derived from itself, if only through other rules.

    Which of several values would hold must not depend on values that are themselves in question.
    """
    group = next(each for each in book.strata if rule.head in each)
    text = f"the rule {', '.join(rule.body)} -> {rule.head} is recursive"
    if not group.isdisjoint(rule.body):
        if book.inverse_functional(rule.head):
            yield f"{text}, and an object of {rule.head} has one subject; allow many"
        if rule.body[0] in group and book[rule.head].functional:
            yield f"{text} in its first hop, and {rule.head} is functional; allow many"


def _lint_relation(relation: Relation, book: RelationBook) -> Iterator[str]:
    name = relation.name
    if relation.symmetric and relation.inverse not in {"", name}:
        yield f"{name} is symmetric, but its inverse is {relation.inverse}"
    if relation.inverse:
        other = book.relations.get(relation.inverse)
        if other is None:
            yield f"the inverse of {name}, {relation.inverse}, is not in the book"
        elif other.inverse not in {"", name}:
            yield f"{name} has the inverse {other.name}, whose inverse is {other.inverse or 'none'}"
    for class_name in (*relation.domain, *relation.range):
        if class_name not in book.classes:
            yield f"{name} names the class {class_name}, which is not in the book"


def _lint_wordings(book: RelationBook) -> Iterator[str]:
    owners: dict[str, str] = {}
    for relation in book.relations.values():
        yield from _lint_missing(relation.name, relation.statements, "statements")
        yield from _lint_missing(relation.name, relation.questions, "questions")
        yield from _lint_ends(relation.name, relation.statements.for_training(), "{o}.")
        yield from _lint_ends(relation.name, relation.questions.for_training(), "?")
        for wording in (*relation.statements.for_training(), *relation.questions.for_training()):
            owner = owners.setdefault(wording.casefold(), relation.name)
            if owner != relation.name:
                yield f"{wording!r} belongs to {owner} and to {relation.name}"


def _lint_ends(name: str, wordings: Iterable[str], end: str) -> Iterator[str]:
    for wording in wordings:
        if wording.count("{s}") != 1 or not wording.endswith(end):
            yield f"{name}: {wording!r} must hold {{s}} once and end in {end}"


def _lint_missing(name: str, wordings: Wordings, kind: str) -> Iterator[str]:
    for split in STATEMENTS:
        if not getattr(wordings, split):
            yield f"{name} has no {split} wordings among its {kind}"


def _lint_counts(name: str, wordings: Wordings, counts: Mapping[str, int]) -> Iterator[str]:
    for split, count in counts.items():
        found = len(getattr(wordings, split))
        if found != count:
            yield f"{name} has {found} {split} wordings where {count} are due"


def lint_facts(
    facts: Sequence[Triple], entities: Iterable[Entity], book: RelationBook
) -> Iterator[str]:
    """Yield a sentence for each fault of a collection of facts."""
    listed = list(entities)
    classes = {entity.id: entity.entity_class for entity in listed}
    for entity in listed:
        if entity.entity_class not in book.classes:
            yield f"{entity.id}: the class {entity.entity_class} is not in the book"
        if classes[entity.id] != entity.entity_class:
            yield f"{entity.id} is listed as {entity.entity_class} and as {classes[entity.id]}"
    for fact in facts:
        yield from _lint_fact(fact, classes, book)
    yield from _lint_slots(facts, book)


def _lint_fact(fact: Triple, classes: Mapping[str, str], book: RelationBook) -> Iterator[str]:
    if fact.relation not in book:
        yield f"{fact}: the relation is not in the book"
        return
    relation = book[fact.relation]
    if relation.derived:
        yield f"{fact}: {relation.name} follows by a rule and is never written"
    if fact.subject == fact.object:
        yield f"{fact}: subject and object are the same"
    if not book.accepts(relation.domain, classes.get(fact.subject, "")):
        yield f"{fact}: the subject is {classes.get(fact.subject, 'not listed')}"
    if relation.literal:
        if not any(LITERAL_FORMS[name].fullmatch(fact.object) for name in relation.range):
            yield f"{fact}: the object is no {' or '.join(relation.range)}"
    elif not book.accepts(relation.range, classes.get(fact.object, "")):
        yield f"{fact}: the object is {classes.get(fact.object, 'not listed')}"


def _lint_slots(facts: Sequence[Triple], book: RelationBook) -> Iterator[str]:
    objects: dict[Slot, set[str]] = defaultdict(set)
    for fact in facts:
        if fact.ended or fact.relation not in book:
            continue
        objects[fact.slot].add(fact.object)
        relation = book[fact.relation]
        if relation.inverse:
            objects[Slot(fact.object, relation.inverse)].add(fact.subject)
    for slot, found in sorted(objects.items()):
        if book[slot.relation].functional and len(found) > 1:
            yield f"{slot.subject} has several {slot.relation}: {', '.join(sorted(found))}"
    begin, end = map(book.lifetime_relations, ("begin", "end"))
    born = {fact.subject: fact.object for fact in facts if fact.relation in begin}
    for fact in facts:
        if fact.relation in end and fact.object <= born.get(fact.subject, ""):
            yield f"{fact.subject} ended on {fact.object}, before it began"


def main() -> int:
    """Lint the shipped book and facts; return 1 if there are faults."""
    book, dataset = RelationBook.shipped(), shipped_dataset()
    files = [data_folder() / f"{domain}_entities.csv" for domain in DOMAINS]
    listed = [entity for file in files for entity in read_entities(file)]  # with repetitions
    faults = [*lint_shipped_book(book), *lint_facts(dataset.facts, listed, book)]
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    sys.stdout.write(f"{len(dataset.facts)} facts, {len(dataset.entities)} entities, ")
    sys.stdout.write(f"{len(book.relations)} relations: {len(faults)} faults\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

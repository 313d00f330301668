"""Drafts of relation books: what facts show of their relations, for a person to confirm."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import combinations
from typing import TypeAlias

from kg_data.dates import is_date, is_year
from kg_data.drafting_names import RelationName, read_name
from kg_data.short_form import OTHER_NAMES
from kg_data.sources.source import Record

SHARED = 0.5
"""Share of the smaller of two groups that must be in both to make them one class."""

MOST_SHOWN = 5
FEWEST = 3
"""Facts or subjects that must show something."""

FEWEST_ONE_WAY = 10
"""Facts that must show that a relation goes one way."""

MUTUAL = 0.9
"""Share of the facts that must have a counterpart for a relation to be an inverse."""

_Group: TypeAlias = tuple[set[str], Counter[str]]

_YEAR = re.compile(r"[12]\d{3}")
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")
NUMBER_PATTERN = r"[-+]?\\d+([.,]\\d+)?"


@dataclass(frozen=True)
class Usage:
    """How one relation is used in facts.

    Attributes:
        name: the relation.
        said: what its name says.
        objects: by subject, the objects that it has at a time, in the order of the facts.
        literal: "date", "year", "number" or "text"; "" if objects are entities.
    """

    name: str
    said: RelationName
    objects: Mapping[str, Sequence[str]]
    literal: str

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Return the facts as pairs."""
        return frozenset((s, o) for s, found in self.objects.items() for o in found)

    @property
    def several(self) -> Sequence[str]:
        """Return the subjects with several objects."""
        return [subject for subject, found in self.objects.items() if len(found) > 1]


@dataclass(kw_only=True)
class DraftedRelation:
    """The proposal for one relation.

    Attributes:
        name: the relation.
        entries: the keys of its entry, in order.
        evidence: why each is proposed; "" explains none in particular.
        notes: what is not proposed, and why.
    """

    name: str
    entries: dict[str, object] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Say what is not proposed."""
        self.notes.append(text)

    def propose(self, key: str, value: object, evidence: str = "") -> None:
        """Set a key with the evidence for it."""
        self.entries[key] = value
        if evidence:
            self.evidence[key] = evidence


@dataclass(frozen=True)
class Draft:
    """A proposed book.

    Attributes:
        classes: each class, with examples of its members.
        relations: the relations, in the order of the facts.
    """

    classes: Mapping[str, Sequence[str]]
    relations: Sequence[DraftedRelation]


def draft(records: Iterable[Record]) -> Draft:
    """Return what facts show of their relations; the same facts give the same draft.

    The relation of other names is left out: every book has it.
    """
    listed = [each for each in records if each.relation != OTHER_NAMES]
    given = {
        name: kind
        for each in listed
        for name, kind in ((each.subject, each.subject_class), (each.object, each.object_class))
        if kind
    }
    usages = list(_usages(listed))
    classes = _classes(usages, given)
    drafted = [_drafted(each, usages, classes) for each in usages]
    _make_nouns_unique(drafted)
    members: dict[str, list[str]] = defaultdict(list)
    for name, kind in classes.items():
        members[kind].append(name)
    return Draft({kind: found[:MOST_SHOWN] for kind, found in members.items()}, drafted)


def _usages(records: Iterable[Record]) -> Iterator[Usage]:
    listed = list(records)
    subjects = {each.subject for each in listed}
    found: dict[str, dict[str, dict[str, None]]] = {}
    for each in listed:
        by_subject = found.setdefault(each.relation, {})
        if each.valid_to is None:
            by_subject.setdefault(each.subject, {})[each.object] = None
    entities = {each.object for each in listed if each.object_class} | subjects
    for name, by_subject in found.items():
        said = read_name(name)
        objects = {subject: tuple(each) for subject, each in by_subject.items()}
        values = {value for each in objects.values() for value in each}
        literal = _literal(values, entities, said)
        yield Usage(name, read_name(name, literal), objects, literal)


def _literal(values: Iterable[str], entities: Iterable[str], said: RelationName) -> str:
    """Return what kind of literals values are; "" if they are names of entities."""
    listed, known = list(values), set(entities)
    if not listed or not known.isdisjoint(listed):
        return ""
    if all(map(is_date, listed)) and (said.kind == "date" or not all(map(is_year, listed))):
        return "year" if all(map(is_year, listed)) else "date"
    for kind, form in (("year", _YEAR), ("number", _NUMBER)):
        if all(form.fullmatch(each) for each in listed):
            return kind
    words = sum(each.count(" ") + 1 for each in listed) / len(listed)
    mixed = said.kind == "date" or any("@" in each or "://" in each for each in listed)
    return "text" if mixed or words > MOST_SHOWN else ""


# ---------- classes ----------


def _classes(usages: Sequence[Usage], given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the class of each entity: as the facts say, else by what it is used with."""
    sides: list[tuple[set[str], str]] = []
    for usage in usages:
        sides.append((set(usage.objects), ""))
        if not usage.literal:
            sides.append(({o for _, o in usage.pairs}, usage.said.kind or usage.said.kept_noun))
    groups = _merged(sides)
    taken: Counter[str] = Counter()
    classes: dict[str, str] = {}
    for members, names in groups:
        known = Counter(given[each] for each in sorted(members) if each in given)
        name = (known or names or Counter({"thing": 1})).most_common(1)[0][0]
        taken[name] += 1
        for each in sorted(members):
            own = name if taken[name] == 1 else f"{name}_{taken[name]}"
            classes.setdefault(each, re.sub(r"\W+", "_", given.get(each, own)).casefold())
    return classes


def _merged(sides: Sequence[tuple[set[str], str]]) -> list[_Group]:
    """Join groups of names that share most of the smaller one, until no two do."""
    groups = [
        (set(members), Counter({name: len(members)} if name else {}))
        for members, name in sides
        if members
    ]
    while pair := next(filter(_share_most, combinations(groups, 2)), None):
        kept, joined = pair
        kept[0].update(joined[0])
        kept[1].update(joined[1])
        groups = [each for each in groups if each is not joined]
    return groups


def _share_most(pair: tuple[_Group, _Group]) -> bool:
    (first, _), (second, _) = pair
    return len(first & second) >= SHARED * min(len(first), len(second))


# ---------- relations ----------


def _drafted(usage: Usage, usages: Sequence[Usage], classes: Mapping[str, str]) -> DraftedRelation:
    drafted = DraftedRelation(name=usage.name)
    drafted.propose("noun", usage.said.noun, "from the name; correct it where it sounds wrong")
    if usage.said.pid:
        drafted.propose("pid", usage.said.pid, "the property of Wikidata of this name")
    inverse = _inverse(usage, usages)
    _propose_cardinality(drafted, usage, inverse)
    _propose_classes(drafted, usage, classes)
    if inverse is usage:
        drafted.propose("symmetric", value=True, evidence=_support(usage, usage))
    elif inverse is not None:
        drafted.propose("inverse", inverse.name, _support(usage, inverse))
    elif not usage.literal:
        _propose_order(drafted, usage)
    drafted.propose("examples", list(usage.said.examples))
    return drafted


def _inverse(usage: Usage, usages: Sequence[Usage]) -> Usage | None:
    """Return the relation that holds the other way round for nearly all facts of both."""
    if usage.literal or len(usage.pairs) < FEWEST:
        return None
    for other in usages:
        back = {(o, s) for s, o in other.pairs}
        if min(len(back & usage.pairs), len(back)) >= MUTUAL * max(len(usage.pairs), len(back)):
            return other
    return None


def _support(usage: Usage, other: Usage) -> str:
    back = {(o, s) for s, o in other.pairs}
    held = len(back & usage.pairs)
    return f"{held} of {len(usage.pairs)} facts hold the other way round"


def _propose_cardinality(drafted: DraftedRelation, usage: Usage, inverse: Usage | None) -> None:
    """Propose how many objects a subject has, as the facts and what follows from them show."""
    objects: dict[str, set[str]] = defaultdict(set)
    for subject, obj in usage.pairs:
        objects[subject].add(obj)
    for subject, obj in inverse.pairs if inverse else ():
        objects[obj].add(subject)
    several = sorted(each for each, found in objects.items() if len(found) > 1)
    if several:
        shown = ", ".join(several[:MOST_SHOWN])
        evidence = f"{len(several)} of {len(objects)} subjects have several: {shown}"
        if len(several) * 20 <= len(objects):
            evidence += '; if these are faults of the facts, say "functional"'
        drafted.propose("cardinality", "many", evidence)
    elif usage.said.many or len(objects) < FEWEST:
        evidence = f"none of {len(objects)} subjects has several, but others may"
        drafted.propose("cardinality", "many", evidence)
    else:
        drafted.propose("cardinality", "functional", f"each of {len(objects)} subjects has one")


def _propose_classes(drafted: DraftedRelation, usage: Usage, classes: Mapping[str, str]) -> None:
    domain = Counter(classes[each] for each in usage.objects)
    drafted.propose("domain", list(domain), _counted(domain))
    if not usage.literal:
        found = Counter(classes[o] for _, o in sorted(usage.pairs))
        drafted.propose("range", list(found), _counted(found))
        return
    evidence = f"all objects are a {usage.literal}"
    drafted.propose("range", ["text" if usage.literal == "number" else usage.literal], evidence)
    if usage.literal == "number":
        drafted.propose("pattern", NUMBER_PATTERN.replace("\\\\", "\\"), "all objects are numbers")


def _counted(found: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in found.items())


def _propose_order(drafted: DraftedRelation, usage: Usage) -> None:
    """Propose an order without cycles where facts make chains of two and more, and no cycle."""
    after = usage.objects
    middle = {o for _, o in usage.pairs} & set(after)
    if len(middle) < FEWEST or _has_cycle(after):
        _propose_direction(drafted, usage, middle)
        return
    evidence = f"no cycle, although {len(middle)} names are subjects and objects"
    drafted.propose("acyclic", usage.name, evidence)


def _propose_direction(drafted: DraftedRelation, usage: Usage, middle: Set[str]) -> None:
    """Propose that a relation goes one way where many facts could have been mutual, and none is."""
    pairs = usage.pairs
    one_class = drafted.entries["domain"] == drafted.entries["range"]
    mutual = any((o, s) in pairs for s, o in pairs)
    if one_class and not mutual and len(middle) >= FEWEST and len(pairs) >= FEWEST_ONE_WAY:
        evidence = f"none of {len(pairs)} facts holds the other way round"
        drafted.propose("asymmetric", value=True, evidence=evidence)


def _has_cycle(after: Mapping[str, Sequence[str]]) -> bool:
    left = {subject: set(found) & set(after) for subject, found in after.items()}
    while ends := [subject for subject, found in left.items() if not found]:
        for end in ends:
            del left[end]
        left = {subject: found.difference(ends) for subject, found in left.items()}
    return bool(left)


def _make_nouns_unique(drafted: Sequence[DraftedRelation]) -> None:
    """Let no two relations have one noun: later ones are named by their whole name."""
    taken: set[object] = set()
    for each in drafted:
        noun = each.entries["noun"]
        if noun in taken:
            whole = re.sub(r"\W+|_", " ", each.name).strip()
            each.propose("noun", whole, f"another relation is the {noun} already")
            examples = [f"The {whole} of {{s}} is {{o}}.", f"{{s}} has the {whole} {{o}}."]
            each.propose("examples", examples)
        taken.add(each.entries["noun"])

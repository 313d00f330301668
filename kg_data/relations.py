"""The relation book: the relations with their constraints, rules and wordings."""

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from graphlib import TopologicalSorter
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kg_data.errors import BadFile, BadRelation
from kg_data.short_form import DATED, LITERALS, EntityKind, completed


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wordings(_Frozen):
    """Wordings of a statement or a question, by split.

    Attributes:
        teach: used to fit an edit.
        gate: held out from the fit, used by its acceptance check.
        test: used by benchmarks only.
        base: read by the training of the demonstration model only, so that it understands more
            than an edit has to teach.
        kept: read by nobody but a benchmark that was given a file of them.
    """

    teach: tuple[str, ...] = ()
    gate: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    base: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def for_edits(self) -> tuple[str, ...]:
        """Return the wordings of edits, their checks and benchmarks, by which messages are read."""
        return self.teach + self.gate + self.test

    def for_training(self) -> tuple[str, ...]:
        """Return the wordings that the demonstration model is trained on."""
        return self.for_edits() + self.base


class Relation(_Frozen):
    """One entry of the book; see ``data/relations.toml`` for the meaning of each key."""

    name: str
    pid: str
    why_no_pid: str = ""
    cardinality: Literal["functional", "many"]
    inverse: str = ""
    symmetric: bool = False
    domain: tuple[str, ...]
    range: tuple[str, ...]
    protected: bool = False
    derived: bool = False
    most: int = 0
    least: int = 0
    pattern: str = ""
    asymmetric: bool = False
    acyclic: str = ""
    container: bool = False
    exclusive: tuple[str, ...] = ()
    lifetime: Literal["", "begin", "end"] = ""
    contemporary: bool = False
    elder: Literal["", "subject", "object"] = ""
    nouns: tuple[str, ...]
    who: Literal["Who", "What"] = "What"
    statements: Wordings
    questions: Wordings

    @property
    def functional(self) -> bool:
        """Tell whether a subject has one object at a time."""
        return self.cardinality == "functional"

    @property
    def has_kept_wordings(self) -> bool:
        """Tell whether a file of kept wordings has some of this relation."""
        return bool(self.statements.kept or self.questions.kept)

    @property
    def noun(self) -> str:
        """Return the noun used in chains: "the NOUN of X"."""
        return self.nouns[0]

    @cached_property
    def literal(self) -> bool:
        """Tell whether objects are literals rather than entities."""
        return all(name in LITERALS for name in self.range)

    @property
    def dated(self) -> bool:
        """Tell whether objects are dates, to whatever precision."""
        return not DATED.isdisjoint(self.range)


class Rule(_Frozen):
    """A composition rule: x -body[0]-> y and y -body[1]-> z give x -head-> z."""

    body: tuple[str, str]
    head: str


class FormWordings(_Frozen):
    """Wordings of a chain, with the slots {of}, {poss}, {mixed}, {who}, {Who} and, last, {o}."""

    statements: Wordings = Wordings()
    questions: Wordings = Wordings()


K = TypeVar("K")
V = TypeVar("V")


def _grouped(pairs: Iterable[tuple[K, V]]) -> Mapping[K, tuple[V, ...]]:
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items() if key}


class RelationBook(_Frozen):
    """All relations, the tree of classes, the rules and the wordings of chains.

    A home has one book, which all its parts hold; :meth:`replace` is the only thing that changes
    one. What is compiled from a book and kept compares ``sha256``.

    Attributes:
        kinds: classes by :class:`kg_data.short_form.EntityKind`, where their names are others.
        text: the TOML that it was read from.
        sha256: hash of that text.

    Raises:
        BadFile: ``load`` was given a file that is not a relation book.
    """

    classes: Mapping[str, str]
    kinds: Mapping[str, tuple[str, ...]] = {}
    lifespans: Mapping[str, int] = {}
    relations: Mapping[str, Relation]
    chains: FormWordings
    steps: FormWordings
    rules: tuple[Rule, ...] = ()
    sha256: str = ""
    text: str = Field(default="", repr=False)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a book from a TOML file."""
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadFile(path, None, str(error)) from error
        return cls.parse(text, path)

    @classmethod
    def parse(cls, text: str, path: Path = Path("relation book")) -> Self:
        """Read a book from TOML; see :mod:`kg_data.short_form` for what it may leave out.

        Args:
            text: the TOML.
            path: what an error names as its place.
        """
        try:
            content = completed(tomllib.loads(text))
        except (tomllib.TOMLDecodeError, BadRelation) as error:
            raise BadFile(path, None, str(error)) from error
        relations = content["relations"].items()
        content["relations"] = {name: {**entry, "name": name} for name, entry in relations}
        own = {"sha256": hashlib.sha256(text.encode()).hexdigest(), "text": text}
        try:
            return cls.model_validate(content | own)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise BadFile(path, None, f"{place}: {first['msg']}") from error

    @classmethod
    def shipped(cls) -> Self:
        """Return the book that comes with OneEdit."""
        return cls.load(Path(str(files("kg_data") / "data" / "relations.toml")))

    def replace(self, other: "RelationBook") -> None:
        """Take over the content of another book, so that whoever holds this one sees the other.

        Fields and the tables computed from them are replaced in one assignment. The caller lets
        nobody read meanwhile who looks twice.
        """
        object.__setattr__(self, "__dict__", dict(vars(other)))

    def __getitem__(self, name: str) -> Relation:
        """Return a relation.

        Raises:
            BadRelation: no relation has this name.
        """
        try:
            return self.relations[name]
        except KeyError:
            raise BadRelation(name, "is not in the relation book") from None

    def __contains__(self, name: object) -> bool:
        return name in self.relations

    def names(self) -> Iterator[str]:
        """Yield the relations' names in the order of the file."""
        yield from self.relations

    def is_a(self, entity_class: str, ancestor: str) -> bool:
        """Tell whether a class is ``ancestor`` or lies below it."""
        seen: set[str] = set()
        while entity_class and entity_class not in seen:
            if entity_class == ancestor:
                return True
            seen.add(entity_class)
            entity_class = self.classes.get(entity_class, "")
        return False

    def accepts(self, allowed: tuple[str, ...], entity_class: str) -> bool:
        """Tell whether a class is one of the allowed classes or lies below one."""
        return any(self.is_a(entity_class, name) for name in allowed)

    def of_kind(self, kind: EntityKind) -> tuple[str, ...]:
        """Return the classes of a kind: those that the book names, or the one with its name."""
        return self.kinds.get(kind, (kind.value,))

    def is_kind(self, entity_class: str, kind: EntityKind) -> bool:
        """Tell whether a class is one of a kind or lies below one."""
        return self.accepts(self.of_kind(kind), entity_class)

    def inverse_functional(self, name: str) -> bool:
        """Tell whether an object has one subject at a time, because the inverse is functional."""
        inverse = self.mutual(name)
        return bool(inverse) and self[inverse].functional

    def excludes(self, name: str) -> tuple[str, ...]:
        """Return the relations that cannot hold between the same two, whichever names the other."""
        others = (other.name for other in self.relations.values() if name in other.exclusive)
        return tuple(dict.fromkeys((*self[name].exclusive, *others)))

    def lifetime_relations(self, kind: str) -> tuple[str, ...]:
        """Return the relations whose objects are the "begin" or the "end" of their subjects."""
        return self._lifetimes.get(kind, ())

    @cached_property
    def containers(self) -> tuple[str, ...]:
        """Return the relations from a place to what it lies in."""
        return tuple(name for name, each in self.relations.items() if each.container)

    @cached_property
    def _lifetimes(self) -> Mapping[str, tuple[str, ...]]:
        return _grouped((each.lifetime, each.name) for each in self.relations.values())

    def mutual(self, name: str) -> str:
        """Return the mutual inverse of a relation, itself if it is symmetric, or ""."""
        relation = self[name]
        if relation.symmetric:
            return name
        inverse = relation.inverse
        return inverse if inverse and self[inverse].inverse == name else ""

    def one_way(self, name: str) -> str:
        """Return the inverse of a relation if it leads one way only, else ""."""
        return "" if self.mutual(name) else self[name].inverse

    @cached_property
    def implied_by(self) -> Mapping[str, tuple[str, ...]]:
        """Return, for each relation, those whose one-way inverse it is."""
        return _grouped((self.one_way(name), name) for name in self.relations)

    @cached_property
    def rules_by_head(self) -> Mapping[str, tuple[Rule, ...]]:
        """Return the rules of each head."""
        return _grouped((rule.head, rule) for rule in self.rules)

    @cached_property
    def rules_by_first(self) -> Mapping[str, tuple[Rule, ...]]:
        """Return the rules that begin with each relation."""
        return _grouped((rule.body[0], rule) for rule in self.rules)

    @cached_property
    def rules_by_second(self) -> Mapping[str, tuple[Rule, ...]]:
        """Return the rules that end with each relation."""
        return _grouped((rule.body[1], rule) for rule in self.rules)

    @cached_property
    def derivable(self) -> frozenset[str]:
        """Return the relations whose facts may follow from others by rules or one-way inverses."""
        heads = {*(rule.head for rule in self.rules), *self.implied_by}
        return frozenset({*heads, *map(self.mutual, heads)} - {""})

    @cached_property
    def strata(self) -> tuple[frozenset[str], ...]:
        """Return the derivable relations in groups, each after those that it is derived from.

        Relations that are derived from each other are in one group.
        """
        before = {name: self._derived_from(name) for name in self.derivable}
        groups = {
            name: frozenset(other for other in before[name] if name in before[other]) | {name}
            for name in before
        }
        ordered = TopologicalSorter(
            {
                groups[name]: {groups[other] for other in before[name]} - {groups[name]}
                for name in sorted(before)
            }
        )
        return tuple(ordered.static_order())

    def _derived_from(self, name: str) -> frozenset[str]:
        """Return the derivable relations that one is derived from, directly or through others."""
        found: set[str] = set()
        queue = [name]
        while queue:
            relation = queue.pop()
            rules = self.rules_by_head.get(relation, ())
            premises = {part for rule in rules for part in rule.body}
            premises.update(self.implied_by.get(relation, ()))
            premises.add(self.mutual(relation))
            new = (premises & self.derivable) - found
            found |= new
            queue += new
        return frozenset(found)

    @cached_property
    def by_property(self) -> dict[str, str]:
        """Return relation names by Wikidata property."""
        return {each.pid: each.name for each in self.relations.values() if each.pid}

    @cached_property
    def by_noun(self) -> Mapping[str, str]:
        """Return relation names by casefolded noun, name, and name with spaces."""
        found: dict[str, str] = {}
        for relation in self.relations.values():
            for word in (*relation.nouns, relation.name, relation.name.replace("_", " ")):
                found.setdefault(word.casefold(), relation.name)
        return found

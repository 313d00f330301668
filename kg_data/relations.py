"""The relation book: the relations with their constraints, rules and wordings."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from kg_data.errors import BadFile, BadRelation

LITERALS = frozenset({"date", "year", "text"})


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wordings(_Frozen):
    """Wordings of a statement or a question, by split.

    Attributes:
        teach: used to fit an edit.
        gate: held out from the fit, used by its acceptance check.
        test: used by benchmarks only.
    """

    teach: tuple[str, ...] = ()
    gate: tuple[str, ...] = ()
    test: tuple[str, ...] = ()

    def all(self) -> tuple[str, ...]:
        """Return every wording; only the demonstration model is trained on all of them."""
        return self.teach + self.gate + self.test


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
    nouns: tuple[str, ...]
    who: Literal["Who", "What"] = "What"
    statements: Wordings
    questions: Wordings

    @property
    def functional(self) -> bool:
        """Tell whether a subject has one object at a time."""
        return self.cardinality == "functional"

    @property
    def noun(self) -> str:
        """Return the noun used in chains: "the NOUN of X"."""
        return self.nouns[0]

    @property
    def literal(self) -> bool:
        """Tell whether objects are literals rather than entities."""
        return all(name in LITERALS for name in self.range)


class Rule(_Frozen):
    """A composition rule: x -body[0]-> y and y -body[1]-> z give x -head-> z."""

    body: tuple[str, str]
    head: str


class FormWordings(_Frozen):
    """Wordings of a chain, with the slots {of}, {poss}, {mixed}, {who}, {Who} and, last, {o}."""

    statements: Wordings = Wordings()
    questions: Wordings = Wordings()


class RelationBook(_Frozen):
    """All relations, the tree of classes, the rules and the wordings of chains.

    Raises:
        BadFile: ``load`` was given a file that is not a relation book.
    """

    classes: Mapping[str, str]
    relations: Mapping[str, Relation]
    chains: FormWordings
    steps: FormWordings
    rules: tuple[Rule, ...] = ()
    sha256: str = ""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a book from a TOML file; ``sha256`` is that of its bytes."""
        try:
            raw = path.read_bytes()
            content = tomllib.loads(raw.decode("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadFile(path, None, str(error)) from error
        for name, entry in content.get("relations", {}).items():
            entry["name"] = name
        try:
            return cls.model_validate(content | {"sha256": hashlib.sha256(raw).hexdigest()})
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise BadFile(path, None, f"{place}: {first['msg']}") from error

    @classmethod
    def shipped(cls) -> Self:
        """Return the book that comes with OneEdit."""
        return cls.load(Path(str(files("kg_data") / "data" / "relations.toml")))

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

    def inverse_functional(self, name: str) -> bool:
        """Tell whether an object has one subject at a time, because the inverse is functional."""
        relation = self[name]
        return bool(relation.inverse) and self[relation.inverse].functional

    @cached_property
    def by_noun(self) -> Mapping[str, str]:
        """Return relation names by casefolded noun, name, and name with spaces."""
        found: dict[str, str] = {}
        for relation in self.relations.values():
            for word in (*relation.nouns, relation.name, relation.name.replace("_", " ")):
                found.setdefault(word.casefold(), relation.name)
        return found

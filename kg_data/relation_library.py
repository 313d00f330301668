"""Relation books from relation libraries, as the published OneEdit (Zhang et al. 2024) has one.

A library is a JSON list of entries with the keys ``name``, ``type`` ("one2one", "one2many" or ""),
``reverse`` and ``multihop`` (a path of relations that the relation follows from).
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kg_data.drafting import Draft, DraftedRelation
from kg_data.drafting_names import RelationName, read_name, words_of
from kg_data.drafting_text import draft_text
from kg_data.errors import BadFile
from kg_data.sources.json_stream import json_values

HEADER = """\
# A relation book from the library {name}: read it, and correct what is wrong. Nouns and examples
# are made from the names, a relation of the type one2one has one value, and an inverse is taken
# only if both relations name each other; what was not taken stands behind "#".
"""

_FUNCTIONAL = "one2one"
_PATH = 2
_NAME = re.compile(r"\w[\w .-]*")


class LibraryEntry(BaseModel):
    """One relation of a library."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    type: str = ""
    reverse: str = ""
    multihop: str = ""


@dataclass(frozen=True)
class ConvertedLibrary:
    """What a library becomes.

    Attributes:
        text: the relation book in short form, as TOML.
        relations: the number of its relations.
        reports: what was not taken from the library, and why, each as a sentence.
    """

    text: str
    relations: int
    reports: tuple[str, ...]


def read_library(path: Path) -> tuple[LibraryEntry, ...]:
    """Return the entries of a library.

    Raises:
        BadFile: it cannot be read, or an entry has no name.
    """
    found = []
    for line, value in json_values(path):
        try:
            found.append(LibraryEntry.model_validate(value))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            reason = f"it is no entry of a relation library: {place or 'it'}: {first['msg']}"
            raise BadFile(path, line, reason) from error
    if not found:
        raise BadFile(path, None, "it has no relations")
    return tuple(found)


def convert_library(path: Path) -> ConvertedLibrary:
    """Return the relation book of a library, and what it does not take over.

    Raises:
        BadFile: as in :func:`read_library`.
    """
    read = read_library(path)
    entries = {each.name: each for each in reversed(read)}
    first = {each.name: entries[each.name] for each in read}
    converter = _Converter(first)
    converter.reports += [
        f"{each.name} is there twice; the first one is taken"
        for each in read
        if first[each.name] is not each
    ]
    relations = tuple(converter.relations())
    rules = "".join(converter.rules())
    text = draft_text(Draft({}, relations), HEADER.format(name=path.name)) + rules
    return ConvertedLibrary(text, len(relations), tuple(converter.reports))


@dataclass
class _Converter:
    """Converts once."""

    entries: Mapping[str, LibraryEntry]
    reports: list[str] = field(default_factory=list)
    nouns: set[str] = field(default_factory=set)
    examples: set[str] = field(default_factory=set)
    pids: set[str] = field(default_factory=set)

    def relations(self) -> Iterator[DraftedRelation]:
        for entry in self.entries.values():
            if _NAME.fullmatch(entry.name):
                yield self._relation(entry)
            else:
                self.reports.append(f"{entry.name} is left out: it is no name of a relation")

    def rules(self) -> Iterator[str]:
        """Yield the rules that paths of two relations give."""
        for entry in self.entries.values():
            if not entry.multihop:
                continue
            path = _path_of(entry.multihop)
            missing = [each for each in path if each not in self.entries]
            if len(path) != _PATH or missing:
                why = f"{missing[0]} is not in the library" if missing else "it is no path of two"
                self.reports.append(f"{entry.name}: the path {entry.multihop} is left out: {why}")
                continue
            body = ", ".join(f'"{key_of(each)}"' for each in path)
            yield f'\n[[rules]]\nbody = [{body}]\nhead = "{key_of(entry.name)}"\n'

    def _relation(self, entry: LibraryEntry) -> DraftedRelation:
        relation, said = DraftedRelation(name=key_of(entry.name)), read_name(entry.name)
        noun = self._noun(entry.name, said)
        relation.propose("noun", noun)
        relation.propose("examples", self._examples(noun, said))
        if said.pid and said.pid not in self.pids:
            self.pids.add(said.pid)
            relation.propose("pid", said.pid)
        one = entry.type == _FUNCTIONAL
        relation.propose("cardinality", "functional" if one else "many", entry.type)
        self._inverse(entry, relation)
        return relation

    def _noun(self, name: str, said: RelationName) -> str:
        """Return a noun that no relation before has."""
        choices = (said.noun, words_of(name), f"{words_of(name)} (as {name})")
        noun = next(each for each in choices if each not in self.nouns)
        self.nouns.add(noun)
        return noun

    def _examples(self, noun: str, said: RelationName) -> list[str]:
        """Return two examples that no relation before has."""
        own = (f"The {noun} of {{s}} is {{o}}.", f"{{s}} has the {noun} {{o}}.")
        found = list(dict.fromkeys((*said.examples, *own)))
        found = [each for each in found if each not in self.examples][:2]
        self.examples.update(found)
        return found

    def _inverse(self, entry: LibraryEntry, relation: DraftedRelation) -> None:
        """Take an inverse over that is mutual, and report every other."""
        if not entry.reverse:
            return
        other = self.entries.get(entry.reverse)
        if other is not None and other.reverse == entry.name:
            if other.name == entry.name:
                relation.propose("symmetric", value=True)
            else:
                relation.propose("inverse", key_of(other.name))
            return
        if other is None:
            why = f"{entry.reverse} is not in the library"
        elif other.reverse:
            why = f"the inverse of {other.name} is {other.reverse}"
        else:
            why = f"{other.name} names no inverse"
        self.reports.append(f"{entry.name}: the inverse {entry.reverse} is not taken: {why}")
        relation.note(f'inverse = "{key_of(entry.reverse)}" is not taken: {why}')


def key_of(name: str) -> str:
    """Return the name of a relation as books have it.

    >>> key_of("paternal grandfather")
    'paternal_grandfather'
    """
    return "_".join(name.split())


def _path_of(text: str) -> Sequence[str]:
    """Return the names of a path such as "['father','mother']"; empty if it is none."""
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return ()
    return found if isinstance(found, list) and all(isinstance(x, str) for x in found) else ()

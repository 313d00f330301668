"""The noun and two example sentences of a relation, made from its name."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import inflect

from kg_data.templates import infinitive

PREPOSITIONS = frozenset(
    ["in", "at", "on", "to", "for", "from", "with", "by", "under", "of", "near", "into"]
)
_NOUNS_OF_VERBS = {
    "reports to": "superior", "works in": "workplace", "works at": "workplace",
    "works for": "employer", "works on": "project", "lives in": "residence",
    "belongs to": "owner", "depends on": "dependency", "located in": "location",
    "based in": "base", "born in": "birthplace", "led by": "leader", "made by": "maker",
    "written by": "writer", "owned by": "owner", "run by": "head", "built by": "builder",
    "managed by": "manager", "part of": "whole", "member of": "group",
}  # fmt: skip
_PEOPLE = frozenset(
    [
        "manager", "lead", "leader", "head", "author", "boss", "director", "founder", "employee",
        "member", "mother", "father", "child", "spouse", "sibling", "supervisor", "superior",
        "mentor", "advisor", "student", "teacher", "colleague", "friend", "chair", "president",
        "ceo", "cto", "maintainer", "editor", "writer", "assignee",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RelationName:
    """What the name of a relation says.

    Attributes:
        noun: what an object is to its subject.
        examples: two statements over {s} and {o}.
        kind: "person", "place", "date" or "", as far as the name tells what objects are.
        many: whether a subject may well have several objects.
        pid: the Wikidata property, if the name is one or means one.
    """

    noun: str
    examples: Sequence[str]
    kind: str = ""
    many: bool = False
    pid: str = ""

    @property
    def kept_noun(self) -> str:
        """Return the noun as the name of a class, "" if it is none."""
        words = self.noun.split()
        return "" if words[-1] in PREPOSITIONS else "_".join(words)


def read_name(name: str) -> RelationName:
    """Return what the name of a relation says; names are written in any of the usual ways.

    >>> read_name("reports_to").examples[0], read_name("teamLead").noun, read_name("P19").noun
    ('{s} reports to {o}.', 'team lead', 'place of birth')
    """
    words = words_of(name)
    known = next((row for row in _properties().items() if _means(row, name, words)), None)
    if known:
        pid, (label, number, kind) = known
        return RelationName(label, _of_noun(label), kind, number == "many", pid)
    first, *rest = words.split()
    if first in {"has", "is"} and rest and rest[-1] not in PREPOSITIONS:
        words = " ".join(rest)
    elif rest and rest[-1] in PREPOSITIONS:
        return _of_verb(first, " ".join(words.split()))
    kind = "person" if words.split()[-1] in _PEOPLE else ""
    single = _inflect().singular_noun(words)
    noun = str(single) if single and not words.endswith("ss") else words
    return RelationName(noun, _of_noun(noun), kind)


def words_of(name: str) -> str:
    """Return a name as words in lower case.

    >>> words_of("teamLead"), words_of("team-lead"), words_of("http://x.example/team#teamLead")
    ('team lead', 'team lead', 'team lead')
    """
    last = re.split(r"[/#:]", name.rstrip("/#:"))[-1]
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", last)
    return " ".join(re.findall(r"\w+", apart.replace("_", " "))).casefold() or "relation"


def _of_verb(first: str, words: str) -> RelationName:
    """Return what a verb with its preposition says, such as "reports to" and "led by"."""
    finite = words if first == "is" or infinitive(first) else f"is {words}"
    bare = words.removeprefix("is ")
    if first != "is" and not infinitive(first) and words.endswith(" of"):
        finite = f"is a {words}"
    noun = _NOUNS_OF_VERBS.get(bare, bare)
    kind = "person" if noun in _PEOPLE else ""
    return RelationName(noun, (f"{{s}} {finite} {{o}}.", f"The {noun} of {{s}} is {{o}}."), kind)


def _of_noun(noun: str) -> Sequence[str]:
    return (f"The {noun} of {{s}} is {{o}}.", f"{{s}} has the {noun} {{o}}.")


def _means(row: tuple[str, Sequence[str]], name: str, words: str) -> bool:
    return row[0] == name.rpartition("/")[2].rpartition(":")[2] or row[1][0] == words


@cache
def _inflect() -> inflect.engine:
    return inflect.engine()


@cache
def _properties() -> Mapping[str, Sequence[str]]:
    path = files("kg_data") / "data" / "wikidata_properties.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))

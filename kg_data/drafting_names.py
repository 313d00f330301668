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
_NOUNS_OF_BARE_VERBS = {
    "heads": "responsibility", "leads": "responsibility", "manages": "responsibility",
    "runs": "responsibility", "owns": "possession", "has": "possession", "knows": "acquaintance",
    "employs": "employee", "teaches": "student", "mentors": "mentee", "uses": "tool",
    "makes": "product", "builds": "product", "produces": "product", "sells": "product",
    "contains": "content", "includes": "content", "requires": "requirement", "needs": "requirement",
    "supports": "beneficiary", "supervises": "subordinate", "follows": "predecessor",
}  # fmt: skip
_PLACING = frozenset(["at", "near"])
_IRREGULAR_PARTICIPLES = frozenset(
    [
        "born", "made", "led", "run", "built", "held", "kept", "sold", "bought", "sent", "found",
        "given", "taken", "written", "drawn", "known", "paid", "taught", "told", "won", "lost",
        "grown", "shown", "spoken", "driven", "set", "put", "cut",
    ]
)  # fmt: skip
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


def read_name(name: str, literal: str = "") -> RelationName:
    """Return what the name of a relation says; names are written in any of the usual ways.

    Args:
        name: the name.
        literal: what the objects are, as far as it is known: "date", "year" or other literals.

    >>> read_name("reports_to").examples[0], read_name("teamLead").noun, read_name("P19").noun
    ('{s} reports to {o}.', 'team lead', 'place of birth')
    >>> read_name("joined", "year").noun, read_name("desk_at").noun, read_name("heads").noun
    ('year of joining', 'desk', 'responsibility')
    """
    words = words_of(name)
    known = next((row for row in _properties().items() if _means(row, name, words)), None)
    if known:
        pid, (label, number, kind) = known
        return RelationName(label, _of_noun(label), kind, number == "many", pid)
    first, *rest = words.split()
    if not rest and literal in {"date", "year"} and first.endswith("ed"):
        return _of_event(first, literal)
    return _of_words(words)


def _of_words(words: str) -> RelationName:
    """Return what a name says by its words alone."""
    first, *rest = words.split()
    if words in _NOUNS_OF_BARE_VERBS:
        return _of_bare_verb(words)
    if first in {"has", "is"} and rest and rest[-1] not in PREPOSITIONS:
        words = " ".join(rest)
    elif rest and rest[-1] in PREPOSITIONS:
        if len(rest) == 1 and not _is_verb(first) and rest[0] not in {"of", "by"}:
            return _of_placed(first, rest[0])
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
    plain = infinitive(first) if bare.split()[-1] in _PLACING else ""
    noun = _NOUNS_OF_VERBS.get(bare, f"place of {plain.removesuffix('e')}ing" if plain else bare)
    kind = "person" if noun in _PEOPLE else "place" if bare.split()[-1] in _PLACING else ""
    return RelationName(noun, (f"{{s}} {finite} {{o}}.", f"The {noun} of {{s}} is {{o}}."), kind)


def _is_verb(word: str) -> bool:
    """Tell whether a word before a preposition is a verb or participle, rather than a noun."""
    ended = word.endswith(("ed", "s")) and not word.endswith("ss")
    return word == "is" or ended or word in _IRREGULAR_PARTICIPLES


def _of_placed(noun: str, preposition: str) -> RelationName:
    """Return what a noun with its preposition says, such as "desk at"."""
    kind = "place" if preposition in _PLACING else ""
    examples = (f"{{s}} has the {noun} {preposition} {{o}}.", f"The {noun} of {{s}} is {{o}}.")
    return RelationName(noun, examples, kind)


def _of_bare_verb(verb: str) -> RelationName:
    """Return what a verb in the third person says, such as "heads"."""
    noun = _NOUNS_OF_BARE_VERBS[verb]
    kind = "person" if noun in _PEOPLE else ""
    return RelationName(noun, (f"{{s}} {verb} {{o}}.", f"The {noun} of {{s}} is {{o}}."), kind)


def _of_event(verb: str, literal: str) -> RelationName:
    """Return what a verb in the past says of a date or year, such as "joined"."""
    stem = f"{verb[:-3]}y" if verb.endswith("ied") else verb[:-2]
    noun, when = f"{literal} of {stem}ing", "in" if literal == "year" else "on"
    examples = (f"{{s}} {verb} {when} {{o}}.", f"The {noun} of {{s}} is {{o}}.")
    return RelationName(noun, examples, "date")


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

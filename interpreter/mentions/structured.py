"""Messages in a form of their own: triples, arrows, JSON, tables."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from interpreter.intents import Forget, Guess, Tell, Unclear
from interpreter.mentions.dates import read_date
from interpreter.mentions.divider import ToldClause
from interpreter.mentions.fact_maker import FactMaker
from interpreter.mentions.facts import ClauseReading, ToldFact
from interpreter.mentions.gazetteer import Gazetteer
from interpreter.mentions.language import Language
from interpreter.mentions.links import MentionLinker
from interpreter.mentions.passage import Head
from kg_data.relations import Relation, RelationBook
from kg_data.triples import Slot

_DIVIDERS = (
    re.compile(r"\s*(?:-+>|=+>|→|⟶)\s*"),
    re.compile(r"\t+"),
    re.compile(r"\s*\|\s*"),
    re.compile(r"\s*;\s*"),
    re.compile(r"\s*::+\s*"),
)
_TAGGED = re.compile(
    r"<([^<>]{1,120})>\s*<([^<>]{1,60})>\s*(?:<([^<>]{1,120})>|\"([^\"<>]{1,120})\"\S*)\s*\.?"
)
_APPLIED = re.compile(
    r"(?P<r>[A-Za-z]\w{1,60})\s*\((?P<s>[^()]{1,120}?)\s*[,;]\s*(?P<o>.{1,120}?)\)\s*[.;]?"
)
_IN_BRACKETS = re.compile(r"[(<\[]\s*(?P<inner>[^()<>\[\]]{3,300}?)\s*[)>\]]\.?")
_QUOTED_ROW = re.compile(r'"([^"]{1,150})"\s*[,;]\s*"([^"]{1,150})"\s*[,;]\s*"([^"]{1,150})"\.?')
_KEYED = re.compile(
    r"subject\s*[=:]\s*(?P<s>.{1,120}?)[,;]?\s+(?:relation|predicate)\s*[=:]\s*(?P<r>.{1,60}?)[,;]?\s+"
    r"object\s*[=:]\s*(?P<o>.{1,120})",
    re.IGNORECASE,
)
_KEYS = (("subject", "head", "s", "subj"), ("relation", "predicate", "r", "property", "p"),
         ("object", "tail", "o", "obj", "value"))  # fmt: skip
_PROPERTY = re.compile(r"P\d{1,5}")
_TIME_VALUE = re.compile(r"\+(\d{4}-\d{2}-\d{2})T00:00:00Z/11")

MOST_ROWS = 24


@dataclass(frozen=True)
class StructuredReader:
    """Reads messages that are triples already, one in a line, or JSON."""

    book: RelationBook
    language: Language
    linker: MentionLinker
    index: Gazetteer
    resolver: FactMaker

    def read(self, text: str) -> Tell | Forget | Unclear | None:
        """Return what the rows of a message state, or None if it is not such a message."""
        removes = self._removing.match(text)
        left = text[removes.end() :] if removes else text
        rows = list(self._rows(left))
        rows = (removes and self._listed(left)) or rows
        if not rows or len(rows) > MOST_ROWS:
            return None
        if removes:
            return self._forget(rows) if rows[0] else None
        clauses = [self._clause(row) for row in rows if len(row) == 3]
        if len(clauses) < len(rows) or not clauses:
            return None
        for number, clause in enumerate(clauses, 1):
            if isinstance(clause, str):
                return Unclear("not_understood", f"Row {number}: {clause}")
        return self.resolver.tell([each for each in clauses if isinstance(each, ToldClause)])

    @cached_property
    def _removing(self) -> re.Pattern[str]:
        """Return what matches the words before a row that is to be forgotten."""
        words = "|".join(map(re.escape, sorted(self.language.traits.removing)))
        return re.compile(rf"(?:{words})(?!\w)\s*:?\s*" if words else r"(?!)", re.IGNORECASE)

    def _rows(self, text: str) -> Iterator[Sequence[str]]:
        as_json = _json_rows(text)
        if as_json is not None:
            yield from as_json
            return
        for line in text.splitlines():
            row = _row(line.strip())
            if row is None:
                if len(line.strip()) > _LONGEST_HEADING:
                    yield ()
                continue
            yield row

    def _listed(self, text: str) -> list[Sequence[str]]:
        """Return the row of "X, relation, Y"; only of a relation's own name."""
        fields = [each.strip() for each in text.rstrip(". ").split(",")]
        known = len(fields) == 3 and all(fields) and self._relation(fields[1]) is not None
        return [fields] if known else []

    def _forget(self, rows: Sequence[Sequence[str]]) -> Forget | Unclear | None:
        if len(rows) != 1:
            return None
        subject, relation = self._subject(rows[0][0]), self._relation(rows[0][1])
        if relation is None:
            return None
        link = self.linker.subject_of(subject, relation)
        if link is None or not link.known:
            return None
        if len(rows[0]) == 2:
            guesses = (Guess(link.name, link.id),) if link.guessed else ()
            return Forget(Slot(link.id, relation.name), None, guesses)
        clause = self._clause(rows[0])
        return self.resolver.forget(clause) if isinstance(clause, ToldClause) else None

    def _clause(self, row: Sequence[str]) -> ToldClause | str:
        relation = self._relation(row[1])
        if relation is None:
            return f'no relation is called "{row[1]}".'
        subject = self.linker.subject_of(self._subject(row[0]), relation)
        obj = self.linker.object_of(self._object(row[2], relation), relation)
        if subject is None or obj is None:
            return f'"{row[2]}" cannot be read as a {relation.range[0]}.'
        fact = ToldFact(subject, (relation.name,), obj)
        return ToldClause((ClauseReading((fact,)),))

    def _relation(self, written: str) -> Relation | None:
        name = written.strip().strip("\"'").casefold()
        if _PROPERTY.fullmatch(name.upper()):
            found = self.book.by_property.get(name.upper())
        else:
            found = self.language.relation_of(name.replace("_", " "))
            in_book = name.replace(" ", "_")
            found = in_book if found is None and in_book in self.book else found
        return None if found is None else self.book[found]

    def _subject(self, written: str) -> Head:
        name = written.strip().strip("\"'")
        entities = tuple(self.index.lookup(name))
        by_id = bool(entities) and entities[0].id.casefold() == name.casefold()
        return Head(name, entities, new=not entities, by_id=by_id)

    def _object(self, written: str, relation: Relation) -> Head:
        if not relation.literal:
            return self._subject(written)
        bare = written.strip().strip("\"'")
        timed = _TIME_VALUE.fullmatch(bare)
        words = (timed[1] if timed else bare).casefold().replace(",", " ").split()
        value = read_date(words, self.language.months, self.language.before_era)
        return Head(bare, value=value)


_LONGEST_HEADING = 12  # characters of a line such as "Facts:" that is no row


def _row(line: str) -> Sequence[str] | None:
    """Return the two or three fields of a line, None if it has no such form."""
    formed = _formed_row(line)
    if formed is not None:
        return formed
    bracketed = _IN_BRACKETS.fullmatch(line)
    if bracketed:
        fields = [each.strip() for each in bracketed["inner"].split(",")]
        return fields if len(fields) in {2, 3} and all(fields) else None
    for divider in _DIVIDERS:
        fields = [each.strip() for each in divider.split(line)]
        if len(fields) == 3 and all(fields):
            return fields
    return None


def _formed_row(line: str) -> Sequence[str] | None:
    """Return the fields of a line such as "subject: X relation: R object: Y" or "R(X, Y)"."""
    for form in (_KEYED, _APPLIED):
        found = form.fullmatch(line)
        if found:
            return [found["s"], found["r"], found["o"]]
    for form in (_QUOTED_ROW, _TAGGED):
        found = form.fullmatch(line)
        if found:
            return [_last_part(each) for each in found.groups() if each]
    return None


def _last_part(name: str) -> str:
    """Return a name, or the last part of an address: "Ulm" of "http://example.org/Ulm"."""
    return re.split(r"[/#]", name)[-1].replace("_", " ") if "://" in name else name


def _json_rows(text: str) -> list[Sequence[str]] | None:
    stripped = text.strip()
    if not stripped.startswith(("{", "[")):
        return None
    try:
        content = json.loads(stripped)
    except (ValueError, RecursionError):
        return None
    entries = content if isinstance(content, list) else [content]
    if entries and all(isinstance(each, str) for each in entries):
        entries = [entries]
    rows = [_json_row(entry) for entry in entries]
    return None if None in rows or not rows else [row for row in rows if row is not None]


def _json_row(entry: object) -> Sequence[str] | None:
    if isinstance(entry, list):
        values = entry
    elif isinstance(entry, dict):
        values = [next((entry[key] for key in keys if key in entry), None) for keys in _KEYS]
    else:
        return None
    whole = len(values) == 3 and all(isinstance(each, str | int) for each in values)
    return [str(each) for each in values] if whole else None
